"""Reading from Python: the commands' questions as methods."""

import os
from collections.abc import Mapping
from typing import Any

from contexta_processor.base.errors import ContextaError
from contexta_processor.base.query import Query
from contexta_processor.cli.connect import Source
from contexta_processor.investigate.artifacts import Artifacts, list_artifacts
from contexta_processor.investigate.compare.comparison import Comparison, compare_runs
from contexta_processor.investigate.deployments import (
    Deployment,
    DeploymentList,
    deployment_of,
    list_deployments,
)
from contexta_processor.investigate.diagnose.diagnosis import (
    Diagnosis,
    ProjectDiagnosis,
    diagnose_project,
    diagnose_run,
)
from contexta_processor.investigate.environment import Environment, environment_of
from contexta_processor.investigate.lineage.lineage import (
    DEFAULT_DEPTH,
    Direction,
    Lineage,
    lineage_of,
)
from contexta_processor.investigate.records import Records, list_records
from contexta_processor.investigate.run_names import resolve_run
from contexta_processor.investigate.runs import RunList, list_runs
from contexta_processor.investigate.samples import Samples, list_samples
from contexta_processor.investigate.show import RunShown, show_run
from contexta_processor.store.remote import ARROW_STREAM, RemoteQuery, arrow_table
from contexta_processor.surfaces.answers import Answer
from contexta_processor.surfaces.sandbox import run_sql
from contexta_processor.surfaces.sandbox_rows import SqlRows, sql_view
from contexta_processor.surfaces.views.artifacts import artifacts_view
from contexta_processor.surfaces.views.compare import compare_view
from contexta_processor.surfaces.views.deployments import deployment_view, deployments_view
from contexta_processor.surfaces.views.diagnose import diagnosis_view, project_view
from contexta_processor.surfaces.views.environment import environment_view
from contexta_processor.surfaces.views.lineage import lineage_view
from contexta_processor.surfaces.views.records import records_view
from contexta_processor.surfaces.views.runs import runs_view
from contexta_processor.surfaces.views.samples import samples_view
from contexta_processor.surfaces.views.show import show_view


class SqlAnswer(Answer[SqlRows]):
    """Rows of a typed statement; their Arrow table is the one DuckDB made."""

    def arrow(self) -> Any:
        """The result as it is."""
        return self.result.table


class Evidence:
    """The evidence in one place. It is opened for each question and let go again, so that a notebook
    left open never keeps a server from starting.

    Every method raises ContextaError: with what happened, why, and what to do.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def runs(
        self,
        project: str | None = None,
        *,
        status: str | None = None,
        type: str | None = None,
        limit: int | None = None,
    ) -> Answer[RunList]:
        """Runs, newest first."""
        with self._source.open() as query:
            found = list_runs(query, project=project, status=status, run_type=type, limit=limit)
        return Answer(found, runs_view)

    def run(self, name: str, *, project: str | None = None) -> Answer[RunShown]:
        """One run in full, by any of its names."""
        with self._source.open() as query:
            return Answer(show_run(query, _id(query, name, project)), show_view)

    def records(
        self,
        run: str,
        *,
        type: str | None = None,
        stage: str | None = None,
        limit: int | None = None,
    ) -> Answer[Records]:
        """Events, metrics, spans and degraded markers of a run, in order of time."""
        with self._source.open() as query:
            found = list_records(query, _id(query, run), record_type=type, stage=stage, limit=limit)
        return Answer(found, records_view)

    def samples(
        self,
        run: str,
        *,
        failed: bool = False,
        slice: str | None = None,
        tag: str | None = None,
        limit: int | None = None,
    ) -> Answer[Samples]:
        """Samples of a run."""
        with self._source.open() as query:
            found = list_samples(
                query, _id(query, run), failed=failed, in_slice=slice, tag=tag, limit=limit
            )
        return Answer(found, samples_view)

    def artifacts(self, run: str) -> Answer[Artifacts]:
        """What a run produced and consumed."""
        with self._source.open() as query:
            return Answer(list_artifacts(query, _id(query, run)), artifacts_view)

    def environment(self, run: str) -> Answer[Environment]:
        """Where, and with which configuration, a run ran."""
        with self._source.open() as query:
            return Answer(environment_of(query, _id(query, run)), environment_view)

    def lineage(
        self, id: str, *, direction: Direction = "both", depth: int = DEFAULT_DEPTH
    ) -> Answer[Lineage]:
        """What a run, artifact, report or deployment is connected to."""
        with self._source.open() as query:
            found = lineage_of(query, id, direction=direction, depth=depth)
        return Answer(found, lineage_view)

    def deployments(self, environment: str | None = None) -> Answer[DeploymentList]:
        """What was deployed."""
        with self._source.open() as query:
            return Answer(list_deployments(query, environment=environment), deployments_view)

    def deployment(self, id: str) -> Answer[Deployment]:
        """One deployment."""
        with self._source.open() as query:
            return Answer(deployment_of(query, id), deployment_view)

    def compare(self, baseline: str, candidate: str) -> Answer[Comparison]:
        """What changed from one run to another, candidate minus baseline."""
        with self._source.open() as query:
            found = compare_runs(query, _id(query, baseline), _id(query, candidate))
        return Answer(found, compare_view)

    def diagnose(
        self, run: str | None = None, *, project: str | None = None, limit: int | None = 20
    ) -> Answer[Diagnosis] | Answer[ProjectDiagnosis]:
        """What is wrong with one run; without one, with the newest `limit` runs of `project`."""
        with self._source.open() as query:
            if run is not None:
                return Answer(diagnose_run(query, _id(query, run, project)), diagnosis_view)
            if project is None:
                raise ContextaError(
                    "nothing was named",
                    cause="neither a run nor a project was given",
                    hint='.diagnose("latest"), or .diagnose(project="P")',
                )
            return Answer(diagnose_project(query, project, limit=limit), project_view)

    def sql(self, query: str, params: Mapping[str, Any] | None = None) -> SqlAnswer:
        """One reading statement of DuckDB's SQL, with `$name` parameters."""
        url = self._source.settled()
        if url is None:
            table = run_sql(query, params, database=self._source.data.database)
            return SqlAnswer(SqlRows(table), sql_view)
        remote = RemoteQuery(url)
        try:
            body = {"sql": query, "params": dict(params or {})}
            table = arrow_table(remote.post("/api/sql", body, accept=ARROW_STREAM))
        finally:
            remote.close()
        return SqlAnswer(SqlRows(table), sql_view)


def connect(place: str | os.PathLike[str] | None = None) -> Evidence:
    """Evidence in a data directory, or of a server by its address."""
    text = None if place is None else os.fspath(place)
    if text is not None and text.startswith(("http://", "https://")):
        return Evidence(Source.chosen(None, text))
    return Evidence(Source.chosen(text, None))


def _id(query: Query, name: str, project: str | None = None) -> str:
    return resolve_run(query, name, project=project)
