"""D204 to D207: what completed stages and runs left behind: metrics, scored samples, samples that failed to be scored."""

from collections.abc import Callable, Iterator
from typing import Final

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import Past, Rows, RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.diagnose.pipeline import completed_stages, newest_attempts
from contexta_processor.investigate.diagnose.structure import stage_row
from contexta_processor.investigate.diagnose.usual import enough, history_row, usually
from contexta_processor.investigate.diagnose.words import count

EVALUATING_TYPES: Final = ("evaluation", "prompt_assessment")
MEASURING_TYPES: Final = ("training", "evaluation", "batch_scoring", "prompt_assessment")
EVALUATING_STAGES: Final = ("eval", "assess", "score", "scoring", "test", "judge")
"""How the name of a stage begins whose work is to measure."""


def result_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about what is missing among the results."""
    yield from unscored_stages(known)
    yield from unmeasured_stages(known)
    yield from no_results(known)
    yield from errored_samples(known)


def amount(content: Rows, stage: str, what: str) -> int:
    """How much of something a stage left behind."""
    return sum(row[what] for row in content if row["stage"] == stage)


def unscored_stages(known: RunEvidence) -> Iterator[Finding]:
    """Completed stages without a scored sample, where history or the type of run expects some."""
    for stage in completed_stages(known):
        if amount(known.content, stage, "scored"):
            continue
        samples = amount(known.content, stage, "samples")
        what = f"{count(samples, 'sample')}, not one scored" if samples else "0 samples"
        having = [past for past in known.past if amount(past.content, stage, "scored")]
        if usually(known.past, _leaves(stage, "scored")):
            words = f"{what}; {len(having)} of {count(len(known.past), 'earlier run')} scored some"
            rows = [_stage(known, stage), history_row(known.past, stage=stage, scored=len(having))]
            yield _about_stage(known, "D204", stage, words, rows, "error")
        elif _evaluates(known, stage, EVALUATING_TYPES) and not enough(known.past):
            words = f"{what} in a stage that evaluates, by its name and the type of run"
            yield _about_stage(known, "D204", stage, words, [_stage(known, stage)], "info")


def unmeasured_stages(known: RunEvidence) -> Iterator[Finding]:
    """Completed stages without a metric, where history has some, or where evaluating left nothing at all."""
    for stage in completed_stages(known):
        if amount(known.content, stage, "metrics"):
            continue
        if usually(known.past, _leaves(stage, "metrics")):
            having = sum(amount(past.content, stage, "metrics") > 0 for past in known.past)
            words = f"0 metrics; {having} of {count(len(known.past), 'earlier run')} measured some"
            rows = [_stage(known, stage), history_row(known.past, stage=stage, measured=having)]
            yield _about_stage(known, "D205", stage, words, rows, "warning")
        elif (
            _evaluates(known, stage, (*EVALUATING_TYPES, "training"))
            and not enough(known.past)
            and not amount(known.content, stage, "scored")
            and not _measures_outside_stages(known)
        ):
            words = "0 metrics and 0 scored samples in a stage that evaluates, by its name and the type of run"
            yield _about_stage(known, "D205", stage, words, [_stage(known, stage)], "warning")


def no_results(known: RunEvidence) -> Iterator[Finding]:
    """A completed run of a type that measures, with nothing measured."""
    run_type = known.run["run_type"]
    if not known.completed or run_type not in MEASURING_TYPES:
        return
    if any(row["metrics"] or row["scores"] for row in known.content):
        return
    severity: Severity = "error" if run_type in EVALUATING_TYPES else "warning"
    row = row_of("runs", known.run, "run_id", "run_type", "status")
    words = f"completed as {run_type} with 0 metrics and 0 scores"
    yield finding("D206", "run", words, [row], run=known.run_id, severity=severity)


def errored_samples(known: RunEvidence) -> Iterator[Finding]:
    """Samples whose scoring failed, by stage."""
    for row in known.content:
        if not row["errored"]:
            continue
        scored = row["scored"] > row["errored"]
        words = f"{row['errored']:,} of {count(row['samples'], 'sample')} have the status error"
        evidence = row_of(
            "samples", {**row, "status": "error"}, "run_id", "stage", "status", "errored"
        )
        yield finding(
            "D207",
            f"stage {row['stage']}" if row["stage"] is not None else "samples",
            words,
            [evidence],
            run=known.run_id,
            severity="warning" if scored else "error",
            stage=row["stage"],
        )


def _leaves(stage: str, what: str) -> Callable[[Past], bool]:
    return lambda past: amount(past.content, stage, what) > 0


def _evaluates(known: RunEvidence, stage: str, types: tuple[str, ...]) -> bool:
    return known.run["run_type"] in types and stage.lower().startswith(EVALUATING_STAGES)


def _measures_outside_stages(known: RunEvidence) -> bool:
    return any(row["stage"] is None and (row["metrics"] or row["scores"]) for row in known.content)


def _stage(known: RunEvidence, stage: str) -> Evidence:
    return stage_row(newest_attempts(known.stages)[stage])


def _about_stage(
    known: RunEvidence, code: str, stage: str, words: str, rows: list[Evidence], severity: Severity
) -> Finding:
    return finding(
        code, f"stage {stage}", words, rows, run=known.run_id, severity=severity, stage=stage
    )
