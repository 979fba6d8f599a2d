"""A difference and how far it may be trusted: the one shape every method gives."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """Candidate minus baseline, with an interval.

    delta, low, high: in the metric's own unit; low ≤ delta ≤ high.
    confidence: how often such intervals hold the true difference, by design.
    n: pairs, or values of the smaller side.
    se: standard error of delta, where the method has one.
    p: two-sided p of "no difference", where the method has a test.
    method: in words, for people.
    few: too few values for the method to hold; `caution` says which.
    caution: what to keep in mind when reading the interval, or None.
    exact: p comes from an exact test, which holds with few values too.
    n_least: how many values it takes at least before such a difference can be told, where n are too few for it.
    unseen: how much samples too rare to be among n may add to delta, where something bounds it.
    """

    delta: float
    low: float
    high: float
    confidence: float
    n: int
    se: float | None
    p: float | None
    method: str
    few: bool = False
    caution: str | None = None
    exact: bool = False
    n_least: int | None = None
    unseen: float | None = None

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of 0."""
        return self.low > 0.0 or self.high < 0.0
