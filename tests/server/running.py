"""Starting a real server in processes of its own, on free ports, and talking to it."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from contexta_processor.base.data_dir import DataDir

DEADLINE_S = 30.0
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """The first true value of `condition`, or a failed test after half a minute."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {DEADLINE_S} s for {what}")


def spans(run_id: str, *names: str) -> ExportTraceServiceRequest:
    """A request of operation spans of one run, each with ids of its own."""
    request = ExportTraceServiceRequest()
    scope_spans = request.resource_spans.add().scope_spans.add()
    for name in names:
        made = scope_spans.spans.add(
            trace_id=os.urandom(16), span_id=os.urandom(8), name=name, start_time_unix_nano=1
        )
        made.end_time_unix_nano = 2
        made.attributes.add(key="contexta.run.id").value.string_value = run_id
        made.attributes.add(key="contexta.evidence.kind").value.string_value = "operation"
        made.attributes.add(key="contexta.operation.name").value.string_value = name
    return request


@dataclass
class Server:
    """One running server."""

    process: subprocess.Popen[bytes]
    data: DataDir
    log: Path
    addresses: dict[str, Any]

    def export(self, body: bytes, **options: Any) -> ExportTraceServiceResponse:
        """Send trace bytes over gRPC; returns once they are acknowledged."""
        with grpc.insecure_channel(self.addresses["grpc"]) as channel:
            return ExportTraceServiceResponse.FromString(
                channel.unary_unary(EXPORT)(body, timeout=10, **options)
            )

    def get(self, door: str, path: str) -> str:
        """A page of the http or web port."""
        with urllib.request.urlopen(f"http://{self.addresses[door]}{path}", timeout=10) as answer:
            return answer.read().decode()

    def metric(self, name: str, **labels: str) -> float:
        """One sample of /metrics; 0 if it isn't there."""
        inside = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        wanted = f"contexta_{name}" + (f"{{{inside}}}" if inside else "")
        for line in self.get("http", "/metrics").splitlines():
            series, _, value = line.rpartition(" ")
            if series == wanted:
                return float(value)
        return 0.0

    def store_pids(self) -> list[int]:
        """The store process: the server's only child."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for path in {children, *tasks} for pid in path.read_text().split()]

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        """SIGKILL to the server; its store notices by itself."""
        self.process.kill()
        self.process.wait()


def start_server(data: Path, logs: Path, *options: str) -> Server:
    """A server that is ready."""
    log = logs / f"serve-{time.monotonic_ns()}.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(serve_command(data, *options), stderr=stderr)
    server = Server(process, DataDir(data), log, {})

    def ready() -> Any:
        assert process.poll() is None, log.read_text()
        told = server.data.read_serve()
        return told if told and told["pid"] == process.pid else None

    server.addresses = wait_until(ready, "the server to be ready")
    return server


def serve_command(data: Path, *options: str) -> list[str]:
    """The command of a server on free ports."""
    return [sys.executable, "-m", "contexta_processor.server", "--data", str(data), *options]
