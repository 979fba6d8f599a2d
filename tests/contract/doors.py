"""The processor from outside: its command line as a process, its ports as a client."""

import http.client
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from contract.otlp_words import js_logs, js_traces
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from server.running import CONTEXTA, FREE, launch
from waiting import PATIENCE_S
from waiting import wait_until as eventually

__all__ = ["CONTEXTA", "Server", "answer", "contexta", "eventually", "serve_words", "start"]

Request = ExportTraceServiceRequest | ExportLogsServiceRequest | ExportMetricsServiceRequest

_PACKAGE = "/opentelemetry.proto.collector"
_GRPC: dict[type, tuple[str, Any]] = {
    ExportTraceServiceRequest: (
        f"{_PACKAGE}.trace.v1.TraceService/Export",
        ExportTraceServiceResponse,
    ),
    ExportLogsServiceRequest: (f"{_PACKAGE}.logs.v1.LogsService/Export", ExportLogsServiceResponse),
    ExportMetricsServiceRequest: (
        f"{_PACKAGE}.metrics.v1.MetricsService/Export",
        ExportMetricsServiceResponse,
    ),
}
_PATHS: dict[type, str] = {
    ExportTraceServiceRequest: "/v1/traces",
    ExportLogsServiceRequest: "/v1/logs",
    ExportMetricsServiceRequest: "/v1/metrics",
}


def contexta(
    *words: str, data: Path | None = None, code: int | None = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a pipe; `code` is the exit code it must have."""
    told = os.environ | {"CONTEXTA_DATA": str(data)} if data else dict(os.environ)
    done = subprocess.run(
        [CONTEXTA, *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=told | environment,
    )
    if code is not None:
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


def answer(*words: str, data: Path, code: int = 0) -> Any:
    """What a command gives as JSON."""
    return json.loads(contexta(*words, "--json", data=data, code=code).stdout)


@dataclass
class Server:
    """A server started with `contexta serve`."""

    process: subprocess.Popen[bytes]
    data: Path
    log: Path
    addresses: dict[str, Any]

    def grpc(self, request: Request) -> Any:
        """Send over gRPC; the response, once acknowledged."""
        method, response = _GRPC[type(request)]
        with grpc.insecure_channel(self.addresses["grpc"]) as channel:
            call = channel.unary_unary(method)
            return response.FromString(call(request.SerializeToString(), timeout=PATIENCE_S))

    def http(self, request: Request) -> Any:
        """Send as HTTP protobuf; the response."""
        _, response = _GRPC[type(request)]
        body = request.SerializeToString()
        status, told = self.post(_PATHS[type(request)], body, "application/x-protobuf")
        assert status == 200, told
        return response.FromString(told)

    def js(self, request: ExportTraceServiceRequest | ExportLogsServiceRequest) -> dict[str, Any]:
        """Send as the JavaScript SDK does: JSON, chunked."""
        body = (
            js_traces(request)
            if isinstance(request, ExportTraceServiceRequest)
            else js_logs(request)
        )

        def chunks() -> Iterator[bytes]:
            for start in range(0, len(body), 1000):
                yield body[start : start + 1000]

        status, told = self.post(_PATHS[type(request)], chunks(), "application/json")
        assert status == 200, told
        return json.loads(told)

    def post(self, path: str, body: Any, content_type: str) -> tuple[int, bytes]:
        """A POST to the OTLP port; status and body."""
        connection = http.client.HTTPConnection(self.addresses["http"], timeout=PATIENCE_S)
        chunked = not isinstance(body, bytes)
        connection.request(
            "POST", path, body, {"Content-Type": content_type}, encode_chunked=chunked
        )
        told = connection.getresponse()
        return told.status, told.read()

    def api(self, path: str, body: Any = None) -> tuple[int, Any]:
        """The read API: status and JSON."""
        status, told = self.web(path, body)
        return status, json.loads(told)

    def web(self, path: str, body: Any = None, accept: str = "*/*") -> tuple[int, bytes]:
        """A page of the web port: status and bytes."""
        address = self.addresses["web"].removeprefix("http://")
        asked = urllib.request.Request(
            f"http://{address}{path}",
            json.dumps(body).encode() if body is not None else None,
            {"Content-Type": "application/json", "Accept": accept},
        )
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE_S) as told:
                return told.status, told.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def sql(self, text: str) -> list[dict[str, Any]]:
        """Rows of a statement, as JSON."""
        status, rows = self.api("/api/sql", {"sql": text})
        assert status == 200, rows
        return rows

    def row(self, text: str) -> dict[str, Any]:
        """The only row of a statement."""
        rows = self.sql(text)
        assert len(rows) == 1, rows
        return rows[0]

    def settled(self) -> None:
        """Wait until everything acknowledged so far is in the tables, computed ones included."""
        eventually(lambda: self.lag() == 0, "the store to catch up")
        pending = "SELECT count(*) AS n FROM store.dirty_runs"
        eventually(lambda: self.row(pending)["n"] == 0, "the runs to be computed")

    def lag(self) -> float:
        """Bytes that are acknowledged and not in the store yet."""
        with urllib.request.urlopen(
            f"http://{self.addresses['http']}/metrics", timeout=PATIENCE_S
        ) as told:
            lines = told.read().decode().splitlines()
        return next(
            float(line.split()[1]) for line in lines if line.startswith("contexta_lag_bytes ")
        )

    def metric_sum(self, name: str) -> float:
        """All series of one name in /metrics."""
        lines = self.web("/metrics")[1].decode().splitlines()
        found = [
            line
            for line in lines
            if line.startswith((f"{name} ", f"{name}{{")) and not line.startswith("#")
        ]
        assert found, f"no {name} in /metrics"
        return sum(float(line.rpartition(" ")[2]) for line in found)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(60)


def serve_words(data: Path) -> list[str]:
    """The command of a server on free ports."""
    return [CONTEXTA, "serve", "--data", str(data), *FREE]


def start(data: Path) -> Server:
    """A server that is ready: it has written its addresses."""
    log = data.with_name(f"{data.name}-{time.monotonic_ns()}.log")
    process, addresses = launch(serve_words(data), data, log)
    return Server(process, data, log, addresses)
