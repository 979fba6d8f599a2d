"""How samples against another run read: counts first, then each outcome's samples."""

from itertools import groupby

from contexta_processor.investigate.samples.against import Outcome, SampleChange, SamplesAgainst
from contexta_processor.investigate.samples.regression_set import RegressionSet
from contexta_processor.surfaces.render.text import count, number
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.compare.numbers import signed
from contexta_processor.surfaces.views.samples import short
from contexta_processor.surfaces.views.words import or_dash

_SCORES_SHOWN = 3
_WORDS: dict[Outcome, str] = {
    "broke": "broke",
    "fixed": "fixed",
    "same_passed": "passed in both",
    "same_failed": "failed in both",
    "only_baseline": "only in the baseline",
    "only_candidate": "only in the candidate",
    "skipped": "skipped by the candidate",
    "undecided": "without a status on a side",
}


def against_view(result: SamplesAgainst) -> View:
    """Counts of every outcome, doubts, then a table per outcome listed."""
    told = [
        f"{result.counts[name]:,} {word}"
        for name, word in _WORDS.items()
        if result.counts.get(name)
    ]
    blocks: list[Block] = [
        Line.of(f"{result.baseline} → {result.candidate}"),
        Line.of(" · ".join(told) or "No samples fit."),
    ]
    blocks += [
        Line.of(Cell(f"! samples of {run} may be missing here: {detail}", "warn"))
        for run, detail in result.partial.items()
    ]  # fmt: skip
    for outcome, samples in groupby(result.samples, key=_outcome):
        blocks.append(_table(outcome, list(samples)))
    if len(result.samples) < result.total:
        cut = f"{len(result.samples):,} of {count(result.total, 'sample')} · -n 0 shows all"
        blocks.append(Line.of(Cell(cut, "dim")))
    return View(tuple(blocks), next=f"contexta compare {result.baseline} {result.candidate}")


def regression_set_view(result: RegressionSet) -> View:
    """The comparison it was made of."""
    return against_view(result.against)


def _table(outcome: Outcome, samples: list[SampleChange]) -> Table:
    names = sorted({name for each in samples for name in each.deltas or _scores(each)})
    names = names[:_SCORES_SHOWN]
    columns = (
        Column(_WORDS[outcome].upper(), wrap=True),
        Column("SLICES", wrap=True),
        *(Column(name, right=True, wrap=True) for name in names),
        Column("FAILURE TAGS", wrap=True, optional=1),
        Column("INPUT", wrap=True, optional=3),
        Column("BASE OUTPUT", wrap=True, optional=2),
        Column("CAND OUTPUT", wrap=True, optional=2),
    )
    rows = [_row(each, names) for each in samples]
    kept = [
        index
        for index in range(len(columns))
        if index == 0 or any(_text(row[index]) != "–" for row in rows)
    ]
    return Table(tuple(columns[i] for i in kept), [[row[i] for i in kept] for row in rows])


def _row(each: SampleChange, names: list[str]) -> list[Text]:
    tags = each.candidate.failure_tags if each.candidate else ()
    return [
        each.sample_id,
        or_dash(" & ".join(each.slices)),
        *(_score(each, name) for name in names),
        or_dash(", ".join(tags)),
        Cell("(redacted)", "dim") if each.redacted else or_dash(short(each.input_summary)),
        *(_output(side) for side in (each.baseline, each.candidate)),
    ]


def _output(side: object) -> Text:
    if getattr(side, "redacted", False):
        return Cell("(redacted)", "dim")
    return or_dash(short(getattr(side, "output_summary", None)))


def _scores(each: SampleChange) -> dict[str, float]:
    return {
        name: value
        for side in (each.baseline, each.candidate)
        if side
        for name, value in side.scores.items()
    }


def _score(each: SampleChange, name: str) -> Text:
    before = each.baseline.scores.get(name) if each.baseline else None
    after = each.candidate.scores.get(name) if each.candidate else None
    if before is None and after is None:
        return Cell("–", "dim")
    if before is None or after is None:
        return f"{number(before)} → {number(after)}"
    return f"{number(before)} → {number(after)} ({signed(each.deltas[name])})"


def _outcome(each: SampleChange) -> Outcome:
    return each.outcome


def _text(text: Text) -> str:
    return text.text if isinstance(text, Cell) else text
