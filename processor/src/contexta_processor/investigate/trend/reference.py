"""Drift: how far the newest values of a series are from a reference.

A reference is what the user names (a run, an artifact, a deployment, a stretch `A..B` of the series), else what the
evidence itself declares (`contexta.metric.reference`).
"""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of
from contexta_processor.investigate.run_names import resolve_run
from contexta_processor.investigate.statistics.drift import (
    ks_distance,
    population_stability_index,
    standardised_shift,
)
from contexta_processor.investigate.trend.asked import Asked
from contexta_processor.investigate.trend.judging import finite_values
from contexta_processor.investigate.trend.series import Address, Drift, Series
from contexta_processor.investigate.trend.stretch import stretch

FEW = 2


def with_drift(query: Query, asked: Asked, found: list[Series]) -> list[Series]:
    """The series with their drift from what `asked.against` names, else from the reference they declare.

    Raises: ContextaError if what is named is nothing known, or none of the series has a value of it.
    """
    if asked.against is None:
        return [_declared(query, asked, series) for series in found]
    if ".." in asked.against:
        return _from_stretch(query, asked, asked.against, found)
    return _from_named(query, asked, asked.against, found)


def _from_stretch(query: Query, asked: Asked, text: str, found: list[Series]) -> list[Series]:
    told = [(series, stretch(query, asked, text, series)) for series in found]
    if all(places is None for _, places in told):
        raise ContextaError(
            f"no series has a value between the ends of {text}",
            cause="they are points of none of the series, or the first comes after the second",
            hint="name two runs (two steps, two days) of the series, the earlier one first",
            exit_code=Exit.UNDECIDED,
        )
    return [
        series if places is None else replace(series, drift=_after(series, text, *places))
        for series, places in told
    ]


def _after(series: Series, text: str, first: int, last: int) -> Drift:
    inside, after = series.points[first : last + 1], series.points[last + 1 :]
    runs = tuple(point.run_id for point in inside if point.run_id and point.counts)
    drift = Drift(text, "stretch", reference_runs=runs)
    return _measured(drift, finite_values(inside), finite_values(after), "after the stretch")


def _from_named(query: Query, asked: Asked, name: str, found: list[Series]) -> list[Series]:
    deployed = [_from_deployment(series, name) for series in found]
    if any(drift is not None for drift in deployed):
        pairs = zip(found, deployed, strict=True)
        return [replace(series, drift=drift) if drift else series for series, drift in pairs]
    kind, runs = _runs_of(query, asked, name)
    told = [
        replace(series, drift=_from_runs(query, asked, series, name, kind, runs))
        for series in found
    ]
    if all(series.drift is not None and series.drift.reference_n == 0 for series in told):
        raise ContextaError(
            f"{name!r} has no value of {asked.name!r} to measure drift from",
            cause=f"{kind} known, connected with {len(runs)} runs; none of them recorded it there",
            hint="name a run of the trend, or a stretch of it: --against A..B",
            exit_code=Exit.UNDECIDED,
        )
    return told


def _from_deployment(series: Series, name: str) -> Drift | None:
    """Over time: what was measured of one deployment, beside what was measured of others since."""
    places = [index for index, point in enumerate(series.points) if point.deployment_id == name]
    if series.over != "time" or not places:
        return None
    own = [series.points[index] for index in places]
    rest = [p for p in series.points[places[0] :] if p.deployment_id != name]
    drift = Drift(name, "deployment")
    return _measured(drift, finite_values(own), finite_values(rest), "of another deployment")


def _runs_of(query: Query, asked: Asked, name: str) -> tuple[str, tuple[str, ...]]:
    """What is named: a run, or an artifact with the runs that made it, else those that used it."""
    rows = rows_of(query.query(statement("investigate/trend/consumers"), {"artifact_id": name}))
    if rows:
        made = tuple(row["run_id"] for row in rows if row["produced"])
        return "artifact", made or tuple(row["run_id"] for row in rows)
    return "run", (resolve_run(query, name, project=asked.project),)


def _declared(query: Query, asked: Asked, series: Series) -> Series:
    names = {point.reference for point in series.points if point.counts} - {None}
    if not names:
        return series
    if len(names) > 1:
        detail = f"{len(names)} different references are declared; name one with --against"
        return replace(
            series, drift=Drift(", ".join(sorted(map(str, names))), "declared", detail=detail)
        )
    name = str(names.pop())
    try:
        _, runs = _runs_of(query, asked, name)
    except ContextaError as error:
        if error.exit_code is Exit.UNREACHABLE:
            raise
        runs = ()
    drift = _from_runs(query, asked, series, name, "declared", runs)
    if drift.reference_n == 0:
        own = finite_values(series.points)
        detail = "no value of this name is known of the reference: the figures are told as measured against it"
        drift = Drift(
            name, "declared", n=len(own), center=median(own) if own else None, detail=detail
        )
    return replace(series, drift=drift)


def _from_runs(
    query: Query, asked: Asked, series: Series, name: str, kind: str, runs: Sequence[str]
) -> Drift:
    """The values of these runs, beside those of the runs that came after them."""
    places = [index for index, point in enumerate(series.points) if point.run_id in runs]
    if series.over == "runs" and places:
        inside = [series.points[index] for index in places]
        after = [p for p in series.points[places[-1] + 1 :] if p.run_id not in runs]
        drift = Drift(name, kind, reference_runs=tuple(str(p.run_id) for p in inside))
        measured = _measured(drift, finite_values(inside), finite_values(after), "after it")
        return _with_distribution(query, asked, series, measured)
    values = {
        run: value for run in runs if (value := _final(query, asked, series, run)) is not None
    }
    drift = Drift(name, kind, reference_runs=tuple(values))
    rest = [point for point in series.points if series.over == "steps" or point.run_id not in runs]
    return _measured(drift, list(values.values()), finite_values(rest), "of another run")


def _final(query: Query, asked: Asked, series: Series, run_id: str) -> float | None:
    """The final value of the same figure in a run that is not of the series: of the same stage, else of the only one."""
    where = series.address
    given = {"name": asked.name, "run_id": run_id, "stage": None, "slice": where.slice}
    if asked.of != "metric":
        return None
    rows = rows_of(query.query(statement("investigate/trend/steps"), {**given, "scope": None}))
    alike = [row for row in rows if _same_figure(where, row)]
    same = [row for row in alike if (row["scope"], row["stage"]) == (where.scope, where.stage)]
    told = same or alike
    if not told or (not same and len({(row["scope"], row["stage"]) for row in told}) > 1):
        return None
    whole = [row for row in told if row["step"] is None]
    value = (whole or told)[-1]["value"]
    return value if value is not None and value - value == 0 else None


def _same_figure(where: Address, row: Row) -> bool:
    """Whether a value is of the slice, unit and aggregation of a series, told by another emitter: an OpenTelemetry metric
    says `1` where others leave out the unit of a plain number, and a value alone is the last one."""
    return (
        row["slice"] == where.slice
        and (row["unit"] or "1") == (where.unit or "1")
        and (row["aggregation"] or "last") == (where.aggregation or "last")
    )


def _measured(drift: Drift, reference: list[float], current: list[float], which: str) -> Drift:
    told = replace(
        drift,
        reference_n=len(reference),
        reference_center=median(reference) if reference else None,
        n=len(current),
        center=median(current) if current else None,
    )
    if told.reference_center is None or told.center is None:
        lacking = "of the reference" if told.reference_center is None else which
        return replace(told, detail=f"there is no value {lacking}")
    told = replace(
        told,
        delta=told.center - told.reference_center,
        latest_delta=current[-1] - told.reference_center,
    )
    shift = standardised_shift(reference, current)
    if shift is None:
        return replace(told, detail=f"no interval: it takes {FEW} values on either side")
    sure = shift.estimate
    return replace(
        told, interval=(sure.low, sure.high), p=sure.p, method=sure.method, detail=sure.caution
    )


def _with_distribution(query: Query, asked: Asked, series: Series, drift: Drift) -> Drift:
    """For mean scores: how far the samples' scores themselves are from those of the reference run."""
    newest = next((point for point in reversed(series.points) if point.counts), None)
    is_scores = asked.of == "metric" and series.address.scope == "sample"
    if not is_scores or newest is None or len(drift.reference_runs) != 1:
        return drift
    reference = _scores(query, asked, series, drift.reference_runs[0])
    current = _scores(query, asked, series, str(newest.run_id))
    if newest.run_id in drift.reference_runs or not reference or not current:
        return drift
    psi, ks = population_stability_index(reference, current), ks_distance(reference, current)
    return replace(
        drift,
        psi=psi.distance if psi else None,
        ks=ks.distance if ks else None,
        ks_p=ks.p if ks else None,
    )


def _scores(query: Query, asked: Asked, series: Series, run_id: str) -> list[float]:
    where = series.address
    given = {"name": asked.name, "run_id": run_id, "stage": where.stage, "slice": where.slice}
    rows = rows_of(query.query(statement("investigate/trend/scored_samples"), given))
    return [row["value"] for row in rows]
