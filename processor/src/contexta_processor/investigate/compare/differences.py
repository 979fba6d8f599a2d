"""What may differ between two runs besides their figures, and in which order it is worth looking at."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Cause = Literal["code", "data", "environment", "configuration", "hardware"]
Group = Literal["data", "code", "configuration", "ml_package", "hardware", "other"]
Side = Literal["baseline", "candidate", "both"]

RANKING: tuple[Group, ...] = (
    "data",
    "code",
    "configuration",
    "ml_package",
    "hardware",
    "other",
)
"""What is known to change results goes first: what was measured on, what ran, how it was set, the packages that
compute, read or score (`versions.ML_STACK`), the machine, and everything else. It is an order of looking, no more:
two runs that differ in one thing alone may still differ for a reason nobody captured."""


@dataclass(frozen=True)
class Difference:
    """One condition that is another one in the candidate; None where a side doesn't have it.

    limits: the figures were not taken under the same conditions (other data), so deltas mean less.
    group: its place in RANKING. weight: its place within the group, small first. rank: its place in the whole list,
    from 1. note: what is worth knowing about the change, such as `major version, up`.
    """

    cause: Cause
    key: str
    baseline: str | None
    candidate: str | None
    limits: bool = False
    group: Group = "other"
    weight: int = 0
    note: str | None = None
    rank: int = 0

    @property
    def named(self) -> str:
        """`key: before and after`."""
        return f"{self.key}: {self.baseline or 'none'} and {self.candidate or 'none'}"

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.differences`."""
        return {
            "cause": self.cause,
            "key": self.key,
            "baseline": self.baseline,
            "candidate": self.candidate,
            "rank": self.rank,
            "group": self.group,
            "note": self.note,
            "limits": self.limits,
        }


@dataclass(frozen=True)
class Unknown:
    """Conditions that cannot be held against each other, because `side` didn't tell: no difference is shown,
    and none is excluded."""

    cause: Cause
    key: str
    side: Side
    detail: str

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.unknown_conditions`."""
        return {"cause": self.cause, "key": self.key, "side": self.side, "detail": self.detail}


def ranked(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Each difference once, in the order of RANKING, then weight, then key, numbered from 1."""
    ordered = sorted(
        dict.fromkeys(differences),
        key=lambda each: (RANKING.index(each.group), each.weight, each.cause, each.key),
    )
    return tuple(replace(each, rank=place) for place, each in enumerate(ordered, 1))


def untold(cause: Cause, key: str, what: str, told: tuple[bool, bool]) -> tuple[Unknown, ...]:
    """`what` of the sides that did not tell it as one Unknown; nothing where both did.

    told: whether the baseline, and whether the candidate, told it.
    """
    if all(told):
        return ()
    side: Side = "both" if not any(told) else "candidate" if told[0] else "baseline"
    whose = "both runs" if side == "both" else f"the {side}"
    return (Unknown(cause, key, side, f"{what} of {whose} is not known"),)
