"""The comparison in one word and one sentence, counted from its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contexta_processor.investigate.compare.metrics import (
    VERDICTS,
    MetricDelta,
    Verdict,
    distinct,
)

Tally = Mapping[Verdict, int]

_WORDS = {"no_direction": "without a direction", "not_comparable": "not comparable"}
_DECIDED: tuple[Verdict, ...] = ("worse", "better")
_PRECEDENCE: tuple[Verdict, ...] = ("worse", "better", "inconclusive", "same", "no_direction")
_KNOWN = ("complete", "unknown", "partial", "absent")


@dataclass(frozen=True)
class Overall:
    """counts: figures over whole runs and stages; slices: those over slices (exploratory). A figure that was reported
    and is made of the samples at hand counts once. evidence: that of the least complete run. runs: how many there are
    a side, where that is more than one."""

    word: Verdict
    counts: Tally
    slices: Tally
    paired: int
    samples: int
    evidence: str
    runs: tuple[int, int] | None = None

    @property
    def sentence(self) -> str:
        """`WORSE: 3 worse, 1 better · 500 of 500 samples paired · evidence partial`."""
        parts = [told(self.counts) or "no figure"]
        decided: Tally = {key: self.slices[key] for key in _DECIDED if key in self.slices}
        if self.slices:
            moved = told(decided) or "none moved"
            parts.append(f"of {sum(self.slices.values()):,} figures by slice {moved}")
        if self.runs:
            parts.append(f"{self.runs[0]} and {self.runs[1]} runs")
        if self.samples:
            parts.append(f"{self.paired:,} of {self.samples:,} samples paired")
        parts.append(f"evidence {self.evidence}")
        return f"{_WORDS.get(self.word, self.word).upper()}: {' · '.join(parts)}"

    def to_dict(self) -> dict[str, object]:
        """`comparison.overall`."""
        return {
            "verdict": self.word,
            "sentence": self.sentence,
            "figures": dict(self.counts),
            "figures_total": sum(self.counts.values()),
            "slices": dict(self.slices),
            "slices_total": sum(self.slices.values()),
            "evidence": self.evidence,
        }


def overall(
    figures: Sequence[MetricDelta],
    *,
    evidence: Iterable[str],
    paired: int,
    samples: int,
    broken: bool,
    runs: tuple[int, int] | None = None,
) -> Overall:
    """One verdict for all: worse if anything is, better if nothing is worse, and so on down to not comparable.

    A figure that got worse is never outvoted, be it of one slice. broken: part of the two runs may not be compared
    at all; then what is left proves nothing good. Nor does it while the candidate lacks a figure the baseline has,
    or has lost on one by more than its margin, undecided. evidence: the completeness of every run.
    """
    counted = distinct(figures)
    counts = tally(each for each in counted if each.slice is None)
    slices = tally(each for each in counted if each.slice is not None)
    decided: set[Verdict] = {*counts, *(["worse"] if "worse" in slices else [])}
    word: Verdict = "not_comparable"
    for each in reversed(_PRECEDENCE):
        word = each if each in decided else word
    if word != "worse" and broken:
        word = "not_comparable"
    elif word in ("better", "same") and any(map(_unsettled, counted)):
        word = "inconclusive"
    worst = max(evidence, key=_KNOWN.index)
    return Overall(word, counts, slices, paired, samples, worst, runs)


def _unsettled(figure: MetricDelta) -> bool:
    lost = figure.verdict == "inconclusive" and figure.losing and figure.beyond_margin
    return figure.missing_side == "candidate" or (lost and figure.slice is None)


def tally(figures: Iterable[MetricDelta]) -> Tally:
    """How many figures have which verdict, in the order of VERDICTS; none are left out."""
    found = [each.verdict for each in figures]
    return {verdict: found.count(verdict) for verdict in VERDICTS if verdict in found}


def told(counts: Tally) -> str:
    """`3 worse, 1 better`."""
    return ", ".join(f"{count:,} {_WORDS.get(word, word)}" for word, count in counts.items())
