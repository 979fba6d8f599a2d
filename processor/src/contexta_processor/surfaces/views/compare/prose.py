"""The comparison in sentences. Every number in them is one of the result's, written as the tables write it."""

from contexta_processor.investigate.compare.findings import Finding
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.result import Comparison
from contexta_processor.investigate.compare.steps import Step
from contexta_processor.surfaces.render.text import count, duration, number
from contexta_processor.surfaces.render.view import Block, Cell, Line, Tone
from contexta_processor.surfaces.views.compare.numbers import delta_text, interval_text, signed

_TONES: dict[str, Tone] = {
    "worse": "bad",
    "better": "good",
    "same": "plain",
    "inconclusive": "warn",
    "no_direction": "plain",
    "not_comparable": "bad",
}
_MARKS: dict[str, tuple[str, Tone]] = {
    "worse": ("▼ ", "bad"),
    "better": ("▲ ", "good"),
    "inconclusive": ("? ", "warn"),
}
_SHOWN = 15


def verdict_line(result: Comparison) -> Line:
    """What it comes to, in one sentence."""
    word, _, rest = result.overall.sentence.partition(":")
    return Line.of(Cell(word, _TONES[result.overall.word]), f" {rest}")


def finding_blocks(result: Comparison) -> list[Block]:
    """The findings, ranked, one a line."""
    if not result.findings:
        return []
    lines = [_finding(each, result) for each in result.findings[:_SHOWN]]
    more = len(result.findings) - len(lines)
    rest = [Line.of(Cell(f"{more:,} more: --json has all", "dim"))] if more > 0 else []
    return [Line.of(Cell("Notable", "strong")), *lines, *rest]


def step_blocks(result: Comparison) -> list[Block]:
    """What to do, each with the command for it."""
    if not result.steps:
        return []
    return [Line.of(Cell("Next steps", "strong")), *map(_step, result.steps)]


def _step(step: Step) -> Line:
    if not step.command:
        return Line.of(f"  · {step.sentence}")
    return Line.of(f"  · {step.sentence}  ", Cell(step.command, "dim", command=True))


def _finding(finding: Finding, result: Comparison) -> Line:
    mark, tone = _MARKS.get(str(finding.get("verdict")), ("! ", "warn"))
    return Line.of(Cell(f"  {mark}", tone), finding_text(finding, result))


def finding_text(finding: Finding, result: Comparison) -> str:
    """One finding as a sentence."""
    kind = finding["type"]
    if kind.startswith(("metric_regression", "slice_regression", "metric_impr", "slice_impr")):
        return _movement(finding, result)
    if kind == "stage_not_whole":
        sides = [finding[side] or "missing" for side in ("baseline", "candidate")]
        return f"stage {finding['stage']} is {sides[0]} in the baseline and {sides[1]} in the candidate"
    if kind == "metric_missing":
        return f"{finding['metric']} was not measured in the candidate"
    if kind == "samples_broke":
        where = f", in slices {', '.join(finding['slices'])}" if finding["slices"] else ""
        return f"{count(finding['count'], 'sample')} broke, {finding['fixed']:,} were fixed{where}"
    if kind == "samples_skipped":
        return f"the candidate skipped {count(finding['count'], 'sample')} the baseline judged"
    if kind in ("slower", "more_errors"):
        return _took(finding)
    if kind in ("artifact_growth", "artifact_shrinkage"):
        return f"{finding['artifact']} changed size by {signed(finding['size_delta_percent'])} %"
    if kind == "artifact_missing":
        return f"{finding['artifact']} has no counterpart in the candidate"
    stage = f" in {finding['stage']}" if finding["stage"] else ""
    return (
        f"{finding['severity']} about the {finding['side']}'s evidence: {finding['reason']}{stage}"
    )


def _movement(finding: Finding, result: Comparison) -> str:
    each = _figure(finding, result)
    slice_ = f" in slice {each.slice}" if each.slice else ""
    interval = f" {interval_text(each)}" if each.interval else ", no interval"
    verdict = each.verdict if each.verdict != "inconclusive" else "undecided"
    figures = f"{number(each.baseline)} → {number(each.candidate)}"
    return f"{each.name}{slice_} is {verdict}: {figures}, {delta_text(each)}{interval}"


def _figure(finding: Finding, result: Comparison) -> MetricDelta:
    """The row a finding is about."""
    return next(
        each
        for each in result.metrics
        if (each.name, each.slice, each.verdict)
        == (finding["metric"], finding.get("slice"), finding["verdict"])
    )


def _took(finding: Finding) -> str:
    what = finding["operation"] or f"stage {finding['stage']}"
    if finding["type"] == "more_errors":
        return f"{what} failed {finding['errors_delta']:,} times more"
    parts = [
        f"{name} {'+' if delta > 0 else '-'}{duration(abs(delta))}"
        for name, delta in (("p50", finding["p50_delta_ms"]), ("p95", finding["p95_delta_ms"]))
        if delta is not None
    ]
    return f"{what} takes longer: {', '.join(parts)}"
