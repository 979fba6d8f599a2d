"""What surrounds the figures: whether they may be compared, how long things took, what else differs."""

from collections.abc import Sequence

from contexta_processor.investigate.compare.artifacts import ArtifactChange, ArtifactSide
from contexta_processor.investigate.compare.durations import DurationDelta
from contexta_processor.investigate.compare.fairness import Reason
from contexta_processor.investigate.compare.result import Comparison
from contexta_processor.surfaces.render.text import duration, size
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, Tone
from contexta_processor.surfaces.views.compare.numbers import signed
from contexta_processor.surfaces.views.words import or_dash

_COMPARABILITY: dict[str, tuple[str, Tone]] = {
    "comparable": ("✓ comparable", "good"),
    "limited": ("! comparable within limits", "warn"),
    "not_comparable": ("✗ not comparable", "bad"),
}
_SEVERITY: dict[str, tuple[str, Tone]] = {
    "error": ("  ✗ ", "bad"),
    "warning": ("  ! ", "warn"),
    "info": ("  · ", "dim"),
}
_SHOWN = 12


def limit_blocks(result: Comparison) -> list[Block]:
    """Whether the two may be compared, and every doubt with what it forbids; the gravest first."""
    mark, tone = _COMPARABILITY[result.comparability]
    known = [each for each in result.reasons if each.severity != "info"]
    unknown = [each for each in result.reasons if each.severity == "info"]
    blocks: list[Block] = [Line.of(Cell(mark, tone)), *(_limit(each) for each in known)]
    if unknown:
        told = "; ".join(each.detail for each in unknown)
        blocks.append(Line.of(Cell(f"  · {told}", "dim")))
    return blocks


def _limit(each: Reason) -> Line:
    mark, tone = _SEVERITY[each.severity]
    forbids = f"  (forbids {', '.join(each.forbids)})" if each.forbids else ""
    return Line.of(Cell(mark, tone), each.detail, Cell(forbids, "dim"))


def duration_blocks(result: Comparison) -> list[Block]:
    """Stages and operations: how often, how many errors, p50 and p95; what moved first where there are many."""
    rows = sorted(result.durations, key=_quiet)[:_SHOWN]
    if not rows:
        return []
    columns = (
        Column("WHERE", wrap=True), Column("COUNT", right=True), Column("ERRORS", right=True),
        Column("P50 BASE", right=True, optional=2), Column("P50 CAND", right=True, optional=2),
        Column("Δ P50", right=True),
        Column("P95 BASE", right=True, optional=3), Column("P95 CAND", right=True, optional=3),
        Column("Δ P95", right=True, optional=1), Column("VERDICT"),
    )  # fmt: skip
    shown = [each for each in result.durations if each in rows]
    blocks: list[Block] = [Table(columns, [_took(each) for each in shown], title="Durations")]
    return blocks + _more(len(result.durations) - len(shown))


def _quiet(each: DurationDelta) -> tuple[bool, bool, float]:
    return (
        each.verdict not in ("slower", "faster", "mixed"),
        not each.errors_delta,
        -abs(each.p50_delta or 0.0),
    )


DURATION: dict[str | None, tuple[str, Tone]] = {
    "slower": ("▼ slower", "bad"),
    "faster": ("▲ faster", "good"),
    "mixed": ("? mixed", "warn"),
    "inconclusive": ("? inconclusive", "warn"),
    None: ("  too few to say", "plain"),
}


def _took(each: DurationDelta) -> list[Text]:
    where = " / ".join(part for part in (each.stage, each.operation) if part)
    before, after = each.baseline, each.candidate
    counts = [None if side is None else side.count for side in (before, after)]
    errors = [None if side is None else side.errors for side in (before, after)]
    mark, tone = DURATION[each.verdict]
    return [
        Cell(where, "strong"),
        _both(counts),
        _both(errors),
        duration(before.p50 if before else None),
        duration(after.p50 if after else None),
        longer(each.p50_delta),
        duration(before.p95 if before else None),
        duration(after.p95 if after else None),
        longer(each.p95_delta),
        Cell(mark, tone),
    ]


def _both(counts: Sequence[int | None]) -> str:
    told = ["–" if count is None else f"{count:,}" for count in counts]
    return told[0] if told[0] == told[1] else " → ".join(told)


def longer(milliseconds: float | None) -> str:
    """A difference of durations with its sign."""
    if not milliseconds:
        return duration(milliseconds)
    return f"{'+' if milliseconds > 0 else '-'}{duration(abs(milliseconds))}"


def difference_blocks(result: Comparison) -> list[Block]:
    """What else is not the same, what is known to change results first."""
    if not result.differences:
        nothing = "nothing that was captured on both sides"
        return [Line.of(Cell("Differs  ", "strong"), nothing)]
    rows = [
        [each.cause, each.key, or_dash(each.baseline), or_dash(each.candidate), each.note or ""]
        for each in result.differences[:_SHOWN]
    ]
    columns = (
        Column("CAUSE"), Column("KEY", wrap=True), Column("BASE", wrap=True), Column("CAND", wrap=True),
        Column("NOTE", wrap=True, optional=1),
    )  # fmt: skip
    title = "What differs, likeliest to matter first; none of it is shown to be the cause"
    return [Table(columns, rows, title=title), *_more(len(result.differences) - len(rows))]


def artifact_blocks(result: Comparison) -> list[Block]:
    """Artifacts that are not the same on both sides."""
    found = [each for each in result.artifacts if each.change != "same"]
    if not found:
        return []
    columns = (
        Column("ROLE"), Column("KIND", wrap=True), Column("BASE", wrap=True), Column("CAND", wrap=True),
        Column("CHANGE"), Column("SIZE", right=True, optional=1), Column("Δ SIZE", right=True, optional=1),
    )  # fmt: skip
    rows = [_artifact(each) for each in found[:_SHOWN]]
    return [Table(columns, rows, title="Artifacts"), *_more(len(found) - len(rows))]


def _artifact(each: ArtifactChange) -> list[Text]:
    percent = each.size_delta_percent
    bytes_ = each.candidate.size_bytes if each.candidate else None
    return [
        each.role,
        or_dash(each.kind),
        _id(each.baseline),
        _id(each.candidate),
        each.change,
        size(bytes_),
        "–" if percent is None else f"{signed(percent)} %",
    ]


def _id(side: ArtifactSide | None) -> str:
    return side.artifact_id if side else "–"


def _more(count: int) -> list[Block]:
    return [Line.of(Cell(f"{count:,} more: --json has all", "dim"))] if count > 0 else []
