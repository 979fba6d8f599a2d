"""Points, and the series they make: one for each address, so that nothing is collapsed into something else."""

import json
from dataclasses import asdict, dataclass, field
from math import isfinite, isnan
from typing import Literal

from contexta_processor.investigate.lineage.taint import Taint
from contexta_processor.investigate.results import iso, present, whole
from contexta_processor.investigate.statistics.history import Band
from contexta_processor.investigate.trend.asked import Over

Gap = Literal["missing", "open", "other_unit", "unknown", "nan", "infinite"]
"""Why a point has no figure to draw.

missing: the run recorded none. open: the run has not ended. other_unit: it recorded one, in another unit. unknown: it has
one that cannot be told (a percentile of several batches, an artifact without a size). nan, infinite: that was recorded.
"""

Verdict = Literal["better", "worse", "no_direction"]

NOT_FINAL = frozenset({"running", "interrupted", "cancelled"})
"""Statuses of a run whose last value is not known to be its final one."""


@dataclass(frozen=True)
class Address:
    """What the figures of one series have in common."""

    project: str | None = None
    run_type: str | None = None
    environment: str | None = None
    deployment_id: str | None = None
    scope: str | None = None
    stage: str | None = None
    operation: str | None = None
    slice: str | None = None
    unit: str | None = None
    aggregation: str | None = None
    attributes: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Every field; the attributes as an object."""
        told = asdict(self)
        told["attributes"] = json.loads(self.attributes) if self.attributes else None
        return told


@dataclass(frozen=True, slots=True)
class Point:
    """One value, or the place where one is missing. Times are Unix nanoseconds.

    value: as recorded, NaN and ±Inf included; None where there is none. gap: why it is not a figure, or None.
    started_at: of its run. occurred_at: when it was measured. status, completeness, degraded_count: of its run.
    tainted: what was quarantined or damaged that the run rests on, or None.
    outside: whether it lies outside the band of the values before it; None where there is no band or no figure.
    """

    run_id: str | None = None
    run_name: str | None = None
    deployment_id: str | None = None
    started_at: int | None = None
    occurred_at: int | None = None
    step: int | None = None
    epoch: float | None = None
    batch_id: str | None = None
    value: float | None = None
    gap: Gap | None = None
    sample_count: int | None = None
    stddev: float | None = None
    parts: int | None = None
    status: str | None = None
    completeness: str | None = None
    degraded_count: int | None = None
    reference: str | None = None
    tainted: Taint | None = None
    outside: bool | None = None

    @property
    def counts(self) -> bool:
        """Whether statistics rest on it: a finite figure that is known to be final, of a run that is not tainted."""
        is_final = self.status not in NOT_FINAL
        return self.gap is None and self.value is not None and is_final and self.tainted is None

    @property
    def at(self) -> int | None:
        """Its place in time: of its run, else its own."""
        return self.started_at if self.started_at is not None else self.occurred_at

    def to_dict(self) -> dict[str, object]:
        """The JSON shape of a point, but for the series it is of."""
        return {
            "run_id": self.run_id,
            "run_name": self.run_name,
            "deployment_id": self.deployment_id,
            "occurred_at": iso(self.occurred_at),
            "started_at": iso(self.started_at),
            "step": self.step,
            "epoch": self.epoch,
            "batch_id": self.batch_id,
            "value": whole(self.value),
            "gap": self.gap,
            "sample_count": self.sample_count,
            "stddev": whole(self.stddev),
            "parts": self.parts,
            "status": self.status,
            "completeness": self.completeness,
            "degraded_count": self.degraded_count,
            "reference": self.reference,
            "tainted": self.tainted.to_dict() if self.tainted else None,
            "outside": self.outside,
        }


@dataclass(frozen=True)
class Difference:
    """Something that was another on the run of a change than on the run before; None: recorded on one side alone."""

    cause: str
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ChangePoint:
    """Where the level of a series changed: between the points at `previous` and `index`.

    before, after: the levels; shift: after − before. differences: what else is another on the run at `index`, the likeliest
    causes first, never called the cause; `differences_total` counts those left out too.
    """

    index: int
    previous: int
    before: float
    after: float
    shift: float
    strength: float
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    differences_total: int = 0


@dataclass(frozen=True)
class Spike:
    """A point of a curve far from the median of those around it; `deviation` in robust standard deviations."""

    index: int
    expected: float
    deviation: float


@dataclass(frozen=True)
class Mark:
    """A deployment that went live. after, before: the points around that; source: the point of the run it came from."""

    deployment_id: str
    environment: str | None
    status: str
    live_at: int
    active: bool
    promoted_artifact: str | None
    source_run: str | None
    project: str | None
    after: int | None = None
    before: int | None = None
    source: int | None = None


@dataclass(frozen=True)
class Drift:
    """How far the newest values are from a reference.

    reference: as named. kind: run, artifact, deployment, stretch, or declared (what a drift indicator was measured against
    by whoever emitted it). delta: center − reference center, medians; latest_delta: of the newest value. interval, p, method:
    of the shift in mean, where both sides have enough values. psi, ks, ks_p: between the samples' scores of the reference run
    and those of the newest. detail: what could not be said, and why.
    """

    reference: str
    kind: str
    reference_runs: tuple[str, ...] = ()
    reference_n: int = 0
    reference_center: float | None = None
    n: int = 0
    center: float | None = None
    delta: float | None = None
    latest_delta: float | None = None
    interval: tuple[float, float] | None = None
    p: float | None = None
    method: str | None = None
    psi: float | None = None
    ks: float | None = None
    ks_p: float | None = None
    detail: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Every field; figures that don't exist are null."""
        told = asdict(self)
        told["reference_runs"] = list(self.reference_runs)
        told["interval"] = list(self.interval) if self.interval else None
        return told


@dataclass(frozen=True)
class Series:
    """The points of one address in order. left_out: how many values have no point or no part in the statistics, by why.

    band: what the newest value is held to: the values before it on its level; None below five of them.
    """

    address: Address
    over: Over
    points: tuple[Point, ...]
    higher_is_better: bool | None = None
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    band: Band | None = None
    changes: tuple[ChangePoint, ...] = ()
    spikes: tuple[Spike, ...] = ()
    drift: Drift | None = None
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def counted(self) -> list[tuple[int, float]]:
        """Index and value of the points that statistics rest on."""
        return [
            (index, point.value)
            for index, point in enumerate(self.points)
            if point.counts and point.value is not None
        ]

    @property
    def level_from(self) -> int | None:
        """Where the level of the newest values began, if it was another before."""
        return self.changes[-1].index if self.changes else None

    def to_dict(self) -> dict[str, object]:
        """Its address and what was found; its points and change points are beside it, by its number."""
        return {
            **self.address.to_dict(),
            "over": self.over,
            "higher_is_better": self.higher_is_better,
            "point_count": len(self.points),
            "counted": len(self.counted),
            "left_out": self.left_out,
            "band": _band(self.band),
            "level_since": _level(self),
            "spikes": [_spike(self, spike) for spike in self.spikes],
            "drift": self.drift.to_dict() if self.drift else None,
            "deployments": [mark_document(mark) for mark in self.marks],
            "notes": list(self.notes),
        }


def gap_of(value: float | None) -> Gap | None:
    """What kind of gap a recorded value is, if it is one."""
    if value is None:
        return "unknown"
    if isfinite(value):
        return None
    return "nan" if isnan(value) else "infinite"


def change_document(series: Series, change: ChangePoint) -> dict[str, object]:
    """The JSON shape of a change point."""
    point, previous = series.points[change.index], series.points[change.previous]
    return {
        "run_id": point.run_id,
        "previous_run_id": previous.run_id,
        "occurred_at": iso(point.occurred_at),
        "started_at": iso(point.started_at),
        "step": point.step,
        "deployment_id": point.deployment_id,
        "index": change.index,
        "before": change.before,
        "after": change.after,
        "shift": change.shift,
        "strength": change.strength,
        "verdict": change.verdict,
        "differences": [asdict(difference) for difference in change.differences],
        "differences_total": change.differences_total,
    }


def mark_document(mark: Mark) -> dict[str, object]:
    """The JSON shape of a deployment among the points."""
    told: dict[str, object] = {**asdict(mark), "live_at": iso(mark.live_at)}
    told["after_point"], told["before_point"], told["source_point"] = (
        told.pop(name) for name in ("after", "before", "source")
    )
    return told


def _band(band: Band | None) -> dict[str, object] | None:
    return present(**asdict(band)) if band else None


def _level(series: Series) -> dict[str, object] | None:
    """The first point on the level of the newest values."""
    if series.level_from is None:
        return None
    point = series.points[series.level_from]
    return {
        "index": series.level_from,
        "run_id": point.run_id,
        "step": point.step,
        "occurred_at": iso(point.occurred_at),
    }


def _spike(series: Series, spike: Spike) -> dict[str, object]:
    point = series.points[spike.index]
    return {**asdict(spike), "step": point.step, "value": point.value}
