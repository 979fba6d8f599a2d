"""The tables of figures: over the whole run and its stages, and by slice, worst first."""

from contexta_processor.investigate.compare.findings import relative
from contexta_processor.investigate.compare.metrics import MetricDelta, distinct
from contexta_processor.investigate.compare.result import Comparison
from contexta_processor.surfaces.render.text import count, number
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, Tone
from contexta_processor.surfaces.views.compare.numbers import delta_text, interval_text
from contexta_processor.surfaces.views.words import or_dash

VERDICTS: dict[str, tuple[str, Tone]] = {
    "better": ("▲ better", "good"),
    "worse": ("▼ worse", "bad"),
    "same": ("= same", "plain"),
    "inconclusive": ("? inconclusive", "warn"),
    "not_comparable": ("– not comparable", "warn"),
    "no_direction": ("  no direction", "plain"),
}
_ORDER = {
    "worse": 0,
    "inconclusive": 1,
    "not_comparable": 2,
    "no_direction": 3,
    "same": 4,
    "better": 5,
}


FEW_SLICES = 8
"""Figures by slice that are all shown, whatever they say."""


def metric_blocks(result: Comparison) -> list[Block]:
    """Every figure that is not of a slice."""
    rows = [each for each in distinct(result.metrics) if each.slice is None]
    if not rows:
        return []
    first = (Column("METRIC", wrap=True), Column("SCOPE", optional=3), Column("STAGE", wrap=True))
    body = [[*named(each), placed(each, result), *_judged(each)] for each in rows]
    return [Table((*first, *_columns(result.confidence)), body, title="Metrics")]


def slice_blocks(result: Comparison) -> list[Block]:
    """Slices, those that got worse first, then by how far they lost against their own baseline; those that are
    neither decided nor lost anything are counted."""
    rows = [each for each in distinct(result.metrics) if each.slice is not None]
    if not rows:
        return []
    shown = [each for each in rows if _tells(each)] if len(rows) > FEW_SLICES else rows
    first = (
        Column("SLICE", wrap=True), Column("METRIC", wrap=True), Column("SCOPE", optional=3),
        Column("STAGE", wrap=True, optional=2),
    )  # fmt: skip
    body = [
        [
            Cell(each.slice or "", "strong"),
            each.name,
            scope_text(each),
            or_dash(each.stage),
            *_judged(each),
        ]
        for each in sorted(shown, key=_badness)
    ]
    explored = any(each.q is not None for each in rows)
    note = "; explored together: a verdict stands only if it does among all" if explored else ""
    columns = (*first, *_columns(result.confidence))
    title = f"Slices, worst first{note}"
    rest = len(rows) - len(shown)
    more = (
        f"{count(rest, 'more figure')} by slice, neither decided nor lost: --json or --csv has all"
    )
    return [
        Table(columns, body, title=title) if shown else Line.of(Cell(title, "strong")),
        *([Line.of(Cell(more, "dim"))] if rest else []),
    ]


def _tells(each: MetricDelta) -> bool:
    """Whether a reader wants to see it: decided, not to be compared, or a loss that may be one."""
    return each.verdict in ("worse", "better", "not_comparable") or (
        each.losing and each.beyond_margin
    )


def scope_text(each: MetricDelta) -> str:
    """`run`, or `run, samples` where the figure is that of its samples."""
    return f"{each.scope}, samples" if each.repeats else each.scope


def why(each: MetricDelta) -> str:
    """What stands against a verdict; else how it came about. What is no test is always said."""
    parts = [
        f"withheld: {each.withheld}" if each.withheld else "",
        _needed(each),
        each.caution or "",
    ]
    told = [part for part in parts if part]
    if not told or each.basis in ("history", "spread"):
        told.append(each.method)
    return "; ".join(told)


def _needed(each: MetricDelta) -> str:
    told = [
        *([f"{each.n_needed:,} samples"] if each.n_needed else []),
        *([f"{each.n_runs_needed:,} runs a side"] if each.n_runs_needed else []),
    ]
    return f"needs about {' and '.join(told)}" if told else ""


def _columns(confidence: float) -> tuple[Column, ...]:
    return (
        Column("BASE", right=True), Column("CAND", right=True), Column("Δ", right=True),
        Column(f"{100 * confidence:g} % INTERVAL", right=True, optional=1), Column("N", right=True, optional=4),
        Column("VERDICT"), Column("WHY", wrap=True, optional=5, least=38),
    )  # fmt: skip


def named(each: MetricDelta) -> list[Text]:
    """Name with aggregation and unit, and scope."""
    plain = each.aggregation in (None, "mean", "last") or each.name.endswith(f"_{each.aggregation}")
    name = each.name if plain else f"{each.name} ({each.aggregation})"
    unit = f" [{each.unit}]" if each.unit and each.unit != "1" else ""
    return [Cell(f"{name}{unit}", "strong"), scope_text(each)]


def placed(each: MetricDelta, result: Comparison) -> Text:
    """Its operation or stage, marked where that is what moved first."""
    where, moved = each.operation or each.stage, result.moved
    here = moved and each.stage == moved.stage and moved.metric in (None, each.name)
    return f"{where} ◀ first moved" if where and here else or_dash(where)


def _judged(each: MetricDelta) -> list[Text]:
    mark, tone = VERDICTS[each.verdict]
    return [
        number(each.baseline),
        number(each.candidate),
        Cell(delta_text(each), tone),
        interval_text(each),
        "–" if each.n is None else f"{each.n:,}",
        Cell(mark, tone),
        Cell(why(each), "dim"),
    ]


def _badness(each: MetricDelta) -> tuple[int, float, str, str, str]:
    size = relative(each) if each.delta is not None else 0.0
    lost = -size if each.losing else size
    return (_ORDER[each.verdict], lost, each.slice or "", each.name, each.scope)
