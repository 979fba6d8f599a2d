"""The read API: what the reading commands answer, over HTTP, from the same results.

    GET  /api/runs[?project=&status=&type=&n=]      GET /api/runs/{run}[?project=]
    GET  /api/runs/{run}/records|samples|artifacts|environment
    GET  /api/lineage/{id}[?direction=&depth=]      GET /api/deployments[/{id}]
    GET  /api/compare/{baseline}/{candidate}
    POST /api/query   {"statement": NAME, "params": {…}}  → Arrow IPC stream; packaged statements only
    POST /api/sql     {"sql": TEXT, "params": {…}, "limits": {"seconds", "memory_mb", "rows"}}
                      → JSON, or an Arrow IPC stream by Accept; a limit can be lowered, never raised

Errors are `{"error": {"what", "cause", "hint", "exit_code"}}` under a fitting status. Who may call is decided in front
of this application, by the rule that guards every HTTP door of the server.
"""

import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import orjson
import pyarrow as pa
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import Statement, statement
from contexta_processor.investigate.artifacts import list_artifacts
from contexta_processor.investigate.deployments import deployment_of, list_deployments
from contexta_processor.investigate.environment import environment_of
from contexta_processor.investigate.lineage import DEFAULT_DEPTH, Direction, lineage_of
from contexta_processor.investigate.records import TYPES, list_records
from contexta_processor.investigate.results import Result
from contexta_processor.investigate.run_names import resolve_run
from contexta_processor.investigate.runs import list_runs
from contexta_processor.investigate.samples import list_samples
from contexta_processor.investigate.show import show_run
from contexta_processor.surfaces.render import json as json_text
from contexta_processor.surfaces.sandbox import SqlLimits
from contexta_processor.surfaces.sandbox_rows import SqlRows

ARROW_STREAM = "application/vnd.apache.arrow.stream"
_PACKAGES = ("investigate", "surfaces")
"""Where the statements are that a client may name: every one of them is a SELECT."""
_BODY_LIMIT = 1024 * 1024
_STATUS = {
    Exit.USAGE: 400,
    Exit.UNDECIDED: 404,
    Exit.UNREACHABLE: 503,
    Exit.NEGATIVE: 422,
}

ReaderFactory = Callable[[], Query]
RunSql = Callable[[str, Mapping[str, Any], SqlLimits], Any]
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

    def get(path: str, answer: Answer) -> Route:
        def endpoint(request: Request) -> Response:
            return _json(answer(readers.mine(), request).to_dict())

        return Route(path, endpoint, methods=["GET"])

    def api_status(_request: Request) -> Response:
        return _json({"data": str(data_dir.root), **status()})

    async def api_query(request: Request) -> Response:
        body = await _body(request)
        return await run_in_threadpool(_packaged, readers, body)

    async def api_sql(request: Request) -> Response:
        body = await _body(request)
        return await run_in_threadpool(_typed, run_sql, body, _wants_arrow(request))

    return Starlette(
        routes=[
            get("/api/runs", _runs),
            get("/api/runs/{run}", lambda query, request: show_run(query, _run(query, request))),
            get("/api/runs/{run}/records", _records),
            get("/api/runs/{run}/samples", _samples),
            get("/api/runs/{run}/artifacts", _artifacts),
            get("/api/runs/{run}/environment", _environment),
            get("/api/lineage/{id}", _lineage),
            get("/api/deployments", _deployments),
            get("/api/deployments/{id}", _deployment),
            get("/api/compare/{baseline}/{candidate}", _compare),
            Route("/api/status", api_status, methods=["GET"]),
            Route("/api/query", api_query, methods=["POST"]),
            Route("/api/sql", api_sql, methods=["POST"]),
        ],
        exception_handlers={
            ContextaError: _told,
            HTTPException: _not_found,
            Exception: _our_bug,
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


# ── questions ────────────────────────────────────────────────────────────────────────────────────


def _runs(query: Query, request: Request) -> Result:
    asked = _asked(request, "project", "status", "type", "n")
    return list_runs(
        query,
        project=asked.get("project"),
        status=asked.get("status"),
        run_type=asked.get("type"),
        limit=_number(asked, "n", 100),
    )


def _records(query: Query, request: Request) -> Result:
    asked = _asked(request, "project", "type", "stage", "n")
    return list_records(
        query,
        _run(query, request),
        record_type=_one_of(asked, "type", (*TYPES,)),
        stage=asked.get("stage"),
        limit=_number(asked, "n", 1000),
    )


def _samples(query: Query, request: Request) -> Result:
    asked = _asked(request, "project", "failed", "slice", "tag", "n")
    return list_samples(
        query,
        _run(query, request),
        failed=_one_of(asked, "failed", ("true", "false", "1", "0")) in ("true", "1"),
        in_slice=asked.get("slice"),
        tag=asked.get("tag"),
        limit=_number(asked, "n", 1000),
    )


def _artifacts(query: Query, request: Request) -> Result:
    return list_artifacts(query, _run(query, request))


def _environment(query: Query, request: Request) -> Result:
    return environment_of(query, _run(query, request))


def _lineage(query: Query, request: Request) -> Result:
    asked = _asked(request, "project", "direction", "depth")
    direction = _one_of(asked, "direction", ("up", "down", "both")) or "both"
    return lineage_of(
        query,
        request.path_params["id"],
        direction=cast("Direction", direction),
        depth=min(_number(asked, "depth", DEFAULT_DEPTH) or DEFAULT_DEPTH, 100),
        project=asked.get("project"),
    )


def _deployments(query: Query, request: Request) -> Result:
    return list_deployments(query, environment=_asked(request, "environment").get("environment"))


def _deployment(query: Query, request: Request) -> Result:
    return deployment_of(query, request.path_params["id"])


def _compare(query: Query, request: Request) -> Result:
    from contexta_processor.investigate.compare import compare_runs

    project = _asked(request, "project").get("project")
    names = (request.path_params["baseline"], request.path_params["candidate"])
    baseline, candidate = (resolve_run(query, name, project=project) for name in names)
    return compare_runs(query, baseline, candidate)


def _packaged(readers: Readers, body: Mapping[str, Any]) -> Response:
    params = body.get("params", {})
    if not isinstance(params, dict):
        raise _bad("params must be an object")
    return _arrow(readers.mine().query(_statement(body.get("statement")), params))


def _typed(run_sql: RunSql | None, body: Mapping[str, Any], arrow: bool) -> Response:
    text, params = body.get("sql"), body.get("params", {})
    if not isinstance(text, str) or not isinstance(params, dict):
        raise _bad('the body is {"sql": TEXT, "params": {…}, "limits": {…}}')
    if run_sql is None:
        raise ContextaError(
            "this server takes no SQL",
            cause="it was built without a place to run it in safely",
            hint="contexta sql --data DIR, once the server has stopped",
            exit_code=Exit.UNREACHABLE,
        )
    table = run_sql(text, cast("dict[str, Any]", params), _limits(body.get("limits", {})))
    return _arrow(table) if arrow else _json(SqlRows(table).to_dict())


def _limits(asked: object) -> SqlLimits:
    """The server's own limits, each lowered to what was asked for."""
    most = SqlLimits()
    if not isinstance(asked, dict):
        raise _bad("limits must be an object")
    told = cast("dict[str, Any]", asked)

    def at_most(name: str, limit: float) -> float:
        value = told.get(name, limit)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise _bad(f"limits.{name} has value {value!r}, which is not a number above 0")
        return min(value, limit)

    return replace(
        most,
        seconds=float(at_most("seconds", most.seconds)),
        memory_mb=int(at_most("memory_mb", most.memory_mb)),
        rows=max(1, int(at_most("rows", most.rows))),
    )


# ── requests and responses ───────────────────────────────────────────────────────────────────────


def _run(query: Query, request: Request) -> str:
    return resolve_run(
        query, request.path_params["run"], project=request.query_params.get("project")
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


def _asked(request: Request, *known: str) -> Mapping[str, str]:
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        raise ContextaError(
            f"unknown parameter {unknown[0]!r}",
            cause=f"this path knows {', '.join(known)}",
            hint="leave it out",
        )
    return request.query_params


def _number(asked: Mapping[str, str], name: str, default: int) -> int | None:
    """A count; 0 means all and becomes None."""
    text = asked.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise _bad(f"{name} has value {text!r}, which is not a count")
    return int(text) or None


def _one_of(asked: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    value = asked.get(name)
    if value is not None and value not in choices:
        raise _bad(f"{name} has value {value!r}, which is not one of {', '.join(choices)}")
    return value


async def _body(request: Request) -> dict[str, Any]:
    # A form or text/plain can be posted from any page without asking; JSON can't.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "send application/json")
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > _BODY_LIMIT:
            raise HTTPException(413, f"a question has at most {_BODY_LIMIT:,} bytes")
    try:
        body = orjson.loads(received)
    except orjson.JSONDecodeError as error:
        raise _bad(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise _bad("the body must be a JSON object")
    return cast("dict[str, Any]", body)


def _wants_arrow(request: Request) -> bool:
    return ARROW_STREAM in request.headers.get("accept", "")


def _json(value: object) -> Response:
    return Response(
        json_text.dumps(value).encode(),
        media_type="application/json",
        headers={"x-content-type-options": "nosniff", "cache-control": "no-store"},
    )


def _arrow(table: "pa.Table") -> Response:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Response(sink.getvalue().to_pybytes(), media_type=ARROW_STREAM)


def _bad(cause: str) -> ContextaError:
    return ContextaError(
        "the request cannot be understood", cause=cause, hint="docs/read.md shows every request"
    )


def _error(status: int, what: str, cause: str, hint: str, code: Exit) -> JSONResponse:
    error = {"what": what, "cause": cause, "hint": hint, "exit_code": int(code)}
    return JSONResponse({"error": error}, status_code=status)


def _told(_request: Request, error: Exception) -> Response:
    told = cast("ContextaError", error)
    status = _STATUS.get(told.exit_code, 500)
    return _error(status, told.what, told.cause, told.hint, told.exit_code)


def _not_found(request: Request, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    hint = "docs/read.md shows every request"
    what = f"{request.method} {request.url.path} is refused"
    return _error(refused.status_code, what, refused.detail, hint, Exit.USAGE)


def _our_bug(request: Request, error: Exception) -> Response:
    # Said in full where the server logs; the caller gets no traceback.
    print(f"contexta: {request.method} {request.url.path} failed", file=sys.stderr)
    traceback.print_exception(error)
    cause = type(error).__name__
    return _error(500, "the server itself failed", cause, "look at its log", Exit.OUR_BUG)
