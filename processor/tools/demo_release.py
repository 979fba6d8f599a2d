"""The training run of the support bot, and the deployment that follows from it."""

from collections.abc import Mapping
from typing import Any

from demo_names import AFTER, DEPLOYED, MODEL, REPORT, TRAIN
from demo_recorder import Producer, Scope, at, open_run

from contexta_semconv import events


def training() -> bytes:
    """The training run whose model is evaluated and deployed."""
    producer = Producer(f"{TRAIN}-p0", "support-bot-train")
    start = "2026-05-03T06:02:11+00:00"
    t = [at(start, second) for second in (0, 90, 9_120, 9_300, 9_420)]
    stages = ("prepare", "train", "evaluate", "package")
    with open_run(producer, TRAIN, "training", stages, t[0], t[4], "3f9c1d2") as run:
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
