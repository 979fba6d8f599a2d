"""D201, D202, D203, D208: how many rows and samples there were, from step to step and beside earlier runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import Past, Rows, RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.diagnose.pipeline import completed_stages, places
from contexta_processor.investigate.diagnose.usual import (
    SHARE,
    enough,
    history_row,
    off_by,
    usual_band,
    usual_words,
)
from contexta_processor.investigate.diagnose.volumes import Key, Step, Volume, steps, volumes
from contexta_processor.investigate.diagnose.words import figure, share

COLLAPSED: Final = 0.5
"""Below this part of what is usual, a count has collapsed."""

NOTABLE: Final = 0.1
"""Nearer than this to what is usual, a count is not worth a finding, however narrow its band."""

UNLIKELY_SHARE: Final = 0.1
"""Without a history, a step that lets less through than this is worth a look."""

MULTIPLIED: Final = 1.5
"""Above so many times the usual share, rows were multiplied."""


@dataclass(frozen=True)
class Counts:
    """The counts of a run and those of its earlier runs, found once for all rules."""

    known: RunEvidence

    @cached_property
    def mine(self) -> tuple[Volume, ...]:
        """Counts of rows, data sets and samples of this run."""
        return _counts(self.known.figures, self.known.artifacts, self.known.content)

    @cached_property
    def past(self) -> Mapping[Key, tuple[float, ...]]:
        """Each count in earlier runs, newest first."""
        found: dict[Key, tuple[float, ...]] = {}
        for past in self.known.past:
            for volume in _counts(past.figures, past.artifacts, past.content):
                found[volume.key] = (*found.get(volume.key, ()), volume.value)
        return found

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """From count to count through this run."""
        return steps(self.mine, places(self.known))

    @cached_property
    def past_ratios(self) -> Mapping[tuple[Key, Key], tuple[float, ...]]:
        """How much came through each step in earlier runs, newest first."""
        found: dict[tuple[Key, Key], tuple[float, ...]] = {}
        for past in self.known.past:
            for step in steps(volumes(past.figures, ()), _places(past)):
                found[step.key] = (*found.get(step.key, ()), step.ratio)
        return found


def flow_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about how many rows and samples there were."""
    counts = Counts(known)
    yield from zero_rows(counts)
    yield from lost_or_multiplied(counts)
    yield from unusual_counts(counts)


def zero_rows(counts: Counts) -> Iterator[Finding]:
    """Completed stages that took in or passed on nothing, and empty data sets; samples are for D204."""
    known = counts.known
    done = set(completed_stages(known))
    for each in counts.mine:
        is_sample = each.key[0] == "samples"
        ended = each.stage in done if each.stage is not None else known.completed
        if each.value != 0 or is_sample or not ended:
            continue
        before = counts.past.get(each.key, ())
        empty = sum(value == 0 for value in before)
        if enough(known.past) and before and empty >= SHARE * len(before):
            continue
        severity: Severity = "warning" if empty else "error"
        words = f" ({usual_words(before)})" if before else ""
        yield finding(
            "D201",
            _subject(each),
            f"{_did(each)} 0 {each.noun}s{words}",
            [each.row],
            run=known.run_id,
            severity=severity,
            stage=each.stage,
        )


def lost_or_multiplied(counts: Counts) -> Iterator[Finding]:
    """Steps through which far fewer rows came than usual, or far more."""
    for step in counts.steps:
        if step.after.value == 0:
            continue  # said by D201
        before = counts.past_ratios.get(step.key, ())
        found = (
            _judged_by_history(counts.known, step, before)
            if enough(before)
            else _alone(counts.known, step)
        )
        if found is not None:
            yield found


def _judged_by_history(known: RunEvidence, step: Step, before: Sequence[float]) -> Finding | None:
    usual = usual_band(before)
    if usual is None:
        return None
    if step.ratio < COLLAPSED * min(before):
        return _step(known, "D202", "error", step, before)
    if usual.holds(step.ratio):
        return None
    off = off_by(step.ratio, usual)
    if step.ratio > MULTIPLIED * usual.center:
        return _step(known, "D208", "warning", step, before)
    if step.ratio < usual.center and off > NOTABLE:
        collapsed = step.ratio < COLLAPSED * usual.center
        return _step(known, "D202", "error" if collapsed else "warning", step, before)
    return None


def _alone(known: RunEvidence, step: Step) -> Finding | None:
    if step.ratio >= UNLIKELY_SHARE:
        return None
    return _step(known, "D202", "warning", step, ())


def _step(
    known: RunEvidence, code: str, severity: Severity, step: Step, past: Sequence[float]
) -> Finding:
    before, after = step.before, step.after
    came = f"{figure(after.value)} of {figure(before.value)} {before.noun}s came through, {share(step.ratio)}"
    if past:
        low, high = share(min(past)), share(max(past))
        beside = f"usual {low if low == high else f'{low}–{high}'} over {len(past)} runs"
    else:
        beside = "no history says whether that is meant"
    path = f"{before.stage} {before.name} → {after.stage} {after.name}"
    rows = [before.row, after.row, *_history(known, past)]
    return finding(
        code, f"stage {after.stage}", f"{path}: {came} ({beside})", rows,
        run=known.run_id, severity=severity, stage=after.stage,
    )  # fmt: skip


def unusual_counts(counts: Counts) -> Iterator[Finding]:
    """Counts far from those of earlier runs. Later stages of the same direction follow from the first one,
    and are told with it."""
    place = places(counts.known)
    unusual: dict[tuple[str, bool], list[tuple[Volume, Severity, str]]] = {}
    for each in sorted(counts.mine, key=lambda one: (place.get(one.stage or "", -1), one.name)):
        before = counts.past.get(each.key, ())
        judged = _beside_usual(each, before)
        if judged is not None:
            low, severity = judged
            words = f"{figure(each.value)} ({usual_words(before)})"
            unusual.setdefault((each.noun, low), []).append((each, severity, words))
    for found in unusual.values():
        yield _unusual(counts, found)


def _beside_usual(each: Volume, before: Sequence[float]) -> tuple[bool, Severity] | None:
    """Whether a count is below (or above) what is usual, and how bad that is; None if it is as usual."""
    usual = usual_band(before)
    # Zero rows are D201, a stage without samples is D204.
    if usual is None or each.value == 0:
        return None
    # The band of a few runs is wide; half of the least there ever was is too little by any band.
    if each.value < COLLAPSED * min(before):
        return True, "error"
    if usual.holds(each.value):
        return None
    if off_by(each.value, usual) <= NOTABLE:
        return None
    collapsed = each.value < COLLAPSED * usual.center
    return each.value < usual.center, "error" if collapsed else "warning"


def _unusual(counts: Counts, found: Sequence[tuple[Volume, Severity, str]]) -> Finding:
    first, _, words = found[0]
    severity: Severity = "error" if any(each[1] == "error" for each in found) else "warning"
    later = "; ".join(f"{_place(each)} {told}" for each, _, told in found[1:6])
    more = f"; and {len(found) - 6} more" if len(found) > 6 else ""
    detail = f"{first.name} {words}" + (f"; then {later}{more}" if later else "")
    rows = [each.row for each, _, _ in found]
    return finding(
        "D203", _subject(first), detail, [*rows, *_history(counts.known, counts.past[first.key])],
        run=counts.known.run_id, severity=severity, stage=first.stage, sql=_sql(first),
    )  # fmt: skip


def _sql(each: Volume) -> str:
    """A query for the count over runs."""
    if each.key[0] == "metrics":
        name = each.name.replace("'", "''")
        return f"SELECT run_id, stage, name, value FROM metrics WHERE name = '{name}' ORDER BY occurred_at"
    if each.key[0] == "samples":
        return "SELECT run_id, stage, count(*) AS samples FROM samples GROUP BY ALL ORDER BY run_id"
    return "SELECT run_id, artifact_id, attributes FROM artifacts ORDER BY occurred_at"


def _counts(figures: Rows, artifacts: Rows, content: Rows) -> tuple[Volume, ...]:
    return (*volumes(figures, artifacts), *_sample_counts(content))


def _sample_counts(content: Rows) -> Iterator[Volume]:
    for row in content:
        if row["samples"]:
            yield Volume(
                key=("samples", "samples", row["stage"], None, None),
                stage=row["stage"],
                noun="sample",
                direction="at",
                simple=False,
                value=float(row["samples"]),
                name="samples",
                row=row_of("samples", {**row, "count": row["samples"]}, "run_id", "stage", "count"),
            )


def _places(past: Past) -> dict[str, int]:
    order = dict.fromkeys(row["stage"] for row in past.stages)
    return {stage: place for place, stage in enumerate(order)}


def _history(known: RunEvidence, values: Sequence[float]) -> list[Evidence]:
    if not values:
        return []
    return [history_row(known.past, runs_with_it=len(values), low=min(values), high=max(values))]


def _did(each: Volume) -> str:
    return {"in": "took in", "out": "passed on", "at": "has"}[each.direction]


def _subject(each: Volume) -> str:
    if each.key[0] == "artifacts":
        return each.name
    return f"stage {each.stage}" if each.stage is not None else f"metric {each.name}"


def _place(each: Volume) -> str:
    return f"{each.stage} {each.name}" if each.stage is not None else each.name
