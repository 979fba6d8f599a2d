"""How deployments read."""

from contexta_processor.investigate.deployments import Deployment, DeploymentList
from contexta_processor.investigate.results import iso
from contexta_processor.surfaces.render.text import moment
from contexta_processor.surfaces.render.view import (
    Block,
    Cell,
    Column,
    Facts,
    Line,
    Table,
    Text,
    View,
)
from contexta_processor.surfaces.views.words import or_dash, status


def deployments_view(result: DeploymentList) -> View:
    """A table by environment; `live` marks what is active."""
    if not result.deployments:
        return View((Line.of("No deployment is recorded."),), next="contexta runs")
    columns = (
        Column("DEPLOYMENT"),
        Column("ENVIRONMENT"),
        Column("STATUS"),
        Column("LIVE"),
        Column("COMPLETED (UTC)", optional=1),
        Column("ARTIFACT", wrap=True),
        Column("RUN", wrap=True, optional=2),
        Column("REPORT", wrap=True, optional=3),
    )
    table = Table(columns, [_row(item) for item in result.deployments])
    return View((table,), next=f"contexta deployments {result.deployments[0].deployment_id}")


def _row(item: Deployment) -> list[Text]:
    return [
        Cell(item.deployment_id, "strong"),
        or_dash(item.environment),
        status(item.status),
        Cell("● live", "good") if item.active else Cell("–", "dim"),
        moment(iso(item.completed_at)),
        or_dash(item.promoted_artifact),
        or_dash(item.source_run),
        or_dash(item.supporting_report),
    ]


def deployment_view(item: Deployment) -> View:
    """What is deployed, on whose word, and what it would be rolled back to."""
    head = Line.of(Cell(item.deployment_id, "strong"), "  ", status(item.status), _live(item))
    facts: list[tuple[str, Text]] = [
        ("environment", or_dash(item.environment)),
        ("started", moment(iso(item.started_at))),
        ("completed", moment(iso(item.completed_at))),
        ("artifact", item.promoted_artifact or _missing("which artifact runs there is not known")),
        ("source run", item.source_run or _missing("the run it came from is not known")),
        ("report", item.supporting_report or _missing("no supporting report is recorded")),
        ("approved by", item.approved_by or _missing("nobody is recorded as approving it")),
        ("roll back to", item.previous or Cell("nothing was live before", "dim")),
    ]
    blocks: list[Block] = [head, Facts(facts)]
    if item.checks:
        rows: list[list[Text]] = [[name, status(item.checks[name])] for name in sorted(item.checks)]
        blocks.append(Table((Column("CHECK", wrap=True), Column("RESULT")), rows))
    else:
        blocks.append(Line.of(_missing("no check is recorded")))
    return View(tuple(blocks), next=f"contexta lineage {item.deployment_id} --up")


def _live(item: Deployment) -> Text:
    if item.active:
        return Cell(f"  ● live since {moment(iso(item.active_from))} UTC", "good")
    if item.active_from is not None:
        return Cell(f"  was live until {moment(iso(item.active_until))} UTC", "dim")
    return Cell("  never live", "dim")


def _missing(text: str) -> Cell:
    return Cell(f"! {text}", "warn")
