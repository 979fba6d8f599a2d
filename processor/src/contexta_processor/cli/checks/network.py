"""Is the server there, is it ready, and are the OTLP ports its own?"""

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError
from contexta_processor.cli.checks.check import Check

TIMEOUT_SECONDS = 3.0
DEFAULT_DOORS = {"--grpc": "127.0.0.1:4317", "--http": "127.0.0.1:4318", "--web": "127.0.0.1:4319"}


def check_server(web: str, running: Mapping[str, Any] | None) -> Iterator[Check]:
    """Does the web address answer, is it ready, and (with `running`, of serve.json) are its OTLP doors open?"""
    from contexta_processor.store.remote import normal_url

    try:
        url = normal_url(web)
        status, body, skew = get_page(url, "/readyz")
    except ContextaError as error:
        yield Check("server", "error", f"{error.what}: {error.cause}", error.hint)
        return
    except (OSError, http.client.HTTPException) as error:
        yield Check(
            "server",
            "error",
            f"{web} does not answer: {error or type(error).__name__}",
            "stop it if it hangs, then contexta serve",
        )
        return
    try:
        told: dict[str, Any] = json.loads(body)
        ready, reasons = bool(told["ready"]), [str(reason) for reason in told["reasons"]]
    except (ValueError, KeyError, TypeError):
        yield Check(
            "server",
            "error",
            f"what answers at {web} ({status}) is not a contexta server",
            "give the web address that `contexta serve` prints",
        )
        return
    if ready:
        yield Check("server", "ok", f"{url} answers and is ready")
    else:
        yield Check(
            "server",
            "error",
            f"{url} answers, not ready: {', '.join(reasons)}",
            "wait a moment; if it stays so, look at what contexta serve printed",
        )
    if skew is not None and abs(skew) > 5:
        yield Check(
            "clock",
            "warning",
            f"the server's clock is {skew:+.0f} s off this machine's",
            "set both by NTP",
        )
    if running is not None:
        yield from _doors(running)


def _doors(running: Mapping[str, Any]) -> Iterator[Check]:
    for name, label in (("grpc", "OTLP/gRPC"), ("http", "OTLP/HTTP")):
        address = str(running.get(name))
        if not _listens(address):
            yield Check(
                label, "error", f"{address} does not take connections", "restart the server"
            )
        elif name == "http" and not _speaks_otlp(address):
            yield Check(
                label,
                "error",
                f"what listens on {address} is not our server",
                f"find out who has it: ss -ltnp 'sport = :{address.rpartition(':')[2]}'",
            )
        else:
            yield Check(label, "ok", f"{address} is ours")


def check_free_ports(data: DataDir) -> Iterator[Check]:
    """Without a server: could one start on the default ports?"""
    taken = {flag: address for flag, address in DEFAULT_DOORS.items() if _listens(address)}
    if taken:
        flags = " ".join(f"{flag} 127.0.0.1:0" for flag in taken)
        who = ", ".join(taken.values())
        yield Check(
            "ports",
            "warning",
            f"taken by something else: {who}",
            f"contexta serve --data {data.root} {flags}   (or stop it)",
        )
    else:
        yield Check("ports", "ok", "4317, 4318 and 4319 are free for a server")


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=TIMEOUT_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def _speaks_otlp(address: str) -> bool:
    """An OTLP/HTTP door answers GET with 405: it takes POST alone."""
    try:
        status, _, _ = get_page(f"http://{address}", "/v1/traces")
    except (OSError, http.client.HTTPException):
        return False
    return status == 405


def get_page(url: str, path: str, *, most: int = 65_536) -> tuple[int, bytes, float | None]:
    """Status, body (at most `most` bytes of it), and how many seconds the answer's Date is off our clock (None without one)."""
    from email.utils import parsedate_to_datetime
    from time import time

    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}{path}")
        response = connection.getresponse()
        body = response.read(most)
        date = response.headers.get("date")
    finally:
        connection.close()
    skew = parsedate_to_datetime(date).timestamp() - time() if date else None
    return response.status, body, skew
