"""Several candidates beside one baseline: a matrix first, then the sentence of each."""

import shlex

from contexta_processor.investigate.compare.metrics import MetricDelta, distinct
from contexta_processor.investigate.compare.several import Comparisons, MatrixRow, place_of
from contexta_processor.investigate.compare.sides.result import SideComparison
from contexta_processor.surfaces.render.text import number
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.compare.figures import VERDICTS
from contexta_processor.surfaces.views.compare.prose import verdict_line
from contexta_processor.surfaces.views.words import or_dash


def comparisons_view(result: Comparisons) -> View:
    """Metric by run with a mark of the verdict, then every candidate's own sentence and its command."""
    kept = {place_of(each) for one in result.comparisons for each in distinct(one.metrics)}
    rows = [row for row in result.matrix if row.place in kept]
    columns = (
        Column("METRIC", wrap=True), Column("SCOPE", optional=1), Column("STAGE", wrap=True, optional=1),
        Column("SLICE", wrap=True), Column(result.baseline_run, right=True),
        *(Column(run, right=True) for run in result.candidates),
    )  # fmt: skip
    blocks: list[Block] = [Table(columns, [_row(row) for row in rows], title="Metrics by run")]
    legend = " · ".join(f"{mark.strip()}" for mark, _ in VERDICTS.values())
    blocks.append(Line.of(Cell(legend, "dim")))
    if len(result.candidates) > 1:
        blocks.append(Line.of(Cell(result.correction.sentence, "dim")))
    for each in result.comparisons:
        told = each.told if isinstance(each, SideComparison) else each
        command = shlex.join(["contexta", "compare", each.baseline_run, each.candidate_run])
        blocks += [
            Line.of(Cell(each.candidate_run, "strong")),
            verdict_line(told),
            Line.of("  ", Cell(command, "dim", command=True)),
        ]
    return View(tuple(blocks))


def _row(row: MatrixRow) -> list[Text]:
    name, scope, stage, operation, slice_, aggregation = row.place
    plain = aggregation in (None, "mean", "last") or name.endswith(f"_{aggregation}")
    text = name if plain else f"{name} ({aggregation})"
    unit = f" [{row.unit}]" if row.unit and row.unit != "1" else ""
    return [
        Cell(f"{text}{unit}", "strong"),
        scope,
        or_dash(operation or stage),
        or_dash(slice_),
        number(row.baseline),
        *(_cell(each) for each in row.figures),
    ]


def _cell(each: MetricDelta | None) -> Text:
    if each is None:
        return number(None)
    mark, tone = VERDICTS[each.verdict]
    return Cell(f"{number(each.candidate)} {mark[0]}", tone)
