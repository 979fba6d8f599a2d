"""The stages of a run as a pipeline: in which order they are, which are expected, and who says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from contexta_processor.investigate.diagnose.evidence import Past, Rows, RunEvidence
from contexta_processor.investigate.diagnose.usual import SHARE, enough, usually
from contexta_processor.investigate.results import Row

Teller = Literal["declared", "learned"]


@dataclass(frozen=True)
class Expected:
    """The stages a run should go through, in their order; `told` is None where nobody says."""

    stages: tuple[str, ...]
    told: Teller | None


def expected_stages(known: RunEvidence) -> Expected:
    """What the run declared; else what at least 80 % of five or more earlier completed runs completed."""
    declared = known.run["expected_stages"]
    if declared:
        return Expected(tuple(dict.fromkeys(declared)), "declared")
    names = dict.fromkeys(row["stage"] for each in known.past for row in each.stages)
    usual = [name for name in names if usually(known.past, lambda past, n=name: completes(past, n))]
    return Expected(tuple(_in_usual_order(usual, known.past)), "learned" if usual else None)


def completes(past: Past, stage: str) -> bool:
    """Whether an earlier run completed a stage."""
    return any(row["stage"] == stage and row["status"] == "completed" for row in past.stages)


def newest_attempts(stages: Rows) -> dict[str, Row]:
    """Each stage by name: its newest attempt."""
    newest: dict[str, Row] = {}
    for row in stages:
        before = newest.get(row["stage"])
        if before is None or (row["attempt"] or 1) >= (before["attempt"] or 1):
            newest[row["stage"]] = row
    return newest


def completed_stages(known: RunEvidence) -> tuple[str, ...]:
    """Stages whose newest attempt completed, in the order they ran in."""
    return tuple(
        name for name, row in newest_attempts(known.stages).items() if row["status"] == "completed"
    )


def places(known: RunEvidence) -> dict[str, int]:
    """Each stage's place in the pipeline: as they ran, with expected ones that did not where they belong."""
    order = list(dict.fromkeys(row["stage"] for row in known.stages))
    before: str | None = None
    for stage in expected_stages(known).stages:
        if stage not in order:
            order.insert(order.index(before) + 1 if before in order else 0, stage)
        before = stage
    return {stage: place for place, stage in enumerate(order)}


def first_starts(stages: Rows) -> dict[str, int]:
    """When each stage first began, in Unix nanoseconds; of one known by name only, nobody knows."""
    starts: dict[str, int] = {}
    for row in stages:
        if row["started_at"] is not None and row["completeness"] == "complete":
            starts[row["stage"]] = min(
                row["started_at"], starts.get(row["stage"], row["started_at"])
            )
    return starts


Pair = tuple[str, str]


def ordered_pairs(known: RunEvidence) -> tuple[tuple[Pair, ...], str]:
    """Which stage comes before which, and who says so: the run's declaration, else its stages' own index,
    else at least 80 % of five or more earlier runs that have both."""
    declared = known.run["expected_stages"] or ()
    if declared:
        return _pairs(tuple(dict.fromkeys(declared))), "by the order the run declared"
    index = {
        row["stage"]: row["stage_index"] for row in known.stages if row["stage_index"] is not None
    }
    if index:
        told = [(a, b) for a in index for b in index if index[a] < index[b]]
        return tuple(told), "by the index of the stages"
    return _learned_pairs(known), "by the order of earlier runs"


def _pairs(order: Sequence[str]) -> tuple[Pair, ...]:
    return tuple((a, b) for place, a in enumerate(order) for b in order[place + 1 :])


def _learned_pairs(known: RunEvidence) -> tuple[Pair, ...]:
    names = list(first_starts(known.stages))
    if not enough(known.past):
        return ()
    starts = [first_starts(past.stages) for past in known.past]
    found: list[Pair] = []
    for a in names:
        for b in names:
            both = [each for each in starts if a in each and b in each]
            before = sum(each[a] < each[b] for each in both)
            if a != b and enough(both) and before >= SHARE * len(both):
                found.append((a, b))
    return tuple(found)


def misplaced(starts: Mapping[str, int], pairs: Sequence[Pair]) -> dict[str, str]:
    """The fewest stages whose removal leaves the rest in order: stage → one it began before, though it
    comes after that one. Stages that began at the same time are in order."""
    wrong = [(a, b) for a, b in pairs if a in starts and b in starts and starts[b] < starts[a]]
    found: dict[str, str] = {}
    while wrong:
        counts = {stage: sum(stage in pair for pair in wrong) for pair in wrong for stage in pair}
        # Of two that contradict each other equally, the later one of the order is said to be early.
        worst = max(
            counts, key=lambda stage: (counts[stage], any(b == stage for _, b in wrong), stage)
        )
        other = next((a for a, b in wrong if b == worst), None)
        found[worst] = other or next(b for a, b in wrong if a == worst)
        wrong = [pair for pair in wrong if worst not in pair]
    return found


def _in_usual_order(stages: Sequence[str], past: Sequence[Past]) -> list[str]:
    """Stages by their middle place in the earlier runs."""

    def middle(stage: str) -> float:
        seen = [
            list(dict.fromkeys(row["stage"] for row in each.stages)).index(stage)
            for each in past
            if any(row["stage"] == stage for row in each.stages)
        ]
        return sorted(seen)[len(seen) // 2] if seen else 0.0

    return sorted(stages, key=lambda stage: (middle(stage), stage))
