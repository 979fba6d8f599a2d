"""The read API: what the reading commands answer, over HTTP, from the same results.

    GET  /api/runs[?project=&status=&type=&n=]      GET /api/runs/{run}[?project=]
    GET  /api/runs/{run}/records|samples|artifacts|environment
    GET  /api/runs/{run}/samples?by=tag|slice|batch  or ?worst=SCORE[&order=]  or ?against=BASE[&outcome=]
    GET  /api/samples/{id}[?project=&n=]             one sample through all runs
    GET  /api/lineage/{id}[?direction=&depth=&n=&to=&why=]    GET /api/deployments[?environment=&at=] [/{id}]
    GET  /api/compare/{baseline}/{candidate}[?candidate=&margin=&confidence=&cluster=&samples=]
    GET  /api/diagnose/{run}[?project=]              GET /api/diagnose?project=[&n=]
    GET  /api/trend/{metric}[?of=&run=&project=&type=&stage=&slice=&scope=&environment=&n=&against=&band=&changes=]
    POST /api/query   {"statement": NAME, "params": {…}}  → Arrow IPC stream; packaged statements only
    POST /api/sql     {"sql": TEXT, "params": {…}, "limits": {"seconds", "memory_mb", "rows"}}
                      → JSON, or an Arrow IPC stream by Accept; a limit can be lowered, never raised.
                      As application/vnd.contexta.sql-with-tables it brings Arrow tables along (`sandbox/request`)

Errors are `{"error": {"what", "cause", "hint", "exit_code"}}` under a fitting status. Who may call is decided in front
of this application, by the rule that guards every HTTP door of the server.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, cast

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import Statement, statement
from contexta_processor.investigate.results import Result
from contexta_processor.surfaces import questions
from contexta_processor.surfaces.api_messages import (
    UndecodedPath,
    arrow_answer,
    brings_tables,
    bug_error,
    json_answer,
    json_body,
    not_understood,
    refused_error,
    require_known,
    sql_body,
    told_error,
    wants_arrow,
)
from contexta_processor.surfaces.sandbox.rows import SqlRows
from contexta_processor.surfaces.sandbox.sandbox import AT_ONCE, SqlLimits

_PACKAGES = ("investigate", "surfaces")
"""Where the statements are that a client may name: every one of them is a SELECT."""

ReaderFactory = Callable[[], Query]
RunSql = Callable[[str, Mapping[str, Any], SqlLimits, Mapping[str, bytes]], Any]
Answer = Callable[[Query, Request], Result]


def build_api(
    reader_factory: ReaderFactory,
    *,
    data_dir: DataDir,
    status: Callable[[], Mapping[str, Any]],
    run_sql: RunSql | None = None,
) -> Starlette:
    """The application. Its endpoints run in a thread pool, with one reader per thread.

    reader_factory: makes a reader for the calling thread. status: the server's own, for `/api/status`.
    run_sql: answers a user's statement away from the writable database; without it `/api/sql` is refused.
    """
    readers = Readers(reader_factory)
    # Tables that questions bring along are held in memory: of no more questions than run at once.
    large_ones = asyncio.Semaphore(AT_ONCE)

    def get(path: str, answer: Answer) -> Route:
        def endpoint(request: Request) -> Response:
            return json_answer(answer(readers.mine(), request).to_dict())

        return Route(path, endpoint, methods=["GET"])

    def api_status(_request: Request) -> Response:
        return json_answer({"data": str(data_dir.root), **status()})

    async def api_query(request: Request) -> Response:
        body = await json_body(request)
        return await run_in_threadpool(_packaged, readers, body)

    async def api_sql(request: Request) -> Response:
        async with large_ones if brings_tables(request) else nullcontext():
            body, tables = await sql_body(request, SqlLimits().input_mb)
            return await run_in_threadpool(_typed, run_sql, body, tables, wants_arrow(request))

    return Starlette(
        routes=[
            get("/api/runs", questions.runs),
            get("/api/runs/{run}", questions.run),
            get("/api/runs/{run}/records", questions.records),
            get("/api/runs/{run}/samples", questions.samples),
            get("/api/samples/{sample}", questions.history_of_sample),
            get("/api/runs/{run}/artifacts", questions.artifacts),
            get("/api/runs/{run}/environment", questions.environment),
            get("/api/lineage/{id}", questions.lineage),
            get("/api/deployments", questions.deployments),
            get("/api/deployments/{id}", questions.deployment),
            get("/api/compare/{baseline}/{candidate}", questions.compare),
            get("/api/diagnose", questions.diagnose_newest),
            get("/api/diagnose/{run}", questions.diagnose),
            get("/api/trend/{metric}", questions.trend),
            Route("/api/status", api_status, methods=["GET"]),
            Route("/api/query", api_query, methods=["POST"]),
            Route("/api/sql", api_sql, methods=["POST"]),
        ],
        middleware=[Middleware(UndecodedPath)],
        exception_handlers={
            ContextaError: told_error,
            HTTPException: refused_error,
            Exception: bug_error,
        },
    )


class Readers:
    """One reader per thread: a connection is not to be shared between two questions at once."""

    def __init__(self, make: ReaderFactory) -> None:
        self._make = make
        self._local = threading.local()

    def mine(self) -> Query:
        """The calling thread's reader."""
        reader: Query | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self._make()
        return reader


def _packaged(readers: Readers, body: Mapping[str, Any]) -> Response:
    require_known(body, ("statement", "params"), "member")
    params = body.get("params", {})
    if not isinstance(params, dict):
        raise not_understood("params must be an object")
    by_name = cast("dict[str, Any]", params)
    return arrow_answer(readers.mine().query(_statement(body.get("statement")), by_name))


def _typed(
    run_sql: RunSql | None, body: Mapping[str, Any], tables: Mapping[str, bytes], arrow: bool
) -> Response:
    require_known(body, ("sql", "params", "limits"), "member")
    text, params = body.get("sql"), body.get("params", {})
    if not isinstance(text, str) or not isinstance(params, dict):
        raise not_understood('the body is {"sql": TEXT, "params": {…}, "limits": {…}}')
    if run_sql is None:
        raise ContextaError(
            "this server takes no SQL",
            cause="it was built without a place to run it in safely",
            hint="contexta sql --data DIR, once the server has stopped",
            exit_code=Exit.UNREACHABLE,
        )
    limits = _limits(body.get("limits", {}))
    table = run_sql(text, cast("dict[str, Any]", params), limits, tables)
    return arrow_answer(table) if arrow else json_answer(SqlRows(table).to_dict())


def _limits(asked: object) -> SqlLimits:
    """The server's own limits, each lowered to what was asked for."""
    most = SqlLimits()
    if not isinstance(asked, dict):
        raise not_understood("limits must be an object")
    told = cast("dict[str, Any]", asked)
    require_known(told, ("seconds", "memory_mb", "rows"), "limit")

    def at_most(name: str, limit: float) -> float:
        value = told.get(name, limit)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise not_understood(
                f"limits.{name} has value {value!r}, which is not a number above 0"
            )
        return min(value, limit)

    return replace(
        most,
        seconds=float(at_most("seconds", most.seconds)),
        memory_mb=int(at_most("memory_mb", most.memory_mb)),
        rows=max(1, int(at_most("rows", most.rows))),
    )


def _statement(name: object) -> Statement:
    try:
        if isinstance(name, str) and name.split("/", 1)[0] in _PACKAGES:
            return statement(name)
    except (KeyError, ValueError):
        pass
    raise ContextaError(
        f"there is no statement {name!r}",
        cause="only statements that come with the server are run here",
        hint="contexta --version here and there: the two may be of different versions",
        exit_code=Exit.UNDECIDED,
    )
