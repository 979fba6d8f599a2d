"""How a comparison is to be made: what counts as the same, how sure to be, how much to list."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contexta_processor.base.errors import ContextaError
from contexta_semconv.attributes import CONTEXTA_SAMPLE_GROUP

DEFAULT_CONFIDENCE = 0.95
DEFAULT_LISTED = 100
GROUP = CONTEXTA_SAMPLE_GROUP
"""The sample attribute that declares which samples belong together, read unless another key is named."""


@dataclass(frozen=True)
class CompareOptions:
    """What a caller may choose; the defaults are what `contexta compare BASE CANDIDATE` does.

    margins: metric name → the largest difference that is still "the same", in the metric's unit.
    confidence: of every interval, between 0 and 1.
    cluster: `batch`, a sample attribute, or the prefix of a slice (`customer` for `customer=17`): samples
        that share its value are one group, and count as one another's company, not as independent.
    listed: how many samples at most each list of samples holds; None for all. Counts are always whole.
    candidates: how many are held against the same baseline; an interval of what has no p is made so much wider.
    """

    margins: Mapping[str, float] = field(default_factory=dict[str, float])
    confidence: float = DEFAULT_CONFIDENCE
    cluster: str | None = None
    listed: int | None = DEFAULT_LISTED
    candidates: int = 1

    def __post_init__(self) -> None:
        if not 0.5 <= self.confidence < 1:
            raise ContextaError(
                f"confidence {self.confidence:g} cannot be used",
                cause="it is how often an interval holds, a number from 0.5 to below 1",
                hint="--confidence 0.95",
            )
        if self.cluster is not None and (not self.cluster or '"' in self.cluster):
            raise ContextaError(
                f"cluster {self.cluster!r} cannot be used",
                cause="it is the name of a sample attribute, or how slices begin",
                hint="--cluster document",
            )
        for name, margin in self.margins.items():
            if not (math.isfinite(margin) and margin >= 0):
                raise ContextaError(
                    f"margin {margin:g} of {name} cannot be used",
                    cause="a margin is a difference in the metric's unit, 0 or more",
                    hint="--margin accuracy=0.01",
                )

    @property
    def untested(self) -> float:
        """The confidence of intervals whose figures have no p to correct (Bonferroni over candidates)."""
        if self.candidates == 1:
            return self.confidence
        return 1 - (1 - self.confidence) / self.candidates

    @property
    def group(self) -> str:
        """The key samples are grouped by."""
        return self.cluster or GROUP


def margins_of(told: Iterable[str]) -> dict[str, float]:
    """`NAME=VALUE` texts as margins. Raises: ContextaError for anything else."""
    found: dict[str, float] = {}
    for text in told:
        name, equals, value = text.rpartition("=")
        try:
            found[name] = float(value)
        except ValueError:
            equals = ""
        if not (name and equals):
            raise ContextaError(
                f"margin {text!r} cannot be understood",
                cause="a margin is the name of a metric, an equals sign and a number",
                hint="--margin accuracy=0.01",
            )
    return found
