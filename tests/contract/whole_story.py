"""One run with every scope, event and attribute of the wire contract, and the deployment it led to."""

from contract.otlp_words import T0, S, dotted, log, pairs, span
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

RESOURCE = {
    "service.name": "support-bot-eval",
    "host.name": "node-7",
    "process.pid": 4711,
}
ROOT, STAGE, RETRIEVE, RERANK, OPERATION, BATCH, SAMPLE, ANNOUNCE, DEPLOY = range(1, 10)


def told(run: str) -> dict[str, tuple[int, dict[str, object]]]:
    """Every event by a name of its own: the span it is on, and what it says (with its event name)."""
    at = {"contexta.stage.name": "evaluate"}
    metric = "contexta.metric"
    return {
        "started": (ANNOUNCE, {
            "": "contexta.run.started", "contexta.project.name": "support", "contexta.run.type": "evaluation",
            "contexta.run.name": "nightly",
        }),
        "narrative": (STAGE, {"": "evaluation_started", "dataset": "support_eval", "n": 3}),
        "fallback": (STAGE, {"": "fallback_loader_used"}),
        "exception": (OPERATION, {
            "": "exception", "exception.type": "ValueError", "exception.message": "no", "exception.stacktrace": "…",
        }),
        "metric": (ROOT, {
            "": metric, "contexta.metric.name": "accuracy", "contexta.metric.value": 0.91, "contexta.metric.unit": "1",
            "contexta.metric.scope": "run", "contexta.metric.step": 7, "contexta.metric.epoch": 1.5,
            "contexta.metric.aggregation": "mean", "contexta.metric.higher_is_better": True,
            "contexta.metric.sample_count": 3, "contexta.metric.stddev": 0.25, "contexta.metric.reference": "artifact-0",
        }),
        "sliced": (STAGE, {
            "": metric, "contexta.metric.name": "faithfulness", "contexta.metric.value": 0.72, "contexta.slice": "refunds",
        }),
        "crossed": (STAGE, {
            "": metric, "contexta.metric.name": "faithfulness", "contexta.metric.value": 0.5,
            "contexta.slice": ["refunds", "english"],
        }),
        "by stage": (STAGE, {"": metric, "contexta.metric.name": "seconds", "contexta.metric.value": 2, "contexta.metric.unit": "s"}),
        "by operation": (OPERATION, {"": metric, "contexta.metric.name": "tokens", "contexta.metric.value": 512}),
        "by batch": (BATCH, {"": metric, "contexta.metric.name": "loss", "contexta.metric.value": 0.1}),
        "by sample": (SAMPLE, {"": metric, "contexta.metric.name": "latency", "contexta.metric.value": 31.5}),
        "series": (STAGE, {
            "": "contexta.metric.series", "contexta.metric.name": "train_loss", "contexta.metric.values": [3.0, 2.0, 1.0],
            "contexta.metric.steps": [0, 10, 20], "contexta.metric.unit": "1",
        }),
        "sample": (BATCH, {
            "": "contexta.sample", "contexta.sample.id": "prompt_042", "contexta.slice": "refunds",
            "contexta.sample.input_summary": "refund?", "contexta.sample.output_summary": "yes",
            "contexta.sample.expected_summary": "no", "contexta.sample.score.relevance": 0.41,
            "contexta.sample.score.faithfulness": 1, "contexta.sample.failure_tags": ["unsupported_claim", "late"],
            "contexta.sample.status": "failed", "contexta.sample.redacted": True,
            "contexta.sample.retrieval.top_document_ids": ["doc_a", "doc_b"],
            "contexta.sample.retrieval.expected_document_id": "doc_c", "customer_tier": "gold",
        }),
        "model": (STAGE, {
            "": "contexta.artifact", "contexta.artifact.id": f"{run}-model", "contexta.artifact.kind": "model_bundle",
            "contexta.artifact.path": "s3://models/m.tgz", "contexta.artifact.sha256": "ab" * 32,
            "contexta.artifact.size_bytes": 5_000_000_000, "contexta.artifact.role": "produced",
            "contexta.artifact.version": "v17", "contexta.artifact.derived_from": [f"{run}-data"],
        }),
        "data": (STAGE, {
            "": "contexta.artifact", "contexta.artifact.id": f"{run}-data", "contexta.artifact.kind": "dataset_snapshot",
            "contexta.artifact.role": "consumed",
        }),
        "report": (STAGE, {
            "": "contexta.artifact", "contexta.artifact.id": f"{run}-report", "contexta.artifact.kind": "report_bundle",
            "contexta.artifact.path": "r.md", "contexta.artifact.summarizes_run": run,
        }),
        "degraded": (STAGE, {
            "": "contexta.degraded", "contexta.degraded.reason": "outputs_redacted", "contexta.degraded.severity": "info",
            "contexta.degraded.category": "redaction", "contexta.degraded.detail": "4 of 9",
            "contexta.degraded.expected_count": 9, "contexta.degraded.observed_count": 4, "contexta.degraded.remedy": "ask",
        }),
        "environment": (ROOT, {
            "": "contexta.environment", "contexta.environment.python": "3.11.8", "contexta.environment.platform": "linux-x86_64",
            "contexta.environment.cuda": "12.4", "contexta.environment.hardware": "8xH100",
            "contexta.environment.packages": {"torch": "2.4.1", "numpy": "2.1.0"},
            "contexta.environment.variables": {"OMP_NUM_THREADS": "8", "API_TOKEN": "***"},
            "contexta.environment.captured_at": "2026-05-03T09:12:44Z", "vcs.ref.head.revision": "deadbeef",
        }),
        "configuration": (ROOT, {
            "": "contexta.configuration", "contexta.configuration.values": {
                "top_k": 8, "temperature": 0.0, "retriever": "hybrid", "optimizer": {"name": "adam", "betas": [0.9, 0.99]},
            }, "contexta.configuration.source": "config.yaml",
        }),
        "one setting": (ROOT, {
            "": "contexta.configuration", "contexta.config.seed": 13, "contexta.config.data.split": "test",
            "contexta.configuration.source": "argv",
        }),
        "relation": (STAGE, {
            "": "contexta.relation", "contexta.relation.type": "trained_on", "contexta.relation.from": f"{run}-model",
            "contexta.relation.to": f"{run}-data", "contexta.relation.from_kind": "artifact",
            "contexta.relation.to_kind": "artifact", "contexta.relation.confidence": "inferred",
            "contexta.relation.evidence": "file name", "contexta.captured_by": "train_script",
        }),
        "promotion": (ROOT, {
            "": "contexta.promotion", "contexta.artifact.id": f"{run}-model", "contexta.promotion.to": f"{run}-production",
            "contexta.promotion.from": "staging", "contexta.promotion.decision": "approved",
            "contexta.promotion.report_id": f"{run}-report", "contexta.promotion.by": "release-board",
        }),
        "deployment": (DEPLOY, {
            "": "contexta.deployment", "deployment.id": f"{run}-deployment", "deployment.environment.name": f"{run}-production",
            "deployment.status": "succeeded", "contexta.deployment.artifact_id": f"{run}-model",
            "contexta.deployment.source_run_id": run, "contexta.deployment.report_id": f"{run}-report",
            "contexta.deployment.started_at": "2026-05-04T08:30:00Z", "contexta.deployment.completed_at": "2026-05-04T08:37:12Z",
            "contexta.deployment.check.smoke_test": "passed", "contexta.deployment.check.rollback_plan": "available",
        }),
        "heartbeat": (ANNOUNCE, {"": "contexta.heartbeat"}),
    } | {
        "twice": (STAGE, at | {"": "said_twice", "contexta.event.id": f"{run}-e1"}),
    }  # fmt: skip


def scopes(run: str) -> dict[int, tuple[str, int | None, dict[str, object], float, float]]:
    """Every span: name, parent, attributes, start, seconds."""
    stage = {"contexta.stage.name": "evaluate"}
    batch = stage | {"contexta.batch.id": "fold_03"}
    return {
        ROOT: ("run evaluation", None, {
            "contexta.evidence.kind": "run", "contexta.project.name": "support", "contexta.run.type": "evaluation",
            "contexta.run.name": "nightly", "contexta.run.parent_id": f"{run}-parent", "contexta.run.attempt": 2,
            "contexta.run.status": "completed", "contexta.run.expected_stages": ["prepare", "evaluate"],
            "contexta.run.tag.owner": "search", "contexta.process.rank": 3, "contexta.process.world_size": 8,
        }, 0, 60),
        STAGE: ("stage evaluate", ROOT, stage | {
            "contexta.evidence.kind": "stage", "contexta.stage.index": 1, "contexta.stage.attempt": 1,
            "contexta.stage.status": "completed",
        }, 1, 50),
        RETRIEVE: ("retrieve", STAGE, stage | {
            "contexta.evidence.kind": "operation", "contexta.operation.name": "retrieve",
            "contexta.operation.type": "retrieval", "index": "hnsw",
        }, 2, 1.5),
        RERANK: ("rerank", RETRIEVE, stage | {
            "contexta.evidence.kind": "operation", "contexta.operation.name": "rerank",
        }, 2.5, 0.25),
        OPERATION: ("generate", STAGE, stage | {
            "contexta.evidence.kind": "operation", "contexta.operation.name": "generate", "error.type": "ValueError",
        }, 4, 1),
        BATCH: ("batch fold", STAGE, batch | {
            "contexta.evidence.kind": "batch", "contexta.batch.type": "fold", "contexta.batch.index": 3,
            "contexta.batch.size": 100, "contexta.batch.status": "completed",
        }, 6, 10),
        SAMPLE: ("sample", BATCH, batch | {
            "contexta.evidence.kind": "sample", "contexta.sample.id": "prompt_043", "contexta.slice": ["b", "a"],
            "contexta.sample.score.relevance": 0.9, "contexta.sample.status": "passed",
        }, 7, 1),
        ANNOUNCE: ("announce", ROOT, {}, 0, 0.001),
        DEPLOY: ("deployment", ROOT, {}, 55, 1),
    }  # fmt: skip


def numbered(run: str) -> tuple[dict[str, int], dict[int, int]]:
    """Sequence numbers: of events by their name, of spans by their number."""
    names = list(told(run))
    spans = [ANNOUNCE, RERANK, RETRIEVE, OPERATION, SAMPLE, BATCH, STAGE, DEPLOY, ROOT]
    return (
        {name: index for index, name in enumerate(names)},
        {number: len(names) + index for index, number in enumerate(spans)},
    )


def spans_and_events(run: str, trace: int) -> tuple[list[Span], dict[str, Span.Event]]:
    """The story's spans without events, and its events as span events, numbered without a gap."""
    of_event, of_span = numbered(run)
    address = {
        "contexta.run.id": run,
        "contexta.producer.id": f"{run}-p",
        "contexta.captured_by": "story",
    }
    made = [
        span(
            trace, number, name, address | attributes | {"contexta.seq": of_span[number]},
            parent=parent, at=at, seconds=seconds, status=2 if name == "generate" else 0,
        )
        for number, (name, parent, attributes, at, seconds) in scopes(run).items()
    ]  # fmt: skip
    events = {}
    for name, (_, attributes) in told(run).items():
        said = {"contexta.producer.id": f"{run}-p", "contexta.seq": of_event[name]} | attributes
        event_name = str(said.pop(""))
        if name == "started":
            said |= {"contexta.run.id": run, "contexta.run.attempt": 2}
        at_ns = T0 + 10 * S + of_event[name] * S
        events[name] = Span.Event(name=event_name, time_unix_nano=at_ns, attributes=pairs(said))
    return made, events


def as_spans(run: str, trace: int) -> list[Span]:
    """The story with its events on spans."""
    made, events = spans_and_events(run, trace)
    by_id = {int.from_bytes(item.span_id, "big"): item for item in made}
    for name, (number, _) in told(run).items():
        by_id[number].events.append(events[name])
    return made


def as_logs(run: str, trace: int) -> tuple[list[Span], list[LogRecord]]:
    """The story with its events as log records that point to the spans."""
    made, events = spans_and_events(run, trace)
    records = []
    for name, (number, _) in told(run).items():
        carried = log(
            events[name].name, {}, at_ns=events[name].time_unix_nano, trace=trace, number=number
        )
        carried.attributes.extend(events[name].attributes)
        records.append(carried)
    return made, records


def ledger(run: str, trace: int, last_seq: int) -> LogRecord:
    """The closing word of the story's producer."""
    return log(
        "contexta.ledger",
        dotted({
            "contexta__run__id": run, "contexta__producer__id": f"{run}-p", "contexta__seq": last_seq + 1,
            "contexta__ledger__last_seq": last_seq + 1, "contexta__ledger__dropped_count": 0,
        }),
        at_ns=T0 + 61 * S, trace=trace, number=ROOT,
    )  # fmt: skip
