"""How much durability costs: acknowledged spans and requests a second over gRPC.

Two servers of the same doors in one run, in turns: one appends to the real journal (fdatasync before the
acknowledgement), the other to memory. The share between them is the figure to compare over time; the absolute ones depend
on the machine. One JSON object a line on stdout: one per round, then the medians.

    python benchmarks/ingest_ack.py [--rounds 5] [--requests 60] [--spans 512] [--in-flight 8]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Acknowledged spans a second, durable and not.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--spans", type=int, default=512, help="in each request")
    parser.add_argument("--in-flight", type=int, default=8)
    parser.add_argument("--serve", choices=["memory", "journal"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve_until_stdin_closes(options.serve)
        return
    for spans in (options.spans, 1):
        measure(spans, options)


def measure(spans: int, options: argparse.Namespace) -> None:
    """Rounds of both servers with requests of this size."""
    # Small requests come in large numbers: a round should take about as long.
    bodies = [build_request(spans) for _ in range(options.requests * (20 if spans == 1 else 1))]
    rates: dict[str, list[float]] = {"memory": [], "journal": []}
    with Doors("memory") as memory, Doors("journal") as journal:
        for doors in (memory, journal):
            send_all(doors.address, bodies[:4], options.in_flight)  # warm
        for number in range(options.rounds):
            for doors in (memory, journal):
                seconds = send_all(doors.address, bodies, options.in_flight)
                rates[doors.kind].append(len(bodies) / seconds)
            emit(
                round=number,
                spans_per_request=spans,
                memory_requests_per_s=round(rates["memory"][-1], 1),
                journal_requests_per_s=round(rates["journal"][-1], 1),
                share=round(rates["journal"][-1] / rates["memory"][-1], 3),
            )
    medians = {kind: statistics.median(values) for kind, values in rates.items()}
    emit(
        benchmark="ingest_ack",
        spans_per_request=spans,
        bytes_per_span=round(len(bodies[0]) / spans),
        in_flight=options.in_flight,
        acknowledged_requests_per_s=round(medians["journal"], 1),
        acknowledged_spans_per_s=round(medians["journal"] * spans),
        share_of_memory_only=round(
            statistics.median(
                j / m for j, m in zip(rates["journal"], rates["memory"], strict=True)
            ),
            3,
        ),
    )


def emit(**values: Any) -> None:
    """One JSON line."""
    print(json.dumps(values), flush=True)


def build_request(spans: int) -> bytes:
    """Spans of eight attributes and three metric events each, as a training loop sends them."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.add(key="service.name").value.string_value = "trainer"
    scope_spans = resource_spans.scope_spans.add()
    trace_id = os.urandom(16)
    for index in range(spans):
        span = scope_spans.spans.add(trace_id=trace_id, span_id=os.urandom(8), name="batch")
        span.start_time_unix_nano = 1_790_000_000_000_000_000 + index
        span.end_time_unix_nano = span.start_time_unix_nano + 1_000_000
        span.attributes.add(key="contexta.run.id").value.string_value = "run-1"
        span.attributes.add(key="contexta.stage.name").value.string_value = "train"
        span.attributes.add(key="contexta.seq").value.int_value = index
        for number in range(5):
            span.attributes.add(key=f"setting.{number}").value.string_value = f"value {number}"
        for name in ("loss", "accuracy", "rate"):
            event = span.events.add(name="contexta.metric")
            event.time_unix_nano = span.end_time_unix_nano
            event.attributes.add(key="contexta.metric.name").value.string_value = name
            event.attributes.add(key="contexta.metric.value").value.double_value = 0.5
            event.attributes.add(key="contexta.metric.step").value.int_value = index
    return request.SerializeToString()


def send_all(address: str, bodies: list[bytes], in_flight: int) -> float:
    """Seconds until every request is acknowledged."""
    with grpc.insecure_channel(address) as channel, ThreadPoolExecutor(in_flight) as pool:
        export = cast("Any", channel).unary_unary(EXPORT)
        started = time.perf_counter()

        def send(body: bytes) -> None:
            export(body, timeout=60)

        list(pool.map(send, bodies))
        return time.perf_counter() - started


class Doors:
    """A receiver in a process of its own."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.address = ""

    def __enter__(self) -> "Doors":
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve", self.kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def serve_until_stdin_closes(kind: str) -> None:
    """The doors alone: no store behind them, so that reconstruction doesn't share the processor."""
    from contexta_processor.base.signal import Signal
    from contexta_processor.journal.writer import JournalWriter
    from contexta_processor.receive.counters import Counters
    from contexta_processor.receive.grpc import build_server
    from contexta_processor.receive.intake import Intake
    from contexta_processor.receive.overload import Admission

    directory = Path(tempfile.mkdtemp(prefix="ingest-ack-", dir="."))
    writer = JournalWriter(directory)
    received = 0

    def remember(_signal: Signal, body: bytes) -> None:
        nonlocal received
        received += len(body)

    append = writer.append if kind == "journal" else remember
    intake = Intake(append, lambda _item: None, Admission(lambda: 0), Counters())
    server = build_server(intake)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"127.0.0.1:{port}", flush=True)
    sys.stdin.read()
    server.stop(1).wait()
    writer.close()
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
