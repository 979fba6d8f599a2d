"""How a list of runs reads."""

from contexta_processor.investigate.results import iso
from contexta_processor.investigate.runs import RunList, RunSummary
from contexta_processor.surfaces.render.text import count, duration, moment
from contexta_processor.surfaces.render.view import Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.words import completeness, or_dash, status

COLUMNS = (
    Column("RUN"),
    Column("PROJECT", wrap=True, optional=5),
    Column("NAME", wrap=True, optional=1),
    Column("TYPE", optional=4),
    Column("STATUS"),
    Column("STARTED (UTC)"),
    Column("TOOK", right=True, optional=2),
    Column("STAGES", right=True, optional=3),
    Column("EVIDENCE"),
)


def runs_view(result: RunList) -> View:
    """A table, and how many there are."""
    if not result.runs:
        return View((Line.of("No runs fit."),), next="contexta runs")
    table = Table(_columns(result), [_row(run, _named(result)) for run in result.runs])
    shown = len(result.runs)
    total = count(result.total, "run")
    told = total if shown == result.total else f"{shown:,} of {total} · -n 0 shows all"
    return View((table, Line.of(Cell(told, "dim"))), next=f"contexta show {result.runs[0].run_id}")


def _named(result: RunList) -> bool:
    return any(run.name and run.name != run.run_id for run in result.runs)


def _columns(result: RunList) -> tuple[Column, ...]:
    return tuple(column for column in COLUMNS if column.name != "NAME" or _named(result))


def _row(run: RunSummary, named: bool) -> list[Text]:
    row: list[Text] = [
        Cell(run.run_id, "strong"),
        or_dash(run.project),
        *([or_dash(run.name)] if named else []),
        or_dash(run.run_type),
        status(run.status),
        moment(iso(run.started_at))[:16],
        duration(run.duration_ms),
        stages(run),
        _evidence(run),
    ]
    return row


def _evidence(run: RunSummary) -> Cell:
    whole = completeness(run.completeness, run.degraded_count)
    return Cell(f"✗ tainted, {whole.text[2:]}", "bad") if run.tainted else whole


def stages(run: RunSummary) -> str:
    """`2/3` of the announced stages are done; `2` where none were announced."""
    if run.stages_expected is None:
        return f"{run.stages_done}" if run.stages_seen else "–"
    return f"{run.stages_done}/{run.stages_expected}"
