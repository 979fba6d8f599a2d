"""What `contexta serve` can be told, and how an address is written."""

from dataclasses import dataclass, field
from ipaddress import ip_address

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 picks a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True)
class ServeOptions:
    """Everything `serve` can be told. Sizes in bytes, times in seconds."""

    data_dir: DataDir
    grpc: str = "127.0.0.1:4317"
    http: str = "127.0.0.1:4318"
    web: str = "127.0.0.1:4319"
    max_request_bytes: int = 64 * MIB
    """One request, after decompression."""
    max_lag_bytes: int = 512 * MIB
    """Journal not yet reconstructed, beyond which senders are told to come back."""
    max_in_flight_bytes: int = 256 * MIB
    """Requests being taken in at one moment."""
    max_quarantine_bytes: int = 1024 * MIB
    segment_bytes: int = 64 * MIB
    drain_seconds: float = 20.0
    """How long a stop waits for the store to catch up."""
    keep_unclaimed_s: float = 30 * 86_400.0
    """How long what belongs to no run waits for one; infinite keeps it for ever."""
    allowed_hosts: tuple[str, ...] = field(default=())
    """Further names by which the HTTP doors may be called."""


def parse_address(text: str, option: str) -> Address:
    """`HOST:PORT` or `[IPV6]:PORT`.

    Raises: ContextaError naming the option it was given to.
    """
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if bracketed:
        host = host[1:-1]
    legal = colon and host and port.isascii() and port.isdigit() and int(port) <= 65535
    if not legal or (":" in host and not bracketed):
        raise ContextaError(
            f"{option} {text} is not an address",
            cause="an address is HOST:PORT with a port from 0 to 65535 (0 picks a free one)",
            hint=f"{option} 127.0.0.1:0",
        )
    return Address(host, int(port))
