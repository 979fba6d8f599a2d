"""How a deployment's production telemetry reads."""

from contexta_processor.investigate.deployments.production import DriftIndicator, Production
from contexta_processor.investigate.results import iso
from contexta_processor.surfaces.render.text import count, duration, moment, number
from contexta_processor.surfaces.render.view import Block, Cell, Column, Facts, Line, Table, Text
from contexta_processor.surfaces.views.words import or_dash


def production_blocks(found: Production) -> list[Block]:
    """Figures of requests, what else was heard and when, then each drift indicator against its reference."""
    if not found.heard:
        told = "! no production telemetry was received: no service names this deployment"
        return [Line.of(Cell(told, "warn"))]
    spans = f"{count(found.span_count, 'span')}, {_errors(found.span_errors)}"
    facts: list[tuple[str, Text]] = [
        ("services", ", ".join(found.services) or Cell("–", "dim")),
        ("requests", _requests(found)),
        ("latency", f"p50 {duration(found.p50_ms)}, p95 {duration(found.p95_ms)}"),
        ("spans", spans),
        ("events", f"{count(found.event_count, 'event')}, {_errors(found.event_errors)}"),
        (
            "metrics",
            f"{count(found.metric_points, 'value')} of {count(found.metric_names, 'name')}",
        ),
        (
            "heard of",
            f"{moment(iso(found.first_seen_at))} to {moment(iso(found.last_seen_at))} UTC",
        ),
    ]
    if found.not_live:
        note = f"! {count(found.not_live, 'span')} while it was not live"
        facts.append(("beside", Cell(note, "warn")))
    blocks: list[Block] = [Facts(facts, "Production")]
    if found.drift:
        blocks.append(_drift_table(found.drift))
    return blocks


def _requests(found: Production) -> Text:
    if found.error_rate is None:
        return Cell("–", "dim")
    basis = "server spans" if found.basis == "server" else "root spans"
    rate = f"{number(found.error_rate * 100, 2)} % failed"
    told = f"{found.request_count:,} ({basis}), {found.request_errors:,} failed: {rate}"
    return Cell(told, "warn") if found.request_errors else told


def _errors(amount: int) -> str:
    return count(amount, "error") if amount else "no errors"


def _drift_table(drift: tuple[DriftIndicator, ...]) -> Table:
    columns = (
        Column("INDICATOR"),
        Column("SLICE", optional=2),
        Column("REFERENCE", wrap=True),
        Column("AT REFERENCE", right=True),
        Column("FIRST", right=True, optional=1),
        Column("NOW", right=True),
        Column("Δ", right=True),
        Column("HIGHEST", right=True, optional=3),
        Column("POINTS", right=True, optional=4),
        Column("LAST (UTC)", optional=5),
    )
    rows: list[list[Text]] = [
        [
            f"{each.metric} ({each.aggregation})" if each.aggregation else each.metric,
            or_dash(each.slice),
            each.reference,
            number(each.reference_value),
            number(each.first_value),
            number(each.value),
            number(each.delta),
            number(each.high),
            f"{each.points:,}",
            moment(iso(each.occurred_at)),
        ]
        for each in drift
    ]
    return Table(columns, rows, "Drift indicators")
