"""`log_artifact`, `log_dataset`, `log_environment`, `log_code`, `log_configuration`: what it was made of and with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from contexta.base.coerce import Instant
from contexta.base.misuse import guarded
from contexta.records import events
from contexta.records.put import Names
from contexta.records.sink import Recorder
from contexta_semconv import attributes as names
from contexta_semconv import events as event_names

if TYPE_CHECKING:
    import os


class Materials(Recorder):
    """What a run used, made, ran on and was told."""

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
        attributes: Mapping[str, Any] | None = None,
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
        attributes: anything else, kept with the artifact.
        Returns: the artifact's id, for relations, promotions and deployments.
        """
        from contexta.records import artifacts

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
            attributes=attributes,
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
        from contexta.records import artifacts

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
        from contexta.records import environment

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
        asked of git on another thread; credentials in the remote's URL are removed. Where tracked
        files have changes that are in no commit, a digest of those and of files that are neither
        tracked nor ignored (`contexta.environment.vcs_diff_sha256`)."""
        from contexta.records import revision

        sink = self._sink("log_code")
        if sink is not None:
            where = revision.absolute(path)
            sink.record_later(
                event_names.ENVIRONMENT,
                {},
                lambda given_up: revision.of(where, given_up),
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
