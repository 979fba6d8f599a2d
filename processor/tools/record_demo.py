"""Record the demo's telemetry: python processor/tools/record_demo.py

Plays the support bot's story (a training run, the evaluation before it and the one after it, a
deployment) through the OpenTelemetry SDK with fixed times and ids, and writes what the SDK would have
sent, as OTLP, to `contexta_processor/demo_data/`. The same script gives the same bytes.
"""

import random
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator

from contexta_semconv import SCHEMA_URL, events

OUT = (
    Path(__file__).parent.parent
    / "src"
    / "contexta_processor"
    / "demo_data"
    / "support_bot.traces.otlp"
)
PROJECT = "rag-support-bot"
TRAIN, BEFORE, AFTER = (
    "run_2026_05_03_train_021",
    "run_2026_04_27_eval_009",
    "run_2026_05_03_eval_014",
)
MODEL, OLD_MODEL = "artifact_model_bundle_v17", "artifact_model_bundle_v16"
REPORT, DEPLOYED = "artifact_eval_report_v17", "deployment_2026_05_04_prod"
PACKAGES = {"torch": "2.4.1", "transformers": "4.45.2", "tokenizers": "0.20.1"}
SLICES = ("refund_questions", "account_questions", "escalation", "product_questions")
PER_SLICE = 30

FAITHFULNESS = {
    BEFORE: dict(zip(SLICES, (0.83, 0.86, 0.79, 0.88), strict=True)),
    AFTER: dict(zip(SLICES, (0.72, 0.84, 0.77, 0.862), strict=True)),
}
"""Means over a slice, exact to three digits; everything else is computed from the samples."""

QUESTIONS = {
    "refund_questions": "User asks whether a partially used annual plan can be refunded.",
    "account_questions": "User asks how to move an account to another e-mail address.",
    "escalation": "User asks for a person after two answers that did not help.",
    "product_questions": "User asks which plan includes single sign-on.",
}


class _SeededIds(IdGenerator):
    """Trace and span ids out of a seeded generator: the recording is the same every time."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def generate_span_id(self) -> int:
        return self._random.getrandbits(64) | 1

    def generate_trace_id(self) -> int:
        return self._random.getrandbits(128) | 1


def at(text: str, plus_s: float = 0.0) -> int:
    """Unix nanoseconds of an ISO time, `plus_s` seconds later."""
    return int(datetime.fromisoformat(text).timestamp()) * 10**9 + round(plus_s * 1e9)


@dataclass
class Producer:
    """One emitting process: numbers what it records and knows what it sent."""

    name: str
    service: str
    seq: int = 0
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def __post_init__(self) -> None:
        resource = Resource(
            {
                "service.name": self.service,
                "service.instance.id": self.name,
                "process.pid": 4021,
                "host.name": "trainer-1",
            }
        )
        limits = SpanLimits(max_events=1000, max_span_attributes=200)
        provider = TracerProvider(
            resource=resource,
            id_generator=_SeededIds(self.name),
            span_limits=limits,
            shutdown_on_exit=False,
        )
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = provider.get_tracer("contexta", "2.0.0", schema_url=SCHEMA_URL)

    def number(self) -> dict[str, Any]:
        """Producer and the next number, as attributes."""
        self.seq += 1
        return {"contexta.producer.id": self.name, "contexta.seq": self.seq - 1}

    def encoded(self) -> bytes:
        """An OTLP export request of everything that was recorded."""
        return encode_spans(self.exporter.get_finished_spans()).SerializeToString()


@dataclass
class Scope:
    """An open span of evidence with its address."""

    producer: Producer
    address: Mapping[str, Any]
    span: Span

    def event(self, name: str, when: int, attributes: Mapping[str, Any] | None = None) -> None:
        """Record an event on the span, numbered and with its address."""
        self.span.add_event(
            name, {**self.address, **self.producer.number(), **(attributes or {})}, when
        )

    def metric(self, name: str, value: float, when: int, **more: Any) -> None:
        """A contexta.metric event; `more` are its other attributes without the prefix, and `slice`."""
        attributes: dict[str, Any] = {
            "contexta.metric.name": name,
            "contexta.metric.value": float(value),
        }
        if "slice" in more:
            attributes["contexta.slice"] = more.pop("slice")
        attributes.update({f"contexta.metric.{key}": item for key, item in more.items()})
        self.event(events.METRIC, when, attributes)

    @contextmanager
    def stage(self, name: str, index: int, start: int, end: int) -> Generator["Scope"]:
        """A completed stage of the run."""
        told = {"contexta.stage.index": index, "contexta.stage.status": "completed"}
        address = {**self.address, "contexta.stage.name": name}
        with _scope(
            self.producer, "stage", f"stage {name}", start, end, address, told, self.span
        ) as scope:
            yield scope

    def operation(self, name: str, kind: str, start: int, milliseconds: float) -> None:
        """An operation of the stage, done."""
        address = {**self.address, "contexta.operation.name": name}
        end = start + round(milliseconds * 1e6)
        told = {"contexta.operation.type": kind}
        with _scope(self.producer, "operation", name, start, end, address, told, self.span):
            pass


@contextmanager
def _scope(
    producer: Producer,
    kind: str,
    name: str,
    start: int,
    end: int,
    address: Mapping[str, Any],
    told: Mapping[str, Any],
    parent: Span | None = None,
) -> Generator[Scope]:
    context = trace.set_span_in_context(parent) if parent is not None else None
    attributes = {"contexta.evidence.kind": kind, **address, **told}
    span = producer.tracer.start_span(name, context, attributes=attributes, start_time=start)
    assert isinstance(span, Span)
    yield Scope(producer, address, span)
    span.set_attributes(producer.number())
    span.end(end)


@contextmanager
def _run(
    producer: Producer,
    run_id: str,
    kind: str,
    stages: Sequence[str],
    start: int,
    end: int,
    revision: str,
) -> Generator[Scope]:
    """A run that announces itself, captures where it runs, and closes its books."""
    address = {"contexta.run.id": run_id}
    told = {
        "contexta.project.name": PROJECT,
        "contexta.run.type": kind,
        "contexta.run.expected_stages": list(stages),
        "contexta.run.tag.team": "support-ml",
    }
    closing = {**told, "contexta.run.status": "completed"}
    with _scope(producer, "run", f"run {kind}", start, end, address, closing) as run:
        with _scope(
            producer, "segment", "evidence segment", start, start, address, {}, run.span
        ) as segment:
            segment.event(events.RUN_STARTED, start, told)
        run.event(
            events.ENVIRONMENT,
            start,
            {
                "contexta.environment.python": "3.11.8",
                "contexta.environment.platform": "linux-x86_64",
                "contexta.environment.cuda": "12.4",
                "contexta.environment.packages": [
                    f"{name}=={version}" for name, version in PACKAGES.items()
                ],
                "vcs.ref.head.revision": revision,
            },
        )
        yield run
        ledger = {**producer.number(), "contexta.ledger.dropped_count": 0}
        # The run's own span takes the last number when it ends, right after this.
        ledger["contexta.ledger.last_seq"] = producer.seq
        run.span.add_event(events.LEDGER, {**address, **ledger}, end)


@dataclass(frozen=True)
class Scored:
    """One prompt with what the evaluation made of it."""

    id: str
    slice: str
    relevance: float
    faithfulness: float

    @property
    def tags(self) -> list[str]:
        """Why it failed; empty when it passed."""
        missing = ["missing_required_policy_context"] if self.relevance < 0.5 else []
        return missing + (["unsupported_claim"] if self.faithfulness < 0.5 else [])


def scored_samples(run_id: str) -> list[Scored]:
    """A hundred and twenty prompts, the same in every evaluation; each slice has exactly its mean faithfulness."""
    found: list[Scored] = []
    for index, name in enumerate(SLICES):
        noise = random.Random(f"{name}")
        shift = random.Random(f"{name} {run_id}")
        ids = [f"prompt_{index * PER_SLICE + number:03d}" for number in range(PER_SLICE)]
        scores = [round(noise.betavariate(6, 2) + shift.gauss(0, 0.03), 2) for _ in ids]
        relevance = [
            round(min(0.99, max(0.05, score + shift.gauss(0.02, 0.05))), 2) for score in scores
        ]
        if name == "refund_questions":
            ids[-1], scores[-1], relevance[-1] = "prompt_042", 0.82, 0.80
            if run_id == AFTER:
                scores[-1], relevance[-1] = 0.33, 0.41
        elif "prompt_042" in ids:
            ids[ids.index("prompt_042")] = f"prompt_{PER_SLICE - 1:03d}"
        _to_mean(
            scores,
            FAITHFULNESS[run_id][name],
            fixed=ids.index("prompt_042") if "prompt_042" in ids else None,
        )
        found += [
            Scored(*row) for row in zip(ids, [name] * PER_SLICE, relevance, scores, strict=True)
        ]
    return found


def _to_mean(scores: list[float], mean: float, fixed: int | None) -> None:
    """Move scores (but the fixed one) by hundredths until their mean is the given one."""
    missing = round((mean * len(scores) - sum(scores)) * 100)
    free = [place for place in range(len(scores)) if place != fixed]
    while missing:
        for place in free:
            step = (missing > 0) - (missing < 0)
            moved = round(scores[place] + step / 100, 2)
            if step and 0.05 <= moved <= 0.99:
                scores[place], missing = moved, missing - step


def evaluation(run_id: str, start: str, model: str, latency_p95: float, revision: str) -> bytes:
    """An evaluation with its samples; the newer one has partly redacted outputs and writes a report."""
    producer = Producer(f"{run_id}-p0", "support-bot-eval")
    names = ("prepare", "retrieve", "evaluate")
    t = [at(start, second) for second in (0, 26, 337, 679)]
    with _run(producer, run_id, "evaluation", names, t[0], t[3], revision) as run:
        configuration = {
            "retriever": "hybrid_bm25_dense",
            "top_k": 8 if run_id == AFTER else 6,
            "reranker": "cross_encoder_v3" if run_id == AFTER else "cross_encoder_v2",
            "temperature": 0.0,
            "evaluation_set": "support_eval_2026_04",
        }
        run.event(
            events.CONFIGURATION,
            t[0],
            {f"contexta.config.{key}": item for key, item in configuration.items()},
        )
        size = 184_221_903 if run_id == AFTER else 155_592_823
        for artifact, kind, bytes_ in (
            (model, "model_bundle", size),
            ("dataset_support_eval_2026_04", "dataset_snapshot", 412_880),
        ):
            run.event(
                events.ARTIFACT,
                t[0],
                {
                    "contexta.artifact.id": artifact,
                    "contexta.artifact.kind": kind,
                    "contexta.artifact.role": "consumed",
                    "contexta.artifact.size_bytes": bytes_,
                },
            )
        with run.stage("prepare", 0, t[0], t[1]):
            pass
        with run.stage("retrieve", 1, t[1], t[2]) as retrieve:
            retrieve.operation("embed_queries", "embedding", t[1], 912.0)
            retrieve.operation(
                "search_index", "retrieval", t[1] + 10**9, 2310.0 if run_id == AFTER else 2204.0
            )
            retrieve.operation(
                "rerank_documents",
                "rerank",
                t[1] + 4 * 10**9,
                1842.0 if run_id == AFTER else 1533.0,
            )
        with run.stage("evaluate", 2, t[2], t[3]) as evaluate:
            _evaluate(evaluate, run_id, t[2], t[3])
        run.metric("latency_p95", latency_p95, t[3], unit="ms", higher_is_better=False, scope="run")
        samples = scored_samples(run_id)
        passed = sum(not sample.tags for sample in samples) / len(samples)
        faithfulness = sum(sample.faithfulness for sample in samples) / len(samples)
        for name, value in (("accuracy", passed), ("faithfulness", faithfulness)):
            run.metric(
                name,
                round(value, 4),
                t[3],
                scope="run",
                higher_is_better=True,
                sample_count=len(samples),
            )
        if run_id == AFTER:
            run.event(
                events.RELATION,
                t[3],
                {
                    "contexta.relation.type": "summarized_by",
                    "contexta.relation.from": run_id,
                    "contexta.relation.from_kind": "run",
                    "contexta.relation.to": REPORT,
                    "contexta.relation.to_kind": "artifact",
                    "contexta.captured_by": "report_generator",
                },
            )
    return producer.encoded()


def _evaluate(stage: Scope, run_id: str, start: int, end: int) -> None:
    stage.event("evaluation_started", start)
    samples = scored_samples(run_id)
    for number, sample in enumerate(samples):
        attributes: dict[str, Any] = {
            "contexta.batch.id": f"fold_{number % 5:02d}"
            if sample.id != "prompt_042"
            else "fold_03",
            "contexta.sample.id": sample.id,
            "contexta.slice": sample.slice,
            "contexta.sample.status": "failed" if sample.tags else "passed",
            "contexta.sample.input_summary": QUESTIONS[sample.slice],
            "contexta.sample.score.relevance": sample.relevance,
            "contexta.sample.score.faithfulness": sample.faithfulness,
        }
        if sample.tags:
            attributes["contexta.sample.failure_tags"] = sample.tags
        if sample.slice == "refund_questions":
            found = ["doc_policy_general", "doc_pricing_faq"]
            if not sample.tags:
                found.insert(0, "doc_refund_policy_2026")
            attributes["contexta.sample.retrieval.top_document_ids"] = found
            attributes["contexta.sample.retrieval.expected_document_id"] = "doc_refund_policy_2026"
        stage.event(events.SAMPLE, start + (number + 1) * 25 * 10**8, attributes)
    for name in SLICES:
        mine = [sample.faithfulness for sample in samples if sample.slice == name]
        value = round(sum(mine) / len(mine), 4)
        stage.metric(
            "faithfulness",
            value,
            end,
            slice=name,
            scope="slice",
            higher_is_better=True,
            sample_count=len(mine),
        )
    if run_id == AFTER:
        stage.event(
            events.DEGRADED,
            end,
            {
                "contexta.degraded.reason": "sample_outputs_partially_redacted",
                "contexta.degraded.severity": "warning",
                "contexta.degraded.category": "redaction",
            },
        )


def training() -> bytes:
    """The training run whose model is evaluated and deployed."""
    producer = Producer(f"{TRAIN}-p0", "support-bot-train")
    start = "2026-05-03T06:02:11+00:00"
    t = [at(start, second) for second in (0, 90, 9_120, 9_300, 9_420)]
    stages = ("prepare", "train", "evaluate", "package")
    with _run(producer, TRAIN, "training", stages, t[0], t[4], "3f9c1d2") as run:
        settings = {"learning_rate": 0.0005, "batch_size": 64, "epochs": 12, "seed": 7}
        run.event(
            events.CONFIGURATION,
            t[0],
            {f"contexta.config.{key}": item for key, item in settings.items()},
        )
        with run.stage("prepare", 0, t[0], t[1]) as prepare:
            _artifact(
                prepare,
                t[1],
                "artifact_config_snapshot_v17",
                "config_snapshot",
                "snapshots/config_v17.json",
            )
        with run.stage("train", 1, t[1], t[2]) as train:
            curve = [round(2.31 * 0.78**step + 0.21, 4) for step in range(12)]
            train.event(
                events.METRIC_SERIES,
                t[2],
                {
                    "contexta.metric.name": "loss",
                    "contexta.metric.values": curve,
                    "contexta.metric.steps": list(range(12)),
                    "contexta.metric.higher_is_better": False,
                },
            )
        with run.stage("evaluate", 2, t[2], t[3]) as evaluate:
            evaluate.metric(
                "validation_accuracy", 0.918, t[3], higher_is_better=True, scope="stage"
            )
            _artifact(
                evaluate,
                t[3],
                REPORT,
                "report_bundle",
                "reports/evaluation_v17.md",
                {"contexta.artifact.summarizes_run": AFTER},
            )
        with run.stage("package", 3, t[3], t[4]) as package:
            _artifact(
                package,
                t[4],
                MODEL,
                "model_bundle",
                "artifacts/model_bundle_v17.tar.gz",
                {
                    "contexta.artifact.sha256": "9b91c7e4...",
                    "contexta.artifact.size_bytes": 184_221_903,
                },
            )
            package.event(
                events.RELATION,
                t[4],
                {
                    "contexta.relation.type": "produced",
                    "contexta.relation.from": TRAIN,
                    "contexta.relation.from_kind": "run",
                    "contexta.relation.to": MODEL,
                    "contexta.relation.to_kind": "artifact",
                    "contexta.captured_by": "package_stage",
                },
            )
    return producer.encoded()


def _artifact(
    scope: Scope, when: int, name: str, kind: str, path: str, more: Mapping[str, Any] | None = None
) -> None:
    scope.event(
        events.ARTIFACT,
        when,
        {
            "contexta.artifact.id": name,
            "contexta.artifact.kind": kind,
            "contexta.artifact.path": path,
            **(more or {}),
        },
    )


def deployment() -> bytes:
    """The promotion and the deployment of the model, told by a release job that numbers nothing."""
    producer = Producer("release-2026-05-04", "release-job")
    start, end = at("2026-05-04T08:30:00+00:00"), at("2026-05-04T08:37:12+00:00")
    told = {
        "deployment.id": DEPLOYED,
        "deployment.environment.name": "production",
        "deployment.status": "succeeded",
        "contexta.deployment.artifact_id": MODEL,
        "contexta.deployment.source_run_id": TRAIN,
        "contexta.deployment.report_id": REPORT,
        "contexta.deployment.started_at": "2026-05-04T08:30:00Z",
        "contexta.deployment.completed_at": "2026-05-04T08:37:12Z",
        "contexta.deployment.check.schema_check": "passed",
        "contexta.deployment.check.smoke_test": "passed",
        "contexta.deployment.check.rollback_plan": "available",
    }
    span = producer.tracer.start_span(
        "deployment", attributes={"contexta.evidence.kind": "deployment", **told}, start_time=start
    )
    span.add_event(
        events.PROMOTION,
        {
            "contexta.artifact.id": MODEL,
            "contexta.promotion.to": "production",
            "contexta.promotion.decision": "approved",
            "contexta.promotion.report_id": REPORT,
            "contexta.promotion.by": "release-board",
        },
        start,
    )
    for kind, source, captured_by, confidence in (
        ("approved_for", REPORT, "promotion_record", "direct"),
        ("derived_from", MODEL, "deployment_import", "inferred"),
    ):
        span.add_event(
            events.RELATION,
            {
                "contexta.relation.type": kind,
                "contexta.relation.from": source,
                "contexta.relation.from_kind": "artifact",
                "contexta.relation.to": DEPLOYED,
                "contexta.relation.to_kind": "deployment",
                "contexta.captured_by": captured_by,
                "contexta.relation.confidence": confidence,
            },
            end,
        )
    span.end(end)
    return producer.encoded()


def delimited(message: bytes) -> bytes:
    """A protobuf message with its length before it, as a varint."""
    length, prefix = len(message), bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*prefix, length]) + message


def main() -> None:
    """Write the recording."""
    requests = (
        evaluation(BEFORE, "2026-04-27T09:05:31+00:00", OLD_MODEL, 1611.0, "a81e007"),
        training(),
        evaluation(AFTER, "2026-05-03T09:12:44+00:00", MODEL, 1842.0, "3f9c1d2"),
        deployment(),
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_bytes(b"".join(delimited(request) for request in requests))
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes, {len(requests)} requests")


if __name__ == "__main__":
    main()
