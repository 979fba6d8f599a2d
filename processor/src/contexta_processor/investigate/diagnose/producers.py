"""D4: the processes that emitted, and what of them provably never arrived."""

from collections.abc import Iterator

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.diagnose.words import count
from contexta_processor.investigate.results import Row, iso


def producer_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about producers and their ledgers."""
    for row in known.producers:
        if known.ended:
            yield from _open(known, row)
            yield from _missing(known, row)
        yield from _dropped(known, row)
    yield from unnumbered(known)


def _open(known: RunEvidence, row: Row) -> Iterator[Finding]:
    if row["closed"] or row["last_seq"] is None:
        return
    severity: Severity = "error" if known.run["status"] == "interrupted" else "warning"
    seen = iso(row["last_seen_at"])
    words = f"it numbered what it sent and never closed; the last evidence is of {seen}"
    yield finding("D401", _subject(row), words, [_row(row)], run=known.run_id, severity=severity)


def _missing(known: RunEvidence, row: Row) -> Iterator[Finding]:
    if not row["missing_count"]:
        return
    numbered = row["received_count"] + row["missing_count"]
    words = f"{row['missing_count']:,} of {count(numbered, 'numbered item')} never arrived"
    yield finding("D402", _subject(row), words, [_row(row)], run=known.run_id)


def _dropped(known: RunEvidence, row: Row) -> Iterator[Finding]:
    if row["dropped_count"]:
        words = f"it dropped {count(row['dropped_count'], 'item')} before sending"
        yield finding("D403", _subject(row), words, [_row(row)], run=known.run_id)


def unnumbered(known: RunEvidence) -> Iterator[Finding]:
    """Evidence whose losses nothing would show."""
    for row in known.completeness:
        if row["layer"] == "record_families" and "number" in (row["detail"] or ""):
            if not _says_unnumbered(row):
                continue
            rows = [row_of("completeness", row, "run_id", "layer", "status")]
            yield finding("D404", "run", row["detail"], rows, run=known.run_id)


def _says_unnumbered(row: Row) -> bool:
    return (
        row["status"] == "unknown"
        or "not number" in row["detail"]
        or "not numbered" in row["detail"]
    )


def _subject(row: Row) -> str:
    rank = f" (rank {row['rank']})" if row["rank"] is not None else ""
    return f"producer {row['producer_id']}{rank}"


def _row(row: Row) -> Evidence:
    return row_of(
        "producers", row, "run_id", "producer_id", "host", "pid", "last_seq", "received_count", "missing_count",
        "dropped_count", "closed",
    )  # fmt: skip
