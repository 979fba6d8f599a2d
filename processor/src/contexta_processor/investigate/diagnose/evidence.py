"""Everything a diagnosis rests on, asked for once for all runs that are judged, and their histories."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.diagnose.history import History, histories
from contexta_processor.investigate.diagnose.touched import artifacts_of, produced, twins, unmade
from contexta_processor.investigate.lineage.taint import Taint, tainted
from contexta_processor.investigate.results import Row, rows_of

LEAST_POINTS: Final = 10
"""A metric with fewer points over steps is no curve."""

Rows = tuple[Row, ...]
ByRun = Mapping[str, Rows]


@dataclass(frozen=True)
class Past:
    """An earlier completed run of the same project and type: what of it says what is usual."""

    run_id: str
    stages: Rows
    content: Rows
    figures: Rows
    artifacts: Rows
    batch_pace: Rows


@dataclass(frozen=True)
class RunEvidence:
    """What is known of one run: rows of the statement of each field's name. past: newest first.

    deployments: those of this run, or of what it produced; checks, links, promotions: theirs.
    taints: of the run, of what it consumed and of what it produced. alike: what the past runs have in common with it.
    """

    run: Row
    stages: Rows = ()
    content: Rows = ()
    figures: Rows = ()
    nonfinite: Rows = ()
    curves: Rows = ()
    markers: Rows = ()
    operations: Rows = ()
    batches: Rows = ()
    batch_pace: Rows = ()
    producers: Rows = ()
    ranks: Rows = ()
    rank_siblings: Rows = ()
    completeness: Rows = ()
    context: Row | None = None
    artifacts: Rows = ()
    verifications: Rows = ()
    same_content: Rows = ()
    deployments: Rows = ()
    checks: Rows = ()
    links: Rows = ()
    promotions: Rows = ()
    taints: tuple[Taint, ...] = ()
    past: tuple[Past, ...] = ()
    alike: tuple[str, ...] = ()

    @property
    def run_id(self) -> str:
        """The run that is judged."""
        return self.run["run_id"]

    @property
    def ended(self) -> bool:
        """Whether it is over, however it ended: only then is what is missing judged."""
        return self.run["status"] != "running"

    @property
    def completed(self) -> bool:
        """Whether it says that it did all it meant to."""
        return self.run["status"] == "completed"


def evidence_of(query: Query, runs: Sequence[str]) -> tuple[RunEvidence, ...]:
    """What is known of each of these runs, in the order given; runs that there are not are left out."""
    held_against = histories(query, runs)
    everything = sorted({*runs, *(past for each in held_against.values() for past in each.runs)})

    def ask(name: str, ids: Iterable[str], **more: object) -> ByRun:
        return _by(query, name, "run_id", {"runs": list(ids), **more})

    known = {run: rows[0] for run, rows in ask("runs", runs).items()}
    shared = {
        name: ask(name, everything) for name in ("stages", "content", "figures", "batch_pace")
    }
    shared["artifacts"] = artifacts_of(query, everything)
    own = {
        name: ask(name, runs)
        for name in (
            "nonfinite", "markers", "operations", "batches", "producers", "ranks", "completeness",
            "context",
        )
    }  # fmt: skip
    lone = [run for run, rows in own["ranks"].items() if len({row["rank"] for row in rows}) == 1]
    own["rank_siblings"] = ask("rank_siblings", lone) if lone else {}
    own["curves"] = ask("curves", runs, least=LEAST_POINTS)
    made = {run: produced(shared["artifacts"].get(run, ())) for run in runs}
    own["verifications"] = _verifications(query, made)
    own["deployments"] = _deployments(query, made)
    outcome = _outcome(query, own["deployments"])
    same_content = twins(
        query, {each for run in runs for each in unmade(shared["artifacts"].get(run, ()))}
    )
    touched = {run: _touched(run, shared["artifacts"].get(run, ())) for run in runs}
    taints = tainted(query, [each for ids in touched.values() for each in ids])

    def one(run: str) -> RunEvidence:
        told = {name: rows.get(run, ()) for name, rows in (shared | own).items()}
        deployed = [row["deployment_id"] for row in told["deployments"]]
        context = told.pop("context")
        history = held_against.get(run, History())
        return RunEvidence(
            run=known[run],
            context=context[0] if context else None,
            past=tuple(_past(each, shared) for each in history.runs),
            alike=history.scope,
            same_content=_of_each(unmade(told["artifacts"]), same_content),
            taints=tuple(taints[each] for each in touched[run] if each in taints),
            **told,
            **{name: _of_each(deployed, rows) for name, rows in outcome.items()},
        )

    return tuple(one(run) for run in runs if run in known)


def _verifications(query: Query, made: Mapping[str, Sequence[str]]) -> ByRun:
    """Checks made for a run, or of what it produced, by run."""
    artifacts = sorted({each for ids in made.values() for each in ids})
    given = {"runs": list(made), "artifacts": artifacts}
    rows = rows_of(query.query(statement("investigate/diagnose/verifications"), given))
    return {
        run: tuple(row for row in rows if row["run_id"] == run or row["artifact_id"] in ids)
        for run, ids in made.items()
    }


def _deployments(query: Query, made: Mapping[str, Sequence[str]]) -> ByRun:
    """Deployments of a run, or of what it produced, by run."""
    pairs = [(run, each) for run, ids in made.items() for each in ids]
    given = {
        "runs": list(made),
        "owners": [run for run, _ in pairs],
        "artifacts": [each for _, each in pairs],
    }
    return _by(query, "deployments", "run_id", given)


def _touched(run: str, artifacts: Rows) -> list[str]:
    """What a taint could reach the run in: itself, what it consumed and what it produced."""
    return [run, *dict.fromkeys(row["artifact_id"] for row in artifacts)]


def _past(run: str, shared: Mapping[str, ByRun]) -> Past:
    return Past(run_id=run, **{name: rows.get(run, ()) for name, rows in shared.items()})


def _outcome(query: Query, deployments: ByRun) -> dict[str, ByRun]:
    """Checks, inferred links and promotions of the deployments, by deployment; nothing asked for none."""
    ids = sorted({row["deployment_id"] for rows in deployments.values() for row in rows})
    names = {"checks": "deployment_checks", "links": "deployment_links", "promotions": "promotions"}
    if not ids:
        return {name: {} for name in names}
    return {
        name: _by(query, stem, "deployment_id", {"deployments": ids})
        for name, stem in names.items()
    }


def _of_each(ids: Iterable[str], rows: ByRun) -> Rows:
    return tuple(row for each in ids for row in rows.get(each, ()))


def _by(query: Query, name: str, column: str, params: Params) -> ByRun:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of(query.query(statement(f"investigate/diagnose/{name}"), params)):
        grouped[row[column]].append(row)
    return {key: tuple(rows) for key, rows in grouped.items()}
