"""D7: what became of the run: deployments of it, or of what it produced."""

from collections.abc import Iterator
from typing import Final

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.results import Row, iso

PASSED: Final = frozenset(
    {"passed", "pass", "ok", "success", "succeeded", "successful", "true", "yes", "available", "approved", "complete", "completed", "done", "green", "healthy"}
)  # fmt: skip
FAILED: Final = frozenset(
    {"failed", "fail", "failure", "error", "errored", "false", "no", "missing", "unavailable", "rejected", "timeout", "timed_out", "aborted", "red", "unhealthy", "broken"}
)  # fmt: skip
"""The words for a check's result, lower case; any other is undecided."""


def deployment_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about the deployments of this run."""
    for row in known.deployments:
        yield from _time(known, row)
        yield from _ground(known, row)
        yield from _outcome(known, row)
        yield from _checks(known, row)
        yield from _decision(known, row)
    yield from inferred_links(known)


def _time(known: RunEvidence, row: Row) -> Iterator[Finding]:
    begun, ended = row["started_at"] or row["completed_at"], known.run["ended_at"]
    if begun is not None and ended is not None and begun < ended:
        words = f"began {iso(begun)}, the run ended {iso(ended)}"
        rows = [_row(row), row_of("runs", known.run, "run_id", "status")]
        yield _about(known, "D701", row, words, rows)


def _ground(known: RunEvidence, row: Row) -> Iterator[Finding]:
    if row["supporting_report"] is None:
        yield _about(known, "D702", row, f"no report is named for {_where(row)}", [_row(row)])
    lacking = {
        "artifact": row["promoted_artifact"],
        "source run": row["source_run"],
        "environment": row["environment"],
    }
    missing = [name for name, value in lacking.items() if value is None]
    if missing:
        yield _about(known, "D707", row, f"names no {', no '.join(missing)}", [_row(row)])


def _outcome(known: RunEvidence, row: Row) -> Iterator[Finding]:
    if row["status"] in ("failed", "rolled_back"):
        severity: Severity = "error" if row["status"] == "failed" else "warning"
        words = f"{row['status'].replace('_', ' ')} in {_where(row)}"
        yield _about(known, "D706", row, words, [_row(row)], severity)
    if row["status"] == "succeeded" and known.run["status"] in (
        "failed",
        "interrupted",
        "cancelled",
    ):
        words = f"deployed to {_where(row)}; the run is {known.run['status']}"
        yield _about(
            known, "D708", row, words, [_row(row), row_of("runs", known.run, "run_id", "status")]
        )


def _checks(known: RunEvidence, row: Row) -> Iterator[Finding]:
    for check in known.checks:
        if check["deployment_id"] != row["deployment_id"]:
            continue
        result = check["result"]
        said = (result or "").strip().lower().replace(" ", "_")
        if said in PASSED:
            continue
        words = f"check {check['name']}: {result if said else 'no result'}"
        rows = [row_of("deployment_checks", check, "deployment_id", "name", "result")]
        yield _about(known, "D703" if said in FAILED else "D704", row, words, rows)


def _decision(known: RunEvidence, row: Row) -> Iterator[Finding]:
    """The last decision at or before the deployment, on its artifact for its environment."""
    begun = row["started_at"] or row["completed_at"]
    decided = [
        each
        for each in known.promotions
        if each["deployment_id"] == row["deployment_id"]
        and (begun is None or each["occurred_at"] is None or each["occurred_at"] <= begun)
    ]
    if not decided or decided[-1]["decision"] != "rejected" or row["status"] == "failed":
        return
    last = decided[-1]
    words = f"{last['artifact_id']} was rejected for {last['to_environment']}"
    words += f" by {last['decided_by']}" if last["decided_by"] else ""
    told = row_of("promotions", last, "artifact_id", "to_environment", "decision", "decided_by")
    rows = [{**told, "occurred_at": iso(last["occurred_at"])}, _row(row)]
    yield _about(known, "D709", row, words, rows)


def inferred_links(known: RunEvidence) -> Iterator[Finding]:
    """Relationships of the deployments that nobody told."""
    for deployment in dict.fromkeys(row["deployment_id"] for row in known.links):
        links = [row for row in known.links if row["deployment_id"] == deployment]
        words = "; ".join(
            f"{row['from_id']} {row['type']} {row['to_id']}" + (f" (by {row['captured_by']})" if row["captured_by"] else "")
            for row in links[:3]
        ) + (f"; and {len(links) - 3} more" if len(links) > 3 else "")  # fmt: skip
        rows = [
            row_of("relationships", row, "type", "from_id", "to_id", "captured_by", "evidence")
            for row in links
        ]
        yield finding(
            "D705", f"deployment {deployment}", words, rows, run=known.run_id, id=deployment
        )


def _about(
    known: RunEvidence,
    code: str,
    row: Row,
    words: str,
    rows: list[Evidence],
    severity: Severity | None = None,
) -> Finding:
    deployment: str = row["deployment_id"]
    return finding(
        code, f"deployment {deployment}", words, rows, run=known.run_id, severity=severity, id=deployment
    )  # fmt: skip


def _where(row: Row) -> str:
    return row["environment"] or "an environment it does not name"


def _row(row: Row) -> Evidence:
    told = row_of(
        "deployments", row, "deployment_id", "environment", "status", "promoted_artifact", "source_run", "supporting_report"
    )  # fmt: skip
    return {**told, "started_at": iso(row["started_at"])} if row["started_at"] is not None else told
