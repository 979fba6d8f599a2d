"""The story behind the example documents, told through the instrumentation as its own past.

Run as a program: `python support_bot_story.py`; where it goes and on which carrier is in the environment.
"""

import sys
from datetime import UTC, datetime, timedelta

import contexta

EVALUATION = "run_2026_05_03_eval_014"
BASELINE = "run_2026_04_27_eval_009"
TRAINING = "run_2026_05_03_train_021"
DEPLOYMENT = "deployment_2026_05_04_prod"
MODEL, REPORT, CONFIG = (
    "artifact_model_bundle_v17",
    "artifact_eval_report_v17",
    "artifact_config_snapshot_v17",
)


def at(text: str) -> datetime:
    """A UTC time from its ISO text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def tell_evaluation() -> None:
    """Run 014: prepare, retrieve, evaluate; what it measured, what failed, under what conditions."""
    run = contexta.run(
        "rag-support-bot", type="evaluation", id=EVALUATION, environment=False,
        expected_stages=["prepare", "retrieve", "evaluate"], started_at=at("2026-05-03T09:12:44"),
    ).start()  # fmt: skip
    run.log_environment(
        {
            "python": "3.11.8", "platform": "linux-x86_64", "cuda": "12.4",
            "packages": {"torch": "2.4.1", "transformers": "4.45.2", "tokenizers": "0.20.1"},
        },
        at=at("2026-05-03T09:12:44"),
    )  # fmt: skip
    run.log_configuration(
        {
            "retriever": "hybrid_bm25_dense", "top_k": 8, "reranker": "cross_encoder_v3",
            "temperature": 0.0, "evaluation_set": "support_eval_2026_04",
        }
    )  # fmt: skip
    prepare = contexta.stage("prepare", index=0, started_at=at("2026-05-03T09:12:44")).start()
    prepare.end(at=at("2026-05-03T09:13:10"))

    retrieve = contexta.stage("retrieve", index=1, started_at=at("2026-05-03T09:13:10")).start()
    started = at("2026-05-03T09:14:00")
    rerank = contexta.operation("rerank_documents", type="rerank", started_at=started).start()
    rerank.end(at=started + timedelta(milliseconds=1842))
    retrieve.end(at=at("2026-05-03T09:18:21"))

    evaluate = contexta.stage("evaluate", index=2, started_at=at("2026-05-03T09:18:21")).start()
    evaluate.log_event("evaluation_started", at=at("2026-05-03T09:18:21"))
    fold = contexta.batch(
        "fold_03", type="fold", index=3, started_at=at("2026-05-03T09:19:00")
    ).start()
    fold.log_sample(
        "prompt_042",
        slices=["refund_questions"],
        scores={"relevance": 0.41, "faithfulness": 0.33},
        input_summary="User asks whether a partially used annual plan can be refunded.",
        failure_tags=["missing_required_policy_context", "unsupported_claim"],
        retrieval={
            "top_document_ids": ["doc_policy_general", "doc_pricing_faq"],
            "expected_document_id": "doc_refund_policy_2026",
        },
        at=at("2026-05-03T09:19:30"),
    )
    fold.end(at=at("2026-05-03T09:20:00"))
    evaluate.log_metric(
        "faithfulness", 0.72, slice="refund_questions", higher_is_better=True,
        at=at("2026-05-03T09:23:00"),
    )  # fmt: skip
    evaluate.log_degraded(
        "sample_outputs_partially_redacted", severity="warning", category="redaction",
        at=at("2026-05-03T09:23:30"),
    )  # fmt: skip
    evaluate.end(at=at("2026-05-03T09:24:03"))
    run.log_metric("accuracy", 0.871, higher_is_better=True)
    run.log_metric("faithfulness", 0.81, higher_is_better=True)
    run.log_metric("latency_p95", 2231, unit="ms", higher_is_better=False)
    run.end(at=at("2026-05-03T09:24:03"))


def tell_baseline() -> None:
    """Run 009, a week earlier: what 014 is compared with."""
    run = contexta.run(
        "rag-support-bot", type="evaluation", id=BASELINE, environment=False,
        expected_stages=["prepare", "retrieve", "evaluate"], started_at=at("2026-04-27T09:00:00"),
    ).start()  # fmt: skip
    for index, name in enumerate(["prepare", "retrieve", "evaluate"]):
        opened = contexta.stage(
            name, index=index, started_at=at(f"2026-04-27T09:0{index}:00")
        ).start()
        if name == "evaluate":
            opened.log_metric("faithfulness", 0.83, slice="refund_questions", higher_is_better=True)
        opened.end(at=at(f"2026-04-27T09:0{index + 1}:00"))
    run.log_artifact(
        "artifacts/model_bundle_v16.tar.gz", kind="model_bundle", id="artifact_model_bundle_v16",
        sha256="77aa", size_bytes=155_593_246, role="consumed",
    )  # fmt: skip
    run.log_metric("accuracy", 0.853, higher_is_better=True)
    run.log_metric("faithfulness", 0.852, higher_is_better=True)
    run.log_metric("latency_p95", 2000, unit="ms", higher_is_better=False)
    run.end(at=at("2026-04-27T09:03:00"))


def tell_training() -> None:
    """Run 021: the artifacts, and how they connect."""
    run = contexta.run(
        "rag-support-bot", type="training", id=TRAINING, environment=False,
        started_at=at("2026-05-03T06:00:00"),
    ).start()  # fmt: skip
    with contexta.stage("prepare", index=0):
        contexta.log_artifact("snapshots/config_v17.json", kind="config_snapshot", id=CONFIG)
    with contexta.stage("evaluate", index=1):
        contexta.log_artifact(
            "reports/evaluation_v17.md", kind="report_bundle", id=REPORT, summarizes_run=EVALUATION,
            captured_by="report_generator",
        )  # fmt: skip
    with contexta.stage("package", index=2):
        contexta.log_artifact(
            "artifacts/model_bundle_v17.tar.gz", kind="model_bundle", id=MODEL,
            sha256="9b91c7e4...", size_bytes=184221903, captured_by="package_stage",
        )  # fmt: skip
    run.log_relation(
        "approved_for", REPORT, DEPLOYMENT, from_kind="artifact", to_kind="deployment",
        captured_by="promotion_record",
    )  # fmt: skip
    run.log_relation(
        "derived_from", MODEL, DEPLOYMENT, from_kind="artifact", to_kind="deployment",
        confidence="inferred", captured_by="deployment_import",
    )  # fmt: skip
    run.log_promotion(MODEL, to="production", report=REPORT, by="release board")
    run.end()


def tell_deployment() -> None:
    """What went live because of it."""
    deployment = contexta.deployment(
        DEPLOYMENT, environment="production", artifact=MODEL, source_run=TRAINING, report=REPORT,
        started_at=at("2026-05-04T08:30:00"), completed_at=at("2026-05-04T08:37:12"),
    ).start()  # fmt: skip
    deployment.log_check("schema_check", "passed")
    deployment.log_check("smoke_test", "passed")
    deployment.log_check("rollback_plan", "available")
    deployment.set_status("succeeded")
    deployment.end(at=at("2026-05-04T08:37:12"))


def main() -> int:
    """Tell everything; 0 if all of it was delivered."""
    tell_baseline()
    tell_evaluation()
    tell_training()
    tell_deployment()
    return 0 if contexta.flush(60) and not contexta.dropped() else 1


if __name__ == "__main__":
    sys.exit(main())
