"""The web port: the read API, and the pages about the processor itself, on a thread of the store process."""

import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import Exit
from contexta_processor.receive.http_protocol import HEADERS_TOO_LARGE, LimitedProtocol
from contexta_processor.receive.local_only import HostRule
from contexta_processor.server.pages import Page, Status, health_page, metrics_page, ready_page
from contexta_processor.store.ingest import Ingest
from contexta_processor.store.snapshot import SnapshotCache
from contexta_processor.surfaces.api import RunSql, build_api
from contexta_processor.surfaces.sandbox.sandbox import SqlLimits, run_sql

_STOP_SECONDS = 2.0


class WebServer:
    """Serves the read API on a listening socket it inherited."""

    def __init__(
        self,
        data_dir: DataDir,
        ingest: Ingest,
        status: Callable[[], Status],
        listening_fd: int,
        host_rule: HostRule,
    ) -> None:
        app = _Guarded(_build_app(data_dir, ingest, status), host_rule)
        config = uvicorn.Config(
            app,
            http=LimitedProtocol,
            server_header=False,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=int(_STOP_SECONDS),
        )
        self._server = uvicorn.Server(config)
        self._socket = socket.socket(fileno=listening_fd)
        self._thread = threading.Thread(target=self._run, daemon=True, name="web")

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being answered, within two seconds."""
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS + 1)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


class _Guarded:
    """The application behind the rule of who may call it."""

    def __init__(self, app: ASGIApp, host_rule: HostRule) -> None:
        self._app = app
        self._host_rule = host_rule

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._host_rule.problem(scope["headers"])
        if scope.get("state", {}).get(HEADERS_TOO_LARGE):
            problem = 431, "the headers are too large"
        if problem is None:
            await self._app(scope, receive, send)
            return
        code, reason = problem
        error = {
            "what": "this request is refused",
            "cause": reason,
            "hint": "docs/operate.md says who may ask",
            "exit_code": int(Exit.USAGE),
        }
        await JSONResponse({"error": error}, status_code=code)(scope, receive, send)


def _build_app(data_dir: DataDir, ingest: Ingest, status: Callable[[], Status]) -> Starlette:
    pages: list[BaseRoute] = [
        Route("/healthz", _page(health_page)),
        Route("/readyz", _page(lambda: ready_page(status()))),
        Route("/metrics", _page(lambda: metrics_page(status()))),
    ]
    api = build_api(
        ingest.reader, data_dir=data_dir, status=status, run_sql=_run_sql(data_dir, ingest)
    )
    return Starlette(routes=[*pages, Mount("/", api)])


def _run_sql(data_dir: DataDir, ingest: Ingest) -> RunSql:
    """A user's statement runs in a process of its own, on a copy: never where the writable database is."""
    snapshots = SnapshotCache(ingest.cursor, data_dir.root / "snapshots")

    def answer(
        text: str, params: Mapping[str, Any], limits: SqlLimits, tables: Mapping[str, bytes]
    ) -> Any:
        return run_sql(text, params, database=snapshots.path(), limits=limits, tables=tables)

    return answer


def _page(make: Callable[[], Page]) -> Callable[[Request], Response]:
    def endpoint(_request: Request) -> Response:
        code, content_type, body = make()
        return Response(body, status_code=code, headers={"content-type": content_type})

    return endpoint
