"""A deterministic OTLP workload: what many training and evaluation jobs send through one collector.

Each run is one process (its own resource, producer id and numbering): an announcement, operations under
four stages with three metric events each, optionally samples, the stages, the run span, and a ledger.
Children come before their parents, as SDKs export them; 512 spans a request, whichever run they are of.

    python benchmarks/workload.py [--runs N] [--operations N]      describes it as one JSON line
"""

import argparse
import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span
from rounds import report

SPANS_PER_REQUEST = 512
METRICS_PER_OPERATION = 3
STAGES = ("prepare", "retrieve", "train", "evaluate")
_START_NS = 1_760_000_000 * 10**9
_MS = 10**6
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_METRICS = (("latency", "ms", False), ("loss", "1", False), ("faithfulness", "1", True))
_SLICES = ("refund_questions", "long_questions", "new_customers")

Value = str | bool | int | float | list[str]


@dataclass(frozen=True)
class Workload:
    """Runs `first_run` … `first_run + runs - 1`; the same arguments give the same bytes."""

    runs: int = 100
    operations: int = 200
    samples: int = 0
    first_run: int = 0

    @property
    def spans(self) -> int:
        """Spans in all requests together: announcement, operations, samples' carriers, stages, run."""
        return self.runs * (self.operations + len(STAGES) + 2)

    @property
    def metrics(self) -> int:
        """Metric events in all requests together."""
        return self.runs * self.operations * METRICS_PER_OPERATION

    @property
    def size_bytes(self) -> int:
        """Bytes of all requests."""
        return sum(map(len, self.requests))

    @cached_property
    def requests(self) -> list[bytes]:
        """Serialized trace requests in the order they are sent."""
        numbers = range(self.first_run, self.first_run + self.runs)
        spans = itertools.chain.from_iterable(_Run(number, self).spans() for number in numbers)
        return list(_batched(spans))


def _batched(spans: Iterator[tuple[Resource, Span]]) -> Iterator[bytes]:
    while batch := list(itertools.islice(spans, SPANS_PER_REQUEST)):
        request = ExportTraceServiceRequest()
        group: ResourceSpans | None = None
        for resource, span in batch:
            if group is None or group.resource != resource:
                group = request.resource_spans.add(resource=resource)
                scope_spans = group.scope_spans.add(schema_url="https://contexta.dev/schemas/2.0.0")
                scope_spans.scope.name, scope_spans.scope.version = "contexta", "2.0.0"
            group.scope_spans[0].spans.append(span)
        yield request.SerializeToString()


class _Run:
    """The spans of one run."""

    def __init__(self, number: int, workload: Workload) -> None:
        self._workload = workload
        self._random = random.Random(number)
        self._name = f"candidate-{number % 10}"
        self._trace_id = self._random.randbytes(16)
        self._run_span_id = self._random.randbytes(8)
        self._seq = itertools.count()
        self._start = _START_NS + number * 60_000 * _MS
        self._now = self._start
        self._id = self._ulid()
        self._producer = self._ulid()
        self._resource = Resource(
            attributes=_attributes(
                {
                    "service.name": "support-bot-training",
                    "service.instance.id": self._producer,
                    "host.name": f"worker-{number % 7}",
                    "process.pid": 1000 + number,
                    "telemetry.sdk.language": "python",
                }
            )
        )

    def _ulid(self) -> str:
        """An id like those the library makes: time first, so that neighbours in time have near ids."""
        value = self._start // _MS << 80 | self._random.getrandbits(80)
        return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))

    def spans(self) -> Iterator[tuple[Resource, Span]]:
        """Every span of the run, children first."""
        for span in self._spans():
            yield self._resource, span

    def _spans(self) -> Iterator[Span]:
        yield self._announcement()
        per_stage = _shares(self._workload.operations, len(STAGES))
        samples = _shares(self._workload.samples, len(STAGES))
        for index, stage in enumerate(STAGES):
            yield from self._stage(index, stage, per_stage[index], samples[index])
        yield self._closing()

    def _stage(self, index: int, stage: str, operations: int, samples: int) -> Iterator[Span]:
        span_id, start = self._random.randbytes(8), self._now
        for number in range(operations):
            yield self._operation(stage, span_id, number)
        closing = self._span(
            f"stage {stage}",
            self._run_span_id,
            start,
            {
                "contexta.evidence.kind": "stage",
                "contexta.stage.name": stage,
                "contexta.stage.index": index,
                "contexta.stage.status": "completed",
            },
            span_id=span_id,
            events=[self._sample(stage, number) for number in range(samples)],
        )
        yield closing

    def _operation(self, stage: str, parent: bytes, number: int) -> Span:
        operation = f"answer_{number % 8}"
        start = self._now
        events: list[Span.Event] = []
        for name, unit, higher in _METRICS:
            self._now += self._random.randrange(1, 3 * _MS)
            told: dict[str, Value] = {
                "contexta.stage.name": stage,  # the operation is that of the span
                "contexta.metric.name": name,
                "contexta.metric.value": self._random.random() * 100,
                "contexta.metric.unit": unit,
                "contexta.metric.step": number,
            }
            if higher:
                told["contexta.metric.higher_is_better"] = higher
            if number % 5 == 0:
                told["contexta.slice"] = _SLICES[number % 3]
            events.append(self._event("contexta.metric", told))
        return self._span(
            operation,
            parent,
            start,
            {
                "contexta.evidence.kind": "operation",
                "contexta.stage.name": stage,
                "contexta.operation.name": operation,
                "contexta.operation.type": "llm_call",
                "gen_ai.request.model": "answer-model-2",
                "question.length": self._random.randrange(20, 400),
            },
            events=events,
        )

    def _sample(self, stage: str, number: int) -> Span.Event:
        self._now += self._random.randrange(1, _MS)
        return self._event(
            "contexta.sample",
            {
                "contexta.stage.name": stage,
                "contexta.sample.id": f"prompt_{number:06d}",
                "contexta.slice": [_SLICES[number % 3], _SLICES[(number + 1) % 3]],
                "contexta.sample.score.faithfulness": self._random.random(),
                "contexta.sample.score.relevance": self._random.random(),
                "contexta.sample.status": "passed" if number % 4 else "failed",
                "contexta.sample.input_summary": f"may I return order {number} after 30 days?",
                "contexta.sample.output_summary": "within 30 days, with the receipt",
            },
        )

    def _announcement(self) -> Span:
        announced = self._event("contexta.run.started", self._described())
        kind: dict[str, Value] = {"contexta.evidence.kind": "segment"}
        return self._span(
            "evidence segment", self._run_span_id, self._now, kind, events=[announced]
        )

    def _closing(self) -> Span:
        seq = next(self._seq) + 1  # the run span's own number follows the ledger's
        told: dict[str, Value] = {
            "contexta.ledger.last_seq": seq,
            "contexta.ledger.dropped_count": 0,
            "contexta.ledger.metric_count": self._workload.operations * METRICS_PER_OPERATION,
        }
        ledger = self._event("contexta.ledger", told, seq=seq - 1)
        return self._span(
            "run evaluation",
            b"",
            self._start,
            {
                **self._described(),
                "contexta.evidence.kind": "run",
                "contexta.run.status": "completed",
            },
            span_id=self._run_span_id,
            events=[ledger],
        )

    def _described(self) -> dict[str, Value]:
        return {
            "contexta.project.name": "support-bot",
            "contexta.run.type": "evaluation",
            "contexta.run.name": self._name,
            "contexta.run.expected_stages": list(STAGES),
        }

    def _event(self, name: str, told: dict[str, Value], seq: int | None = None) -> Span.Event:
        return Span.Event(
            name=name,
            time_unix_nano=self._now,
            attributes=_attributes(self._addressed(told, seq)),
        )

    def _span(
        self,
        name: str,
        parent: bytes,
        start: int,
        told: dict[str, Value],
        *,
        span_id: bytes | None = None,
        events: list[Span.Event],
    ) -> Span:
        self._now += self._random.randrange(1, 5 * _MS)
        return Span(
            trace_id=self._trace_id,
            span_id=span_id or self._random.randbytes(8),
            parent_span_id=parent,
            name=name,
            kind=Span.SPAN_KIND_INTERNAL,
            start_time_unix_nano=start,
            end_time_unix_nano=self._now,
            attributes=_attributes(self._addressed(told)),
            events=events,
        )

    def _addressed(self, told: dict[str, Value], seq: int | None = None) -> dict[str, Value]:
        return {
            "contexta.run.id": self._id,
            **told,
            "contexta.producer.id": self._producer,
            "contexta.seq": next(self._seq) if seq is None else seq,
        }


def _shares(total: int, parts: int) -> list[int]:
    """`total` in `parts` shares as even as they get."""
    return [total * (part + 1) // parts - total * part // parts for part in range(parts)]


def _attributes(values: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in values.items()]


def _value(value: Value) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    return AnyValue(array_value=ArrayValue(values=[_value(item) for item in value]))


def main() -> None:
    """Describe the workload."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--operations", type=int, default=200)
    parser.add_argument("--samples", type=int, default=0, help="of each run")
    arguments = parser.parse_args()
    made = Workload(arguments.runs, arguments.operations, arguments.samples)
    report(
        "workload",
        "size",
        runs=made.runs,
        spans=made.spans,
        metrics=made.metrics,
        requests=len(made.requests),
        bytes_per_span=round(made.size_bytes / made.spans),
    )


if __name__ == "__main__":
    main()
