"""D8: what the run rests on: inputs that are tainted, or that come from runs that did not complete."""

from collections.abc import Iterator

from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.finding import Finding, finding, row_of

_UNSOUND = ("failed", "interrupted", "cancelled", "unknown")


def upstream_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about what came before the run."""
    yield from tainted_inputs(known)
    yield from unfinished_producers(known)


def tainted_inputs(known: RunEvidence) -> Iterator[Finding]:
    """What taints the run: each source once, with its reason and the way from it."""
    for row in known.taints:
        words = row["reason"] + (f", {row['detail']}" if row["detail"] else "")
        words += f"; reaches the run by {' → '.join(row['path'])}" if row["path"] else ""
        evidence = {
            "table": "relationships",
            "source": row["source"],
            "path": row["path"],
            "reason": row["reason"],
        }
        yield finding("D801", row["source"], words, [evidence], run=known.run_id)


def unfinished_producers(known: RunEvidence) -> Iterator[Finding]:
    """Consumed artifacts whose producing run did not complete."""
    for row in known.artifacts:
        if row["role"] != "consumed" or row["producer_status"] not in _UNSOUND:
            continue
        producer: str = row["producer_run"]
        words = f"produced by {producer}, which is {row['producer_status']}"
        rows = [
            {**row_of("artifacts", row, "artifact_id", "kind"), "run_id": producer},
            {"table": "runs", "run_id": producer, "status": row["producer_status"]},
        ]
        yield finding(
            "D802", f"artifact {row['artifact_id']}", words, rows, run=known.run_id, id=producer
        )  # fmt: skip
