"""What else differs between the runs of two sides: between the sides, or among the runs of one.

Every run is held against the first of the baseline, and what came out is put together by condition.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from contexta_processor.base.query import Query
from contexta_processor.investigate.compare.conditions import Conditions, compare_conditions
from contexta_processor.investigate.compare.differences import (
    Cause,
    Difference,
    Side,
    Unknown,
    ranked,
)
from contexta_processor.investigate.compare.sides.members import Members, by_value, named

_Key = tuple[Cause, str]


@dataclass(frozen=True)
class Varying:
    """A condition that is not the same in all runs.

    difference: its sides in words, by run where the runs of a side differ. values: by run. within: whether the
    sides don't differ as such: the same values occur on both, or runs of one side differ (a seed).
    """

    difference: Difference
    values: Mapping[str, str | None]
    within: bool

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.differences`."""
        values = [{"run": run, "value": value} for run, value in self.values.items()]
        return {**self.difference.to_dict(), "within_sides": self.within, "runs": values}


@dataclass(frozen=True)
class SideConditions:
    """All that differs, likeliest to matter first, and what some runs don't say."""

    varying: tuple[Varying, ...]
    unknown: tuple[Unknown, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The differences alone."""
        return tuple(each.difference for each in self.varying)


def compare_side_conditions(query: Query, members: Members) -> SideConditions:
    """What is not the same in all runs. Differences between the sides come before those within one."""
    reference, *others = members.runs
    found = {
        run: compare_conditions(query, {"baseline": reference, "candidate": run}) for run in others
    }
    varying = [_varying(key, reference, found, members) for key in _keys(found.values())]
    order = {each: place for place, each in enumerate(ranked(one.difference for one in varying))}
    places = {(each.cause, each.key): place for each, place in order.items()}
    varying.sort(key=lambda one: (one.within, places[one.difference.cause, one.difference.key]))
    return SideConditions(
        varying=tuple(
            replace(one, difference=replace(one.difference, rank=place))
            for place, one in enumerate(varying, 1)
        ),
        unknown=_unknown(reference, found, members),
    )


def _keys(found: Iterable[Conditions]) -> list[_Key]:
    return sorted({(each.cause, each.key) for one in found for each in one.differences})


def _varying(
    key: _Key, reference: str, found: Mapping[str, Conditions], members: Members
) -> Varying:
    """A run whose comparison with the reference doesn't have the condition has the reference's value."""
    told = {
        run: each
        for run, conditions in found.items()
        for each in conditions.differences
        if (each.cause, each.key) == key
    }
    first = next(iter(told.values()))
    values: dict[str, str | None] = {
        run: told[run].candidate if run in told else first.baseline for run in members.runs
    }
    sides = [{run: values[run] for run in members.of(side)} for side in ("baseline", "candidate")]
    distinct = [set(side.values()) for side in sides]
    within = bool(distinct[0] & distinct[1]) or max(map(len, distinct)) > 1
    heaviest = min(told.values(), key=lambda each: each.weight)
    difference = replace(
        heaviest,
        baseline=_side_text(sides[0]),
        candidate=_side_text(sides[1]),
        limits=any(each.limits for each in told.values()),
        note="differs among the runs of a side" if within else heaviest.note,
    )
    return Varying(difference, values, within)


def _side_text(values: Mapping[str, str | None]) -> str | None:
    return None if set(values.values()) == {None} else by_value(values)


def _unknown(
    reference: str, found: Mapping[str, Conditions], members: Members
) -> tuple[Unknown, ...]:
    """What some runs did not tell, by name. What is unknown of the reference is so in every comparison."""
    silent: dict[_Key, tuple[Unknown, set[str]]] = {}
    for run, conditions in found.items():
        for each in conditions.unknown:
            _, runs = silent.setdefault((each.cause, each.key), (each, set()))
            runs |= {
                "baseline": {reference},
                "candidate": {run},
                "both": {reference, run},
            }[each.side]
    return tuple(
        _untold(each, [run for run in members.runs if run in runs], members)
        for each, runs in silent.values()
    )


def _untold(each: Unknown, runs: list[str], members: Members) -> Unknown:
    sides = {members.side_of(run) for run in runs}
    side: Side = "both" if len(sides) == 2 else "baseline" if "baseline" in sides else "candidate"
    what, known, _ = each.detail.partition(" of ")
    whole = len(runs) == len(members.runs)
    if not known or not each.detail.endswith("is not known"):
        return replace(each, side=side, detail=each.detail)
    return replace(
        each, side=side, detail=f"{what} of {'all runs' if whole else named(runs)} is not known"
    )
