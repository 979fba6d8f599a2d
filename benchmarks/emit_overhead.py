"""What emitting costs the job: an operation with three metrics, a metric in a tight loop, a long text, the import;
and one metric beside MLflow and Weights & Biases offline, where they are installed.

    python benchmarks/emit_overhead.py [--operations 1500] [--rounds 9] [--trackers-python PATH]

Microseconds of the calling thread, in turns in one process (see rounds.py):
  contexta         `operation` and three `log_metric` inside it, through our queue and exporter thread, delivered nowhere
  otel             the same from the bare SDK: a span with as many attributes and three events, BatchSpanProcessor, an
                   exporter that throws spans away
  otel_encoding    the same with an exporter that encodes them to OTLP first, which a real one must and ours does
  contexta_metric, otel_event: one record on an open scope, in a loop
  text_…           one event with an attribute of 32 Ki characters, in which credentials are looked for
`wall` has what the exporter thread takes of the interpreter lock meanwhile; `thread` is the calling thread's own time.
"""

import argparse
import base64
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from rounds import ratios, report, spread
from trackers import measure_trackers

import contexta
from contexta.base.settings import Settings
from contexta.delivery.items import Signal
from contexta.delivery.transport import DELIVERED, Outcome
from contexta.emitter.lifecycle import through

NAME = "emit_overhead"
METRICS = ("loss", "latency", "faithfulness")
ADDRESS = {"contexta.run.id": "01M852MY8EPSTZ5AVA8E809Z00", "contexta.stage.name": "train"}


class Nowhere:
    """A transport that delivers at once, to nobody."""

    name = "nowhere"
    json = False

    def send(self, signal: Signal, request: bytes, timeout_s: float) -> Outcome:
        """Done."""
        return DELIVERED

    def close(self) -> None:
        """Nothing to close."""

    def forget(self) -> None:
        """Nothing to forget."""


class NullExporter(SpanExporter):
    """Throws spans away, encoded or not."""

    def __init__(self, *, encodes: bool) -> None:
        self._encodes = encodes

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Done."""
        if self._encodes:
            encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS


class BareOtel:
    """The SDK as it comes, with an exporter that goes nowhere."""

    def __init__(self, *, encodes: bool) -> None:
        # One span may take every event of a loop; the default limit would make later ones cheaper.
        self._provider = TracerProvider(span_limits=SpanLimits(max_events=1_000_000))
        self._provider.add_span_processor(BatchSpanProcessor(NullExporter(encodes=encodes)))
        self._tracer = self._provider.get_tracer("bench")

    def operations(self, count: int) -> None:
        """A span and three events each."""
        for number in range(count):
            with self._tracer.start_as_current_span(
                "answer",
                attributes={
                    **ADDRESS,
                    "contexta.evidence.kind": "operation",
                    "contexta.operation.name": "answer",
                    "contexta.operation.type": "llm_call",
                    "gen_ai.request.model": "answer-model-2",
                    "contexta.producer.id": "01M852MY5N7WXHDSGQAE9SMZDY",
                    "contexta.seq": number,
                },
            ) as span:
                for name in METRICS:
                    span.add_event("contexta.metric", metric(name, number))

    def metrics(self, count: int) -> None:
        """Events on one span."""
        with self._tracer.start_as_current_span("stage train") as span:
            for number in range(count):
                span.add_event("contexta.metric", metric("loss", number))

    def settle(self) -> None:
        """Wait until nothing is queued."""
        self._provider.force_flush()

    def close(self) -> None:
        """End its thread."""
        self._provider.shutdown()


def metric(name: str, step: int) -> dict[str, str | float | int]:
    """Attributes of a metric event as our library sends it."""
    return {
        **ADDRESS,
        "contexta.operation.name": "answer",
        "contexta.metric.name": name,
        "contexta.metric.value": 0.5,
        "contexta.metric.unit": "1",
        "contexta.metric.step": step,
        "contexta.producer.id": "01M852MY5N7WXHDSGQAE9SMZDY",
        "contexta.seq": step,
    }


def our_operations(count: int) -> None:
    """An operation and three metrics each."""
    attributes = {"gen_ai.request.model": "answer-model-2"}
    for number in range(count):
        with contexta.operation("answer", type="llm_call", attributes=attributes):
            for name in METRICS:
                contexta.log_metric(name, 0.5, unit="1", step=number)


def our_metrics(count: int) -> None:
    """Metrics on the open stage."""
    for number in range(count):
        contexta.log_metric("loss", 0.5, unit="1", step=number)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--operations", type=int, default=1500, help="a round; fewer than 2048")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--trackers-python", default=sys.executable, help="an interpreter that has mlflow, wandb"
    )
    asked = parser.parse_args()
    measure_calls(asked.operations, asked.rounds)
    measure_texts(asked.rounds)
    measure_trackers(NAME, asked.rounds, asked.operations, asked.trackers_python)
    measure_import(asked.rounds)


def measure_calls(count: int, rounds: int) -> None:
    """Every case, in turns."""
    bare, encoding = BareOtel(encodes=False), BareOtel(encodes=True)
    cases: dict[str, tuple[Callable[[int], None], Callable[[], object]]] = {
        "contexta": (our_operations, contexta.flush),
        "otel": (bare.operations, bare.settle),
        "otel_encoding": (encoding.operations, encoding.settle),
        "contexta_metric": (our_metrics, contexta.flush),
        "otel_event": (bare.metrics, bare.settle),
    }
    wall: dict[str, list[float]] = {name: [] for name in cases}
    thread: dict[str, list[float]] = {name: [] for name in cases}
    with (
        through(Nowhere(), Settings(project="bench", environment=False)),
        contexta.run("bench", environment=False),
        contexta.stage("train"),
    ):
        for number in range(rounds + 1):
            for name, (work, settle) in cases.items():
                started, own = time.perf_counter(), time.thread_time()
                work(count)
                own, took = time.thread_time() - own, time.perf_counter() - started
                settle()
                if number:  # the first round warms
                    wall[name].append(took / count * 1e6)
                    thread[name].append(own / count * 1e6)
        lost = contexta.dropped()
    bare.close()
    encoding.close()
    for name in cases:
        other = {"contexta_metric": "otel_event", "otel_event": "otel_event"}.get(name, "otel")
        report(
            NAME,
            name,
            unit="µs a call" if "_" in name and "encoding" not in name else "µs an operation",
            wall=spread(wall[name]),
            thread=spread(thread[name]),
            wall_ratio=ratios(wall[name], wall[other]),
            thread_ratio=ratios(thread[name], thread[other]),
            ratio_to=other,
            **({"dropped": sum(lost.values())} if name == "contexta" else {}),
        )


def measure_texts(rounds: int) -> None:
    """`log_event` with a long text of several kinds; the calling thread's own time, the best of ten calls a round."""
    words = (
        "the model of layer 3 has a value, and the result is better than before: 0.25 at step 40. "
    )
    talk = (
        "the token after a key, epoch: 3, auth_method: x, tokenizer of the author, batch_size=32. "
    )
    trace = '  File "/usr/lib/python3/torch/nn/modules/module.py", line 1518, in _call_impl\n    return forward(*args)\n'
    texts = {
        "prose": words * 400,
        "talk_of_tokens": talk * 400,
        "stack_trace": trace * 400,
        "json": json.dumps([{"key": f"k{number}", "token_count": number} for number in range(1100)]),
        "base64": base64.b64encode(random.Random(3).randbytes(24_576)).decode(),
    }  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in texts}
    with through(Nowhere(), Settings(project="bench", environment=False)), contexta.run("bench"):
        for _ in range(rounds):
            for name, text in texts.items():
                taken[name].append(
                    min(timed_event(text[:32_000] + str(turn)) for turn in range(10))
                )
    for name, values in taken.items():
        report(NAME, f"text_{name}", unit="µs a call", thread=spread(values))


def timed_event(text: str) -> float:
    """Microseconds of this thread."""
    own = time.thread_time()
    contexta.log_event("read", {"text": text})
    return (time.thread_time() - own) * 1e6


def measure_import(rounds: int) -> None:
    """`import contexta` in a fresh interpreter, beside the OpenTelemetry API it stands on."""
    found: dict[str, list[float]] = {"contexta": [], "opentelemetry.trace": []}
    for number in range(rounds + 1):
        for module, taken in found.items():
            text = (
                "import time; t = time.perf_counter(); "
                f"import {module}; print((time.perf_counter() - t) * 1e3)"
            )
            told = subprocess.run(
                [sys.executable, "-c", text], check=True, capture_output=True, text=True
            )
            if number:
                taken.append(float(told.stdout))
    for module, taken in found.items():
        report(
            NAME,
            f"import_{module}",
            unit="ms",
            **spread(taken),
            ratio=ratios(taken, found["opentelemetry.trace"]),
            ratio_to="import_opentelemetry.trace",
        )


if __name__ == "__main__":
    main()
