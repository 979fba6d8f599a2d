"""The reading commands' questions as requests of the read API: one function each, from parameters to a result."""

from typing import cast

from starlette.requests import Request

from contexta_processor.base.query import Query
from contexta_processor.investigate.artifacts import list_artifacts
from contexta_processor.investigate.compare.options import (
    DEFAULT_LISTED,
    CompareOptions,
    margins_of,
)
from contexta_processor.investigate.compare.several import compare_several
from contexta_processor.investigate.compare.sides.selecting import resolve_side
from contexta_processor.investigate.deployments.deployments import deployment_of, list_deployments
from contexta_processor.investigate.deployments.live_at import live_at
from contexta_processor.investigate.diagnose.diagnosis import diagnose_project, diagnose_run
from contexta_processor.investigate.environment import environment_of
from contexta_processor.investigate.lineage.lineage import (
    DEFAULT_DEPTH,
    DEFAULT_LIMIT,
    Direction,
    lineage_of,
)
from contexta_processor.investigate.lineage.path import connection_of
from contexta_processor.investigate.lineage.why import explain
from contexta_processor.investigate.records import TYPES, list_records
from contexta_processor.investigate.results import Result
from contexta_processor.investigate.run_names import resolve_run
from contexta_processor.investigate.runs import STATUSES, list_runs
from contexta_processor.investigate.samples.against import ASKED, samples_against
from contexta_processor.investigate.samples.groups import BY, By, group_samples
from contexta_processor.investigate.samples.history import HISTORY_SHOWN, sample_history
from contexta_processor.investigate.samples.listing import Picked, list_samples
from contexta_processor.investigate.samples.worst import ORDERS, WORST_SHOWN, Order, worst_samples
from contexta_processor.investigate.show import show_run
from contexta_processor.investigate.trend.asked import DEFAULT_SPREAD, KINDS, Asked, Of
from contexta_processor.investigate.trend.trend import trend_of
from contexta_processor.surfaces.api_messages import (
    asked,
    figure,
    named,
    not_understood,
    number,
    one_of,
    within,
)


def runs(query: Query, request: Request) -> Result:
    """Runs, newest first."""
    words = asked(request, "project", "status", "type", "n")
    return list_runs(
        query,
        project=words.get("project"),
        status=one_of(words, "status", STATUSES),
        run_type=words.get("type"),
        limit=number(words, "n", 100),
    )


def run(query: Query, request: Request) -> Result:
    """One run in full."""
    asked(request, "project")
    return show_run(query, _run(query, request))


def records(query: Query, request: Request) -> Result:
    """Events, metrics, spans and degraded markers of a run."""
    words = asked(request, "project", "type", "stage", "n")
    return list_records(
        query,
        _run(query, request),
        record_type=one_of(words, "type", (*TYPES,)),
        stage=words.get("stage"),
        limit=number(words, "n", 1000),
    )


def samples(query: Query, request: Request) -> Result:
    """Samples of a run: a list, or one of `by`, `worst` and `against`."""
    words = asked(request, "project", "failed", "slice", "tag", "stage", "n", "by", "worst", "order", "against", "outcome")  # fmt: skip
    run_id = _run(query, request)
    picked = Picked(
        one_of(words, "failed", ("true", "false", "1", "0")) in ("true", "1"),
        words.get("slice"),
        words.get("tag"),
        words.get("stage"),
    )
    questions = [name for name in ("by", "worst", "against") if name in words]
    if len(questions) > 1:
        raise not_understood(f"{' and '.join(questions)} exclude each other")
    for name, with_ in (("order", "worst"), ("outcome", "against")):
        if name in words and with_ not in words:
            raise not_understood(f"{name} goes with {with_}")
    if "by" in words:
        return group_samples(query, run_id, cast("By", one_of(words, "by", BY)), picked)
    if "worst" in words:
        order = cast("Order | None", one_of(words, "order", ORDERS))
        limit = number(words, "n", WORST_SHOWN)
        return worst_samples(query, run_id, words["worst"], picked, order=order, limit=limit)
    if "against" in words:
        base = resolve_run(query, words["against"], project=words.get("project"))
        told = ASKED.get(one_of(words, "outcome", (*ASKED,)) or "", ())
        limit = number(words, "n", 1000)
        return samples_against(query, run_id, base, picked, outcomes=told, limit=limit)
    return list_samples(query, run_id, picked, limit=number(words, "n", 1000))


def history_of_sample(query: Query, request: Request) -> Result:
    """What became of one sample in every run."""
    words = asked(request, "project", "n")
    limit = number(words, "n", HISTORY_SHOWN)
    sample_id = named(request, "sample")
    return sample_history(query, sample_id, project=words.get("project"), limit=limit)


def artifacts(query: Query, request: Request) -> Result:
    """What a run produced and consumed."""
    asked(request, "project")
    return list_artifacts(query, _run(query, request))


def environment(query: Query, request: Request) -> Result:
    """Where, and with which configuration, a run ran."""
    asked(request, "project")
    return environment_of(query, _run(query, request))


def lineage(query: Query, request: Request) -> Result:
    """What something is connected to; with `to`, how two things are; with `why`, why that is believed."""
    words = asked(request, "project", "direction", "depth", "n", "to", "why")
    direction = one_of(words, "direction", ("up", "down", "both")) or "both"
    start, goal, why = named(request, "id"), words.get("to"), words.get("why")
    if goal is not None:
        return connection_of(query, start, goal, project=words.get("project"))
    found = lineage_of(
        query,
        start,
        direction=cast("Direction", direction),
        depth=within(words, "depth", DEFAULT_DEPTH, 1, 100),
        limit=number(words, "n", DEFAULT_LIMIT) or 0,
        project=words.get("project"),
    )
    return found if why is None else explain(query, found, why or None)


def deployments(query: Query, request: Request) -> Result:
    """What was deployed, or what was live at a moment."""
    words = asked(request, "environment", "at")
    environment, at = words.get("environment"), words.get("at")
    if at is not None:
        return live_at(query, at, environment=environment)
    return list_deployments(query, environment=environment)


def deployment(query: Query, request: Request) -> Result:
    """One deployment."""
    asked(request)
    return deployment_of(query, named(request, "id"))


def compare(query: Query, request: Request) -> Result:
    """What changed between two runs, or from one to several: `candidate` may be repeated, and so may `margin`."""
    words = asked(
        request, "project", "confidence", "cluster", "samples", repeated=("candidate", "margin")
    )
    options = CompareOptions(
        margins_of(request.query_params.getlist("margin")),
        figure(words, "confidence", 0.95, 0.5, 1.0),
        words.get("cluster"),
        number(words, "samples", DEFAULT_LISTED),
    )
    more = request.query_params.getlist("candidate")
    names = (named(request, "baseline"), named(request, "candidate"), *more)
    sides = [resolve_side(query, name, project=words.get("project")) for name in names]
    found = compare_several(query, sides[0], sides[1:], options)
    return found if more else found.comparisons[0]


def trend(query: Query, request: Request) -> Result:
    """How a figure moves."""
    words = asked(request, "of", "run", "project", "type", "stage", "slice", "scope", "environment", "n", "against", "band", "changes")  # fmt: skip
    changes = one_of(words, "changes", ("true", "false", "1", "0"))
    return trend_of(
        query,
        Asked(
            named(request, "metric"),
            of=cast("Of", one_of(words, "of", KINDS) or "metric"),
            run_id=words.get("run"),
            project=words.get("project"),
            run_type=words.get("type"),
            stage=words.get("stage"),
            slice=words.get("slice"),
            scope=words.get("scope"),
            environment=words.get("environment"),
            last=(number(words, "n", 0) or 0) if "n" in words else None,
            against=words.get("against"),
            spread=figure(words, "band", DEFAULT_SPREAD, 0.1, 100.0),
            changes=None if changes is None else changes in ("true", "1"),
        ),
    )


def diagnose(query: Query, request: Request) -> Result:
    """What is wrong with a run."""
    asked(request, "project")
    return diagnose_run(query, _run(query, request))


def diagnose_newest(query: Query, request: Request) -> Result:
    """What is wrong with the newest runs of a project."""
    words = asked(request, "project", "n")
    if "project" not in words:
        raise not_understood("?project= names the project; /api/diagnose/{run} is about one run")
    return diagnose_project(query, words["project"], limit=number(words, "n", 20))


def _run(query: Query, request: Request) -> str:
    return resolve_run(query, named(request, "run"), project=request.query_params.get("project"))
