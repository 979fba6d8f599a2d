"""`log_metric`, `log_metrics`, `log_series`, `log_sample`, `log_event`: what came out, and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contexta.base import coerce
from contexta.base.coerce import Instant
from contexta.base.misuse import guarded
from contexta.records import events
from contexta.records.put import Names
from contexta.records.sink import Recorder
from contexta_semconv import events as event_names


class Results(Recorder):
    """What was measured, looked at, or happened."""

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
        stddev: float | None = None,
        reference: str | None = None,
        scope: str | None = None,
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
                stddev=stddev,
                reference=reference,
                scope=scope,
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
