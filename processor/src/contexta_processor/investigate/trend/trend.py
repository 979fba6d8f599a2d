"""How does a figure move?"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from difflib import get_close_matches

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Rows, rows_of
from contexta_processor.investigate.run_names import resolve_run
from contexta_processor.investigate.trend.asked import Asked, Over
from contexta_processor.investigate.trend.causes import with_differences
from contexta_processor.investigate.trend.curves import over_steps, over_time
from contexta_processor.investigate.trend.gathering import over_runs
from contexta_processor.investigate.trend.judging import judged
from contexta_processor.investigate.trend.marks import with_marks, with_taint
from contexta_processor.investigate.trend.reference import with_drift
from contexta_processor.investigate.trend.releases import releases
from contexta_processor.investigate.trend.series import Address, Series, change_document

_SCOPES = ("run", "stage", "slice", "operation", "batch", "sample", "deployment")
_ADDRESS = tuple(field.name for field in fields(Address) if field.name != "deployment_id")
_POINT = (
    "run_id",
    "run_name",
    "deployment_id",
    "started_at",
    "occurred_at",
    "step",
    "epoch",
    "batch_id",
    "value",
    "gap",
    "outside",
    "sample_count",
    "stddev",
    "parts",
    "status",
    "completeness",
    "degraded_count",
)


@dataclass(frozen=True)
class Trend:
    """A figure's series, wholes before parts. run_id: over whose steps; None over runs and time."""

    asked: Asked
    run_id: str | None
    series: tuple[Series, ...]

    @property
    def over(self) -> tuple[Over, ...]:
        """What its series go over, each once."""
        return tuple(dict.fromkeys(series.over for series in self.series))

    def to_dict(self) -> dict[str, object]:
        """`{metric, points, change_points, series, …}`; a point's `series` is the number of its series, from 0.

        band, drift: of the only series, null where there are several: each has its own.
        """
        only = self.series[0].to_dict() if len(self.series) == 1 else {}
        return {
            "metric": self.asked.name,
            "of": self.asked.of,
            "run_id": self.run_id,
            "points": [
                {"series": number, **point.to_dict()}
                for number, series in enumerate(self.series)
                for point in series.points
            ],
            "change_points": [
                {"series": number, **change_document(series, change)}
                for number, series in enumerate(self.series)
                for change in series.changes
            ],
            "series": [series.to_dict() for series in self.series],
            "band": only.get("band"),
            "drift": only.get("drift"),
            "deployments": list(self._deployments()),
            "left_out": self._left_out(),
        }

    def rows(self) -> Rows:
        """One row per point, with the address of its series."""
        return Rows(
            ("metric", "series", "over", *_ADDRESS, *_POINT, "tainted"),
            [
                (
                    self.asked.name,
                    number,
                    series.over,
                    *(getattr(series.address, name) for name in _ADDRESS),
                    *(document[name] for name in _POINT),
                    point.tainted.words if point.tainted else None,
                )
                for number, series in enumerate(self.series)
                for point in series.points
                for document in (point.to_dict(),)
            ],
        )

    def _deployments(self) -> Iterator[dict[str, object]]:
        seen: set[str] = set()
        for series in self.series:
            for mark in series.marks:
                if mark.deployment_id not in seen:
                    seen.add(mark.deployment_id)
                    yield {
                        "deployment_id": mark.deployment_id,
                        "environment": mark.environment,
                        "source_run": mark.source_run,
                        "active": mark.active,
                    }

    def _left_out(self) -> dict[str, int]:
        names = sorted({name for series in self.series for name in series.left_out})
        return {name: sum(series.left_out.get(name, 0) for series in self.series) for name in names}


def trend_of(query: Query, asked: Asked) -> Trend:
    """The trend of a figure: over the runs and deployments that have it, or over the steps of one run.

    Raises: ContextaError with Exit.UNDECIDED if nothing recorded it, or nothing of what was asked for did.
    """
    if asked.run_id is not None:
        return _over_steps(query, asked)
    known = releases(query)
    found = over_runs(query, asked)
    if asked.of == "metric" and not (asked.stage or asked.run_type):
        found += [
            series
            for series in over_time(query, asked, known)
            if asked.scope in (None, series.address.scope)
        ]
    found = with_differences(query, _judged(query, asked, found, None))
    found = with_marks(query, asked, found, known)
    return Trend(asked, None, tuple(with_drift(query, asked, found)))


def _over_steps(query: Query, asked: Asked) -> Trend:
    if asked.of != "metric":
        raise ContextaError(
            f"there is no {asked.of} over the steps of a run",
            cause="a run has one; metrics alone are recorded by step",
            hint="leave --run out, or --of",
        )
    run_id = resolve_run(query, str(asked.run_id), project=asked.project)
    found = _judged(query, asked, over_steps(query, asked, run_id), run_id)
    return Trend(asked, run_id, tuple(with_drift(query, asked, with_differences(query, found))))


def _judged(query: Query, asked: Asked, found: list[Series], run_id: str | None) -> list[Series]:
    """The series in their order, with what taints them and what stands out."""
    if not found:
        raise _nothing(query, asked, run_id)
    return [judged(series, asked) for series in with_taint(query, sorted(found, key=_order))]


def _order(series: Series) -> tuple[object, ...]:
    """Wholes before parts: by project, type, environment, then scope from run to sample."""
    told = series.address
    scope = _SCOPES.index(told.scope) if told.scope in _SCOPES else len(_SCOPES)
    text = (told.stage, told.operation, told.slice, told.unit, told.aggregation, told.attributes)
    where = (told.project, told.run_type, told.environment)
    return (
        series.over,
        *(part or "" for part in where),
        scope,
        *(part or "" for part in text),
        told.deployment_id or "",
    )


def _nothing(query: Query, asked: Asked, run_id: str | None) -> ContextaError:
    rows = rows_of(query.query(statement("investigate/trend/names"), {"of": asked.of}))
    known = {row["name"]: row for row in rows}
    narrowed = {
        "project": asked.project,
        "type": asked.run_type,
        "stage": asked.stage,
        "slice": asked.slice,
        "scope": asked.scope,
        "environment": asked.environment,
        "run": run_id,
    }
    said = ", ".join(f"{name} {value}" for name, value in narrowed.items() if value)
    if asked.name in known:
        row = known[asked.name]
        return ContextaError(
            f"{asked.name!r} was not recorded there",
            cause=f"it is known of {row['runs']} runs and {row['deployments']} deployments, but not of: {said or 'the newest'}",
            hint="leave out what narrows it, or --last 0 for all runs",
            exit_code=Exit.UNDECIDED,
        )
    near = get_close_matches(asked.name, known, n=5, cutoff=0.5)
    some = ", ".join(list(known)[:8])
    what = {"metric": "metric or sample score", "duration": "stage", "artifact-size": "kind of artifact", "failure-rate": "failure tag"}[asked.of]  # fmt: skip
    return ContextaError(
        f"there is no {what} {asked.name!r}",
        cause=f"nearest: {', '.join(near)}"
        if near
        else f"known: {some}"
        if some
        else "none has been recorded",
        hint=f"contexta trend {near[0]}"
        if near
        else "contexta show latest   lists a run's metrics and stages",
        exit_code=Exit.UNDECIDED,
    )
