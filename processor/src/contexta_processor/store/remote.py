"""Reading through a running server: statement names out, Arrow back.

Standard library HTTP, because a reading command should not wait for an HTTP library to be imported.
"""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Params
from contexta_processor.base.statement import Statement

ARROW_STREAM = "application/vnd.apache.arrow.stream"


class RemoteQuery:
    """A `Query` that a server answers. One connection, kept open between questions."""

    def __init__(self, base_url: str, *, timeout: float = 60.0) -> None:
        """`base_url` is the server's web address: `http://127.0.0.1:4319`, or `127.0.0.1:4319`."""
        self.base_url = normal_url(base_url)
        parts = urlsplit(self.base_url)
        self._path = parts.path.rstrip("/")
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)

    def query(self, statement: Statement, params: Params | None = None) -> pa.Table:
        """Run one packaged SELECT on the server; returns an Arrow table.

        Raises: ContextaError with the server's own words, or Exit.UNREACHABLE if it does not answer.
        """
        body = {"statement": statement.name, "params": dict(params or {})}
        return arrow_table(self.post("/api/query", body, accept=ARROW_STREAM))

    def post(self, path: str, body: Mapping[str, Any], *, accept: str) -> bytes:
        """POST a JSON object to a path of the read API and give the answer's body.

        Raises: as `query`.
        """
        told = json.dumps(body).encode("utf-8")
        return self.post_bytes(path, told, content_type="application/json", accept=accept)

    def post_bytes(self, path: str, body: bytes, *, content_type: str, accept: str) -> bytes:
        """As `post`, with a body of any type."""
        return self._request("POST", path, body, {"content-type": content_type, "accept": accept})

    def get(self, path: str) -> Any:
        """GET a JSON document of the read API. Raises: as `query`."""
        return json.loads(self._request("GET", path, None, {"accept": "application/json"}))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        try:
            self._connection.request(method, self._path + path, body, dict(headers))
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise self._unreachable(error) from error
        if response.status != 200:
            raise self._refused(response.status, content)
        return content

    def _unreachable(self, error: Exception) -> ContextaError:
        if isinstance(error, http.client.BadStatusLine) and str(error):
            return ContextaError(
                f"{self.base_url} is not the web address of a contexta server",
                cause="what listens there speaks no HTTP/1.1 (an OTLP/gRPC port doesn't)",
                hint="give the web address that `contexta serve` prints",
                exit_code=Exit.UNREACHABLE,
            )
        return ContextaError(
            f"the server at {self.base_url} does not answer",
            cause=str(error) or type(error).__name__,
            hint="contexta doctor, or --data DIR to read a directory without a server",
            exit_code=Exit.UNREACHABLE,
        )

    def _refused(self, status: int, content: bytes) -> ContextaError:
        try:
            told = json.loads(content)["error"]
            return ContextaError(
                str(told["what"]),
                cause=str(told["cause"]),
                hint=str(told["hint"]),
                exit_code=Exit(told.get("exit_code", Exit.UNREACHABLE)),
            )
        except (ValueError, KeyError, TypeError):
            return ContextaError(
                f"{self.base_url} is not a contexta server",
                cause=f"it answered {status} without saying why",
                hint="give the web address that `contexta serve` prints",
                exit_code=Exit.UNREACHABLE,
            )


def normal_url(address: str) -> str:
    """`HOST:PORT` or a URL as a URL without a trailing slash.

    Raises: ContextaError if it is neither.
    """
    url = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ContextaError(
            f"{address!r} is not a server's address",
            cause="it must be http://HOST:PORT",
            hint="give the web address that `contexta serve` prints",
        )
    return url.rstrip("/")


def arrow_table(stream: bytes) -> pa.Table:
    """The table in an Arrow IPC stream.

    Raises: ContextaError if the bytes are not one.
    """
    try:
        return pa.ipc.open_stream(stream).read_all()
    except pa.ArrowInvalid as error:
        raise ContextaError(
            "the server's answer cannot be read",
            cause=str(error),
            hint="contexta --version here and there: the two may be of different versions",
            exit_code=Exit.UNREACHABLE,
        ) from error
