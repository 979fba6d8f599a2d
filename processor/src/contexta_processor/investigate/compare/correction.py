"""Many questions at once: which verdicts still stand among all that were asked?

Slices are explored; several candidates are several chances to find one better or worse. Either way p becomes q,
by Benjamini and Hochberg, and a verdict that q does not carry is withheld. Figures that history judges have no p:
their intervals are made wider instead (`reported`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from contexta_processor.investigate.compare.metrics import MetricDelta

SLICE_RATE = 0.10
"""How many of the slices called better or worse may be so by chance."""

Figures = tuple[MetricDelta, ...]
_Place = tuple[int, int]


@dataclass(frozen=True)
class Correction:
    """What was done about asking several times.

    rate: how many of the whole figures called better or worse may be so by chance. figures: those with a p, over
    all candidates. withheld: verdicts that did not stand.
    """

    candidates: int
    figures: int
    rate: float
    withheld: int

    @property
    def sentence(self) -> str:
        """`corrected for 6 figures of 2 candidates (Benjamini–Hochberg, 5 %): 1 verdict withheld`."""
        count = "1 verdict" if self.withheld == 1 else f"{self.withheld or 'no'} verdicts"
        return (
            f"corrected for {self.figures} figures of {self.candidates} candidates "
            f"(Benjamini–Hochberg, {100 * self.rate:.3g} %): {count} withheld"
        )

    def to_dict(self) -> dict[str, object]:
        """`correction` of several candidates."""
        return {
            "method": "Benjamini–Hochberg",
            "candidates": self.candidates,
            "figures": self.figures,
            "rate": self.rate,
            "withheld": self.withheld,
        }


def corrected(figures: Sequence[MetricDelta]) -> Figures:
    """One comparison, its slices as the many questions they are; its whole figures are what was asked."""
    found = [list(figures)]
    _adjust(found, _of_slice, SLICE_RATE, lambda _: "so many slices")
    return tuple(found[0])


def corrected_together(
    comparisons: Sequence[Sequence[MetricDelta]], *, rate: float
) -> tuple[tuple[Figures, ...], Correction]:
    """Several candidates: whole figures, and slices, each as one family over all of them.

    rate: for whole figures. With one candidate they stay as they are.
    """
    found = [list(figures) for figures in comparisons]
    _adjust(found, _of_slice, SLICE_RATE, lambda _: "so many slices")
    asked, several = 0, len(found) > 1
    if several:
        among = f"figures of {len(found)} candidates"
        asked = _adjust(found, _of_whole, rate, lambda count: f"{count} {among}")
    withheld = sum(
        after.verdict != before.verdict and after.slice is None
        for figures, told in zip(comparisons, found, strict=True)
        for before, after in zip(figures, told, strict=True)
    )
    return tuple(map(tuple, found)), Correction(len(found), asked, rate, withheld)


def _of_slice(figure: MetricDelta) -> bool:
    return figure.slice is not None


def _of_whole(figure: MetricDelta) -> bool:
    """What has no direction is never called better or worse, and is not asked."""
    return figure.slice is None and figure.higher_is_better is not None


def _adjust(
    found: list[list[MetricDelta]],
    chosen: Callable[[MetricDelta], bool],
    rate: float,
    among: Callable[[int], str],
) -> int:
    """Give the chosen figures their q, in place; figures that repeat a sample score are not asked again, and
    share its q. Returns how many were asked."""
    places: list[_Place] = [
        (which, index)
        for which, figures in enumerate(found)
        for index, each in enumerate(figures)
        if chosen(each) and each.p is not None and not each.repeats
    ]
    if not places:
        return 0
    from contexta_processor.investigate.statistics.multiplicity import benjamini_hochberg

    answers = benjamini_hochberg([found[which][index].p for which, index in places], rate=rate)
    q_of = {place: answer.q for place, answer in zip(places, answers, strict=True)}
    for which, figures in enumerate(found):
        shared = {
            (each.name, each.slice, each.p): q_of[which, index]
            for index, each in reversed(list(enumerate(figures)))
            if (which, index) in q_of
        }
        for index, each in enumerate(figures):
            q = q_of.get((which, index))
            if each.repeats and chosen(each):
                q = shared.get((each.repeats, each.slice, each.p))
            if q is not None:
                figures[index] = _judged_again(each, q, rate, among(len(places)))
    return len(places)


def _judged_again(figure: MetricDelta, q: float, rate: float, among: str) -> MetricDelta:
    q = float(f"{q:.6g}")
    told = replace(figure, q=q)
    if figure.verdict not in ("better", "worse") or q <= rate:
        return told
    return replace(
        told, verdict="inconclusive", withheld=f"may be chance among {among} (q {q:.2g})"
    )
