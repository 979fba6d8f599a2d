"""One run in full: what ran, what came out, what failed, and what is missing."""

from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.artifacts import Artifacts, list_artifacts
from contexta_processor.investigate.environment import Environment, environment_of
from contexta_processor.investigate.lineage.edges import Edge, edges_of
from contexta_processor.investigate.results import Row, Rows, iso, rows_of, whole
from contexta_processor.investigate.run_names import no_such_run
from contexta_processor.investigate.runs import RunSummary, find_run
from contexta_processor.investigate.samples.listing import Picked, Samples, list_samples

FAILED_SHOWN = 5


@dataclass(frozen=True)
class RunShown:
    """Everything about one run that fits on a page.

    stages, metrics, scores, degraded, completeness, producers: rows of the statement of that name, times
    in Unix nanoseconds. counts: how many records of each kind. failed: the first failed samples.
    """

    run: RunSummary
    stages: tuple[Row, ...]
    metrics: tuple[Row, ...]
    scores: tuple[Row, ...]
    counts: Row
    failed: Samples
    artifacts: Artifacts
    environment: Environment
    relationships: tuple[Edge, ...]
    degraded: tuple[Row, ...]
    completeness: tuple[Row, ...]
    producers: tuple[Row, ...]

    def to_dict(self) -> dict[str, object]:
        """The execution-context document and everything else beside it."""
        environment = self.environment.to_dict()
        artifacts = self.artifacts.to_dict()
        return {
            **self.run.to_dict(),
            "stages": [_stage(row) for row in self.stages],
            "metrics": [_timed(row) for row in self.metrics],
            "scores": list(self.scores),
            "record_counts": self.counts,
            "failed_samples": {
                "count": self.failed.failed_total,
                "first": [sample.to_dict() for sample in self.failed.samples],
            },
            "artifacts": artifacts["artifacts"],
            "consumed": artifacts["consumed"],
            "environment": environment["environment"],
            "configuration": environment["configuration"],
            "relationships": [edge.to_dict() for edge in self.relationships],
            "degraded_markers": [_timed(row) for row in self.degraded],
            "evidence": self.run.completeness,
            "completeness": {
                row["layer"]: {"status": row["status"], "detail": row["detail"]}
                for row in self.completeness
            },
            "producers": [
                {
                    **row,
                    "first_seen_at": iso(row["first_seen_at"]),
                    "last_seen_at": iso(row["last_seen_at"]),
                }
                for row in self.producers
            ],
        }

    def rows(self) -> Rows:
        """One row per fact: section, stage, name, value, unit, detail."""
        run = self.run.to_dict()
        facts = ("run_id", "project", "name", "run_type", "status", "started_at", "ended_at")
        values: list[tuple[object, ...]] = [
            *(("run", None, name, run[name], None, None) for name in facts),
            ("run", None, "duration", whole(self.run.duration_ms), "ms", None),
            ("run", None, "evidence", self.run.completeness, None, None),
        ]
        values += [
            ("stage", row["stage"], row["status"], whole(row["duration_ms"]), "ms", None)
            for row in self.stages
        ]
        values += [
            ("stage", stage, "missing", None, None, "announced, never seen")
            for stage in self.run.missing_stages
        ]
        values += [
            ("metric", row["stage"], row["name"], row["value"], row["unit"], row["slice"])
            for row in self.metrics
        ]
        values += [
            ("score", None, row["name"], row["mean"], None, row["slice"]) for row in self.scores
        ]
        values += [
            ("failed_sample", s.stage, s.sample_id, s.status, None, ", ".join(s.failure_tags))
            for s in self.failed.samples
        ]
        values += [
            (a.role, a.stage, a.artifact_id, a.size_bytes, "By", a.kind)
            for a in (*self.artifacts.produced, *self.artifacts.consumed)
        ]
        values += [
            ("degraded", row["stage"], row["reason"], row["severity"], None, row["detail"])
            for row in self.degraded
        ]
        values += [
            ("completeness", None, row["layer"], row["status"], None, row["detail"])
            for row in self.completeness
        ]
        return Rows(("section", "stage", "name", "value", "unit", "detail"), values)


def show_run(query: Query, run_id: str) -> RunShown:
    """Everything about one run.

    Raises: ContextaError with Exit.UNDECIDED if there is no run of this id.
    """
    run = find_run(query, run_id)
    if run is None:
        raise no_such_run(query, run_id)

    def ask(name: str) -> tuple[Row, ...]:
        return tuple(rows_of(query.query(statement(f"investigate/{name}"), {"run_id": run_id})))

    return RunShown(
        run=run,
        stages=ask("stages"),
        metrics=ask("final_metrics"),
        scores=ask("score_summary"),
        counts=ask("record_counts")[0],
        failed=list_samples(query, run_id, Picked(failed=True), limit=FAILED_SHOWN),
        artifacts=list_artifacts(query, run_id),
        environment=environment_of(query, run_id),
        relationships=edges_of(query, [run_id]),
        degraded=ask("degraded"),
        completeness=ask("completeness"),
        producers=ask("producers"),
    )


def _stage(row: Row) -> dict[str, object]:
    return {
        "name": row["stage"],
        "status": row["status"],
        "started_at": iso(row["started_at"]),
        "ended_at": iso(row["ended_at"]),
        "duration_ms": whole(row["duration_ms"]),
        "index": row["stage_index"],
        "attempt": row["attempt"],
        "completeness": row["completeness"],
        "degraded_markers": row["degraded_count"],
        "operations": row["operation_count"],
        "failed_operations": row["failed_operation_count"],
    }


def _timed(row: Row) -> dict[str, object]:
    told = {name: value for name, value in row.items() if name != "occurred_at"}
    return {**told, "timestamp": iso(row["occurred_at"])}
