"""How samples read."""

from contexta_processor.investigate.samples.listing import Samples
from contexta_processor.investigate.samples.sample import Sample
from contexta_processor.surfaces.render.text import count, number
from contexta_processor.surfaces.render.view import Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.words import or_dash, status

_SCORES_SHOWN = 4
_TEXT_SHOWN = 72
_MISSING_SHOWN = 10


def samples_view(result: Samples) -> View:
    """A table of samples, and how many failed."""
    missing = missing_line(result)
    if not result.samples:
        return View((*missing, Line.of("No samples fit.")), next=f"contexta show {result.run_id}")
    told = count(result.total, "sample") + f", {result.failed_total:,} failed"
    if len(result.samples) < result.total:
        told = f"{len(result.samples):,} of {told} · -n 0 shows all"
    return View((sample_table(result), *missing, Line.of(Cell(told, "dim"))))


def missing_line(result: Samples) -> tuple[Line, ...]:
    """Samples that were asked for and that the run doesn't know."""
    if not result.missing:
        return ()
    shown = ", ".join(result.missing[:_MISSING_SHOWN])
    more = len(result.missing) - _MISSING_SHOWN
    told = f"! {count(len(result.missing), 'sample')} asked for and not in the run: {shown}"
    return (Line.of(Cell(f"{told} and {more:,} more" if more > 0 else told, "warn")),)


def sample_table(result: Samples, *, title: str = "") -> Table:
    """Samples with the first few scores a column each."""
    names = result.score_names()[:_SCORES_SHOWN]
    columns = (
        Column("SAMPLE"),
        Column("STAGE", wrap=True, optional=4),
        Column("BATCH", wrap=True, optional=5),
        Column("SLICE", wrap=True),
        Column("STATUS", optional=2),
        *(Column(name, right=True, wrap=True) for name in names),
        Column("FAILURE TAGS", wrap=True, optional=1),
        Column("INPUT", wrap=True, optional=3),
    )
    rows = [_row(sample, names) for sample in result.samples]
    kept = [
        index
        for index, column in enumerate(columns)
        if column.name == "SAMPLE" or any(_says(row[index]) for row in rows)
    ]
    return Table(
        tuple(columns[index] for index in kept), [[row[i] for i in kept] for row in rows], title
    )


def _row(sample: Sample, names: tuple[str, ...]) -> list[Text]:
    return [
        sample.sample_id,
        or_dash(sample.stage),
        or_dash(sample.batch_id),
        or_dash(sample.slice),
        status(sample.status or ("failed" if sample.failed else None)),
        *(_score(sample.scores.get(name)) for name in names),
        or_dash(", ".join(sample.failure_tags)),
        Cell("(redacted)", "dim") if sample.redacted else or_dash(short(sample.input_summary)),
    ]


def _score(value: float | None) -> Text:
    return Cell("–", "dim") if value is None else number(value)


def short(text: str | None) -> str | None:
    """Captured text cut to what a table cell holds, with a mark."""
    if text is None or len(text) <= _TEXT_SHOWN:
        return text
    return text[: _TEXT_SHOWN - 1] + "…"


def _says(text: Text) -> bool:
    return (text.text if isinstance(text, Cell) else text) not in ("–", "? unknown")
