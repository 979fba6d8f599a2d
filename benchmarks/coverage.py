"""How often do the intervals hold, and how often is a run called worse that is not? A Markdown table.

    python benchmarks/coverage.py                 # every cell, 2,000 trials: some three minutes
    python benchmarks/coverage.py --trials 500    # rough

A cell draws a pair of runs again and again from a known distribution, asks the processor's own statistics,
and counts: `coverage`, how often the interval held the true difference; `false worse`, how often an interval
of two runs that are equally good lay below 0 (with a margin of 0, so that nothing is hidden by it); `few`, how
often the estimate itself said that it rests on too few values, and would give no verdict; `misled`, how often a
verdict (margin 0.02) is not so: better or worse the other way, or the same where the true difference is larger. Seeded.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.compare.reproduced import f1
from contexta_processor.investigate.statistics.bootstrap import (
    paired_statistic,
    percentile_difference,
)
from contexta_processor.investigate.statistics.changes import change_points
from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.history import against_history, band
from contexta_processor.investigate.statistics.multiplicity import benjamini_hochberg
from contexta_processor.investigate.statistics.paired import estimate_paired
from contexta_processor.investigate.statistics.runs import runs_difference, samples_over_runs
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
    trials: int = 10_000
    """At most; fewer where each trial resamples."""


@dataclass(frozen=True)
class Cell:
    """What was counted, as shares of the trials that had an estimate."""

    coverage: float
    worse: float
    few: float
    misled: float
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


def rare(share: float, *, gain: bool) -> Draw:
    """Scores in [0, 1] of which few move far: `share` of the samples gain (or lose) up to all there is to gain.

    With gains everything else is so much lower that the true difference is 0.
    """

    def draw(rng: np.random.Generator, n: int) -> Estimate | None:
        before = rng.uniform(0.1, 0.5, n) if gain else rng.uniform(0.5, 0.9, n)
        room = 1.0 - before if gain else -before
        far = room * rng.random(n) * (rng.random(n) < share)
        shift = -0.35 * share if gain else 0.0
        return estimate_paired(before, before + shift + rng.normal(0, 0.015, n) + far)

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


def f1_of_documents(rng: np.random.Generator, n: int) -> Estimate | None:
    """F1 of two equally good classifiers; the questions of a document are hard, or easy, together."""
    groups = np.arange(n) // 5
    truth = (rng.random(n) < 0.4).astype(float)
    hard = rng.normal(0, 1, int(groups.max()) + 1)

    def predicted() -> Floats:
        own = hard + rng.normal(0, 1, hard.size)
        right = rng.random(n) < 1 / (1 + np.exp(-1.5 - own[groups]))
        return np.where(right, truth, 1 - truth)

    return paired_statistic(
        f1, (truth, predicted()), (truth, predicted()), groups=groups, draws=400
    )


def p95_of_documents(rng: np.random.Generator, n: int) -> Estimate | None:
    """The p95 of paired durations; a third of their variance is their document's."""
    groups = np.arange(n) // 5
    documents = int(groups.max()) + 1
    shared = rng.normal(0, 0.4, documents)
    before, after = (
        np.exp((shared + rng.normal(0, 0.4, documents))[groups] + rng.normal(0, 0.4, n))
        for _ in range(2)
    )
    return percentile_difference(after, before, 0.95, paired=True, groups=groups, draws=400)


def even(size: int) -> Callable[[np.random.Generator, int], npt.NDArray[np.int_]]:
    """Groups of one size."""
    return lambda _, n: np.arange(n) // size


def uneven(rng: np.random.Generator, n: int) -> npt.NDArray[np.int_]:
    """Groups of 1 to 9."""
    return np.repeat(np.arange(n), rng.integers(1, 10, n))[:n]


def seeds(rng: np.random.Generator, n: int) -> Estimate | None:
    """n runs a side with other seeds; the candidate varies twice as much."""
    return runs_difference(rng.normal(0.8, 0.01, n), rng.normal(0.8, 0.02, n))


def seeds_and_samples(rng: np.random.Generator, n: int) -> Estimate | None:
    """n runs a side that score the same 100 samples: samples, seeds and chance each add to the difference."""
    shared = rng.normal(0.7, 0.2, 100)
    before, after = (
        shared
        + rng.normal(0, 0.07, 100)
        + rng.normal(0, 0.02, (n, 1))
        + rng.normal(0, 0.1, (n, 100))
        for _ in range(2)
    )
    found = samples_over_runs(before, after)
    return found.estimate if found else None


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
    Kind("rare: 10 % large losses, in [0, 1]", rare(0.10, gain=False), -0.035, SIZES),
    Kind("rare: 10 % large gains, all else lower", rare(0.10, gain=True), 0.0, SIZES),
    Kind("rare: 5 % large gains, all else lower", rare(0.05, gain=True), 0.0, SIZES),
    Kind("groups of 3", documents(even(3)), 0.0, (30, 100, 500)),
    Kind("groups of 5", documents(even(5)), 0.0, (30, 100, 500)),
    Kind("groups of 1 to 9", documents(uneven), 0.0, (30, 100, 500)),
    Kind("0/1 in groups of 3", document_flips, 0.0, (30, 100, 500)),
    Kind("n runs a side, spreads 1 : 2", seeds, 0.0, (3, 4, 5, 10)),
    Kind("n runs a side, the same 100 samples", seeds_and_samples, 0.0, (3, 4, 5, 10)),
    Kind("one run, n earlier ones", history, 0.0, (5, 8, 11, 21)),
    Kind("p50 of durations", durations(0.5, paired=False), 0.0, (30, 100, 500)),
    Kind("p95 of durations", durations(0.95, paired=False), 0.0, (30, 100, 500)),
    Kind("p95 of durations, paired", durations(0.95, paired=True), 0.0, (30, 100, 500)),
    Kind("p95 in groups of 5", p95_of_documents, 0.0, (50, 100, 200, 500), 500),
    Kind("F1 in groups of 5", f1_of_documents, 0.0, (50, 100, 200, 500), 500),
)


def measure(kind: Kind, n: int, trials: int, seed: int = 1) -> Cell:
    """Count one cell."""
    rng = np.random.default_rng([seed, n])
    found = [
        e for e in (kind.draw(rng, n) for _ in range(min(trials, kind.trials))) if e is not None
    ]
    slack = 1e-12
    return Cell(
        coverage=float(np.mean([e.low - slack <= kind.truth <= e.high + slack for e in found])),
        worse=float(
            np.mean([judged(e, higher_is_better=True, margin=0.0) == "worse" for e in found])
        ),
        few=float(np.mean([e.few for e in found])),
        misled=float(np.mean([_misled(e, kind.truth) for e in found])),
        method=max({e.method for e in found}, key=lambda m: sum(e.method == m for e in found)),
    )


def _misled(found: Estimate, truth: float, margin: float = 0.02) -> bool:
    word = judged(found, higher_is_better=True, margin=margin)
    if word == "same":
        return abs(truth) > margin
    return (word == "better" and truth <= 0.0) or (word == "worse" and truth >= 0.0)


def luck(candidates: int, metrics: int, trials: int) -> tuple[float, float]:
    """How often any of some equally good candidates is called better or worse on any metric: as if each were the only
    one, and corrected for all. They share the baseline, 100 samples, margin 0."""
    rng = np.random.default_rng([4, candidates, metrics])
    alone = together = 0
    for _ in range(trials):
        before = rng.normal(0.7, 0.1, (metrics, 100))
        shared = rng.normal(0, 0.05, (metrics, 100))
        told = [
            estimate_paired(
                before[metric], before[metric] + shared[metric] + rng.normal(0, 0.05, 100)
            )
            for metric in range(metrics)
            for _ in range(candidates)
        ]
        found = [e for e in told if e is not None]
        moved = [judged(e, higher_is_better=True, margin=0.0) != "inconclusive" for e in found]
        stand = benjamini_hochberg([e.p for e in found], rate=0.05)
        alone += any(moved)
        together += any(one and bool(other) for one, other in zip(moved, stand, strict=True))
    return alone / trials, together / trials


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
    print(
        "| kind | n | method | coverage | false worse | few | misled |\n|---|---|---|---|---|---|---|"
    )
    for kind in KINDS:
        for n in kind.sizes:
            cell = measure(kind, n, trials)
            worse = f"{cell.worse:.3f}" if kind.truth == 0.0 else "–"
            print(
                f"| {kind.name} | {n} | {cell.method} | {cell.coverage:.3f} | {worse} | {cell.few:.2f} | {cell.misled:.3f} |",
                flush=True,
            )
    print("\n| kind | pilot n | unchanged candidate passes at n_needed |\n|---|---|---|")
    for kind in (k for k in KINDS if k.truth == 0.0 and k.name[:3] in ("0/1", "sco", "gro")):
        print(f"| {kind.name} | 100 | {passing(kind, 100, trials // 2):.3f} |", flush=True)
    print("\n| equal candidates | metrics | any verdict alone | corrected |\n|---|---|---|---|")
    for candidates, metrics in ((2, 1), (3, 3), (5, 10)):
        alone, together = luck(candidates, metrics, trials // 2)
        print(f"| {candidates} | {metrics} | {alone:.3f} | {together:.3f} |", flush=True)
    print("\n| noise alone | n | share of series |\n|---|---|---|")
    for what, n, share in alarms((6, 10, 20, 50, 100, 200), max(200, trials // 4)):
        print(f"| {what} | {n} | {share:.3f} |", flush=True)


if __name__ == "__main__":
    main()
