"""Who may call an HTTP door: the loopback interface is not private, a browser reaches it from any page.

A page on some site can resolve a name of its own to 127.0.0.1 (DNS rebinding) or just send a form. So a request must name a
host that is ours, and one that comes from a page must come from our own.
"""

from collections.abc import Iterable
from ipaddress import ip_address


def header_values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """All values of a header; names are lower case in ASGI."""
    return [value.decode("latin-1") for key, value in headers if key == name]


class HostRule:
    """Says of a request's Host and Origin whether it may come in.

    check_host: false where the door is bound to be reached by others, under names we can't know.
    """

    def __init__(self, *, check_host: bool, allowed_hosts: Iterable[str] = ()) -> None:
        self._check_host = check_host
        self._allowed = frozenset(host.lower() for host in allowed_hosts) | {"localhost"}

    def problem(self, headers: Iterable[tuple[bytes, bytes]]) -> tuple[int, str] | None:
        """(HTTP status, reason) for a request that must not come in."""
        headers = list(headers)
        hosts = header_values(headers, b"host")
        if len(hosts) != 1 or not hosts[0]:
            return 400, "a request names exactly one Host"
        if self._check_host and not self._is_ours(hosts[0]):
            return 421, "this server does not go by that name"
        for origin in header_values(headers, b"origin"):
            scheme, _, origin_host = origin.partition("://")
            if scheme not in ("http", "https") or origin_host.lower() != hosts[0].lower():
                return 403, "requests from pages of other origins are refused"
        return None

    def _is_ours(self, host: str) -> bool:
        name = _without_port(host.lower())
        if name in self._allowed or name.endswith(".localhost"):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True  # an address, unlike a name, can't be rebound


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
