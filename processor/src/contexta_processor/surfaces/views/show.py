"""How one run reads: a page that says what ran, what came out, what failed, and what is missing."""

from collections.abc import Iterator

from contexta_processor.investigate.results import Row, iso
from contexta_processor.investigate.show import RunShown
from contexta_processor.surfaces.render.text import count, duration, moment, number
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.artifacts import artifact_table
from contexta_processor.surfaces.views.environment import environment_facts
from contexta_processor.surfaces.views.lineage import relation_table, taint_words
from contexta_processor.surfaces.views.pivot import by_slice
from contexta_processor.surfaces.views.samples import sample_table
from contexta_processor.surfaces.views.words import completeness, or_dash, severity, status

LAYERS = (
    "execution_context",
    "record_families",
    "granularity_units",
    "artifact_evidence",
    "reproducibility_context",
    "relationship_tracing",
    "operational_outcome",
    "investigation_and_interpretation",
)
"""From what ran over what became of it to how it is read."""

_METRICS_SHOWN = 40
_EDGES_SHOWN = 12


def show_view(shown: RunShown) -> View:
    """Sections that have something in them, and last what is missing."""
    return View(tuple(_blocks(shown)), next=_next(shown))


def _blocks(shown: RunShown) -> Iterator[Block]:
    yield from _head(shown)
    yield _stages(shown)
    yield from _metrics(shown)
    if shown.failed.failed_total:
        yield sample_table(
            shown.failed,
            title=f"Failed samples: {shown.failed.failed_total:,} of {shown.counts['samples']:,}",
        )
    if shown.artifacts.produced or shown.artifacts.consumed:
        yield artifact_table(shown.artifacts, title="Artifacts")
    if shown.relationships:
        yield relation_table(shown.relationships[:_EDGES_SHOWN], title="Lineage")
        if len(shown.relationships) > _EDGES_SHOWN:
            yield _dim(f"and {len(shown.relationships) - _EDGES_SHOWN} more")
    facts = environment_facts(shown.environment, packages=6, title="Environment")
    if facts.items:
        yield facts
    yield from _evidence(shown)


def _head(shown: RunShown) -> Iterator[Block]:
    run = shown.run
    took = f" in {duration(run.duration_ms)}" if run.duration_ms is not None else ""
    named = f"  {run.name}" if run.name and run.name != run.run_id else ""
    yield Line.of(Cell(run.run_id, "strong"), named, "  ", status(run.status), took)
    told = [
        run.project,
        run.run_type,
        f"started {moment(iso(run.started_at))} UTC" if run.started_at is not None else None,
        f"attempt {run.attempt}" if run.attempt and run.attempt > 1 else None,
        f"part of {run.parent_run_id}" if run.parent_run_id else None,
        run.service_name,
    ]
    yield _dim(" · ".join(text for text in told if text))
    if run.tainted is not None:
        yield Line.of(Cell(taint_words(run.tainted), "bad"))
    if run.tags:
        yield _dim("tags " + "  ".join(f"{key}={run.tags[key]}" for key in sorted(run.tags)))


def _stages(shown: RunShown) -> Block:
    if not shown.stages and not shown.run.missing_stages:
        running = shown.run.status == "running"
        return _dim("No stage is known yet." if running else "No stage was opened.")
    rows: list[list[Text]] = [
        [
            row["stage"] if (row["attempt"] or 1) == 1 else f"{row['stage']} #{row['attempt']}",
            status(row["status"]),
            moment(iso(row["started_at"]))[11:] or "–",
            duration(row["duration_ms"]),
            f"{row['operation_count']:,}" if row["operation_count"] else Cell("–", "dim"),
            _stage_notes(row),
        ]
        for row in shown.stages
    ]
    rows += [
        [stage, Cell("! never seen", "warn"), "–", "–", Cell("–", "dim"), "announced by the run"]
        for stage in shown.run.missing_stages
    ]
    columns = (
        Column("STAGE", wrap=True),
        Column("STATUS"),
        Column("STARTED", right=True),
        Column("TOOK", right=True),
        Column("OPERATIONS", right=True, optional=1),
        Column("NOTES", wrap=True),
    )
    return Table(columns, rows)


def _stage_notes(row: Row) -> Text:
    notes: list[str] = []
    if row["degraded_count"]:
        notes.append(f"! {row['degraded_count']} degraded")
    if row["failed_operation_count"]:
        notes.append(f"✗ {count(row['failed_operation_count'], 'operation')} failed")
    if row["completeness"] == "partial":
        notes.append("known only in part")
    return Cell(" · ".join(notes), "warn")


def _metrics(shown: RunShown) -> Iterator[Block]:
    metrics = [row for row in shown.metrics if row["scope"] != "sample"]
    if metrics:
        yield by_slice(metrics[:_METRICS_SHOWN], title="Metrics", value="value")
        if len(metrics) > _METRICS_SHOWN:
            yield _dim(f"and {len(metrics) - _METRICS_SHOWN} more")
    if shown.scores:
        title = f"Scores, mean over {count(shown.counts['samples'], 'sample')}"
        yield by_slice(shown.scores, title=title, value="mean")


def _evidence(shown: RunShown) -> Iterator[Block]:
    yield Line.of(
        Cell("Evidence  ", "strong"),
        completeness(shown.run.completeness),
        Cell(_producers(shown), "dim"),
    )
    if shown.completeness:
        columns = (Column("LAYER"), Column("STATUS"), Column("WHY", wrap=True))
        yield Table(
            columns,
            [
                [
                    row["layer"].replace("_", " "),
                    completeness(row["status"]),
                    or_dash(row["detail"]),
                ]
                for row in sorted(shown.completeness, key=_place)
            ],
        )
    if shown.degraded:
        columns = (
            Column("DEGRADED"),
            Column("STAGE", wrap=True),
            Column("REASON", wrap=True),
            Column("DETAIL", wrap=True),
            Column("TOLD BY", optional=1),
        )
        yield Table(columns, [_marker(row) for row in shown.degraded])


def _place(row: Row) -> tuple[int, str]:
    layer: str = row["layer"]
    return (LAYERS.index(layer) if layer in LAYERS else len(LAYERS), layer)


def _marker(row: Row) -> list[Text]:
    detail = [text for text in (row["subject"], row["detail"], _counts(row)) if text]
    if row["remedy"]:
        detail.append(f"→ {row['remedy']}")
    return [
        severity(row["severity"]),
        or_dash(row["stage"]),
        row["reason"],
        or_dash(" · ".join(detail)),
        or_dash(row["detected_by"]),
    ]


def _counts(row: Row) -> str:
    observed, expected = row["observed_count"], row["expected_count"]
    if expected is None:
        return "" if observed is None else f"{observed:,} affected"
    return f"{number(observed)} of {expected:,}"


def _producers(shown: RunShown) -> str:
    if not shown.producers:
        return "  no producer numbered what it sent, so loss cannot be excluded"
    received = sum(row["received_count"] for row in shown.producers)
    missing = sum(row["missing_count"] or 0 for row in shown.producers)
    dropped = sum(row["dropped_count"] or 0 for row in shown.producers)
    still = sum(not row["closed"] for row in shown.producers)
    words = [
        f"{count(received, 'item')} from {count(len(shown.producers), 'process', 'processes')}"
    ]
    words.append(f"{missing:,} missing" if missing else "none missing")
    if dropped:
        words.append(f"{dropped:,} dropped before sending")
    if still:
        words.append(f"{still} not closed")
    return "  " + ", ".join(words)


def _next(shown: RunShown) -> str:
    run = shown.run.run_id
    if shown.failed.failed_total:
        return f"contexta samples {run} --failed"
    if shown.run.status != "completed" or shown.run.completeness != "complete":
        return f"contexta diagnose {run}"
    return f"contexta records {run}"


def _dim(text: str) -> Line:
    return Line.of(Cell(text, "dim"))
