"""D1: how the run and its stages ended, and whether the stages that should be there are there, in order."""

from collections.abc import Iterator

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.diagnose.pipeline import (
    Expected,
    completes,
    expected_stages,
    first_starts,
    misplaced,
    newest_attempts,
    ordered_pairs,
)
from contexta_processor.investigate.diagnose.usual import history_row, usually
from contexta_processor.investigate.diagnose.words import count, listed
from contexta_processor.investigate.results import Row, iso

_RUN_ENDS = {
    "failed": ("D101", "the run ended as failed"),
    "interrupted": ("D102", "the run was interrupted"),
    "cancelled": ("D103", "the run was cancelled"),
    "running": ("D104", "the run has not ended"),
    "unknown": ("D105", "neither start nor end of the run was received"),
}


def structure_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about the run's own end and its stages."""
    yield from run_end(known)
    yield from nothing_recorded(known)
    yield from missing_stages(known)
    yield from stage_ends(known)
    yield from order(known)
    yield from undeclared_stages(known)


def run_end(known: RunEvidence) -> Iterator[Finding]:
    """How the run ended, unless it completed."""
    run = known.run
    if run["status"] not in _RUN_ENDS:
        return
    code, words = _RUN_ENDS[run["status"]]
    seen = iso(run["last_seen_at"])
    detail = f"{words}; the last evidence is of {seen}" if seen else words
    yield finding(code, "run", detail, [_run_row(known)], run=known.run_id)


def nothing_recorded(known: RunEvidence) -> Iterator[Finding]:
    """A run that left nothing that could be judged."""
    if judgeable(known):
        return
    what = "no stage, operation, batch, sample, metric or artifact was recorded"
    yield finding("D106", "run", what, [_run_row(known)], run=known.run_id)


def judgeable(known: RunEvidence) -> bool:
    """Whether anything but the run itself was recorded."""
    return bool(known.stages or known.content or known.artifacts)


def missing_stages(known: RunEvidence) -> Iterator[Finding]:
    """Expected stages of which there is no evidence at all, once the run is over."""
    expected = expected_stages(known)
    if not known.ended or expected.told is None:
        return
    seen = {row["stage"] for row in known.stages}
    for stage in expected.stages:
        if stage not in seen:
            yield _missing(known, stage, expected)


def _missing(known: RunEvidence, stage: str, expected: Expected) -> Finding:
    # A run that did not come to its end explains what is missing; one that says it completed does not.
    explained = known.run["status"] in ("failed", "interrupted", "cancelled")
    subject = f"stage {stage}"
    if expected.told == "declared":
        detail = f"declared by the run ({listed(expected.stages)}), never seen"
        rows = [row_of("runs", known.run, "run_id", "status", "expected_stages")]
        severity: Severity = "warning" if explained else "error"
        return finding(
            "D110", subject, detail, rows, run=known.run_id, severity=severity, stage=stage
        )
    having = sum(completes(past, stage) for past in known.past)
    detail = f"learned: {having} of {count(len(known.past), 'earlier run')} completed it; never seen here"
    learned: list[Evidence] = [
        _run_row(known),
        history_row(known.past, stage=stage, completed=having),
    ]
    severity = "info" if explained else "warning"
    return finding(
        "D111", subject, detail, learned, run=known.run_id, severity=severity, stage=stage
    )


def stage_ends(known: RunEvidence) -> Iterator[Finding]:
    """How each stage ended, unless its only attempt completed."""
    for stage, row in newest_attempts(known.stages).items():
        attempts = [each for each in known.stages if each["stage"] == stage]
        found = _stage_end(known, stage, row, attempts)
        if found is not None:
            yield found


def _stage_end(known: RunEvidence, stage: str, row: Row, attempts: list[Row]) -> Finding | None:
    rows = [stage_row(each) for each in attempts]
    subject, attempt = f"stage {stage}", f"attempt {row['attempt'] or 1}"

    def told(code: str, detail: str, severity: Severity | None = None) -> Finding:
        return finding(
            code, subject, detail, rows, run=known.run_id, severity=severity, stage=stage
        )

    match row["status"]:
        case "failed":
            return told("D112", f"{attempt} failed")
        case "interrupted":
            return told(
                "D113", f"{attempt} was open when the evidence ended, or says it was interrupted"
            )
        case "skipped":
            wanted = _is_wanted(known, stage)
            why = "the stage says it was skipped" + ("; it is expected" if wanted else "")
            return told("D114", why, "warning" if wanted else "info")
        case "unknown":
            return told("D115", "evidence names it, its span was not received")
        case "completed" if len(attempts) > 1:
            bad = [each for each in attempts if each["status"] in ("failed", "interrupted")]
            words = [f"{each['attempt'] or 1} {each['status']}" for each in attempts]
            return told("D118", f"attempts: {listed(words)}", "warning" if bad else "info")
        case _:
            return None


def _is_wanted(known: RunEvidence, stage: str) -> bool:
    declared = known.run["expected_stages"] or ()
    return stage in declared or usually(known.past, lambda past: completes(past, stage))


def order(known: RunEvidence) -> Iterator[Finding]:
    """Stages that began before one that comes earlier."""
    pairs, who = ordered_pairs(known)
    starts = first_starts(known.stages)
    rows = newest_attempts(known.stages)
    for stage, other in misplaced(starts, pairs).items():
        early = starts[stage] < starts[other]
        detail = f"began {iso(starts[stage])}, {'before' if early else 'after'} stage {other} ({iso(starts[other])}), {who}"
        evidence = [stage_row(rows[stage]), stage_row(rows[other])]
        yield finding("D116", f"stage {stage}", detail, evidence, run=known.run_id, stage=stage)


def undeclared_stages(known: RunEvidence) -> Iterator[Finding]:
    """Stages that the run did not declare, where it declared any."""
    declared = known.run["expected_stages"]
    if not declared:
        return
    for stage, row in newest_attempts(known.stages).items():
        if stage not in declared:
            detail = f"not among the declared stages ({listed(declared)})"
            yield finding(
                "D117", f"stage {stage}", detail, [stage_row(row)], run=known.run_id, stage=stage
            )


def stage_row(row: Row) -> Evidence:
    """A stage as evidence."""
    return row_of("stages", row, "run_id", "stage_id", "stage", "attempt", "status")


def _run_row(known: RunEvidence) -> Evidence:
    return row_of("runs", known.run, "run_id", "status", "run_type", "completeness")
