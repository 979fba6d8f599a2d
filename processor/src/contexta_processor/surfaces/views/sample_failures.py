"""How failures by tag, slice and batch read, and the worst samples of a score."""

from shlex import quote

from contexta_processor.investigate.samples.groups import Group, SampleGroups
from contexta_processor.investigate.samples.sample import Sample
from contexta_processor.investigate.samples.worst import WorstSamples
from contexta_processor.surfaces.render.text import count, number
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.samples import short
from contexta_processor.surfaces.views.words import or_dash, status

_NONE = {"tag": "(failed without a tag)", "slice": "(in no slice)", "batch": "(in no batch)"}


def groups_view(result: SampleGroups) -> View:
    """A line about all samples, and a row per group, most failures first."""
    whole = result.whole
    if not whole.samples:
        return View((Line.of("No samples fit."),), next=f"contexta show {result.run_id}")
    told = f"{count(whole.samples, 'sample')}, {whole.failed:,} failed, {whole.passed:,} passed"
    told += f", {whole.skipped:,} skipped" if whole.skipped else ""
    told += f", of {whole.unknown:,} it is not known how they ended" if whole.unknown else ""
    columns = (
        Column(result.by.upper(), wrap=True),
        Column("SAMPLES", right=True),
        Column("FAILED", right=True),
        Column("RATE" if result.by != "tag" else "OF JUDGED", right=True),
        Column("PASSED", right=True, optional=2),
        Column("SKIPPED", right=True, optional=3),
        Column("UNKNOWN", right=True, optional=3),
        Column("FOR EXAMPLE", wrap=True, optional=1),
    )
    named = next((each.named for each in result.groups if each.named and each.failed), None)
    narrowed = f" --{result.by} {quote(named)}" if named and result.by != "batch" else ""
    return View(
        (
            Line.of(told),
            Table(columns, [_group(each, _NONE[result.by]) for each in result.groups]),
            *_overlap(result),
        ),
        next=f"contexta samples {result.run_id} --failed{narrowed}",
    )


def _group(each: Group, none: str) -> list[Text]:
    return [
        Cell(none, "dim") if each.named is None else each.named,
        f"{each.samples:,}",
        Cell(f"{each.failed:,}", "bad" if each.failed else "plain"),
        percent(each.rate),
        f"{each.passed:,}",
        f"{each.skipped:,}",
        f"{each.unknown:,}",
        or_dash(", ".join(each.examples)),
    ]


def _overlap(result: SampleGroups) -> list[Block]:
    if sum(each.samples for each in result.groups) <= result.whole.samples:
        return []
    return [Line.of(Cell(f"a sample may have several {result.by}s: the rows add up to more than the samples", "dim"))]  # fmt: skip


def percent(rate: float | None) -> str:
    """A share from 0 to 1 as `12.5 %`, or a dash."""
    return number(None) if rate is None else f"{100 * rate:.1f} %"


def worst_view(result: WorstSamples) -> View:
    """The samples, worst first, with what was asked, told and expected."""
    columns = (
        Column(result.score, right=True, wrap=True),
        Column("SAMPLE"),
        Column("SLICE", wrap=True, optional=3),
        Column("STATUS", optional=2),
        Column("FAILURE TAGS", wrap=True, optional=1),
        Column("INPUT", wrap=True),
        Column("OUTPUT", wrap=True),
        Column("EXPECTED", wrap=True, optional=4),
    )
    told = f"{len(result.ranked):,} of {count(result.scored, 'scored sample')} · {result.order}: {result.why}"
    doubts = [f"{result.not_a_number:,} scored NaN, which has no order"] * bool(result.not_a_number)
    doubts += [f"{result.unscored:,} without this score"] * bool(result.unscored)
    blocks: list[Block] = [Line.of(told)]
    blocks += [Line.of(Cell(f"! not ranked: {', '.join(doubts)}", "warn"))] if doubts else []
    blocks += [Table(columns, [_worst(*each) for each in result.ranked])] if result.ranked else []
    return View(tuple(blocks))


def _worst(each: Sample, value: float) -> list[Text]:
    hidden = Cell("(redacted)", "dim")
    texts = (each.input_summary, each.output_summary, each.expected_summary)
    return [
        number(value),
        each.sample_id,
        or_dash(each.slice),
        status(each.status or ("failed" if each.failed else None)),
        or_dash(", ".join(each.failure_tags)),
        *(hidden if each.redacted else or_dash(short(text)) for text in texts),
    ]
