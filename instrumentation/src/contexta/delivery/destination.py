"""Where evidence goes: enough of the settings to deliver later what waits on disk."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from contexta.base.settings import Protocol, Settings

if TYPE_CHECKING:
    from contexta.delivery.transport import Transport


_PROTOCOLS: Final[dict[str, Protocol]] = {
    "grpc": "grpc",
    "http/protobuf": "http/protobuf",
    "http/json": "http/json",
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Endpoint and protocol. No headers: credentials are for whoever delivers to bring along."""

    endpoint: str
    logs_endpoint: str | None
    endpoint_is_complete: bool
    logs_endpoint_is_complete: bool
    protocol: Protocol

    @classmethod
    def of(cls, settings: Settings) -> Destination:
        """Where these settings send."""
        logs = settings.logs_endpoint
        return cls(
            _bare(settings.endpoint),
            None if logs is None else _bare(logs),
            settings.endpoint_is_complete,
            settings.logs_endpoint_is_complete,
            settings.protocol,
        )

    @classmethod
    def from_dict(cls, told: object) -> Destination:
        """As `to_dict` wrote it. Raises: ValueError if it is nothing of ours."""
        match told:
            case {
                "endpoint": str(endpoint),
                "logs_endpoint": None | str() as logs_endpoint,
                "endpoint_is_complete": bool(complete),
                "logs_endpoint_is_complete": bool(logs_complete),
                "protocol": str(protocol),
            } if protocol in _PROTOCOLS:
                return cls(endpoint, logs_endpoint, complete, logs_complete, _PROTOCOLS[protocol])
            case _:
                raise ValueError("no destination")

    def to_dict(self) -> dict[str, object]:
        """For a JSON file."""
        return dataclasses.asdict(self)

    @property
    def key(self) -> str:
        """A directory name: the same for the same destination."""
        text = "\n".join(str(value) for value in self.to_dict().values())
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]

    def in_settings(self, settings: Settings) -> Settings:
        """`settings` with this destination in place of theirs."""
        return dataclasses.replace(
            settings,
            endpoint=self.endpoint,
            logs_endpoint=self.logs_endpoint,
            endpoint_is_complete=self.endpoint_is_complete,
            logs_endpoint_is_complete=self.logs_endpoint_is_complete,
            protocol=self.protocol,
        )


def transport_for(settings: Settings) -> Transport:
    """The way to the endpoint of `settings`."""
    if settings.endpoint.startswith("file:"):
        from contexta.delivery.transport.file import FileTransport

        return FileTransport(settings)
    if settings.protocol == "grpc":
        from contexta.delivery.transport.grpc import GrpcTransport

        return GrpcTransport(settings)
    from contexta.delivery.transport.http import HttpTransport

    return HttpTransport(settings)


def _bare(endpoint: str) -> str:
    """Without user name and password; a directory as it is reached from anywhere."""
    if endpoint.startswith("file:"):
        from contexta.delivery.transport.file import directory_of

        return f"file:{directory_of(endpoint)}"
    if "@" not in endpoint or "://" not in endpoint:
        return endpoint
    parts = urlsplit(endpoint)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
