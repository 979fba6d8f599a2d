"""A store that holds the documents' own story, told in OTLP and taken in as any other telemetry."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contexta_processor.base.data_dir import DataDir
from contexta_processor.server.embedded import own

EVAL = "run_2026_05_03_eval_014"
TRAIN = "run_2026_05_03_train_021"
BUNDLE = "artifact_model_bundle_v17"
REPORT = "artifact_eval_report_v17"
DEPLOYMENT = "deployment_2026_05_04_prod"

CONTEXTA = Path(sys.executable).with_name("contexta")

Contexta = Callable[..., "subprocess.CompletedProcess[str]"]
Attributes = dict[str, Any]


class Store:
    """Telemetry being collected for a data directory; nothing is there before `close`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._spans: list[Attributes] = []
        self._events: dict[str, list[Attributes]] = {}
        self._sequence: dict[str, int] = {}

    def run(
        self, run_id: str, begin: str | None, end: str | None = None, **attributes: object
    ) -> None:
        """A run's own span; with no `begin`, only an event that names the run."""
        told = {f"contexta.{name.replace('__', '.')}": value for name, value in attributes.items()}
        told = {"contexta.run.id": run_id, **told}
        if begin is None:
            self.event(run_id, "contexta.run.started", "2026-01-01 00:00:00", **told)
            return
        told["contexta.evidence.kind"] = "run"
        self.span(run_id, "run", begin, end or begin, told)

    def stage(self, run_id: str, stage: str, index: int, begin: str, end: str) -> None:
        """A stage that completed."""
        told = {
            "contexta.evidence.kind": "stage",
            "contexta.run.id": run_id,
            "contexta.stage.name": stage,
            "contexta.stage.index": index,
        }
        self.span(run_id, f"stage {stage}", begin, end, told)

    def span(self, run_id: str, name: str, begin: str, end: str, told: Attributes) -> None:
        """Any span of a run."""
        self._spans.append(
            {
                "traceId": _hex(run_id, 32),
                "spanId": _hex(f"{run_id} {name}", 16),
                "name": name,
                "kind": 1,
                "startTimeUnixNano": str(_nanoseconds(begin)),
                "endTimeUnixNano": str(_nanoseconds(end)),
                "attributes": _key_values(self._numbered(run_id, told)),
            }
        )

    def event(self, run_id: str, name: str, at: str, **told: object) -> None:
        """An event on a segment of a run, with an address of its own."""
        address = {"contexta.run.id": run_id} if run_id else {}
        self._events.setdefault(run_id, []).append(
            {
                "name": name,
                "timeUnixNano": str(_nanoseconds(at)),
                "attributes": _key_values(self._numbered(run_id, {**address, **told})),
            }
        )

    def close(self) -> None:
        """Take everything in, through the same door as a file somebody drops into the inbox."""
        for run_id, events in self._events.items():
            at = events[0]["timeUnixNano"]
            self._spans.append(
                {
                    "traceId": _hex(run_id or "no run", 32),
                    "spanId": _hex(f"{run_id} segment", 16),
                    "name": "evidence segment",
                    "kind": 1,
                    "startTimeUnixNano": at,
                    "endTimeUnixNano": at,
                    "attributes": _key_values({"contexta.evidence.kind": "segment"}),
                    "events": events,
                }
            )
        self._directory.mkdir(parents=True, exist_ok=True)
        file = self._directory.with_suffix(".jsonl")
        request = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": self._spans}]}]}
        file.write_text(json.dumps(request), encoding="utf-8")
        with own(DataDir(self._directory)) as embedded:
            embedded.import_file(file)

    def closed(self, run_id: str) -> None:
        """What a producer says last: how much it sent."""
        last = self._sequence[run_id]
        self.event(
            run_id, "contexta.ledger", "2026-05-03 09:24:03", **{"contexta.ledger.last_seq": last}
        )

    def _numbered(self, run_id: str, told: Attributes) -> Attributes:
        number = self._sequence.get(run_id, -1) + 1
        self._sequence[run_id] = number
        return {**told, "contexta.producer.id": f"producer {run_id}", "contexta.seq": number}


def _hex(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _nanoseconds(text: str) -> int:
    """`2026-05-03 09:12:44[.fraction]`, UTC."""
    whole, _, fraction = text.partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 10**9 + int(fraction.ljust(9, "0") or 0)


def _key_values(told: Attributes) -> list[Attributes]:
    return [{"key": key, "value": _any(value)} for key, value in told.items() if value is not None]


def _any(value: Any) -> Attributes:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": "NaN" if value != value else value}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [_any(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": _key_values(value)}}
    return {"stringValue": value}


def tell(store: Store) -> None:
    """The story of the eight documents."""
    stages = (
        ("prepare", "09:12:44", "09:13:10"),
        ("retrieve", "09:13:10", "09:18:21"),
        ("evaluate", "09:18:21", "09:24:03"),
    )
    for index, (stage, begin, end) in enumerate(stages):
        store.stage(EVAL, stage, index, f"2026-05-03 {begin}", f"2026-05-03 {end}")
    for index, stage in enumerate(("prepare", "train", "package")):
        store.stage(TRAIN, stage, index, f"2026-05-03 0{6 + index}:00:00", "2026-05-03 08:00:00")
    _records(store)
    _samples(store)
    _artifacts(store)
    _conditions(store)
    _deployment(store)
    store.run(
        TRAIN,
        "2026-05-03 06:00:00",
        "2026-05-03 08:00:00",
        project__name="rag-support-bot",
        run__name="train-v17",
        run__type="training",
        run__tag__baseline="yes",
    )
    store.run(
        EVAL,
        "2026-05-03 09:12:44",
        "2026-05-03 09:24:03",
        project__name="rag-support-bot",
        run__name="nightly-eval",
        run__type="evaluation",
        run__tag__branch="main",
        run__expected_stages=["prepare", "retrieve", "evaluate"],
    )
    store.closed(EVAL)
    store.closed(TRAIN)


def _records(store: Store) -> None:
    evaluate: Attributes = {"contexta.stage.name": "evaluate"}
    store.event(EVAL, "evaluation_started", "2026-05-03 09:18:21", **evaluate)
    for name, value, where in (
        ("faithfulness", 0.81, None),
        ("faithfulness", 0.72, "refund_questions"),
        ("relevance", 0.77, None),
        ("relevance", 0.70, "refund_questions"),
    ):
        told = {"contexta.metric.name": name, "contexta.metric.value": value, **evaluate}
        at = "2026-05-03 09:24:00"
        store.event(EVAL, "contexta.metric", at, **{**told, "contexta.slice": where})
    for step, loss in enumerate((1.0, 0.5, float("nan"))):
        told = {"contexta.metric.name": "loss", "contexta.metric.value": loss, **evaluate}
        at = "2026-05-03 09:20:00.000000123"
        store.event(EVAL, "contexta.metric", at, **{**told, "contexta.metric.step": step})
    rerank = {
        "contexta.evidence.kind": "operation",
        "contexta.run.id": EVAL,
        "contexta.stage.name": "retrieve",
        "contexta.operation.name": "rerank_documents",
    }
    begin, end = "2026-05-03 09:14:00", "2026-05-03 09:14:01.842"
    store.span(EVAL, "rerank_documents", begin, end, rerank)
    doubt = {
        "contexta.degraded.reason": "sample_outputs_partially_redacted",
        "contexta.degraded.severity": "warning",
        "contexta.degraded.category": "redaction",
    }
    store.event(EVAL, "contexta.degraded", "2026-05-03 09:22:00", **doubt, **evaluate)


def _samples(store: Store) -> None:
    known = {"contexta.stage.name": "evaluate", "contexta.batch.id": "fold_03"}
    failed = {
        "contexta.sample.id": "prompt_042",
        "contexta.slice": "refund_questions",
        "contexta.sample.input_summary": "User asks whether a partially used annual plan can be refunded.",
        "contexta.sample.failure_tags": ["missing_required_policy_context", "unsupported_claim"],
        "contexta.sample.retrieval.top_document_ids": ["doc_policy_general", "doc_pricing_faq"],
        "contexta.sample.retrieval.expected_document_id": "doc_refund_policy_2026",
        "contexta.sample.score.relevance": 0.41,
        "contexta.sample.score.faithfulness": 0.33,
    }
    passed = {
        "contexta.sample.id": "prompt_043",
        "contexta.slice": ["refund_questions", "german"],
        "contexta.sample.status": "passed",
        "contexta.sample.redacted": True,
        "contexta.sample.score.relevance": 0.91,
        "contexta.sample.score.faithfulness": 0.97,
    }
    for told in (failed, passed):
        store.event(EVAL, "contexta.sample", "2026-05-03 09:21:00", **known, **told)


def _artifacts(store: Store) -> None:
    documents: tuple[tuple[str, Attributes], ...] = (
        (
            "package",
            {
                "id": BUNDLE,
                "kind": "model_bundle",
                "path": "artifacts/model_bundle_v17.tar.gz",
                "sha256": "9b91c7e4...",
                "size_bytes": 184221903,
            },
        ),
        (
            "evaluate",
            {
                "id": REPORT,
                "kind": "report_bundle",
                "path": "reports/evaluation_v17.md",
                "summarizes_run": EVAL,
            },
        ),
        (
            "prepare",
            {
                "id": "artifact_config_snapshot_v17",
                "kind": "config_snapshot",
                "path": "snapshots/config_v17.json",
            },
        ),
        ("prepare", {"id": "dataset_tickets_2026_04", "role": "consumed"}),
    )
    for stage, told in documents:
        store.event(
            TRAIN,
            "contexta.artifact",
            "2026-05-03 07:59:00",
            **{f"contexta.artifact.{key}": value for key, value in told.items()},
            **{"contexta.stage.name": stage, "contexta.captured_by": "package_stage"},
        )


def _conditions(store: Store) -> None:
    packages = {"torch": "2.4.1", "transformers": "4.45.2", "tokenizers": "0.20.1"}
    environment = {
        "contexta.environment.python": "3.11.8",
        "contexta.environment.platform": "linux-x86_64",
        "contexta.environment.cuda": "12.4",
        "contexta.environment.packages": packages,
    }
    store.event(EVAL, "contexta.environment", "2026-05-03 09:12:44", **environment)
    values = {
        "retriever": "hybrid_bm25_dense",
        "top_k": 8,
        "reranker": "cross_encoder_v3",
        "temperature": 0.0,
        "evaluation_set": "support_eval_2026_04",
    }
    told = {"contexta.configuration.values": values}
    store.event(EVAL, "contexta.configuration", "2026-05-03 09:12:44", **told)


def _deployment(store: Store) -> None:
    relations = (
        ("produced", TRAIN, BUNDLE, "package_stage", "direct"),
        ("summarized_by", EVAL, REPORT, "report_generator", "direct"),
        ("approved_for", REPORT, DEPLOYMENT, "promotion_record", "direct"),
        ("derived_from", BUNDLE, DEPLOYMENT, "deployment_import", "inferred"),
    )
    for kind, source, target, captured_by, confidence in relations:
        told = {
            "contexta.relation.type": kind,
            "contexta.relation.from": source,
            "contexta.relation.to": target,
            "contexta.relation.confidence": confidence,
            "contexta.captured_by": captured_by,
        }
        store.event("", "contexta.relation", "2026-05-04 08:00:00", **told)
    checks = {"schema_check": "passed", "smoke_test": "passed", "rollback_plan": "available"}
    newest = {
        "contexta.deployment.source_run_id": TRAIN,
        "contexta.deployment.report_id": REPORT,
        **{f"contexta.deployment.check.{name}": result for name, result in checks.items()},
    }
    for deployment, day, artifact in (
        ("deployment_2026_04_28_prod", "2026-04-28", "artifact_model_bundle_v16"),
        (DEPLOYMENT, "2026-05-04", BUNDLE),
    ):
        told = {
            "deployment.id": deployment,
            "deployment.environment.name": "production",
            "deployment.status": "succeeded",
            "contexta.deployment.artifact_id": artifact,
            "contexta.deployment.started_at": f"{day}T08:30:00Z",
            "contexta.deployment.completed_at": f"{day}T08:37:12Z",
            **(newest if deployment == DEPLOYMENT else {}),
        }
        store.event("", "contexta.deployment", f"{day} 08:37:12", **told)
    decision = {
        "contexta.artifact.id": BUNDLE,
        "contexta.promotion.to": "production",
        "contexta.promotion.decision": "approved",
        "contexta.promotion.by": "release board",
    }
    store.event("", "contexta.promotion", "2026-05-04 08:00:00", **decision)
