"""Starting a real server in processes of its own, on free ports, and talking to it."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from waiting import PATIENCE_S, wait_until

from contexta_processor.base.data_dir import DataDir

__all__ = ["CONTEXTA", "EXPORT", "FREE", "Server", "environment", "launch", "serve_command", "spans", "start_server", "wait_until"]  # fmt: skip

CONTEXTA = str(Path(sys.executable).with_name("contexta"))
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
FREE = ("--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--web", "127.0.0.1:0")
"""Every door on a port that is free."""


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
                channel.unary_unary(EXPORT)(body, timeout=PATIENCE_S, **options)
            )

    def get(self, door: str, path: str) -> str:
        """A page of the http or web port."""
        url = f"http://{self.addresses[door]}{path}"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
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
    process, addresses = launch(serve_command(data, *options), data, log)
    return Server(process, DataDir(data), log, addresses)


def launch(
    command: Sequence[str | Path], data: Path, log: Path, env: Mapping[str, str] | None = None
) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """The process of a server that is ready, and its addresses; one that never is fails with its log, and is ended."""
    with log.open("wb") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, env=env)

    def ready() -> dict[str, Any] | None:
        assert process.poll() is None, log.read_text()
        told = DataDir(data).read_serve()
        return told if told and told["pid"] == process.pid else None

    try:
        return process, wait_until(ready, "the server to be ready")
    except BaseException:
        process.kill()
        process.wait()
        raise


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of ours or OpenTelemetry's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CONTEXTA_", "OTEL_"))}
    return {**kept, **more}


def serve_command(data: Path, *options: str) -> list[str]:
    """The command of a server on free ports."""
    return [sys.executable, "-m", "contexta_processor.server", "--data", str(data), *options]
