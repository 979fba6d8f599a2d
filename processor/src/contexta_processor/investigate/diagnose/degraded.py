"""D3: what the evidence says of itself, each marker with the severity it was given."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from contexta_processor.investigate.diagnose.codes import Severity, worst
from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.diagnose.words import count, listed
from contexta_processor.investigate.results import Row

_CATEGORIES: Final = {
    "capture": "D301",
    "transport": "D302",
    "sampling": "D303",
    "redaction": "D304",
    "import": "D305",
    "replay": "D306",
    "verification": "D307",
    "retention": "D308",
    "interruption": "D309",
}
_OTHER: Final = "D310"

_SAID_BY: Final = {
    "run_interrupted": "D102",
    "stage_interrupted": "D113",
    "run_span_missing": "D105",
    "stage_span_missing": "D115",
    "producer_not_closed": "D401",
    "evidence_missing": "D402",
    "producer_dropped_evidence": "D403",
    "artifact_hash_mismatch": "D612",
    "artifact_missing": "D612",
}
"""Markers about what another rule finds from its own rows: told once, under that code."""

_SEVERITIES: Final[dict[str, Severity]] = {"info": "info", "warning": "warning", "error": "error"}


def severity_of(word: str) -> Severity:
    """A marker's severity; a word that is not one of the three counts as error, never as less."""
    return _SEVERITIES.get(word, "error")


def degraded_findings(known: RunEvidence, found: Iterable[Finding]) -> Iterator[Finding]:
    """Markers by category, reason, stage and severity, except those that `found` says already, at least as
    severely; and whether the run's evidence is whole."""
    told: dict[tuple[str, object], Severity] = {
        (each.code, name): each.severity for each in found for name in _named(each)
    }
    groups: dict[tuple[str, str, str | None, str], list[Row]] = {}
    for row in known.markers:
        if not _is_told(row, told):
            key = (row["category"], row["reason"], row["stage"], row["severity"])
            groups.setdefault(key, []).append(row)
    for rows in groups.values():
        yield _marked(known, rows)
    yield from incomplete(known)


def _named(each: Finding) -> Iterator[object]:
    """What a finding is about, by every id that a marker could call it."""
    for row in each.evidence:
        for name in ("run_id", "stage_id", "stage", "producer_id", "artifact_id"):
            if name in row:
                yield row[name]


def _is_told(row: Row, told: Mapping[tuple[str, object], Severity]) -> bool:
    said = told.get((_SAID_BY.get(row["reason"], ""), row["subject"]))
    ours = row["detected_by"] == "processor" or row["category"] == "verification"
    return ours and said is not None and worst(said, severity_of(row["severity"])) == said


def _marked(known: RunEvidence, rows: list[Row]) -> Finding:
    first = rows[0]
    subjects = dict.fromkeys(row["subject"] for row in rows if row["subject"])
    details = dict.fromkeys(row["detail"] for row in rows if row["detail"])
    remedies = dict.fromkeys(row["remedy"] for row in rows if row["remedy"])
    words = [first["reason"]]
    if len(rows) > 1:
        words[0] += f" ({count(len(rows), 'marker')})"
    words += [f"of {listed(subjects)}"] if subjects else []
    words += [_counts(rows)] if _counts(rows) else []
    words += [listed(details)] if details else []
    words += [f"remedy: {listed(remedies)}"] if remedies else []
    if first["severity"] not in _SEVERITIES:
        words.append(f"severity told as {first['severity']}")
    stage = first["stage"]
    return finding(
        _CATEGORIES.get(first["category"], _OTHER),
        f"stage {stage}" if stage is not None else "run",
        "; ".join(words),
        [_evidence(row) for row in rows],
        run=known.run_id,
        severity=severity_of(first["severity"]),
        stage=stage,
    )


def _counts(rows: list[Row]) -> str:
    both = [
        row
        for row in rows
        if row["expected_count"] is not None and row["observed_count"] is not None
    ]
    if not both:
        return ""
    observed, expected = (
        sum(row[f"{what}_count"] for row in both) for what in ("observed", "expected")
    )
    return f"{observed:,} of {expected:,}"


def _evidence(row: Row) -> Evidence:
    return row_of(
        "degraded_markers", row, "run_id", "stage", "subject", "reason", "category", "severity",
        "expected_count", "observed_count", "detected_by",
    )  # fmt: skip


def incomplete(known: RunEvidence) -> Iterator[Finding]:
    """Whether the run's evidence is known to be incomplete; a run that is open is not judged yet."""
    if known.run["completeness"] != "partial" or not known.ended:
        return
    layers = [row for row in known.completeness if row["status"] in ("partial", "absent")]
    words = "; ".join(
        f"{row['layer'].replace('_', ' ')}: {row['detail'] or 'none'}" for row in layers
    )
    rows = [row_of("completeness", row, "run_id", "layer", "status") for row in layers]
    yield finding("D320", "run", words or "the run's evidence is partial", rows, run=known.run_id)
