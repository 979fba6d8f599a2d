"""A store that holds the documents' own story, row by row as the processor would leave it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from contexta_processor.store.migrate import migrate

EVAL = "run_2026_05_03_eval_014"
TRAIN = "run_2026_05_03_train_021"
BUNDLE = "artifact_model_bundle_v17"
REPORT = "artifact_eval_report_v17"
DEPLOYMENT = "deployment_2026_05_04_prod"

CONTEXTA = Path(sys.executable).with_name("contexta")

Row = dict[str, Any]
Contexta = Callable[..., "subprocess.CompletedProcess[str]"]
_FACT = {
    "resource_id": 1,
    "dropped_attributes": 0,
    "addressed": True,
    "shadowed": False,
}


class Store:
    """An evidence database under construction; rows go in as the processor would leave them."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.connection = duckdb.connect(str(directory / "evidence.duckdb"))
        migrate(self.connection)
        self._facts = 0

    def insert(self, table: str, **row: object) -> None:
        """One row; what is not given is NULL."""
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        self.connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values())
        )

    def fact(self, table: str, **row: object) -> None:
        """One row of facts.<table>."""
        self._facts += 1
        attributes = row.pop("attributes", None)
        told = json.dumps(attributes) if attributes is not None else None
        self.insert(f"facts.{table}", fact_id=self._facts, attributes=told, **{**_FACT, **row})

    def run(self, run_id: str, **row: object) -> None:
        """One run, complete unless told otherwise."""
        known = {"status": "completed", "completeness": "complete", "confidence": "direct"}
        self.insert("runs", run_id=run_id, **{**known, **row})

    def stage(self, run_id: str, stage: str, index: int, **row: object) -> None:
        """One stage, complete unless told otherwise."""
        known = {"status": "completed", "completeness": "complete", "confidence": "direct"}
        self.insert(
            "stages",
            run_id=run_id,
            stage_id=f"{stage}/1",
            stage=stage,
            stage_index=index,
            attempt=1,
            **{**known, **row},
        )

    def close(self) -> None:
        self.connection.close()


def tell(store: Store) -> None:
    """The story of the eight documents."""
    store.run(
        TRAIN,
        project="rag-support-bot",
        name="train-v17",
        run_type="training",
        started_at="2026-05-03 06:00:00",
        ended_at="2026-05-03 08:00:00",
        duration_ms=7_200_000,
        tags='{"baseline": "yes"}',
    )
    store.run(
        EVAL,
        project="rag-support-bot",
        name="nightly-eval",
        run_type="evaluation",
        started_at="2026-05-03 09:12:44",
        ended_at="2026-05-03 09:24:03",
        duration_ms=679_000,
        completeness="partial",
        tags='{"branch": "main"}',
        expected_stages=["prepare", "retrieve", "evaluate"],
        service_name="eval-job",
    )
    times = [("prepare", "09:12:44", "09:13:10"), ("retrieve", "09:13:10", "09:18:21")]
    times.append(("evaluate", "09:18:21", "09:24:03"))
    for index, (stage, start, end) in enumerate(times):
        store.stage(
            EVAL, stage, index, started_at=f"2026-05-03 {start}", ended_at=f"2026-05-03 {end}"
        )
    for stage in ("prepare", "train", "package"):
        store.stage(TRAIN, stage, 0)
    _records(store)
    _samples(store)
    _artifacts(store)
    _conditions(store)
    _deployment(store)


def _records(store: Store) -> None:
    evaluate: Row = {"run_id": EVAL, "stage": "evaluate"}
    store.fact("events", name="evaluation_started", occurred_at="2026-05-03 09:18:21", **evaluate)
    for name, value, where in (
        ("faithfulness", 0.81, None),
        ("faithfulness", 0.72, "refund_questions"),
        ("relevance", 0.77, None),
        ("relevance", 0.70, "refund_questions"),
    ):
        store.fact(
            "metrics",
            name=name,
            value=value,
            scope="slice" if where else "stage",
            slices=[where] if where else None,
            occurred_at="2026-05-03 09:24:00",
            higher_is_better=True,
            **evaluate,
        )
    for step in range(3):
        store.fact(
            "metrics",
            name="loss",
            value=float("nan") if step == 2 else 1.0 / (step + 1),
            scope="stage",
            step=step,
            occurred_at="2026-05-03 09:20:00.000000123",
            **evaluate,
        )
    store.fact(
        "spans",
        trace_id="aa" * 16,
        span_id="bb" * 8,
        name="rerank_documents",
        kind="internal",
        status="unset",
        evidence_kind="operation",
        operation="rerank_documents",
        run_id=EVAL,
        stage="retrieve",
        started_at="2026-05-03 09:14:00",
        ended_at="2026-05-03 09:14:01.842",
        dropped_events=0,
        dropped_links=0,
    )
    store.fact(
        "records",
        name="contexta.degraded",
        occurred_at="2026-05-03 09:22:00",
        attributes={
            "contexta.degraded.reason": "sample_outputs_partially_redacted",
            "contexta.degraded.severity": "warning",
            "contexta.degraded.category": "redaction",
        },
        **evaluate,
    )
    for layer, status in (("execution", "complete"), ("records", "partial")):
        store.insert(
            "completeness",
            run_id=EVAL,
            layer=layer,
            status=status,
            detail=None if status == "complete" else "1 degraded marker",
            confidence="direct",
        )
    store.insert(
        "producers",
        producer_id="p1",
        run_id=EVAL,
        received_count=42,
        missing_count=0,
        dropped_count=0,
        closed=True,
        confidence="direct",
    )


def _samples(store: Store) -> None:
    known: Row = {
        "run_id": EVAL,
        "stage": "evaluate",
        "batch_id": "fold_03",
        "confidence": "direct",
    }
    store.insert(
        "samples",
        sample_id="prompt_042",
        slices=["refund_questions"],
        input_summary="User asks whether a partially used annual plan can be refunded.",
        failure_tags=["missing_required_policy_context", "unsupported_claim"],
        retrieval=json.dumps(
            {
                "top_document_ids": ["doc_policy_general", "doc_pricing_faq"],
                "expected_document_id": "doc_refund_policy_2026",
            }
        ),
        redacted=False,
        completeness="complete",
        **known,
    )
    store.insert(
        "samples",
        sample_id="prompt_043",
        slices=["german", "refund_questions"],
        status="passed",
        redacted=True,
        completeness="complete",
        **known,
    )
    scores = (("prompt_042", 0.41, 0.33), ("prompt_043", 0.91, 0.97))
    for sample, relevance, faithfulness in scores:
        for name, value in (("relevance", relevance), ("faithfulness", faithfulness)):
            store.insert("sample_scores", sample_id=sample, score_name=name, value=value, **known)
    for sample, name in (
        ("prompt_042", "refund_questions"),
        ("prompt_043", "refund_questions"),
        ("prompt_043", "german"),
    ):
        store.insert(
            "sample_slices", run_id=EVAL, sample_id=sample, slice=name, confidence="direct"
        )


def _artifacts(store: Store) -> None:
    documents: tuple[tuple[str, Row], ...] = (
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
        store.fact(
            "records",
            name="contexta.artifact",
            occurred_at="2026-05-03 07:59:00",
            run_id=TRAIN,
            stage=stage,
            attributes={f"contexta.artifact.{key}": value for key, value in told.items()},
            captured_by="package_stage",
        )


def _conditions(store: Store) -> None:
    store.fact(
        "records",
        name="contexta.environment",
        occurred_at="2026-05-03 09:12:44",
        run_id=EVAL,
        attributes={
            "contexta.environment.python": "3.11.8",
            "contexta.environment.platform": "linux-x86_64",
            "contexta.environment.cuda": "12.4",
            "contexta.environment.packages": {
                "torch": "2.4.1",
                "transformers": "4.45.2",
                "tokenizers": "0.20.1",
            },
        },
    )
    store.fact(
        "records",
        name="contexta.configuration",
        occurred_at="2026-05-03 09:12:44",
        run_id=EVAL,
        attributes={
            "contexta.configuration.values": {
                "retriever": "hybrid_bm25_dense",
                "top_k": 8,
                "reranker": "cross_encoder_v3",
                "temperature": 0.0,
                "evaluation_set": "support_eval_2026_04",
            }
        },
    )


def _deployment(store: Store) -> None:
    relations = (
        ("produced", TRAIN, BUNDLE, "package_stage", "direct"),
        ("summarized_by", EVAL, REPORT, "report_generator", "direct"),
        ("approved_for", REPORT, DEPLOYMENT, "promotion_record", "direct"),
        ("derived_from", BUNDLE, DEPLOYMENT, "deployment_import", "inferred"),
    )
    for kind, source, target, captured_by, confidence in relations:
        store.fact(
            "records",
            name="contexta.relation",
            captured_by=captured_by,
            attributes={
                "contexta.relation.type": kind,
                "contexta.relation.from": source,
                "contexta.relation.to": target,
                "contexta.relation.confidence": confidence,
            },
        )
    checks = {"schema_check": "passed", "smoke_test": "passed", "rollback_plan": "available"}
    for deployment, day, artifact in (
        ("deployment_2026_04_28_prod", "2026-04-28", "artifact_model_bundle_v16"),
        (DEPLOYMENT, "2026-05-04", BUNDLE),
    ):
        newest = deployment == DEPLOYMENT
        store.fact(
            "records",
            name="contexta.deployment",
            deployment_id=deployment,
            occurred_at=f"{day} 08:37:12",
            attributes={
                "deployment.environment.name": "production",
                "deployment.status": "succeeded",
                "contexta.deployment.artifact_id": artifact,
                "contexta.deployment.started_at": f"{day}T08:30:00Z",
                "contexta.deployment.completed_at": f"{day}T08:37:12Z",
                **({"contexta.deployment.source_run_id": TRAIN} if newest else {}),
                **({"contexta.deployment.report_id": REPORT} if newest else {}),
                **(
                    {f"contexta.deployment.check.{n}": r for n, r in checks.items()}
                    if newest
                    else {}
                ),
            },
        )
    store.fact(
        "records",
        name="contexta.promotion",
        occurred_at="2026-05-04 08:00:00",
        attributes={
            "contexta.artifact.id": BUNDLE,
            "contexta.promotion.to": "production",
            "contexta.promotion.decision": "approved",
            "contexta.promotion.by": "release board",
        },
    )
