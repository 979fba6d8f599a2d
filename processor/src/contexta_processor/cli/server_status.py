"""Where a server that was named by its web address takes telemetry."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from contexta_processor.base.errors import ContextaError
from contexta_processor.store.remote import RemoteQuery, normal_url

_HERE = frozenset({"127.0.0.1", "0.0.0.0", "::1", "::", "localhost"})


def running_at(address: str) -> Mapping[str, Any] | None:
    """What serve.json says (`grpc`, `http`, `web`, `pid`, `version`), asked of the server itself; None if it is none of ours.

    An address that only means "this machine" to the server is given with the host it was asked at.
    """
    try:
        server = RemoteQuery(address, timeout=10)
        try:
            status: dict[str, Any] = server.get("/api/status")
        finally:
            server.close()
        told: dict[str, str] = status["addresses"]
    except (ContextaError, ValueError, KeyError, TypeError):
        return None
    asked = urlsplit(normal_url(address)).hostname or ""
    addresses = {name: _seen_from(asked, where) for name, where in told.items()}
    return {**addresses, "pid": status.get("pid"), "version": status.get("version")}


def _seen_from(asked: str, address: str) -> str:
    host, _, port = address.rpartition(":")
    if host.strip("[]") not in _HERE:
        return address
    return f"[{asked}]:{port}" if ":" in asked else f"{asked}:{port}"
