"""Everything that can be logged: `log_…` on a scope, and as `contexta.log_…` on the innermost one.

Each call validates at the caller's line, takes the time and the next number, and returns. Encoding,
hashing and sending happen on other threads.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from contexta import coerce, events
from contexta.capture import Work
from contexta.coerce import Attributes, Instant
from contexta.events import Names
from contexta.misuse import guarded
from contexta_semconv import attributes as names
from contexta_semconv import events as event_names

if TYPE_CHECKING:
    import os


class Sink(abc.ABC):
    """Where a record goes: one open scope."""

    @abc.abstractmethod
    def record(
        self, name: str, attributes: Attributes, at: Instant | None, captured_by: str | None
    ) -> None:
        """Record one event here and now (or at the given time)."""

    @abc.abstractmethod
    def record_later(
        self,
        name: str,
        known: Attributes,
        work: Work,
        at: Instant | None,
        captured_by: str | None,
        unfinished: str,
    ) -> None:
        """Record one event whose other attributes `work` finds out on another thread; if it does
        not in time, the event goes without them and a degraded marker `unfinished` says so."""


class Records(abc.ABC):
    """The `log_…` calls. Units, errors and attributes are those of the wire contract."""

    @abc.abstractmethod
    def _sink(self, call: str) -> Sink | None:
        """The open scope to record on, or None (already said why)."""

    @guarded(None)
    def log_metric(
        self,
        name: str,
        value: Any,
        *,
        unit: str | None = None,
        step: int | None = None,
        epoch: float | None = None,
        slice: Names | None = None,
        aggregation: str | None = None,
        higher_is_better: bool | None = None,
        sample_count: int | None = None,
        stddev: float | None = None,
        reference: str | None = None,
        scope: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """One measured value (`contexta.metric`).

        value: a number; numpy, torch and jax scalars and Decimal are numbers, NaN and ±Inf are kept.
        unit: UCUM (`ms`, `By`, `1`). step: training step. epoch: may be fractional.
        slice: the named subset it was measured on; several mean their intersection.
        aggregation: how it came from many (last, mean, sum, min, max, p50, p95, …).
        higher_is_better: the direction; left out, comparisons give no verdict.
        sample_count, stddev: how many samples it rests on and how they spread.
        reference: artifact or run it was measured against (drift).
        scope: what it is about, if not the narrowest open scope.
        at: when, if not now: datetime, ISO text, int nanoseconds or float seconds.
        """
        sink = self._sink("log_metric")
        if sink is None:
            return
        attributes = events.metric(
            name,
            value,
            unit=unit,
            step=step,
            epoch=epoch,
            slice=slice,
            aggregation=aggregation,
            higher_is_better=higher_is_better,
            sample_count=sample_count,
            stddev=stddev,
            reference=reference,
            scope=scope,
        )
        if attributes is not None:
            sink.record(event_names.METRIC, attributes, at, captured_by)

    @guarded(None)
    def log_metrics(
        self,
        values: Mapping[str, Any],
        *,
        unit: str | None = None,
        step: int | None = None,
        epoch: float | None = None,
        slice: Names | None = None,
        aggregation: str | None = None,
        higher_is_better: bool | None = None,
        sample_count: int | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """Several values at once, name → value; everything else is as in `log_metric`."""
        sink = self._sink("log_metrics")
        if sink is None:
            return
        for name, value in values.items():
            attributes = events.metric(
                name,
                value,
                unit=unit,
                step=step,
                epoch=epoch,
                slice=slice,
                aggregation=aggregation,
                higher_is_better=higher_is_better,
                sample_count=sample_count,
            )
            if attributes is not None:
                sink.record(event_names.METRIC, attributes, at, captured_by)

    @guarded(None)
    def log_series(
        self,
        name: str,
        values: Iterable[Any],
        *,
        steps: Iterable[Any] | None = None,
        unit: str | None = None,
        higher_is_better: bool | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """A whole curve (`contexta.metric.series`): one value per step, sent packed.

        values: numbers; what is none is left out, with a warning.
        steps: as many whole numbers as values; 0, 1, 2, … unless given.
        """
        sink = self._sink("log_series")
        if sink is None:
            return
        for piece in events.series(
            name, values, steps=steps, unit=unit, higher_is_better=higher_is_better
        ):
            sink.record(event_names.METRIC_SERIES, piece, at, captured_by)

    @guarded(None)
    def log_event(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        *,
        severity: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """Something that happened, under a name of your own.

        severity: trace, debug, info, warn, error or fatal.
        """
        sink = self._sink("log_event")
        if sink is not None:
            sink.record(coerce.text(name), events.narrative(attributes, severity), at, captured_by)

    @guarded(None)
    def log_sample(
        self,
        id: str,
        *,
        slices: Names = (),
        scores: Mapping[str, Any] | None = None,
        status: str | None = None,
        input_summary: str | None = None,
        output_summary: str | None = None,
        expected_summary: str | None = None,
        failure_tags: Names = (),
        retrieval: Mapping[str, Any] | None = None,
        redacted: bool = False,
        attributes: Mapping[str, Any] | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """One sample that was looked at (`contexta.sample`).

        id: the same example has the same id in every run; that is what pairs runs.
        slices: the subsets it is a member of. scores: metric name → number.
        status: passed, failed, error or skipped. failure_tags: what is wrong, in countable words.
        retrieval: `top_document_ids` (best first) and `expected_document_id`.
        redacted: content was removed from the summaries.
        attributes: anything else, kept with the sample.
        """
        sink = self._sink("log_sample")
        if sink is None:
            return
        sample = events.sample(
            id,
            slices=slices,
            scores=scores,
            status=status,
            input_summary=input_summary,
            output_summary=output_summary,
            expected_summary=expected_summary,
            failure_tags=failure_tags,
            retrieval=retrieval,
            redacted=redacted,
            attributes=attributes,
        )
        sink.record(event_names.SAMPLE, sample, at, captured_by)

    @guarded("")
    def log_artifact(
        self,
        path_or_uri: str | os.PathLike[str],
        *,
        kind: str,
        id: str | None = None,
        role: str = "produced",
        version: str | None = None,
        sha256: str | None = None,
        size_bytes: int | None = None,
        summarizes_run: str | None = None,
        derived_from: Names = (),
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> str:
        """A thing the run made or used (`contexta.artifact`).

        path_or_uri: a local file or directory is hashed (SHA-256) and sized on another thread; a
            URI, or a path that is not there, is recorded as it is.
        kind: checkpoint, model_bundle, dataset_snapshot, report_bundle, … (open).
        id: the same thing has the same id in every run. Unless given: from `sha256` if that is
            given, else the id this process gave to the same unchanged file before, else a new one.
        role: produced or consumed. derived_from: ids of the artifacts it was made from.
        Returns: the artifact's id, for relations, promotions and deployments.
        """
        from contexta import artifacts

        path = artifacts.path_of(path_or_uri)
        artifact_id = id or artifacts.id_for(path, sha256)
        sink = self._sink("log_artifact")
        if sink is None:
            return artifact_id
        known = events.artifact(
            artifact_id,
            path,
            kind=kind,
            role=role,
            version=version,
            sha256=sha256,
            size_bytes=size_bytes,
            summarizes_run=summarizes_run,
            derived_from=derived_from,
        )
        local = None if sha256 is not None else artifacts.local(path)
        if local is None:
            sink.record(event_names.ARTIFACT, known, at, captured_by)
        else:
            sink.record_later(
                event_names.ARTIFACT,
                known,
                lambda given_up: artifacts.digest(local, given_up),
                at,
                captured_by,
                "artifact_hash_unfinished",
            )
        return artifact_id

    @guarded("")
    def log_dataset(
        self,
        name: str,
        data: Any = None,
        *,
        path: str | os.PathLike[str] | None = None,
        version: str | None = None,
        split: str | None = None,
        slices: Names | None = None,
        role: str = "consumed",
        id: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> str:
        """A data set the run used (or, `role="produced"`, made): an artifact `dataset_snapshot`.

        data: pandas, polars or pyarrow tables, numpy arrays or lists get a fingerprint of their
            content, taken before the call returns (they may change later).
        path: a file or directory instead is hashed on another thread.
        split: train, validation, test, …. slices: the subsets it holds.
        Returns: the artifact's id; equal data under one name has the same id in every process.
        """
        from contexta import artifacts

        where = artifacts.path_of(path) if path is not None else ""
        fingerprint = artifacts.fingerprint(data) if data is not None else None
        dataset_id = id or artifacts.dataset_id(name, version, split, fingerprint)
        sink = self._sink("log_dataset")
        if sink is None:
            return dataset_id
        known = events.artifact(
            dataset_id, where, kind="dataset_snapshot", role=role, version=version
        )
        rows = artifacts.row_count(data)
        known |= events.dataset(
            name, split=split, slices=slices, rows=rows, fingerprint=fingerprint
        )
        local = artifacts.local(where)
        if local is None:
            sink.record(event_names.ARTIFACT, known, at, captured_by)
        else:
            sink.record_later(
                event_names.ARTIFACT,
                known,
                lambda given_up: artifacts.digest(local, given_up),
                at,
                captured_by,
                "artifact_hash_unfinished",
            )
        return dataset_id

    @guarded(None)
    def log_environment(
        self,
        extra: Mapping[str, Any] | None = None,
        *,
        packages: bool = True,
        variables: Iterable[str] = (),
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """What the run runs on and with (`contexta.environment`); `run` does it at its start.

        extra: further facts; `python`, `platform`, `cuda`, `hardware`, `packages` (name → version)
            replace what would be found out here.
        packages: list the installed ones. variables: names of environment variables to add to
            those always taken (CUDA_*, NCCL_*, OMP_*, SLURM_*, …); secrets are masked.
        at: when, if not now: a past environment is only what `extra` says of it.
        """
        from contexta import environment

        sink = self._sink("log_environment")
        if sink is None:
            return
        known = environment.known(extra, tuple(variables), at)
        found_elsewhere = at is not None or names.CONTEXTA_ENVIRONMENT_PACKAGES in known
        if not packages or found_elsewhere:
            sink.record(event_names.ENVIRONMENT, known, at, captured_by)
        else:
            sink.record_later(
                event_names.ENVIRONMENT,
                known,
                lambda _given_up: environment.installed_packages(),
                at,
                captured_by,
                "environment_packages_unfinished",
            )

    @guarded(None)
    def log_code(self, path: str | os.PathLike[str] = ".", *, at: Instant | None = None) -> None:
        """The code revision of the repository around `path` (`vcs.*` on `contexta.environment`),
        asked of git on another thread; credentials in the remote's URL are removed."""
        from contexta import revision

        sink = self._sink("log_code")
        if sink is not None:
            where = revision.absolute(path)
            sink.record_later(
                event_names.ENVIRONMENT,
                {},
                lambda _given_up: revision.of(where),
                at,
                None,
                "code_revision_unfinished",
            )

    @guarded(None)
    def log_configuration(
        self,
        values: Any,
        *,
        source: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """What the run was told to do (`contexta.configuration`).

        values: mapping, dataclass, argparse namespace or pydantic model; nested keys get dots.
        source: where it came from (`config/eval.yaml`, `argv`).
        """
        sink = self._sink("log_configuration")
        if sink is None:
            return
        for piece in events.configuration(values, source):
            sink.record(event_names.CONFIGURATION, piece, at, captured_by)

    @guarded(None)
    def log_relation(
        self,
        type: str,
        from_id: str,
        to_id: str,
        *,
        from_kind: str | None = None,
        to_kind: str | None = None,
        confidence: str = "direct",
        evidence: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """Two things hang together (`contexta.relation`): `from_id` is `type` `to_id`.

        type: produced, consumed, derived_from, trained_on, evaluated_by, summarized_by, … (open).
        confidence: direct, or inferred; then `evidence` says from what.
        """
        sink = self._sink("log_relation")
        if sink is not None:
            relation = events.relation(
                type,
                from_id,
                to_id,
                from_kind=from_kind,
                to_kind=to_kind,
                confidence=confidence,
                evidence=evidence,
            )
            sink.record(event_names.RELATION, relation, at, captured_by)

    @guarded(None)
    def log_promotion(
        self,
        artifact: str,
        *,
        to: str,
        decision: str = "approved",
        from_environment: str | None = None,
        report: str | None = None,
        by: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """It was decided whether `artifact` may go into the environment `to` (`contexta.promotion`).

        decision: approved or rejected. report: id of the report it rests on. by: who decided.
        """
        sink = self._sink("log_promotion")
        if sink is not None:
            promotion = events.promotion(
                artifact,
                to=to,
                decision=decision,
                from_environment=from_environment,
                report=report,
                by=by,
            )
            sink.record(event_names.PROMOTION, promotion, at, captured_by)

    @guarded(None)
    def log_degraded(
        self,
        reason: str,
        *,
        severity: str = "warning",
        category: str = "capture",
        detail: str | None = None,
        expected: int | None = None,
        observed: int | None = None,
        remedy: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """Something is known to be missing or untrustworthy (`contexta.degraded`).

        severity: info, warning or error. category: capture, transport, sampling, redaction, ….
        expected, observed: how much there should be and how much there is.
        remedy: what would mend it.
        """
        sink = self._sink("log_degraded")
        if sink is not None:
            marker = events.degraded(
                reason,
                severity=severity,
                category=category,
                detail=detail,
                expected=expected,
                observed=observed,
                remedy=remedy,
            )
            sink.record(event_names.DEGRADED, marker, at, captured_by)
