"""How does a deployment do in production? From the telemetry of the services that name it."""

from collections.abc import Sequence
from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, iso, rows_of

Stretch = tuple[int, int | None]
"""From, until (no longer at that instant; None: still), Unix nanoseconds."""


@dataclass(frozen=True)
class DriftIndicator:
    """A figure measured in production against a reference (an artifact or a run).

    value: the last of `points`; first_value, low, high: over all of them, NaN left out of the bounds.
    reference_value: where the run that is, or made, the reference ended with the same figure (name, slice, unit,
    aggregation); None: it has none.
    """

    metric: str
    slice: str | None
    unit: str | None
    aggregation: str | None
    reference: str
    reference_run: str | None
    reference_value: float | None
    points: int
    first_value: float | None
    value: float | None
    low: float | None
    high: float | None
    occurred_at: int | None
    higher_is_better: bool | None
    captured_by: str | None

    @property
    def delta(self) -> float | None:
        """Production minus reference; None where either is missing."""
        if self.value is None or self.reference_value is None:
            return None
        return self.value - self.reference_value

    def to_dict(self) -> dict[str, object]:
        """One element of `production.drift`."""
        return {**vars(self), "delta": self.delta, "occurred_at": iso(self.occurred_at)}


@dataclass(frozen=True)
class Production:
    """What was heard of the services of one deployment.

    basis: which spans count as requests (server: those of kind server or consumer; root: those without a
    parent); None: there are none, and then error_rate and the latencies are None too. not_live: spans begun while
    the deployment was not live.
    """

    services: tuple[str, ...]
    span_count: int
    span_errors: int
    not_live: int
    basis: str | None
    request_count: int
    request_errors: int
    p50_ms: float | None
    p95_ms: float | None
    event_count: int
    event_errors: int
    metric_points: int
    metric_names: int
    first_seen_at: int | None
    last_seen_at: int | None
    drift: tuple[DriftIndicator, ...]

    @property
    def error_rate(self) -> float | None:
        """Failed requests of all requests, 0 to 1."""
        return self.request_errors / self.request_count if self.request_count else None

    @property
    def heard(self) -> bool:
        """Whether there is any telemetry at all."""
        return self.first_seen_at is not None or bool(
            self.span_count or self.event_count or self.metric_points
        )

    def to_dict(self) -> dict[str, object]:
        """`production` of a deployment's document."""
        return {
            "services": list(self.services),
            "first_seen_at": iso(self.first_seen_at),
            "last_seen_at": iso(self.last_seen_at),
            "spans": {
                "count": self.span_count,
                "error_count": self.span_errors,
                "while_not_live": self.not_live,
            },
            "requests": {
                "basis": self.basis,
                "count": self.request_count,
                "error_count": self.request_errors,
                "error_rate": self.error_rate,
                "latency_p50_ms": self.p50_ms,
                "latency_p95_ms": self.p95_ms,
            },
            "events": {"count": self.event_count, "error_count": self.event_errors},
            "metrics": {"points": self.metric_points, "names": self.metric_names},
            "drift": [each.to_dict() for each in self.drift],
        }


def production_of(query: Query, deployment_id: str, lives: Sequence[Stretch]) -> Production:
    """What the services of a deployment told: spans, events, measured values, drift. lives: when it was live."""
    asked = {"deployment_id": deployment_id}
    since, until = [start for start, _ in lives], [end for _, end in lives]
    (spans,) = _rows(query, "production_spans", **asked, live_from=since, live_until=until)
    (records,) = _rows(query, "production_records", **asked)
    seen = [spans.pop("first_at"), records.pop("first_at")]
    last = [spans.pop("last_at"), records.pop("last_at")]
    spans["services"] = tuple(spans["services"] or ())
    return Production(
        **spans,
        **records,
        first_seen_at=min((at for at in seen if at is not None), default=None),
        last_seen_at=max((at for at in last if at is not None), default=None),
        drift=_drift(query, deployment_id),
    )


def _drift(query: Query, deployment_id: str) -> tuple[DriftIndicator, ...]:
    """Each indicator beside where its reference ended; what references are is asked only where there are any."""
    figures = _rows(query, "production_drift", deployment_id=deployment_id)
    if not figures:
        return ()
    names = sorted({row["reference"] for row in figures})
    known = _rows(query, "references", references=names)
    runs = {row["reference"]: row["run_id"] for row in known}
    ended = _ended(query, deployment_id, figures, sorted(set(runs.values())))
    return tuple(
        DriftIndicator(
            metric=row.pop("name"),
            reference_run=runs.get(row["reference"]),
            reference_value=ended.get((runs.get(row["reference"]), *key)),
            **row,
        )
        for row, key in [(row, _figure(row)) for row in figures]
    )


def _ended(
    query: Query, deployment_id: str, figures: Sequence[Row], runs: Sequence[str]
) -> dict[tuple[str | None, ...], float | None]:
    """Where each of these runs ended, by run and figure."""
    names = sorted({row["name"] for row in figures})
    asked = {"deployment_id": deployment_id, "runs": list(runs), "names": names}
    rows = _rows(query, "reference_figures", **asked) if runs else []
    return {(row["run_id"], *_figure(row)): row["value"] for row in rows}


def _figure(row: Row) -> tuple[str | None, ...]:
    """What two values of the same figure share, whoever told them: a plain number has the unit 1 or none."""
    return row["name"], row["slice"], row["unit"] or "1", row["aggregation"] or "last"


def _rows(query: Query, name: str, **given: object) -> list[Row]:
    return rows_of(query.query(statement(f"investigate/deployments/{name}"), given))
