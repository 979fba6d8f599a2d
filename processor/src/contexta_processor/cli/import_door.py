"""Sending requests to a running server's OTLP/HTTP door, with the patience it asks for."""

import http.client
import time
from urllib.parse import urlsplit

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.quarantine import SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.store.remote import normal_url

PATIENCE_SECONDS = 60.0
_AGAIN = (429, 502, 503, 504)
_PROTOBUF = "application/x-protobuf"


class Door:
    """One OTLP/HTTP address (`http://127.0.0.1:4318`); the connection stays open between requests."""

    def __init__(self, address: str) -> None:
        self.url = normal_url(address)
        parts = urlsplit(self.url)
        self._prefix = parts.path.rstrip("/")
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS)

    def append(self, signal: Signal, body: bytes) -> None:
        """Send one request; returns when the server says it is durable.

        Raises: ContextaError with Exit.UNREACHABLE if it takes it within a minute neither now nor later.
        """
        status = self._post(signal, body)
        if status != 200:
            raise ContextaError(
                f"the server at {self.url} refused a request",
                cause=f"it answered {status} to POST /v1/{signal.label}",
                hint="--server takes the web or the OTLP/HTTP address that `contexta serve` prints",
                exit_code=Exit.UNREACHABLE,
            )

    def set_aside(self, item: SetAside) -> None:
        """Send what cannot be taken as it is: the server's own door sets it aside, and answers no."""
        self._post(item.signal, item.raw)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _post(self, signal: Signal, body: bytes) -> int:
        patience = time.monotonic() + PATIENCE_SECONDS
        while True:
            status, wait = self._once(signal, body)
            if status not in _AGAIN or time.monotonic() + wait > patience:
                return status
            time.sleep(wait)

    def _once(self, signal: Signal, body: bytes) -> tuple[int, float]:
        """Status, and after how many seconds to come back."""
        try:
            path = f"{self._prefix}/v1/{signal.label}"
            self._connection.request("POST", path, body, {"content-type": _PROTOBUF})
            response = self._connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ContextaError(
                f"the server at {self.url} does not answer",
                cause=str(error) or type(error).__name__,
                hint="contexta doctor",
                exit_code=Exit.UNREACHABLE,
            ) from error
        asked = response.headers.get("retry-after", "1")
        return response.status, min(
            float(asked) if asked.replace(".", "", 1).isdigit() else 1.0, 10.0
        )
