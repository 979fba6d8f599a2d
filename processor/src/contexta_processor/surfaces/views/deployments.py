"""How deployments read."""

from contexta_processor.investigate.deployments.deployments import Deployment, DeploymentList
from contexta_processor.investigate.deployments.live_at import Live, LiveAt
from contexta_processor.investigate.deployments.promotions import Promotion
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
from contexta_processor.surfaces.views.lineage import taint_words
from contexta_processor.surfaces.views.production import production_blocks
from contexta_processor.surfaces.views.words import or_dash, status


def deployments_view(result: DeploymentList) -> View:
    """A table by environment, `live` marking what is active; then what was decided."""
    if not result.deployments and not result.promotions:
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
    blocks: list[Block] = [Table(columns, [_row(item) for item in result.deployments])]
    if result.promotions:
        blocks.append(_promotions(result.promotions))
    if not result.deployments:
        return View((Line.of("No deployment is recorded."), blocks[-1]), next="contexta runs")
    return View(tuple(blocks), next=f"contexta deployments {result.deployments[0].deployment_id}")


def _row(item: Deployment) -> list[Text]:
    return [
        Cell(item.deployment_id, "strong"),
        or_dash(item.environment),
        Cell(f"{status(item.status).text} ✗ tainted", "bad")
        if item.tainted
        else status(item.status),
        Cell("● live", "good") if item.active else Cell("–", "dim"),
        moment(iso(item.completed_at)),
        or_dash(item.promoted_artifact),
        or_dash(item.source_run),
        or_dash(item.supporting_report),
    ]


def live_at_view(result: LiveAt) -> View:
    """What was live in each environment at that moment; where nothing is known to have been, that."""
    blocks: list[Block] = [Line.of("Live at ", Cell(f"{moment(result.at)} UTC", "strong"))]
    if result.live:
        columns = (
            Column("ENVIRONMENT"),
            Column("DEPLOYMENT"),
            Column("FROM (UTC)"),
            Column("UNTIL (UTC)"),
            Column("ARTIFACT", wrap=True),
            Column("RUN", wrap=True, optional=1),
            Column("APPROVED BY", wrap=True, optional=2),
        )
        blocks.append(Table(columns, [_live_row(each) for each in result.live]))
    empty = result.first_live_at.keys() - {each.deployment.environment for each in result.live}
    blocks += [_nothing_live(name, result.first_live_at[name]) for name in sorted(empty)]
    if not result.live and not empty:
        blocks.append(Line.of("No deployment is recorded."))
    follow = f" {result.live[0].deployment.deployment_id}" if result.live else ""
    return View(tuple(blocks), next=f"contexta deployments{follow}")


def _live_row(each: Live) -> list[Text]:
    item = each.deployment
    return [
        or_dash(item.environment),
        Cell(item.deployment_id, "strong"),
        moment(iso(each.live_from)),
        moment(iso(each.live_until))
        if each.live_until is not None
        else Cell("● still live", "good"),
        or_dash(item.promoted_artifact),
        or_dash(item.source_run),
        or_dash(item.approved_by),
    ]


def _nothing_live(environment: str, first: int | None) -> Line:
    known = f"the first known went live {moment(iso(first))} UTC" if first else "nothing ever was"
    return Line.of(_missing(f"{environment}: nothing is known to have been live; {known}"))


def deployment_view(item: Deployment) -> View:
    """What is deployed, on whose word, what it would be rolled back to, and how it does."""
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
    if item.tainted is not None:
        blocks.insert(1, Line.of(Cell(taint_words(item.tainted), "bad")))
    if len(item.intervals) > 1:
        rows: list[list[Text]] = [
            [moment(iso(start)), moment(iso(end)) if end else Cell("● still live", "good")]
            for start, end in item.intervals
        ]
        blocks.append(Table((Column("LIVE FROM (UTC)"), Column("UNTIL (UTC)")), rows))
    if item.checks:
        rows = [[name, status(item.checks[name])] for name in sorted(item.checks)]
        blocks.append(Table((Column("CHECK", wrap=True), Column("RESULT")), rows))
    else:
        blocks.append(Line.of(_missing("no check is recorded")))
    if item.promotions:
        blocks.append(_promotions(item.promotions))
    if item.production is not None:
        blocks += production_blocks(item.production)
    return View(tuple(blocks), next=f"contexta lineage {item.deployment_id} --up")


def _promotions(promotions: tuple[Promotion, ...]) -> Table:
    columns = (
        Column("ARTIFACT", wrap=True),
        Column("FROM", optional=2),
        Column("TO"),
        Column("DECISION"),
        Column("BY", wrap=True),
        Column("AT (UTC)", optional=1),
        Column("REPORT", wrap=True, optional=3),
    )
    return Table(columns, [_promotion(each) for each in promotions], "Promotions")


def _promotion(each: Promotion) -> list[Text]:
    return [
        or_dash(each.artifact_id),
        or_dash(each.from_environment),
        or_dash(each.to_environment),
        status(each.decision),
        each.decided_by or _missing("nobody named"),
        moment(iso(each.occurred_at)),
        or_dash(each.report_id),
    ]


def _live(item: Deployment) -> Text:
    if item.active:
        return Cell(f"  ● live since {moment(iso(item.active_from))} UTC", "good")
    if item.active_from is not None:
        return Cell(f"  was live until {moment(iso(item.active_until))} UTC", "dim")
    return Cell("  never live", "dim")


def _missing(text: str) -> Cell:
    return Cell(f"! {text}", "warn")
