"""How a comparison reads: may they be compared, what moved, where, what else differs, what is missing."""

from collections.abc import Iterable, Sequence

from contexta_processor.investigate.compare.comparison import Comparison
from contexta_processor.investigate.compare.findings import relative
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.surfaces.render.text import count, number
from contexta_processor.surfaces.render.view import (
    Block,
    Cell,
    Column,
    Line,
    Table,
    Text,
    Tone,
    View,
)
from contexta_processor.surfaces.views.words import or_dash

_VERDICTS: dict[str, tuple[str, Tone]] = {
    "better": ("▲ better", "good"),
    "worse": ("▼ worse", "bad"),
    "same": ("= same", "plain"),
    "inconclusive": ("? inconclusive", "warn"),
    "not_comparable": ("– not comparable", "warn"),
    "no_direction": ("  no direction", "plain"),
}
_COMPARABILITY: dict[str, tuple[str, Tone]] = {
    "comparable": ("✓ comparable", "good"),
    "limited": ("! comparable within limits", "warn"),
    "not_comparable": ("✗ not comparable", "bad"),
}
SHOWN_SAMPLES = 10


def compare_view(result: Comparison) -> View:
    """Banner, figures, slices worst first, samples, differences, limits, next steps."""
    mark, tone = _COMPARABILITY[result.comparability]
    blocks: list[Block] = [
        Line.of(Cell(result.baseline_run, "strong"), " → ", Cell(result.candidate_run, "strong")),
        Line.of(Cell(mark, tone), f"  {_tally(result.metrics)}"),
        *_metrics(result),
        *_slices(result),
        *_samples(result),
        *_differences(result),
        *_limits(result),
        *_steps(result.next_steps),
    ]
    return View(tuple(blocks), next=f"contexta samples {result.candidate_run}")


def _tally(metrics: Iterable[MetricDelta]) -> str:
    verdicts = [each.verdict for each in metrics]
    words = [
        (verdict, verdict.replace("_", " ").replace("no direction", "without a direction"))
        for verdict in ("worse", "better", "same", "inconclusive", "no_direction", "not_comparable")
    ]
    told = [f"{verdicts.count(key)} {text}" for key, text in words if key in verdicts]
    return ", ".join(told) or "no figures"


def _metrics(result: Comparison) -> list[Block]:
    rows = [each for each in result.metrics if each.slice is None]
    if not rows:
        return []
    columns = (
        Column("METRIC", wrap=True), Column("SCOPE"), Column("STAGE", wrap=True), Column("BASE", right=True),
        Column("CAND", right=True), Column("Δ", right=True), Column("N", right=True), Column("VERDICT"),
        Column("WHY", wrap=True),
    )  # fmt: skip
    moved = result.first_stage_moved
    body = [[*_figures(each, moved), *_judged(each)] for each in rows]
    return [Table(columns, body, title="Metrics")]


def _figures(each: MetricDelta, moved: str | None) -> list[Text]:
    name = (
        each.name
        if each.aggregation in (None, "mean", "last")
        else f"{each.name} ({each.aggregation})"
    )
    unit = f" [{each.unit}]" if each.unit and each.unit != "1" else ""
    where = each.operation or each.stage
    stage: Text = f"{where} ◀ first moved" if where and each.stage == moved else or_dash(where)
    return [Cell(f"{name}{unit}", "strong"), each.scope, stage]


def _judged(each: MetricDelta) -> list[Text]:
    mark, tone = _VERDICTS[each.verdict]
    return [
        number(each.baseline),
        number(each.candidate),
        Cell(_signed(each.delta), tone),
        "–" if each.n is None else f"{each.n:,}",
        Cell(mark, tone),
        Cell(each.method, "dim"),
    ]


def _signed(delta: float | None) -> str:
    return f"+{number(delta)}" if delta is not None and delta > 0 else number(delta)


def _slices(result: Comparison) -> list[Block]:
    """Slices, those that lost most against their own baseline first."""
    rows = [each for each in result.metrics if each.slice is not None]
    if not rows:
        return []
    columns = (
        Column("SLICE", wrap=True), Column("METRIC", wrap=True), Column("SCOPE"), Column("STAGE", wrap=True),
        Column("BASE", right=True), Column("CAND", right=True), Column("Δ", right=True), Column("N", right=True),
        Column("VERDICT"), Column("WHY", wrap=True),
    )  # fmt: skip
    body = [
        [
            Cell(each.slice or "", "strong"),
            each.name,
            each.scope,
            or_dash(each.stage),
            *_judged(each),
        ]
        for each in sorted(rows, key=_badness)
    ]
    return [Table(columns, body, title="Slices, worst first")]


def _badness(each: MetricDelta) -> tuple[float, str, str, str]:
    if each.delta is None:
        return (0.5e-12, each.slice or "", each.name, each.scope)
    size = relative(each)
    return (-size if each.losing else size, each.slice or "", each.name, each.scope)


def _samples(result: Comparison) -> list[Block]:
    found = result.samples
    if not found.paired and not found.only_baseline and not found.only_candidate:
        return []
    told = [
        f"{found.paired:,} of {found.paired + found.only_baseline + found.only_candidate:,} paired",
        f"{len(found.broke):,} broke",
        f"{len(found.fixed):,} fixed",
    ]
    told += [f"{found.only_baseline:,} only in the baseline"] * bool(found.only_baseline)
    told += [f"{found.only_candidate:,} only in the candidate"] * bool(found.only_candidate)
    told += [f"{found.undecided:,} without a status"] * bool(found.undecided)
    blocks: list[Block] = [Line.of(Cell("Samples  ", "strong"), " · ".join(told))]
    if found.broke:
        rows = [
            [each.sample_id, ", ".join(each.slices), ", ".join(each.failure_tags)]
            for each in found.broke[:SHOWN_SAMPLES]
        ]
        columns = (
            Column("BROKE", wrap=True),
            Column("SLICES", wrap=True),
            Column("FAILURE TAGS", wrap=True),
        )
        blocks.append(Table(columns, rows))
    if len(found.broke) > SHOWN_SAMPLES:
        blocks.append(
            Line.of(Cell(f"{len(found.broke) - SHOWN_SAMPLES:,} more: --json has all", "dim"))
        )
    return blocks


def _differences(result: Comparison) -> list[Block]:
    if not result.differences:
        return [Line.of(Cell("Differs  ", "strong"), "nothing that was captured on both sides")]
    rows = [
        [each.cause, each.key, or_dash(each.baseline), or_dash(each.candidate)]
        for each in result.differences
    ]
    columns = (
        Column("CAUSE"),
        Column("KEY", wrap=True),
        Column("BASE", wrap=True),
        Column("CAND", wrap=True),
    )
    return [Table(columns, rows, title="What differs")]


def _limits(result: Comparison) -> list[Block]:
    if not result.reasons:
        return []
    title = f"Limits of this comparison ({count(len(result.reasons), 'reason')})"
    told = [Line.of(Cell("  ! ", "warn"), each.detail) for each in result.reasons]
    return [Line.of(Cell(title, "strong")), *told]


def _steps(steps: Sequence[str]) -> list[Block]:
    if not steps:
        return []
    return [Line.of(Cell("Next steps", "strong")), *(Line.of(f"  · {step}") for step in steps)]
