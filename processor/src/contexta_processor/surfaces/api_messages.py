"""Requests and answers of the read API as HTTP has them: parameters, bodies, JSON, Arrow, errors."""

import sys
import traceback
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast
from urllib.parse import quote, unquote

import orjson
import pyarrow as pa
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.surfaces.render import json as json_text
from contexta_processor.surfaces.sandbox.request import MIB, SQL_WITH_TABLES, unframed

ARROW_STREAM = "application/vnd.apache.arrow.stream"
_BODY_LIMIT = 1024 * 1024
_MOST = 2**31 - 1
_STATUS = {
    Exit.USAGE: 400,
    Exit.UNDECIDED: 404,
    Exit.UNREACHABLE: 503,
    Exit.NEGATIVE: 422,
}


def asked(request: Request, *known: str, repeated: tuple[str, ...] = ()) -> Mapping[str, str]:
    """The query parameters. `repeated` are known too, and may be given more than once.

    Raises: ContextaError naming one the path does not know, or one that was given twice.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    require_known(names, (*known, *repeated), "parameter")
    for name in names:
        if name not in repeated and names.count(name) > 1:
            raise not_understood(f"{name} is given more than once")
    return request.query_params


def require_known(names: Iterable[str], known: Collection[str], kind: str) -> None:
    """Refuse what would be passed over in silence. Raises: ContextaError naming the first unknown one."""
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ContextaError(
            f"unknown {kind} {unknown[0]!r}",
            cause=f"known here: {', '.join(sorted(known)) or 'none'}",
            hint="leave it out; docs/read.md shows every request",
        )


def named(request: Request, name: str) -> str:
    """An id in the path, whatever characters it has (`UndecodedPath` left it as it was sent)."""
    return unquote(str(request.path_params[name]))


class UndecodedPath:
    """Routes look at the path as it was sent: a slash in an id (`%2F`) doesn't end it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sent: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
            scope = {**scope, "path": sent.decode("ascii", "replace")}
        await self._app(scope, receive, send)


def number(words: Mapping[str, str], name: str, default: int) -> int | None:
    """A count; 0 means all and becomes None."""
    text = words.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _MOST):
        raise not_understood(f"{name} has value {text!r}, which is not a count")
    return int(text) or None


def within(words: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number between two others. Raises: ContextaError."""
    text = words.get(name, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text[:10]) <= high):
        raise not_understood(f"{name} has value {text!r}, which is not from {low} to {high}")
    return int(text)


def figure(words: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    """A number between two others. Raises: ContextaError."""
    text = words.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise not_understood(f"{name} has value {text!r}, which is not from {low:g} to {high:g}")
    return value


def one_of(words: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    """A parameter that must be one of `choices`, or None. Raises: ContextaError."""
    value = words.get(name)
    if value is not None and value not in choices:
        raise not_understood(
            f"{name} has value {value!r}, which is not one of {', '.join(choices)}"
        )
    return value


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in a request. Raises: HTTPException, ContextaError."""
    # A form or text/plain can be posted from any page without asking; JSON can't.
    if _media_type(request) != "application/json":
        raise HTTPException(415, "send application/json")
    received = await _received(request, _BODY_LIMIT)
    try:
        body = orjson.loads(received)
    except orjson.JSONDecodeError as error:
        raise not_understood(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise not_understood("the body must be a JSON object")
    return cast("dict[str, Any]", body)


def brings_tables(request: Request) -> bool:
    """Whether a typed question comes with tables of its own."""
    return _media_type(request) == SQL_WITH_TABLES


async def sql_body(request: Request, input_mb: int) -> tuple[dict[str, Any], Mapping[str, bytes]]:
    """A typed question, and the Arrow streams it brings along, unread. Raises: HTTPException, ContextaError."""
    if not brings_tables(request):
        return await json_body(request), {}
    received = await _received(request, _BODY_LIMIT + input_mb * MIB)
    try:
        return unframed(bytes(received))
    except (ValueError, KeyError, TypeError) as error:
        raise not_understood(f"the body is no question with tables: {error}") from error


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _received(request: Request, limit: int) -> bytearray:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise HTTPException(413, f"a question has at most {limit:,} bytes")
    return received


def wants_arrow(request: Request) -> bool:
    """Whether the caller accepts an Arrow IPC stream."""
    return ARROW_STREAM in request.headers.get("accept", "")


def json_answer(value: object) -> Response:
    """A document, byte for byte as the command line prints it."""
    return Response(
        json_text.dumps(value).encode(),
        media_type="application/json",
        headers={"x-content-type-options": "nosniff", "cache-control": "no-store"},
    )


def arrow_answer(table: "pa.Table") -> Response:
    """A table as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Response(sink.getvalue().to_pybytes(), media_type=ARROW_STREAM)


def not_understood(cause: str) -> ContextaError:
    """The error for a request that makes no sense."""
    return ContextaError(
        "the request cannot be understood", cause=cause, hint="docs/read.md shows every request"
    )


def _error(status: int, what: str, cause: str, hint: str, code: Exit) -> JSONResponse:
    error = {"what": what, "cause": cause, "hint": hint, "exit_code": int(code)}
    return JSONResponse({"error": error}, status_code=status)


def told_error(_request: Request, error: Exception) -> Response:
    """A ContextaError in its own words."""
    told = cast("ContextaError", error)
    status = _STATUS.get(told.exit_code, 500)
    return _error(status, told.what, told.cause, told.hint, told.exit_code)


def refused_error(request: Request, error: Exception) -> Response:
    """A path, method, type or size that is not taken."""
    refused = cast("HTTPException", error)
    hint = "docs/read.md shows every request"
    what = f"{request.method} {request.url.path} is refused"
    return _error(refused.status_code, what, refused.detail, hint, Exit.USAGE)


def bug_error(request: Request, error: Exception) -> Response:
    """Anything unforeseen."""
    # Said in full where the server logs; the caller gets no traceback.
    print(f"contexta: {request.method} {request.url.path} failed", file=sys.stderr)
    traceback.print_exception(error)
    cause = type(error).__name__
    return _error(500, "the server itself failed", cause, "look at its log", Exit.OUR_BUG)
