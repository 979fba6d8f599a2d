"""What is said of series, points, changes and drift, in words."""

from collections.abc import Callable, Iterator

from contexta_processor.investigate.trend.series import Address, ChangePoint, Series
from contexta_processor.surfaces.render.text import count, number
from contexta_processor.surfaces.render.view import Block, Cell, Line, Text, Tone

Figure = Callable[[float | None], str]

_GAPS = {
    "missing": "none recorded",
    "open": "the run has not ended",
    "other_unit": "recorded in another unit",
    "unknown": "recorded, but no single figure of it can be told",
    "nan": "not a number was recorded",
    "infinite": "infinity was recorded",
}

_LEFT_OUT = {
    "missing": "without a figure",
    "open": "not ended, without a figure yet",
    "other_unit": "with a figure in another unit",
    "unknown": "whose figure cannot be told",
    "nan": "NaN",
    "infinite": "infinite",
    "not_final": "of runs that are open, interrupted or cancelled, in no statistic",
    "tainted": "of runs that rest on something quarantined or damaged, in no statistic",
    "before_first": "before the first figure",
    "older": "older ones left out (--last 0 takes all)",
    "repeated": "told more than once for a step; the latest stands",
    "without_step": "without a step",
    "samples_unknown": "samples of which it is not known how they ended",
    "samples_not_finite": "samples scored NaN or infinite",
}


def of_what(address: Address) -> str:
    """`evaluate · refund_questions · ms · churn, evaluation`: what tells the series from others."""
    scope = address.scope if address.scope not in (None, "stage", "slice") else None
    told = [
        scope,
        address.stage,
        address.operation,
        address.slice,
        address.aggregation if address.aggregation not in (None, "last") else None,
        address.unit if address.unit != "1" else None,
        address.attributes,
        address.environment,
        address.deployment_id,
    ]
    where = ", ".join(text for text in (address.project, address.run_type) if text)
    return " · ".join([*(text for text in told if text), *([where] if where else [])])


def shift_cell(change: ChangePoint, figure: Figure) -> Cell:
    """`▲ +0.017`: up is better, down worse; no arrow where no direction is declared."""
    sign = "+" if change.shift > 0 else "-"
    amount = f"{sign}{figure(abs(change.shift))}"
    if change.verdict == "no_direction":
        return Cell(amount)
    better = change.verdict == "better"
    tone: Tone = "good" if better else "bad"
    arrow, letter = ("▲", "better") if better else ("▼", "worse")
    return Cell(f"{arrow} {letter} {amount}", tone, ascii=f"{letter} {amount}")


def why_changed(change: ChangePoint) -> Text:
    """What else differs at a change, the likeliest first."""
    if not change.differences:
        return Cell("nothing recorded on both sides differs", "dim")
    told = [
        f"{item.cause} {item.key} {_side(item.before)} → {_side(item.after)}"
        for item in change.differences[:3]
    ]
    more = change.differences_total - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _side(value: str | None) -> str:
    text = "none" if value is None else value
    return text if len(text) <= 24 else f"{text[:23]}…"


def point_notes(series: Series, index: int, changed: bool) -> Text:
    """What to know of a point: why it is a gap, whether it stands out, how far its run is to be trusted."""
    point = series.points[index]
    notes: list[str] = []
    if point.gap is not None:
        notes.append(f"! {_GAPS[point.gap]}")
    if point.tainted is not None:
        notes.append(f"! tainted by {point.tainted.source}")
    if changed:
        notes.append("◆ change point")
    if point.outside:
        notes.append("! outside the usual band")
    notes += [f"! spike, {abs(spike.deviation):.0f}× the noise" for spike in series.spikes if spike.index == index]  # fmt: skip
    if series.over == "runs" and point.status not in ("completed", None):
        notes.append(f"! run {point.status}")
    if series.over == "runs" and point.degraded_count:
        notes.append(f"! {count(point.degraded_count, 'degraded marker')}")
    elif series.over == "runs" and point.completeness == "partial":
        notes.append("! evidence partial")
    if point.parts and point.parts > 1:
        notes.append(f"of {point.parts:,} parts")
    notes += [f"deployed as {mark.deployment_id}" for mark in series.marks if mark.source == index]
    text = " · ".join(notes)
    return Cell(text, "warn" if "!" in text else "dim") if text else ""


def drift_lines(series: Series, figure: Figure) -> Iterator[Block]:
    """How far the newest values are from the reference, and what could not be said."""
    drift = series.drift
    if drift is None:
        return
    head = f"Drift from {drift.reference}"
    if drift.delta is None:
        yield Line.of(Cell(head, "strong"), f": {drift.detail}")
        return
    side = "+" if drift.delta > 0 else "-" if drift.delta < 0 else ""
    told = (
        f": {side}{figure(abs(drift.delta))} ({figure(drift.reference_center)} → {figure(drift.center)}, "
        f"medians of {drift.reference_n} and {drift.n})"
    )
    yield Line.of(Cell(head, "strong"), told)
    if drift.interval is not None:
        low, high = (f"{'+' if edge > 0 else '-' if edge < 0 else ''}{figure(abs(edge))}" for edge in drift.interval)  # fmt: skip
        caution = f"; {drift.detail}" if drift.detail else ""
        yield _dim(f"  shift in mean [{low}, {high}] at 95 %, {drift.method}{caution}")
    elif drift.detail:
        yield _dim(f"  {drift.detail}")
    if drift.ks is not None:
        psi = f", population stability index {number(drift.psi)}" if drift.psi is not None else ""
        yield _dim(
            f"  newest run's samples: KS distance {number(drift.ks)} (p {number(drift.ks_p)}){psi}"
        )


def left_out_lines(series: Series) -> Iterator[Block]:
    """What has no point, or no part in the statistics, and why."""
    told = [
        f"{amount:,} {_LEFT_OUT.get(name, name)}"
        for name, amount in series.left_out.items()
        if amount
    ]
    if told:
        gaps = any(series.left_out.get(name) for name in _GAPS)
        text = f"{'! ' if gaps else ''}not drawn or counted: {'; '.join(told)}"
        yield Line.of(Cell(text, "warn" if gaps else "dim"))
    for note in series.notes:
        yield _dim(note)


def _dim(text: str) -> Line:
    return Line.of(Cell(text, "dim"))
