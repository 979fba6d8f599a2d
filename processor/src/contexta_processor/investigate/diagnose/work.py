"""D210 to D215: operations and batches that failed, and work that took far longer, or far less, than usual."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import Past, RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.diagnose.pipeline import newest_attempts
from contexta_processor.investigate.diagnose.structure import stage_row
from contexta_processor.investigate.diagnose.usual import history_row, usual_band
from contexta_processor.investigate.diagnose.words import count, listed, took
from contexta_processor.investigate.results import Row
from contexta_processor.investigate.statistics.history import band

SLOW: Final = 2.0
FAST: Final = 0.1
OUTLIER: Final = 5.0
"""Robust standard deviations above its neighbours at which a batch is an outlier."""

LEAST_BATCHES: Final = 8
"""Among fewer batches none is called an outlier."""

LEAST_MS: Final = 1_000.0
"""What took less is not called slow: that is noise of the machine."""

_BATCH_ENDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("D211", ("failed", "interrupted")),
    ("D216", ("unknown",)),
)


def work_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about operations, batches and how long work took."""
    yield from failed_operations(known)
    yield from failed_batches(known)
    yield from slow_batches(known)
    yield from slow_beside_history(known)
    yield from stage_pace(known)


def failed_operations(known: RunEvidence) -> Iterator[Finding]:
    """Failed calls by stage, operation and error type."""
    ends = {stage: row["status"] for stage, row in newest_attempts(known.stages).items()}
    for row in known.operations:
        whole = ends.get(row["stage"], "completed") == "completed" and known.completed
        every = row["failed"] == row["calls"]
        severity: Severity = "warning" if whole and not every else "error"
        error = row["error_type"] or "no error type"
        words = f"{row['failed']:,} of {count(row['calls'], 'call')} failed with {error}"
        rows = [
            row_of("operations", {**row, "operation_id": each}, "run_id", "stage", "operation", "operation_id", "error_type")
            for each in row["operation_ids"]
        ]  # fmt: skip
        yield finding(
            "D210",
            f"operation {row['operation']}",
            words,
            rows,
            run=known.run_id,
            severity=severity,
            stage=row["stage"],
        )


def failed_batches(known: RunEvidence) -> Iterator[Finding]:
    """Batches that did not complete, by stage and type; those still running are not judged."""
    every = [(key, rows, end) for key, rows in _by_kind(known.batches) for end in _BATCH_ENDS]
    for (stage, kind), rows, (code, ends_so) in every:
        bad = [row for row in rows if row["status"] in ends_so]
        if bad:
            ends = listed(f"{row['batch_id']} {row['status']}" for row in bad)
            of_kind = f" of type {kind}" if kind else ""
            words = f"{len(bad):,} of {count(len(rows), 'batch', 'batches')}{of_kind}: {ends}"
            told = [row_of("batches", row, "run_id", "stage", "batch_id", "status") for row in bad]
            yield _about_batches(known, code, stage, words, told)


def slow_batches(known: RunEvidence) -> Iterator[Finding]:
    """Outliers among the completed batches of one kind in one stage."""
    timed = [
        row
        for row in known.batches
        if row["status"] == "completed" and row["duration_ms"] is not None
    ]
    for (stage, _), rows in _by_kind(timed):
        times = [row["duration_ms"] for row in rows]
        usual = band(times, spread=OUTLIER) if len(times) >= LEAST_BATCHES else None
        if usual is None:
            continue
        limit = max(usual.high, SLOW * usual.center, LEAST_MS)
        slow = sorted(
            (row for row in rows if row["duration_ms"] > limit), key=lambda row: -row["duration_ms"]
        )
        if slow:
            words = listed(f"{row['batch_id']} {took(row['duration_ms'])}" for row in slow)
            words += f" (median {took(usual.center)} over {count(len(rows), 'batch', 'batches')})"
            told = [
                row_of("batches", row, "run_id", "stage", "batch_id", "duration_ms") for row in slow
            ]
            yield _about_batches(known, "D212", stage, words, told)


def slow_beside_history(known: RunEvidence) -> Iterator[Finding]:
    """Stages whose median batch takes far longer than in earlier runs."""
    for row in known.batch_pace:
        before = [
            each["typical_ms"]
            for past in known.past
            for each in past.batch_pace
            if (each["stage"], each["batch_type"]) == (row["stage"], row["batch_type"])
        ]
        if not _slower(row["typical_ms"], before):
            continue
        words = f"the median batch took {took(row['typical_ms'])}; {_usually_took(before)}"
        rows = [
            row_of("batches", row, "run_id", "stage", "batch_type", "typical_ms", "batches"),
            history_row(known.past),
        ]
        yield _about_batches(known, "D213", row["stage"], words, rows, past=known.past[0].run_id)


def _by_kind(batches: Iterable[Row]) -> Iterable[tuple[tuple[str | None, str | None], list[Row]]]:
    """Batches together that are of one stage and type."""
    groups: dict[tuple[str | None, str | None], list[Row]] = {}
    for row in batches:
        groups.setdefault((row["stage"], row["batch_type"]), []).append(row)
    return groups.items()


def _about_batches(
    known: RunEvidence,
    code: str,
    stage: str | None,
    words: str,
    rows: list[Evidence],
    *,
    past: str = "",
) -> Finding:
    subject = f"batches of stage {stage}" if stage is not None else "batches"
    sql = _batches_sql(known, stage)
    return finding(code, subject, words, rows, run=known.run_id, stage=stage, sql=sql, past=past)


def stage_pace(known: RunEvidence) -> Iterator[Finding]:
    """Completed stages that took far longer, or far less, than in earlier runs."""
    for stage, row in newest_attempts(known.stages).items():
        mine = row["duration_ms"]
        if row["status"] != "completed" or mine is None:
            continue
        before = [
            took_ms for past in known.past if (took_ms := _stage_took(past, stage)) is not None
        ]
        slower, faster = _slower(mine, before), _faster(mine, before)
        if slower or faster:
            yield finding(
                "D214" if slower else "D215",
                f"stage {stage}",
                f"took {took(mine)}; {_usually_took(before)}",
                [{**stage_row(row), "duration_ms": mine}, history_row(known.past)],
                run=known.run_id,
                stage=stage,
                past=known.past[0].run_id,
            )


def _stage_took(past: Past, stage: str) -> float | None:
    row = newest_attempts(past.stages).get(stage)
    return row["duration_ms"] if row is not None and row["status"] == "completed" else None


def _slower(mine: float, before: Sequence[float]) -> bool:
    usual = usual_band(before)
    return usual is not None and mine > max(
        usual.high, SLOW * usual.center, usual.center + LEAST_MS
    )


def _faster(mine: float, before: Sequence[float]) -> bool:
    usual = usual_band(before)
    return (
        usual is not None
        and usual.center >= LEAST_MS
        and mine < min(usual.low, FAST * usual.center)
    )


def _usually_took(before: Sequence[float]) -> str:
    low, high = took(min(before)), took(max(before))
    return f"usual {low if low == high else f'{low}–{high}'} over {count(len(before), 'run')}"


def _batches_sql(known: RunEvidence, stage: str | None) -> str:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    where = f"stage = {quoted(stage)}" if stage is not None else "stage IS NULL"
    return (
        "SELECT batch_id, status, size, duration_ms FROM batches"
        f" WHERE run_id = {quoted(known.run_id)} AND {where} ORDER BY duration_ms DESC"
    )
