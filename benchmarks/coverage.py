"""How often do the intervals hold, and how often is a run called worse that is not? A Markdown table.

    python benchmarks/coverage.py                 # every cell, 2,000 trials: some three minutes
    python benchmarks/coverage.py --trials 500    # rough

A cell draws a pair of runs again and again from a known distribution, asks the processor's own statistics,
and counts: `coverage`, how often the interval held the true difference; `false worse`, how often an interval
of two runs that are equally good lay below 0 (with a margin of 0, so that nothing is hidden by it); `few`, how
often the estimate itself said that it rests on too few values, and would give no verdict. Seeded.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.bootstrap import percentile_difference
from contexta_processor.investigate.statistics.changes import change_points
from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.history import against_history, band, welch
from contexta_processor.investigate.statistics.paired import estimate_paired
from contexta_processor.investigate.statistics.sample_size import n_needed
from contexta_processor.investigate.statistics.verdicts import judged

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Estimate | None]


@dataclass(frozen=True)
class Kind:
    """One way in which runs differ: how it is estimated, and the difference that is true."""

    name: str
    draw: Draw
    truth: float
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Cell:
    """What was counted, as shares of the trials that had an estimate."""

    coverage: float
    worse: float
    few: float
    method: str


def flips(gained: float, lost: float) -> Draw:
    """Pass or fail: a pair turns good, or bad, with these probabilities."""

    def draw(rng: np.random.Generator, n: int) -> Estimate | None:
        turned = rng.random(n)
        before = np.where(turned < gained, 0.0, 1.0)
        after = np.where((turned >= gained) & (turned < gained + lost), 0.0, 1.0)
        return estimate_paired(before, after)

    return draw


def scores(differences: Callable[[np.random.Generator, int], Floats]) -> Draw:
    """Scores whose differences are distributed so."""

    def draw(rng: np.random.Generator, n: int) -> Estimate | None:
        before = rng.normal(10.0, 3.0, n)
        return estimate_paired(before, before + differences(rng, n))

    return draw


def equal_skewed(rng: np.random.Generator, n: int) -> Estimate | None:
    """Two independent draws of the same lognormal score."""
    return estimate_paired(rng.lognormal(0, 0.8, n), rng.lognormal(0, 0.8, n))


def documents(sizes: Callable[[np.random.Generator, int], npt.NDArray[np.int_]]) -> Draw:
    """Questions about documents: half of the variance of a difference is its document's."""

    def draw(rng: np.random.Generator, n: int) -> Estimate | None:
        groups = sizes(rng, n)
        shared = rng.normal(0, 0.2, int(groups.max()) + 1)[groups]
        difference = shared + rng.normal(0, 0.2, n)
        return estimate_paired(np.zeros(n), difference, groups=groups)

    return draw


def document_flips(rng: np.random.Generator, n: int) -> Estimate | None:
    """Pass or fail by documents of three: most flips of a document go the same way."""
    groups = np.arange(n) // 3
    leaning = rng.choice([0.02, 0.2], int(groups.max()) + 1)[groups]
    other = rng.choice([0.02, 0.2], int(groups.max()) + 1)[groups]
    before, after = rng.random(n) > leaning, rng.random(n) > other
    return estimate_paired(before.astype(float), after.astype(float), groups=groups)


def even(size: int) -> Callable[[np.random.Generator, int], npt.NDArray[np.int_]]:
    """Groups of one size."""
    return lambda _, n: np.arange(n) // size


def uneven(rng: np.random.Generator, n: int) -> npt.NDArray[np.int_]:
    """Groups of 1 to 9."""
    return np.repeat(np.arange(n), rng.integers(1, 10, n))[:n]


def seeds(rng: np.random.Generator, n: int) -> Estimate | None:
    """n runs a side with other seeds; the candidate varies twice as much."""
    return welch(rng.normal(0.8, 0.01, n), rng.normal(0.8, 0.02, n))


def history(rng: np.random.Generator, n: int) -> Estimate | None:
    """One run against the one before it, with n earlier ones."""
    earlier = rng.normal(0.8, 0.01, n)
    return against_history(float(earlier[-1]), float(rng.normal(0.8, 0.01)), earlier)


def durations(q: float, *, paired: bool) -> Draw:
    """Lognormal durations, equally fast; paired ones share half of their variance."""

    def draw(rng: np.random.Generator, n: int) -> Estimate | None:
        shared = rng.normal(0, 0.5, n) if paired else 0.0
        before, after = (np.exp(shared + rng.normal(0, 0.5, n)) for _ in range(2))
        return percentile_difference(after, before, q, paired=paired, draws=1_000)

    return draw


SIZES = (20, 30, 50, 100, 500)
KINDS = (
    Kind("0/1, 5 % turn each way", flips(0.05, 0.05), 0.0, SIZES),
    Kind("0/1, 15 % turn each way", flips(0.15, 0.15), 0.0, SIZES),
    Kind("0/1, 3 % gained, 8 % lost", flips(0.03, 0.08), -0.05, SIZES),
    Kind("score, normal", scores(lambda rng, n: rng.normal(0, 0.1, n)), 0.0, SIZES),
    Kind("score, equal, each lognormal", equal_skewed, 0.0, SIZES),
    Kind(
        "score, losses exponential",
        scores(lambda rng, n: 0.1 - rng.exponential(0.1, n)),
        0.0,
        SIZES,
    ),
    Kind(
        "score, losses lognormal (σ = 0.8)",
        scores(lambda rng, n: np.exp(0.32) - rng.lognormal(0, 0.8, n)),
        0.0,
        SIZES,
    ),
    Kind(
        "score, 30 % lose, the rest stays",
        scores(lambda rng, n: -rng.exponential(0.5, n) * (rng.random(n) < 0.3)),
        -0.15,
        SIZES,
    ),
    Kind(
        "score, noise and 10 % large losses",
        scores(lambda rng, n: rng.normal(0, 0.05, n) - rng.random(n) * (rng.random(n) < 0.1)),
        -0.05,
        SIZES,
    ),
    Kind("groups of 3", documents(even(3)), 0.0, (30, 100, 500)),
    Kind("groups of 5", documents(even(5)), 0.0, (30, 100, 500)),
    Kind("groups of 1 to 9", documents(uneven), 0.0, (30, 100, 500)),
    Kind("0/1 in groups of 3", document_flips, 0.0, (30, 100, 500)),
    Kind("n runs a side, spreads 1 : 2", seeds, 0.0, (3, 4, 5, 10)),
    Kind("one run, n earlier ones", history, 0.0, (5, 8, 11, 21)),
    Kind("p50 of durations", durations(0.5, paired=False), 0.0, (30, 100, 500)),
    Kind("p95 of durations", durations(0.95, paired=False), 0.0, (30, 100, 500)),
    Kind("p95 of durations, paired", durations(0.95, paired=True), 0.0, (30, 100, 500)),
)


def measure(kind: Kind, n: int, trials: int, seed: int = 1) -> Cell:
    """Count one cell."""
    rng = np.random.default_rng([seed, n])
    found = [e for e in (kind.draw(rng, n) for _ in range(trials)) if e is not None]
    slack = 1e-12
    return Cell(
        coverage=float(np.mean([e.low - slack <= kind.truth <= e.high + slack for e in found])),
        worse=float(
            np.mean([judged(e, higher_is_better=True, margin=0.0) == "worse" for e in found])
        ),
        few=float(np.mean([e.few for e in found])),
        method=max({e.method for e in found}, key=lambda m: sum(e.method == m for e in found)),
    )


def passing(kind: Kind, n: int, trials: int, seed: int = 2) -> float:
    """How often an unchanged candidate is shown within the margin, at the size a pilot of n asked for.

    The margin is that a pilot is expected to ask four times its own size for.
    """
    rng = np.random.default_rng([seed, n])
    errors = [e.se for e in (kind.draw(rng, n) for _ in range(50)) if e and e.se]
    margin = 1.4 * float(np.median(errors))
    passed = tried = 0
    for _ in range(trials):
        pilot = kind.draw(rng, n)
        needed = n_needed(pilot, margin) if pilot else None
        full = kind.draw(rng, needed) if needed else None
        if full:
            tried += 1
            passed += full.low > -margin
    return passed / tried


def alarms(sizes: tuple[int, ...], trials: int) -> Iterator[tuple[str, int, float]]:
    """Series of noise: how often one shows a change, and its next value falls outside the band."""
    for n in sizes:
        rng = np.random.default_rng([3, n])
        series = rng.normal(size=(trials, n + 1))
        yield "any change point", n, float(np.mean([bool(change_points(s[:-1])) for s in series]))
        bands = [band(s[:-1]) for s in series]
        outside = [not b.holds(float(s[-1])) for b, s in zip(bands, series, strict=True) if b]
        yield "next value outside the band", n, float(np.mean(outside))
        drifting = series[:, 1:].copy()
        for index in range(1, n):
            drifting[:, index] += 0.3 * drifting[:, index - 1]
        yield (
            "any change point, neighbours correlated 0.3",
            n,
            float(np.mean([bool(change_points(s)) for s in drifting])),
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--trials", type=int, default=2_000)
    trials = parser.parse_args().trials
    print("| kind | n | method | coverage | false worse | few |\n|---|---|---|---|---|---|")
    for kind in KINDS:
        for n in kind.sizes:
            cell = measure(kind, n, trials)
            worse = f"{cell.worse:.3f}" if kind.truth == 0.0 else "–"
            print(
                f"| {kind.name} | {n} | {cell.method} | {cell.coverage:.3f} | {worse} | {cell.few:.2f} |",
                flush=True,
            )
    print("\n| kind | pilot n | unchanged candidate passes at n_needed |\n|---|---|---|")
    for kind in (
        k for k in KINDS if k.truth == 0.0 and "durations" not in k.name and k.sizes[0] > 9
    ):
        print(f"| {kind.name} | 100 | {passing(kind, 100, trials // 2):.3f} |", flush=True)
    print("\n| noise alone | n | share of series |\n|---|---|---|")
    for what, n, share in alarms((6, 10, 20, 50, 100, 200), max(200, trials // 4)):
        print(f"| {what} | {n} | {share:.3f} |", flush=True)


if __name__ == "__main__":
    main()
