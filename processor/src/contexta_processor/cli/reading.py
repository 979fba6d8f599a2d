"""Reading from Python: the commands' questions as methods."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from contexta_processor.base.errors import ContextaError
from contexta_processor.base.query import Query
from contexta_processor.cli.connect import Source
from contexta_processor.cli.reading_samples import SampleQuestions
from contexta_processor.investigate.artifacts import Artifacts, list_artifacts
from contexta_processor.investigate.compare.options import DEFAULT_LISTED, CompareOptions
from contexta_processor.investigate.compare.several import (
    Comparisons,
    compare_any,
    compare_several,
)
from contexta_processor.investigate.compare.sides.result import AnyComparison
from contexta_processor.investigate.compare.sides.selecting import resolve_side
from contexta_processor.investigate.deployments.deployments import (
    Deployment,
    DeploymentList,
    deployment_of,
    list_deployments,
)
from contexta_processor.investigate.deployments.live_at import LiveAt, live_at
from contexta_processor.investigate.diagnose.diagnosis import (
    Diagnosis,
    ProjectDiagnosis,
    diagnose_project,
    diagnose_run,
)
from contexta_processor.investigate.environment import Environment, environment_of
from contexta_processor.investigate.lineage.lineage import (
    DEFAULT_DEPTH,
    DEFAULT_LIMIT,
    Direction,
    Lineage,
    lineage_of,
)
from contexta_processor.investigate.lineage.path import Connection, connection_of
from contexta_processor.investigate.lineage.taint import Taint, tainted
from contexta_processor.investigate.records import Records, list_records
from contexta_processor.investigate.run_names import resolve_run
from contexta_processor.investigate.runs import RunList, list_runs
from contexta_processor.investigate.show import RunShown, show_run
from contexta_processor.investigate.trend.asked import DEFAULT_SPREAD, Asked, Of
from contexta_processor.investigate.trend.trend import Trend, trend_of
from contexta_processor.store.remote import ARROW_STREAM, RemoteQuery, arrow_table
from contexta_processor.surfaces.answers import ROWS_SHOWN, WHOLE, Answer
from contexta_processor.surfaces.render.view import View
from contexta_processor.surfaces.sandbox.request import SQL_WITH_TABLES, framed, require_small
from contexta_processor.surfaces.sandbox.rows import SqlRows, sql_view, sql_view_shown
from contexta_processor.surfaces.sandbox.sandbox import SqlLimits, run_sql
from contexta_processor.surfaces.tables_in import plain_params, streams_of
from contexta_processor.surfaces.views.artifacts import artifacts_view
from contexta_processor.surfaces.views.compare import compare_view, comparisons_view
from contexta_processor.surfaces.views.deployments import (
    deployment_view,
    deployments_view,
    live_at_view,
)
from contexta_processor.surfaces.views.diagnose import diagnosis_view, project_view
from contexta_processor.surfaces.views.environment import environment_view
from contexta_processor.surfaces.views.lineage import connection_view, lineage_view
from contexta_processor.surfaces.views.records import records_view
from contexta_processor.surfaces.views.runs import runs_view
from contexta_processor.surfaces.views.show import show_view
from contexta_processor.surfaces.views.trend import trend_view

if TYPE_CHECKING:
    import pyarrow as pa


class SqlAnswer(Answer[SqlRows]):
    """Rows of a typed statement; their Arrow table is the one DuckDB made."""

    def arrow(self) -> "pa.Table":
        """The result as it is."""
        return self.result.table

    def _shown(self) -> View:
        return sql_view_shown(self.result, ROWS_SHOWN, WHOLE)


class Evidence(SampleQuestions):
    """The evidence in one place. It is opened for each question and let go again, so that a notebook
    left open never keeps a server from starting.

    Every method raises ContextaError: with what happened, why, and what to do.
    """

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

    def artifacts(self, run: str) -> Answer[Artifacts]:
        """What a run produced and consumed."""
        with self._source.open() as query:
            return Answer(list_artifacts(query, _id(query, run)), artifacts_view)

    def environment(self, run: str) -> Answer[Environment]:
        """Where, and with which configuration, a run ran."""
        with self._source.open() as query:
            return Answer(environment_of(query, _id(query, run)), environment_view)

    def lineage(
        self,
        id: str,
        *,
        direction: Direction = "both",
        depth: int = DEFAULT_DEPTH,
        limit: int = DEFAULT_LIMIT,
    ) -> Answer[Lineage]:
        """What a run, artifact, report or deployment is connected to; `limit` things at most, 0 for all."""
        with self._source.open() as query:
            found = lineage_of(query, id, direction=direction, depth=depth, limit=limit)
        return Answer(found, lineage_view)

    def connection(self, id: str, other: str) -> Answer[Connection]:
        """How two things are connected."""
        with self._source.open() as query:
            return Answer(connection_of(query, id, other), connection_view)

    def tainted(self) -> dict[str, Taint]:
        """Everything that is quarantined or damaged, or came from what is, and why."""
        with self._source.open() as query:
            return tainted(query)

    def deployments(self, environment: str | None = None) -> Answer[DeploymentList]:
        """What was deployed."""
        with self._source.open() as query:
            return Answer(list_deployments(query, environment=environment), deployments_view)

    def live_at(self, at: str, environment: str | None = None) -> Answer[LiveAt]:
        """What was live at a moment (`2026-05-01T12:00Z`), in every environment or one."""
        with self._source.open() as query:
            return Answer(live_at(query, at, environment=environment), live_at_view)

    def deployment(self, id: str) -> Answer[Deployment]:
        """One deployment."""
        with self._source.open() as query:
            return Answer(deployment_of(query, id), deployment_view)

    def compare(
        self,
        baseline: str | Sequence[str],
        candidate: str | Sequence[str],
        *,
        margins: Mapping[str, float] | None = None,
        confidence: float = 0.95,
        cluster: str | None = None,
        samples: int | None = DEFAULT_LISTED,
    ) -> Answer[AnyComparison]:
        """What changed from one run to another, candidate minus baseline; or from several runs to several.

        baseline, candidate: a run by any of its names; several as a list, by comma, or as the tag all carry.
        margins: metric → the largest difference that is still the same. cluster: what groups samples.
        samples: how many of each kind to list, None for all.
        """
        options = CompareOptions(margins or {}, confidence, cluster, samples)
        with self._source.open() as query:
            sides = resolve_side(query, baseline), resolve_side(query, candidate)
            return Answer(compare_any(query, *sides, options), compare_view)

    def compare_several(
        self,
        baseline: str | Sequence[str],
        *candidates: str | Sequence[str],
        margins: Mapping[str, float] | None = None,
        confidence: float = 0.95,
        cluster: str | None = None,
        samples: int | None = DEFAULT_LISTED,
    ) -> Answer[Comparisons]:
        """Each of several candidates against one baseline, and all in a matrix; names and options as for `compare`."""
        if not candidates:
            raise ContextaError(
                "no candidate was named",
                cause="a comparison needs a baseline and at least one candidate",
                hint='compare_several("base", "candidate", …)',
            )
        options = CompareOptions(margins or {}, confidence, cluster, samples)
        with self._source.open() as query:
            sides = [resolve_side(query, name) for name in (baseline, *candidates)]
            found = compare_several(query, sides[0], sides[1:], options)
        return Answer(found, comparisons_view)

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

    def trend(
        self,
        metric: str,
        *,
        of: Of = "metric",
        run: str | None = None,
        project: str | None = None,
        type: str | None = None,
        stage: str | None = None,
        slice: str | None = None,
        scope: str | None = None,
        environment: str | None = None,
        last: int | None = None,
        against: str | None = None,
        band: float = DEFAULT_SPREAD,
        changes: bool | None = None,
    ) -> Answer[Trend]:
        """How a figure moves: over runs, over the steps of one `run`, and over time in production.

        of: what `metric` names (metric, duration, artifact-size, failure-rate). last: so many runs (0 for all).
        against: a run, artifact, deployment or stretch `A..B` to measure drift from. band: half its width in robust
        standard deviations. changes: whether to look for change points; None for over runs and time, not over steps.
        """
        asked = Asked(
            metric,
            of=of,
            run_id=run,
            project=project,
            run_type=type,
            stage=stage,
            slice=slice,
            scope=scope,
            environment=environment,
            last=last,
            spread=band,
            against=against,
            changes=changes,
        )
        with self._source.open() as query:
            return Answer(trend_of(query, asked), trend_view)

    def sql(
        self,
        query: str,
        params: Mapping[str, Any] | None = None,
        *,
        tables: Mapping[str, object] | None = None,
    ) -> SqlAnswer:
        """One reading statement of DuckDB's SQL, with `$name` parameters.

        tables: by name, what the statement may read beside the evidence: Arrow tables, frames, answers of this library, a
            mapping of columns, a list of rows; up to 64 MB. It goes to where the statement runs, is read there behind
            the same limits, and is gone afterwards.
        """
        streams, given = streams_of(tables), plain_params(params)
        with self._source.settled() as url:
            if url is not None:
                table = _ask_server(url, query, given, streams)
            else:
                database = self._source.data.database
                table = run_sql(query, given, database=database, tables=streams)
        return SqlAnswer(SqlRows(table), sql_view)


def _ask_server(
    url: str, query: str, params: Mapping[str, Any], streams: Mapping[str, bytes]
) -> "pa.Table":
    remote = RemoteQuery(url)
    body = {"sql": query, "params": dict(params)}
    try:
        if not streams:
            return arrow_table(remote.post("/api/sql", body, accept=ARROW_STREAM))
        require_small(streams, SqlLimits().input_mb)
        told = framed(body, streams)
        answer = remote.post_bytes(
            "/api/sql", told, content_type=SQL_WITH_TABLES, accept=ARROW_STREAM
        )
        return arrow_table(answer)
    finally:
        remote.close()


def connect(place: str | os.PathLike[str] | None = None) -> Evidence:
    """Evidence in a data directory, or of a server by its address."""
    text = None if place is None else os.fspath(place)
    if text is not None and text.startswith(("http://", "https://")):
        return Evidence(Source.chosen(None, text))
    return Evidence(Source.chosen(text, None))


def _id(query: Query, name: str, project: str | None = None) -> str:
    return resolve_run(query, name, project=project)
