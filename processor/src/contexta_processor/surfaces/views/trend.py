"""How a trend reads: each series in a line and a plot, what changed where, and what is not in it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import isfinite

from contexta_processor.investigate.results import iso
from contexta_processor.investigate.trend.series import Address, Mark, Point, Series
from contexta_processor.investigate.trend.trend import Trend
from contexta_processor.surfaces.render.plot import finite_of, spark
from contexta_processor.surfaces.render.text import count, duration, moment, number, size
from contexta_processor.surfaces.render.view import (
    Block,
    Cell,
    Column,
    Line,
    Plot,
    Table,
    Text,
    Tone,
    View,
)
from contexta_processor.surfaces.views.trend_words import (
    drift_lines,
    left_out_lines,
    of_what,
    point_notes,
    shift_cell,
    why_changed,
)

_DRAWN = 3
_LISTED = 40
_POINTS = 12
_FEWEST_TO_DRAW = 3

Figure = Callable[[float | None], str]


def trend_view(trend: Trend) -> View:
    """Up to three series drawn; more of them a line each, with how to narrow them."""
    if len(trend.series) > _DRAWN:
        return View(tuple(_overview(trend)), next=_next(trend))
    blocks: list[Block] = []
    for series in trend.series:
        blocks += _drawn(trend, series)
    return View(tuple(blocks), next=_next(trend))


def figure_of(trend: Trend, series: Series) -> Figure:
    """How a figure of the series is written: with its unit, where that is not 1."""
    positive = _positive_figure(trend, series)

    def figure(value: float | None) -> str:
        return f"-{positive(-value)}" if value is not None and value < 0 else positive(value)

    return figure


def _positive_figure(trend: Trend, series: Series) -> Figure:
    unit = series.address.unit
    if trend.asked.of == "duration":
        return duration
    if trend.asked.of == "artifact-size":
        return lambda value: size(None if value is None else round(value))
    if trend.asked.of == "failure-rate":
        return lambda value: "–" if value is None else f"{value:.1%}"
    if unit in (None, "1"):
        return number
    return lambda value: "–" if value is None else f"{number(value)} {unit}"


def _drawn(trend: Trend, series: Series) -> Iterator[Block]:
    figure = figure_of(trend, series)
    yield Line.of(
        Cell(trend.asked.name, "strong"), f"  {of_what(series.address)}", _direction(series)
    )
    yield _summary(series, figure)
    if len(finite_of([point.value for point in series.points])) >= _FEWEST_TO_DRAW:
        yield plot_of(trend, series)
    if series.changes:
        yield _changes(series, figure)
    yield _latest(series, figure)
    yield from _marks(series.marks, series)
    yield from drift_lines(series, figure)
    yield from left_out_lines(series)


def _direction(series: Series) -> Cell:
    if series.higher_is_better is None:
        return Cell("  no direction declared", "dim")
    return Cell("  higher is better" if series.higher_is_better else "  lower is better", "dim")


def _summary(series: Series, figure: Figure) -> Line:
    values = [point.value for point in series.points if point.gap is None]
    if not values:
        return Line.of(Cell("! no figure: every point is a gap", "warn"))
    usual = _usual(series, figure)
    newest = next(point for point in reversed(series.points) if point.gap is None)
    warn = Cell("   ! the newest is outside the usual band", "warn") if newest.outside else ""
    return Line.of(figure(values[0]), " ", _spark(series), " ", Cell(figure(values[-1]), "strong"), Cell(usual, "dim"), warn)  # fmt: skip


def _usual(series: Series, figure: Figure) -> str:
    """`   usual 0.92 to 0.94 (median of 7 earlier since night-12, ± 0.01)`; on a new level first that nothing is yet."""
    since = ""
    if series.level_from is not None:
        since = f" since {point_name(series.points[series.level_from], series)}"
    band = series.band
    if band is not None:
        half = figure(band.high - band.center)
        told = f"median of {band.n} earlier{since}, ± {half}"
        return f"   usual {figure(band.low)} to {figure(band.high)} ({told})"
    return f"   another level{since}: too few values to say what is usual" if since else ""


def _spark(series: Series) -> Cell:
    values = [point.value if point.gap is None else None for point in series.points]
    return Cell(spark(values), ascii=spark(values, ascii_only=True))


def plot_of(trend: Trend, series: Series) -> Plot:
    """The series as a curve: its band, its change points, the deployments below it."""
    figure = figure_of(trend, series)
    places = _places(series)
    band = (series.band.low, series.band.high) if series.band else None
    return Plot(
        values=[point.value if point.gap is None else None for point in series.points],
        places=places,
        label=f"{trend.asked.name} {of_what(series.address)}",
        figure=figure,
        band=band,
        rules=[(places[change.previous] + places[change.index]) / 2 for change in series.changes],
        marks=[
            _mark_place(mark, series, places) for mark in series.marks if mark.after is not None
        ],
        flags=[
            *(index for index, point in enumerate(series.points) if point.outside),
            *(spike.index for spike in series.spikes),
        ],
        ends=(point_name(series.points[0], series), point_name(series.points[-1], series)),
    )


def _places(series: Series) -> list[float]:
    """Runs side by side; steps and times where they are, as long as all of them are known."""
    if series.over == "steps" and all(point.step is not None for point in series.points):
        return [float(point.step or 0) for point in series.points]
    if series.over == "time" and all(point.occurred_at is not None for point in series.points):
        first = series.points[0].occurred_at or 0
        return [((point.occurred_at or 0) - first) / 1e9 for point in series.points]
    return [float(index) for index in range(len(series.points))]


def _mark_place(mark: Mark, series: Series, places: Sequence[float]) -> float:
    if series.over == "time" and (first := series.points[0].occurred_at) is not None:
        return (mark.live_at - first) / 1e9
    after = mark.after if mark.after is not None else 0
    return (places[after] + places[mark.before]) / 2 if mark.before is not None else places[after]


def point_name(point: Point, series: Series) -> str:
    """What a point is called: its run, its step or its time."""
    if series.over == "steps":
        return f"step {point.step:,}" if point.step is not None else moment(iso(point.occurred_at))
    if series.over == "time":
        return moment(iso(point.occurred_at))
    return point.run_name or point.run_id or "–"


def _changes(series: Series, figure: Figure) -> Table:
    columns = (
        Column("CHANGED AT", wrap=True),
        Column("SHIFT", right=True),
        Column("FROM", right=True, optional=2),
        Column("TO", right=True, optional=1),
        Column("WHAT ELSE DIFFERS", wrap=True),
    )
    rows: list[list[Text]] = [
        [
            point_name(series.points[change.index], series),
            shift_cell(change, figure),
            figure(change.before),
            figure(change.after),
            why_changed(change),
        ]
        for change in series.changes
    ]
    return Table(columns, rows, "Change points")


def _latest(series: Series, figure: Figure) -> Table:
    """The newest points, newest last, each beside the figure before it."""
    named = {"runs": "RUN", "steps": "STEP", "time": "MEASURED (UTC)"}[series.over]
    times = [Column("STARTED (UTC)", optional=1)] if series.over == "runs" else []
    deployed = [Column("DEPLOYMENT", wrap=True)] if series.over == "time" else []
    begin = max(0, len(series.points) - _POINTS)
    changed = {change.index for change in series.changes}
    rows: list[list[Text]] = []
    for index in range(begin, len(series.points)):
        point = series.points[index]
        row: list[Text] = [point_name(point, series)]
        row += [moment(iso(point.started_at))] if times else []
        row += [point.deployment_id or "–"] if deployed else []
        row += [_value(point, figure), _since(series, index, figure)]
        rows.append([*row, point_notes(series, index, index in changed)])
    title = f"Newest {len(rows)} of {len(series.points)}" if begin else ""
    columns = (Column(named, wrap=True), *times, *deployed, Column("VALUE", right=True), Column("Δ", right=True), Column("NOTES", wrap=True))  # fmt: skip
    if not any(row[-1] for row in rows):
        return Table(columns[:-1], [row[:-1] for row in rows], title)
    return Table(columns, rows, title)


def _value(point: Point, figure: Figure) -> Cell:
    if point.gap is None:
        return Cell(figure(point.value))
    if point.value is not None and not isfinite(point.value):
        return Cell(number(point.value), "warn")
    return Cell("–", "dim")


def _since(series: Series, index: int, figure: Figure) -> Text:
    point = series.points[index]
    earlier = [p.value for p in series.points[:index] if p.gap is None and p.value is not None]
    if point.gap is not None or point.value is None or not earlier:
        return Cell("–", "dim")
    delta = point.value - earlier[-1]
    sign = "+" if delta > 0 else "-" if delta < 0 else ""
    return f"{sign}{figure(abs(delta))}"


def _marks(marks: Sequence[Mark], series: Series) -> Iterator[Block]:
    for mark in marks[-_POINTS:]:
        live = ", live now" if mark.active else ""
        where = f" to {mark.environment}" if mark.environment else ""
        source = (
            f", from {mark.source_run}" if mark.source_run else ", from a run that is not known"
        )
        yield Line.of(
            "▲ ", mark.deployment_id, Cell(f"{where} {moment(iso(mark.live_at))} UTC{live}{source}{_between(mark, series)}", "dim")
        )  # fmt: skip


def _between(mark: Mark, series: Series) -> str:
    if mark.after is None:
        return ", before the first point"
    if mark.before is None:
        return ", after the newest point"
    first, second = series.points[mark.after], series.points[mark.before]
    return f", between {point_name(first, series)} and {point_name(second, series)}"


def _overview(trend: Trend) -> Iterator[Block]:
    yield Line.of(
        Cell(trend.asked.name, "strong"),
        f"  {count(len(trend.series), 'series', 'series')}, one for each address; none is put together with another",
    )
    columns = (
        Column("SERIES", wrap=True),
        Column("POINTS", right=True, optional=3),
        Column("FIRST", right=True, optional=2),
        Column(""),
        Column("LAST", right=True),
        Column("USUAL", optional=1),
        Column("CHANGED AT", wrap=True),
    )
    rows = [_overview_row(trend, series) for series in trend.series[:_LISTED]]
    yield Table(columns, rows)
    if len(trend.series) > _LISTED:
        yield Line.of(
            Cell(f"and {len(trend.series) - _LISTED} more; --json has all of them", "dim")
        )
    hint = "narrow them with --project, --type, --scope, --stage or --slice to see one drawn"
    yield Line.of(Cell(hint, "dim"))


def _overview_row(trend: Trend, series: Series) -> list[Text]:
    figure = figure_of(trend, series)
    values = [point.value for point in series.points if point.gap is None]
    gaps = len(series.points) - len(values)
    newest = next((point for point in reversed(series.points) if point.gap is None), None)
    tone: Tone = "warn" if newest and newest.outside else "plain"
    usual = f"{figure(series.band.low)} to {figure(series.band.high)}" if series.band else "–"
    changed: list[Text] = [
        f"{point_name(series.points[change.index], series)} {shift_cell(change, figure).text}"
        for change in series.changes[-2:]
    ]
    return [
        of_what(series.address),
        f"{len(values)}" + (f", {count(gaps, 'gap')}" if gaps else ""),
        figure(values[0]) if values else Cell("–", "dim"),
        replace(_spark(series)),
        Cell(figure(values[-1]) + (" !" if tone == "warn" else ""), tone) if values else Cell("–", "dim"),
        usual,
        "; ".join(str(text) for text in changed) or Cell("–", "dim"),
    ]  # fmt: skip


def _next(trend: Trend) -> str:
    for series in trend.series:
        if series.over == "runs" and series.changes:
            change = series.changes[-1]
            before, after = series.points[change.previous], series.points[change.index]
            return f"contexta compare {before.run_id} {after.run_id}"
    for series in trend.series:
        if series.marks and series.over == "time":
            return f"contexta deployments {series.marks[-1].deployment_id}"
    if trend.run_id is not None:
        return f"contexta trend {trend.asked.name}"
    return _of_scope(trend.series[0].address, trend) if len(trend.series) > _DRAWN else ""


def _of_scope(address: Address, trend: Trend) -> str:
    words = [f"contexta trend {trend.asked.name}"]
    words += [f"--type {address.run_type}"] if address.run_type else []
    words += [f"--scope {address.scope}"] if address.scope and trend.asked.of == "metric" else []
    return " ".join(words)
