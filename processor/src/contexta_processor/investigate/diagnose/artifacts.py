"""D61x: artifacts that cannot be verified, that come from nowhere, or that are not what was recorded."""

from collections.abc import Iterator

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.results import Row, iso

_BAD = ("mismatch", "missing")


def artifact_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about what the run produced and consumed."""
    yield from unhashed(known)
    yield from without_producer(known)
    yield from verified(known)


def unhashed(known: RunEvidence) -> Iterator[Finding]:
    """Produced artifacts with neither a hash nor a content fingerprint."""
    for row in known.artifacts:
        if row["role"] == "produced" and not (row["sha256"] or row["fingerprint"]):
            words = f"{row['kind'] or 'artifact'} with neither sha256 nor fingerprint"
            yield finding(
                "D610", f"artifact {row['artifact_id']}", words, artifact_rows(row), run=known.run_id, stage=row["stage"]
            )  # fmt: skip


def without_producer(known: RunEvidence) -> Iterator[Finding]:
    """Consumed artifacts that no known run produced."""
    for row in known.artifacts:
        if row["role"] != "consumed" or row["producer_run"] is not None:
            continue
        artifact: str = row["artifact_id"]
        twin = next((each for each in known.same_content if each["artifact_id"] == artifact), None)
        by = next((name for name in ("sha256", "fingerprint", "version") if row[name]), None)
        if twin is not None:
            words = f"no known run produced it under this id; its content is that of {twin['other_id']}, "
            words += f"produced by {twin['run_id']} (inferred by {twin['captured_by']})"
        else:
            words = "consumed, and no known run produced it; "
            words += (
                f"its content is identified by its {by}" if by else "nothing identifies its content"
            )
        severity: Severity = "info" if by or twin else "warning"
        yield finding(
            "D611", f"artifact {artifact}", words, artifact_rows(row), run=known.run_id, severity=severity, id=artifact
        )  # fmt: skip


def verified(known: RunEvidence) -> Iterator[Finding]:
    """What the last verification of each artifact said, where one ever failed."""
    by_artifact: dict[str, list[Row]] = {}
    for row in known.verifications:
        by_artifact.setdefault(row["artifact_id"], []).append(row)
    for artifact, rows in by_artifact.items():
        # One that could not be carried out decides nothing; its marker tells of it.
        decided = [row for row in rows if row["result"] in ("match", *_BAD)]
        bad = [row for row in decided if row["result"] in _BAD]
        if not bad:
            continue
        words = f"{bad[-1]['result']} at the check of {iso(bad[-1]['verified_at'])}"
        again = decided[-1] is not bad[-1]
        words += f", match at that of {iso(decided[-1]['verified_at'])}" if again else ""
        told = [_verification(row) for row in reversed(decided)]
        code = "D613" if again else "D612"
        yield finding(code, f"artifact {artifact}", words, told, run=known.run_id, id=artifact)


def artifact_rows(row: Row) -> list[Evidence]:
    """An artifact of a run as evidence: its own row, and for one that was consumed the relationship."""
    about = "kind", "sha256", "version"
    if row["role"] == "produced":
        return [row_of("artifacts", row, "artifact_id", "run_id", *about)]
    artifact: str = row["artifact_id"]
    edge = {"type": "consumed", "from_id": row["run_id"], "to_id": artifact}
    told = row_of("artifacts", row, "artifact_id", *about)
    return [{"table": "relationships", **edge}, *([told] if len(told) > 2 else [])]


def _verification(row: Row) -> Evidence:
    told = row_of(
        "verifications",
        row,
        "artifact_id",
        "run_id",
        "result",
        "expected_sha256",
        "observed_sha256",
    )
    return {**told, "verified_at": iso(row["verified_at"])}
