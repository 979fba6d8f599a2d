"""What rules take, asked for once for all runs that are judged, and their histories."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.diagnose.evidence import LEAST_POINTS, Past, Rows, RunEvidence
from contexta_processor.investigate.diagnose.history import History, histories
from contexta_processor.investigate.diagnose.touched import artifacts_of, produced, twins, unmade
from contexta_processor.investigate.lineage.taint import Taint, tainted
from contexta_processor.investigate.results import Row, rows_of

ByRun = Mapping[str, Rows]
Touched = Mapping[str, Rows]
"""Of each judged run, the artifacts it made and read."""

_OF_PAST: Final = ("stages", "content", "figures", "batch_pace")
_OF_RUN: Final = (
    "nonfinite", "markers", "operations", "batches", "producers", "ranks", "completeness", "context",
)  # fmt: skip
_OF_DEPLOYMENT: Final = {
    "checks": "deployment_checks",
    "links": "deployment_links",
    "promotions": "promotions",
}


def evidence_of(query: Query, runs: Sequence[str]) -> tuple[RunEvidence, ...]:
    """What is known of each of these runs, in the order given; runs that there are not are left out."""
    known = _asked(query, "runs", runs)
    against = histories(query, runs)
    everything = sorted({*runs, *(past for each in against.values() for past in each.runs)})
    shared = {name: _asked(query, name, everything) for name in _OF_PAST}
    shared["artifacts"] = artifacts_of(query, everything)
    artifacts = {run: shared["artifacts"].get(run, ()) for run in runs}
    own = _of_runs(query, runs) | _of_artifacts(query, artifacts)
    own |= _of_deployments(query, own["deployments"])
    taints = _taints(query, artifacts)
    return tuple(
        _one(known[run][0], against.get(run, History()), shared, own, taints[run])
        for run in runs
        if run in known
    )


def _one(
    run: Row,
    history: History,
    shared: Mapping[str, ByRun],
    own: Mapping[str, ByRun],
    taints: tuple[Taint, ...],
) -> RunEvidence:
    told = {name: rows.get(run["run_id"], ()) for name, rows in {**shared, **own}.items()}
    context = told.pop("context")
    past = tuple(
        Past(each, **{name: rows.get(each, ()) for name, rows in shared.items()})
        for each in history.runs
    )
    return RunEvidence(
        run=run,
        context=context[0] if context else None,
        past=past,
        alike=history.scope,
        taints=taints,
        **told,
    )


def _of_runs(query: Query, runs: Sequence[str]) -> dict[str, ByRun]:
    """What each run says of itself."""
    own = {name: _asked(query, name, runs) for name in _OF_RUN}
    own["curves"] = _asked(query, "curves", runs, least=LEAST_POINTS)
    lone = [run for run, rows in own["ranks"].items() if len({row["rank"] for row in rows}) == 1]
    own["rank_siblings"] = _asked(query, "rank_siblings", lone) if lone else {}
    return own


def _of_artifacts(query: Query, artifacts: Touched) -> dict[str, ByRun]:
    """What became of what each run made, and who made what it read."""
    made = {run: produced(rows) for run, rows in artifacts.items()}
    same = twins(query, {each for rows in artifacts.values() for each in unmade(rows)})
    return {
        "verifications": _verifications(query, made),
        "deployments": _deployments(query, made),
        "same_content": {run: _each(unmade(rows), same) for run, rows in artifacts.items()},
    }


def _verifications(query: Query, made: Mapping[str, Sequence[str]]) -> ByRun:
    """Checks made for a run, or of what it produced."""
    artifacts = sorted({each for ids in made.values() for each in ids})
    given = {"runs": list(made), "artifacts": artifacts}
    rows = rows_of(query.query(statement("investigate/diagnose/verifications"), given))
    return {
        run: tuple(row for row in rows if row["run_id"] == run or row["artifact_id"] in ids)
        for run, ids in made.items()
    }


def _deployments(query: Query, made: Mapping[str, Sequence[str]]) -> ByRun:
    """Deployments of a run, or of what it produced."""
    pairs = [(run, each) for run, ids in made.items() for each in ids]
    owners, artifacts = [run for run, _ in pairs], [each for _, each in pairs]
    return _asked(query, "deployments", list(made), owners=owners, artifacts=artifacts)


def _of_deployments(query: Query, deployments: ByRun) -> dict[str, ByRun]:
    """Checks, inferred links and promotions of each run's deployments; nothing is asked for none."""
    of_run = {run: [row["deployment_id"] for row in rows] for run, rows in deployments.items()}
    given = {"deployments": sorted({each for ids in of_run.values() for each in ids})}
    found: dict[str, ByRun] = {name: {} for name in _OF_DEPLOYMENT}
    if given["deployments"]:
        for name, stem in _OF_DEPLOYMENT.items():
            rows = _grouped(query, stem, "deployment_id", given)
            found[name] = {run: _each(ids, rows) for run, ids in of_run.items()}
    return found


def _taints(query: Query, artifacts: Touched) -> dict[str, tuple[Taint, ...]]:
    """What taints a run, what it consumed or what it produced."""
    touched = {
        run: [run, *dict.fromkeys(row["artifact_id"] for row in rows)]
        for run, rows in artifacts.items()
    }
    found = tainted(query, [each for ids in touched.values() for each in ids])
    return {
        run: tuple(found[each] for each in ids if each in found) for run, ids in touched.items()
    }


def _each(ids: Iterable[str], rows: ByRun) -> Rows:
    return tuple(row for each in ids for row in rows.get(each, ()))


def _asked(query: Query, name: str, runs: Iterable[str], **more: object) -> ByRun:
    return _grouped(query, name, "run_id", {"runs": list(runs), **more})


def _grouped(query: Query, name: str, column: str, given: Mapping[str, object]) -> ByRun:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of(query.query(statement(f"investigate/diagnose/{name}"), given)):
        grouped[row[column]].append(row)
    return {key: tuple(rows) for key, rows in grouped.items()}
