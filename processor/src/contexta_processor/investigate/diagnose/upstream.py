"""D8: what the run rests on: inputs that are tainted, or that come from runs that did not complete."""

from collections.abc import Iterator
from dataclasses import replace

from contexta_processor.investigate.diagnose.artifacts import artifact_rows
from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.lineage.taint import Taint

_UNSOUND = ("failed", "interrupted", "cancelled", "unknown")


def upstream_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about what came before the run, and what of it is not to be relied on."""
    yield from tainted_inputs(known)
    yield from quarantined_outputs(known)
    yield from unfinished_producers(known)


def tainted_inputs(known: RunEvidence) -> Iterator[Finding]:
    """What taints the run: each source once, by the way that is surest."""
    consumed = {row["artifact_id"] for row in known.artifacts if row["role"] == "consumed"}
    reached = [each for each in known.taints if each.id == known.run_id or each.id in consumed]
    surest: dict[str, Taint] = {}
    for each in sorted(reached, key=lambda taint: (taint.confidence != "direct", len(taint.path))):
        surest.setdefault(each.source, each)
    for each in surest.values():
        severity: Severity = "error" if each.confidence == "direct" else "warning"
        path = each.path if each.id == known.run_id else (*each.path, known.run_id)
        way = " → ".join(path) + ("" if each.confidence == "direct" else ", inferred")
        words = f"{_reason(each)}; {way}"
        yield finding(
            "D801",
            "run" if each.source == known.run_id else each.source,
            words,
            [*_rows(each), {"table": "relationships", "role": "path", "path": list(path)}],
            run=known.run_id,
            severity=severity,
            id=each.source,
        )


def quarantined_outputs(known: RunEvidence) -> Iterator[Finding]:
    """What the run produced and somebody quarantined; failed verifications are told by their own code."""
    produced = {row["artifact_id"] for row in known.artifacts if row["role"] == "produced"}
    for each in known.taints:
        if each.id in produced and each.source == each.id and each.reason == "quarantined_by":
            yield finding(
                "D803",
                f"artifact {each.id}",
                _reason(each),
                _rows(each),
                run=known.run_id,
                id=each.id,
            )


def _rows(each: Taint) -> list[Evidence]:
    """What said that the source is not to be relied on."""
    if each.reason == "quarantined_by":
        edge = {"type": each.reason, "from_id": each.source, "to_id": each.by}
        return [row_of("relationships", edge, "type", "from_id", "to_id")]
    return [{"table": "degraded_markers", "subject": each.source, "reason": each.reason}]


def _reason(each: Taint) -> str:
    """What was said of the source."""
    return replace(each, id=each.source).words


def unfinished_producers(known: RunEvidence) -> Iterator[Finding]:
    """Consumed artifacts whose producing run did not complete."""
    for row in known.artifacts:
        if row["role"] != "consumed" or row["producer_status"] not in _UNSOUND:
            continue
        producer: str = row["producer_run"]
        words = f"produced by {producer}, which is {row['producer_status']}"
        ran = {"table": "runs", "run_id": producer, "status": row["producer_status"]}
        rows = [*artifact_rows(row), ran]
        yield finding(
            "D802", f"artifact {row['artifact_id']}", words, rows, run=known.run_id, id=producer
        )  # fmt: skip
