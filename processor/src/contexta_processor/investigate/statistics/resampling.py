"""Which samples a bootstrap draws: each by itself, or whole groups of them. The same seed draws the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.clusters import group_numbers

FEW_PAIRS = 30
# Indices drawn at a time: what fits a processor's cache is twice as fast as all at once.
_BLOCK = 250_000

Groups = Sequence[object] | npt.NDArray[np.generic]

FEW_GROUPS = 20
"""Below, intervals of resampled groups were seen to be too narrow (docs/statistics.md)."""


@dataclass(frozen=True)
class Plan:
    """What is drawn: n samples, or whole groups of them. numbers: the group of each sample; groups: how many there
    are, None where every sample stands for itself."""

    n: int
    numbers: npt.NDArray[np.intp] | None
    groups: int | None

    @staticmethod
    def of(n: int, groups: Groups | None) -> "Plan":
        """Groups where any has two samples, else samples."""
        if groups is None:
            return Plan(n, None, None)
        numbers, count = group_numbers(groups, n)
        return Plan(n, numbers, count) if count < n else Plan(n, None, None)

    @property
    def count(self) -> int:
        """Independent units."""
        return self.n if self.groups is None else self.groups

    @property
    def told(self) -> str:
        """Which units, in words."""
        return "" if self.groups is None else f" of {self.groups} groups"

    @property
    def too_few(self) -> str | None:
        """Why an interval from so few units is not to be trusted."""
        if self.groups is not None:
            return f"only {self.groups} groups" if self.groups < FEW_GROUPS else None
        return f"only {self.n} pairs" if self.n < FEW_PAIRS else None

    def rows(self, draws: int, seed: int) -> Iterator[npt.NDArray[np.integer]]:
        """The indices of each of `draws` resamples; as many as the drawn groups have, or n."""
        if self.numbers is None or self.groups is None:
            for block in resamples(self.n, draws, seed):
                yield from block
            return
        order = np.argsort(self.numbers, kind="stable")
        sizes = np.bincount(self.numbers, minlength=self.groups)
        starts = np.cumsum(sizes) - sizes
        for block in resamples(self.groups, draws, seed):
            for drawn in block:
                counts = sizes[drawn]
                offsets = np.repeat(starts[drawn] - (np.cumsum(counts) - counts), counts)
                yield order[offsets + np.arange(offsets.size)]


def resamples(n: int, draws: int, seed: int) -> Iterator[npt.NDArray[np.int32]]:
    """Blocks of rows of n indices below n, `draws` rows in all."""
    rng = np.random.default_rng(seed)
    rows = max(1, _BLOCK // n)
    for start in range(0, draws, rows):
        yield rng.integers(0, n, size=(min(rows, draws - start), n), dtype=np.int32)


def times_drawn(block: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.int32]:
    """How often each of `count` groups is in each resample; shape (resamples, count)."""
    rows = np.arange(len(block))[:, None] * count
    times = np.bincount((block + rows).ravel(), minlength=len(block) * count)
    return times.reshape(len(block), count).astype(np.int32)
