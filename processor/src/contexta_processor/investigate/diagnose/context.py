"""D60x: whether it is known under which conditions, with what, and by which code the run ran."""

from collections.abc import Iterator
from typing import Final

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.finding import Finding, finding
from contexta_processor.investigate.results import Row

DATA_TYPES: Final = (
    "training", "evaluation", "inference", "batch_scoring", "prompt_assessment", "feature_build",
)  # fmt: skip
"""Types of run that work on data."""


def context_findings(known: RunEvidence) -> Iterator[Finding]:
    """Environment, configuration, data and code: what of it was not captured, once nothing more can come."""
    context = known.context or {}
    rows = [{"table": "runs", "run_id": known.run_id}]

    def told(code: str, subject: str, words: str, severity: Severity | None = None) -> Finding:
        return finding(code, subject, words, rows, run=known.run_id, severity=severity)

    yield from _changed_code(known, context)
    if not known.ended:
        return
    if not context.get("environment"):
        yield told(
            "D601", "environment", "no interpreter, platform, hardware or package was captured"
        )
    if not context.get("configuration_keys"):
        yield told("D602", "configuration", "no configuration key was captured")
    said = [row for row in known.artifacts if row["confidence"] == "direct"]
    if not any(row["role"] == "consumed" for row in said):
        severity: Severity = "warning" if known.run["run_type"] in DATA_TYPES else "info"
        yield told(
            "D603", "data", "the run names no data set or artifact that it consumed", severity
        )
    if context.get("revision") is None:
        yield told("D604", "code", "no code revision was captured")


def _changed_code(known: RunEvidence, context: Row) -> Iterator[Finding]:
    revision = context.get("revision")
    if revision is not None and context.get("dirty"):
        words = f"the checkout of {revision[:12]} had changes that are in no commit"
        row = {"table": "environments", "run_id": known.run_id, "vcs_revision": revision}
        yield finding("D605", "code", words, [{**row, "vcs_dirty": True}], run=known.run_id)
