"""How the history of a sample reads: when it broke and what differs there, then run by run."""

from contexta_processor.investigate.results import iso
from contexta_processor.investigate.samples.history import Appearance, SampleHistory, Standing
from contexta_processor.surfaces.render.text import count, number
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.samples import short
from contexta_processor.surfaces.views.words import or_dash, status

_SCORES_SHOWN = 4
_DIFFERENCES_SHOWN = 8


def history_view(result: SampleHistory) -> View:
    """One sentence per stage it is judged in, what differs where it broke, and a row per run."""
    blocks: list[Block] = []
    several = len(result.standings) > 1
    for each in result.standings:
        where = f"{each.run_type or 'runs'}, stage {each.stage or '–'}: " if several else ""
        blocks += [_sentence(where, each), *_gap(each), *_differences(each)]
    if len(result.appearances) < result.total:
        told = f"the newest {len(result.appearances):,} of {result.total:,} · -n 0 shows all"
        blocks.append(Line.of(Cell(told, "dim")))
    blocks.append(_table(result))
    broke = next(
        (each for each in result.standings if each.state == "failing" and each.before), None
    )
    after = "" if broke is None else f"contexta compare {_run(broke.before)} {_run(broke.since)}"
    return View(tuple(blocks), next=after)


def _run(each: Appearance | None) -> str:
    return "–" if each is None else each.run_id


def _called(each: Appearance) -> str:
    return f"{each.name} ({each.run_id})" if each.name else each.run_id


def _sentence(where: str, each: Standing) -> Line:
    if each.since is None:
        return Line.of(where, Cell("? no run says whether it passed", "dim"))
    streak = count(each.streak, "run")
    since = f"since {_called(each.since)}, {streak}"
    if each.state == "passing":
        tail = "" if each.before is None else f"; failed last in {_called(each.before)}"
        return Line.of(where, Cell("✓ passing", "good"), f" {since}{tail}")
    tail = (
        "; never seen to pass before"
        if each.before is None
        else f"; passed last in {_called(each.before)}"
    )
    return Line.of(where, Cell("✗ failing", "bad"), f" {since}{tail}")


def _gap(each: Standing) -> list[Block]:
    if not each.unjudged:
        return []
    told = f"! {count(each.unjudged, 'run')} of these did not judge it"
    if each.gap:
        told += f", {each.gap:,} before the turn: it may have happened there"
    return [Line.of(Cell(told, "warn"))]


def _differences(each: Standing) -> list[Block]:
    if not each.differences or each.before is None:
        return []
    columns = (
        Column("CAUSE"),
        Column("KEY", wrap=True),
        Column(_heading(each.before), wrap=True),
        Column(_heading(each.since), wrap=True),
    )
    rows: list[list[Text]] = [
        [one.cause, one.key, or_dash(one.baseline), or_dash(one.candidate)]
        for one in each.differences[:_DIFFERENCES_SHOWN]
    ]
    title = "What differs where it broke; none of it is shown to be the cause"
    blocks: list[Block] = [Table(columns, rows, title)]
    more = len(each.differences) - _DIFFERENCES_SHOWN
    return [*blocks, Line.of(Cell(f"{more:,} more: --json has all", "dim"))] if more > 0 else blocks


def _heading(each: Appearance | None) -> str:
    return "–" if each is None else each.name or each.run_id


def _table(result: SampleHistory) -> Table:
    names = result.score_names()[:_SCORES_SHOWN]
    columns = (
        Column("STARTED", optional=2),
        Column("RUN"),
        Column("NAME", wrap=True, optional=4),
        Column("STAGE", wrap=True, optional=5),
        Column("STATUS"),
        *(Column(name, right=True, wrap=True) for name in names),
        Column("FAILURE TAGS", wrap=True, optional=1),
        Column("OUTPUT", wrap=True, optional=3),
    )
    return Table(columns, [_row(each, names) for each in result.appearances])


def _row(each: Appearance, names: tuple[str, ...]) -> list[Text]:
    return [
        (iso(each.occurred_at) or "–").partition(".")[0].removesuffix("Z"),
        each.run_id,
        or_dash(each.name),
        or_dash(each.stage),
        status(each.status) if each.present else Cell(_absent(each), "warn"),
        *(number(each.scores.get(name)) for name in names),
        or_dash(", ".join(each.failure_tags)),
        Cell("(redacted)", "dim") if each.redacted else or_dash(short(each.output_summary)),
    ]


def _absent(each: Appearance) -> str:
    return "! not in this run" if each.has_samples else "! no samples at all"
