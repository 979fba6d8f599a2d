"""How a comparison of several runs with several others reads: as that of two runs, with how far runs lie apart."""

from contexta_processor.investigate.compare.metrics import distinct
from contexta_processor.investigate.compare.samples import ChangedSample
from contexta_processor.investigate.compare.sides.durations import DurationOverRuns
from contexta_processor.investigate.compare.sides.figures import FigureOverRuns, Values, spread_of
from contexta_processor.investigate.compare.sides.members import named as named_runs
from contexta_processor.investigate.compare.sides.result import SideComparison
from contexta_processor.investigate.compare.sides.selecting import Side
from contexta_processor.surfaces.render.text import count, duration, number
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.compare.circumstances import (
    DURATION,
    difference_blocks,
    limit_blocks,
    longer,
)
from contexta_processor.surfaces.views.compare.figures import (
    VERDICTS,
    named,
    placed,
    slice_blocks,
    why,
)
from contexta_processor.surfaces.views.compare.numbers import delta_text, interval_text
from contexta_processor.surfaces.views.compare.prose import (
    finding_blocks,
    step_blocks,
    verdict_line,
)

_SHOWN = 10


def side_view(result: SideComparison) -> View:
    """The runs, the sentence, fairness, figures, slices, samples, durations, differences, findings, next steps."""
    told, members = result.told, result.members
    blocks: list[Block] = [
        _side("BASE", members.baseline),
        _side("CAND", members.candidate),
        verdict_line(told),
        *limit_blocks(told),
        *_figures(result),
        *slice_blocks(told),
        *_samples(result),
        *_durations(result),
        *difference_blocks(told),
        *finding_blocks(told),
        *step_blocks(told),
    ]
    return View(tuple(blocks))


def _side(word: str, side: Side) -> Line:
    runs = count(len(side.runs), "run")
    return Line.of(
        Cell(f"{word}  ", "dim"), Cell(side.label, "strong"), f"  {runs}: {named_runs(side.runs)}"
    )


def _figures(result: SideComparison) -> list[Block]:
    """Every figure that is not of a slice: mean ± standard deviation over the runs of either side."""
    kept = {id(each) for each in distinct(result.metrics) if each.slice is None}
    rows = [each for each in result.figures if id(each.row) in kept]
    if not rows:
        return []
    columns = (
        Column("METRIC", wrap=True), Column("SCOPE", optional=3), Column("STAGE", wrap=True),
        Column("BASE", right=True), Column("CAND", right=True), Column("Δ", right=True),
        Column(f"{100 * result.told.confidence:g} % INTERVAL", right=True, optional=1),
        Column("RUNS", right=True, optional=4), Column("VERDICT"), Column("WHY", wrap=True, optional=5, least=38),
    )  # fmt: skip
    body = [_figure(each, result) for each in rows]
    return [Table(columns, body, title="Metrics, mean ± standard deviation over runs")]


def _figure(each: FigureOverRuns, result: SideComparison) -> list[Text]:
    row = each.row
    mark, tone = VERDICTS[row.verdict]
    return [
        *named(row),
        placed(row, result.told),
        _over_runs(row.baseline, each.baseline),
        _over_runs(row.candidate, each.candidate),
        Cell(delta_text(row), tone),
        interval_text(row),
        f"{len(each.baseline)} + {len(each.candidate)}",
        Cell(mark, tone),
        Cell("; ".join(part for part in (why(row), _single(each)) if part), "dim"),
    ]


def _over_runs(mean: float | None, values: Values) -> str:
    spread = spread_of(values.values())
    return number(mean) if spread is None else f"{number(mean)} ± {number(spread, 2)}"


def _single(each: FigureOverRuns) -> str:
    """What one run a side could have told of a difference that several show."""
    if each.row.verdict not in ("better", "worse") or each.single_run_tells is not False:
        return ""
    return f"one run a side could not tell: by chance up to ±{number(each.single_run_reach, 2)}"


def _samples(result: SideComparison) -> list[Block]:
    found, changes = result.samples, result.samples.changes
    if not found.total:
        return []
    told = [f"{changes.paired:,} of {found.total:,} in every run"]
    counts = (
        (changes.broke_count, "broke"),
        (changes.fixed_count, "fixed"),
        (changes.same_passed, "passed in most runs of both"),
        (changes.same_failed, "failed in most runs of both"),
    )
    if any(number for number, _ in counts):
        told += [f"{number:,} {word}" for number, word in counts]
    told += [f"in {changes.groups:,} groups"] if changes.groups else []
    return [
        Line.of(Cell("Samples  ", "strong"), " · ".join(told)),
        *_changed("BROKE", changes.broke, changes.broke_count),
        *_changed("FIXED", changes.fixed, changes.fixed_count),
    ]


def _changed(title: str, samples: tuple[ChangedSample, ...], total: int) -> list[Block]:
    if not samples:
        return []
    rows: list[list[Text]] = [
        [each.sample_id, ", ".join(each.slices), each.baseline or "–", each.candidate or "–"]
        for each in samples[:_SHOWN]
    ]
    columns = (
        Column(title, wrap=True),
        Column("SLICES", wrap=True),
        Column("BASE"),
        Column("CAND"),
    )
    more = total - len(rows)
    rest = [Line.of(Cell(f"{more:,} more: --json --samples 0 has all", "dim"))] if more else []
    return [Table(columns, rows), *rest]


def _durations(result: SideComparison) -> list[Block]:
    """Stages and operations, the surest and the largest differences first where there are many."""
    known = [each for each in result.durations if each.baseline or each.candidate]
    shown = sorted(known, key=_quiet)[:_SHOWN]
    if not shown:
        return []
    columns = (
        Column("WHERE", wrap=True), Column("RUNS", right=True, optional=2), Column("BASE", right=True),
        Column("CAND", right=True), Column("Δ", right=True), Column("VERDICT"),
    )  # fmt: skip
    rows = [_took(each) for each in known if each in shown]
    more = len(known) - len(rows)
    rest = [Line.of(Cell(f"{more:,} more: --json has all", "dim"))] if more else []
    title = "Durations, mean over runs (of an operation its median in each run)"
    return [Table(columns, rows, title=title), *rest]


def _quiet(each: DurationOverRuns) -> tuple[bool, float]:
    return (each.verdict not in ("slower", "faster"), -abs(each.p50_delta or 0.0))


def _took(each: DurationOverRuns) -> list[Text]:
    before, after = each.means
    mark, tone = DURATION[each.verdict]
    return [
        Cell(" / ".join(part for part in (each.stage, each.operation) if part), "strong"),
        f"{len(each.baseline)} + {len(each.candidate)}",
        duration(before),
        duration(after),
        longer(each.p50_delta),
        Cell(mark, tone),
    ]
