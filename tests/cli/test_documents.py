"""The documents come back: every reading command gives the shape it promises, field for field."""

import json
from pathlib import Path
from typing import Any

from cli.story_store import BUNDLE, DEPLOYMENT, EVAL, REPORT, TRAIN, Contexta


def ask(contexta: Contexta, story: Path, *arguments: str) -> Any:
    return json.loads(contexta(*arguments, "--data", story, "--json").stdout)


def holds(found: Any, document: Any) -> None:
    """Every field of the document is in what was found, with its value; more may be."""
    if isinstance(document, dict):
        for field, value in document.items():
            assert field in found
            holds(found[field], value)
    elif isinstance(document, list) and document and isinstance(document[0], dict):
        for item in document:
            assert any(_fits(candidate, item) for candidate in found), item
    else:
        assert found == document


def _fits(found: Any, document: Any) -> bool:
    try:
        holds(found, document)
    except AssertionError:
        return False
    return True


def test_show_gives_the_execution_context(contexta: Contexta, story: Path) -> None:
    """Document 1: project, run, type, start, and the stages in the order they ran."""
    found = ask(contexta, story, "show", EVAL)
    stages = [
        ("prepare", "09:12:44", "09:13:10"),
        ("retrieve", "09:13:10", "09:18:21"),
        ("evaluate", "09:18:21", "09:24:03"),
    ]
    holds(
        found,
        {
            "project": "rag-support-bot",
            "run_id": EVAL,
            "run_type": "evaluation",
            "started_at": "2026-05-03T09:12:44Z",
            "stages": [
                {
                    "name": name,
                    "status": "completed",
                    "started_at": f"2026-05-03T{start}Z",
                    "ended_at": f"2026-05-03T{end}Z",
                }
                for name, start, end in stages
            ],
        },
    )
    assert [stage["name"] for stage in found["stages"]] == ["prepare", "retrieve", "evaluate"]


def test_show_says_everything_else_a_page_needs(contexta: Contexta, story: Path) -> None:
    """`show` carries metrics by slice, failed samples, conditions, doubts and who told it."""
    found = ask(contexta, story, "show", EVAL)
    by_place = {(row["name"], row["stage"], row["slice"]): row["value"] for row in found["metrics"]}
    assert by_place[("faithfulness", "evaluate", "refund_questions")] == 0.72
    assert by_place[("faithfulness", "evaluate", None)] == 0.81
    assert by_place[("loss", "evaluate", None)] == "NaN"
    loss = next(row for row in found["metrics"] if row["name"] == "loss")
    assert (loss["points"], loss["low"], loss["high"]) == (3, 0.5, 1.0)
    assert found["failed_samples"]["count"] == 1
    assert found["failed_samples"]["first"][0]["sample_id"] == "prompt_042"
    assert found["configuration"]["top_k"] == 8
    assert found["degraded_markers"][0]["reason"] == "sample_outputs_partially_redacted"
    assert found["completeness"]["record_families"]["status"] == "partial"
    assert found["producers"][0]["missing_count"] == 0
    assert found["tags"] == {"branch": "main"}


def test_records_are_the_documents_records(contexta: Contexta, story: Path) -> None:
    """Document 2: each record has the fields its type has, and leaves out what it lacks."""
    found = ask(contexta, story, "records", EVAL)
    records = [
        {
            "type": "event",
            "run_id": EVAL,
            "stage": "evaluate",
            "name": "evaluation_started",
            "timestamp": "2026-05-03T09:18:21Z",
        },
        {
            "type": "metric",
            "run_id": EVAL,
            "stage": "evaluate",
            "name": "faithfulness",
            "scope": "slice",
            "slice": "refund_questions",
            "value": 0.72,
        },
        {
            "type": "span",
            "run_id": EVAL,
            "stage": "retrieve",
            "operation": "rerank_documents",
            "duration_ms": 1842,
        },
        {
            "type": "degraded_marker",
            "run_id": EVAL,
            "stage": "evaluate",
            "reason": "sample_outputs_partially_redacted",
            "severity": "warning",
        },
    ]
    holds(found, {"records": records})
    event = next(record for record in found["records"] if record["type"] == "event")
    assert "value" not in event
    times = [record["timestamp"] for record in found["records"]]
    assert times == sorted(times)
    assert "2026-05-03T09:20:00.000000123Z" in times


def test_records_can_be_narrowed_and_cut(contexta: Contexta, story: Path) -> None:
    """By type, by stage, by count; and what was cut is said, not hidden."""
    spans = ask(contexta, story, "records", EVAL, "--type", "span")["records"]
    assert {record["type"] for record in spans} == {"span"}
    assert {record["kind"] for record in spans} == {"run", "stage", "operation"}
    prepare = ask(contexta, story, "records", EVAL, "--stage", "prepare")["records"]
    assert [record["kind"] for record in prepare] == ["stage"]
    done = contexta("records", EVAL, "-n", "2", "--json", "--data", story)
    assert len(json.loads(done.stdout)["records"]) == 2
    assert json.loads(done.stdout)["total"] > 10
    assert f"2 of {json.loads(done.stdout)['total']} records" in done.stderr


def test_samples_are_the_documents_sample(contexta: Contexta, story: Path) -> None:
    """Document 3, and a sample of several slices names their intersection."""
    found = ask(contexta, story, "samples", EVAL)
    document = {
        "run_id": EVAL,
        "stage": "evaluate",
        "batch_id": "fold_03",
        "sample_id": "prompt_042",
        "slice": "refund_questions",
        "input_summary": "User asks whether a partially used annual plan can be refunded.",
        "retrieval": {
            "top_document_ids": ["doc_policy_general", "doc_pricing_faq"],
            "expected_document_id": "doc_refund_policy_2026",
        },
        "scores": {"relevance": 0.41, "faithfulness": 0.33},
        "failure_tags": ["missing_required_policy_context", "unsupported_claim"],
    }
    holds(found, {"samples": [document]})
    assert found["samples"][1]["slice"] == "german & refund_questions"


def test_samples_can_be_narrowed(contexta: Contexta, story: Path) -> None:
    """By failure, slice and failure tag; a failure tag alone makes a sample a failed one."""

    def ids(*arguments: str) -> list[str]:
        found = ask(contexta, story, "samples", EVAL, *arguments)
        return [sample["sample_id"] for sample in found["samples"]]

    assert ids("--failed") == ["prompt_042"]
    assert ids("--slice", "german") == ["prompt_043"]
    assert ids("--tag", "unsupported_claim") == ["prompt_042"]
    assert ids("--tag", "no_such_tag") == []


def test_artifacts_are_the_documents_artifacts(contexta: Contexta, story: Path) -> None:
    """Document 4; an input is told apart from a product."""
    found = ask(contexta, story, "artifacts", TRAIN)
    documents = [
        {
            "artifact_id": BUNDLE,
            "kind": "model_bundle",
            "produced_by_stage": "package",
            "path": "artifacts/model_bundle_v17.tar.gz",
            "sha256": "9b91c7e4...",
            "size_bytes": 184221903,
        },
        {
            "artifact_id": REPORT,
            "kind": "report_bundle",
            "produced_by_stage": "evaluate",
            "path": "reports/evaluation_v17.md",
            "summarizes_run": EVAL,
        },
        {
            "artifact_id": "artifact_config_snapshot_v17",
            "kind": "config_snapshot",
            "produced_by_stage": "prepare",
            "path": "snapshots/config_v17.json",
        },
    ]
    holds(found, {"run_id": TRAIN, "artifacts": documents})
    assert len(found["artifacts"]) == 3
    assert "sha256" not in next(
        item for item in found["artifacts"] if item["artifact_id"] == REPORT
    )
    assert [item["artifact_id"] for item in found["consumed"]] == ["dataset_tickets_2026_04"]


def test_environment_is_the_documents_environment(contexta: Contexta, story: Path) -> None:
    """Document 5, with configuration values of the type they had."""
    found = ask(contexta, story, "environment", EVAL)
    holds(
        found,
        {
            "run_id": EVAL,
            "environment": {
                "python": "3.11.8",
                "platform": "linux-x86_64",
                "cuda": "12.4",
                "packages": {"torch": "2.4.1", "transformers": "4.45.2", "tokenizers": "0.20.1"},
            },
            "configuration": {
                "retriever": "hybrid_bm25_dense",
                "top_k": 8,
                "reranker": "cross_encoder_v3",
                "temperature": 0.0,
                "evaluation_set": "support_eval_2026_04",
            },
            "captured_at": "2026-05-03T09:12:44Z",
        },
    )
    assert isinstance(found["configuration"]["top_k"], int)
    assert isinstance(found["configuration"]["temperature"], float)


RELATIONSHIPS = [
    {
        "type": "produced",
        "from": TRAIN,
        "to": BUNDLE,
        "captured_by": "package_stage",
        "confidence": "direct",
    },
    {
        "type": "summarized_by",
        "from": EVAL,
        "to": REPORT,
        "captured_by": "report_generator",
        "confidence": "direct",
    },
    {
        "type": "approved_for",
        "from": REPORT,
        "to": DEPLOYMENT,
        "captured_by": "promotion_record",
        "confidence": "direct",
    },
    {
        "type": "derived_from",
        "from": BUNDLE,
        "to": DEPLOYMENT,
        "captured_by": "deployment_import",
        "confidence": "inferred",
    },
]


def test_lineage_is_the_documents_relationships(contexta: Contexta, story: Path) -> None:
    """Document 6, from whichever of its ends it is asked for."""
    for end in (EVAL, TRAIN, BUNDLE, REPORT, DEPLOYMENT):
        holds(ask(contexta, story, "lineage", end), {"relationships": RELATIONSHIPS})


def test_lineage_follows_the_evidence(contexta: Contexta, story: Path) -> None:
    """Up is what a thing came from, its inputs included; down is what came from it."""

    def reached(*arguments: str) -> set[str]:
        found = ask(contexta, story, "lineage", *arguments)["relationships"]
        return {edge[end] for edge in found for end in ("from", "to")}

    up = reached(DEPLOYMENT, "--up")
    assert {BUNDLE, REPORT, TRAIN, EVAL, "dataset_tickets_2026_04"} <= up
    down = reached("dataset_tickets_2026_04", "--down")
    assert {TRAIN, BUNDLE, DEPLOYMENT} <= down
    assert EVAL not in reached(DEPLOYMENT, "--up", "--depth", "1")


def test_lineage_says_when_it_stopped_early(contexta: Contexta, story: Path) -> None:
    """A walk cut by its depth says so; a whole one says that too."""
    assert ask(contexta, story, "lineage", EVAL, "--depth", "1")["cut"] is True
    assert ask(contexta, story, "lineage", EVAL, "--depth", "20")["cut"] is False


def test_deployment_is_the_documents_deployment(contexta: Contexta, story: Path) -> None:
    """Document 7, and since when it is live, who approved it, and where a rollback would go."""
    found = ask(contexta, story, "deployments", DEPLOYMENT)
    holds(
        found,
        {
            "deployment_id": DEPLOYMENT,
            "environment": "production",
            "status": "succeeded",
            "started_at": "2026-05-04T08:30:00Z",
            "completed_at": "2026-05-04T08:37:12Z",
            "promoted_artifact": BUNDLE,
            "source_run": TRAIN,
            "supporting_report": REPORT,
            "checks": {
                "schema_check": "passed",
                "smoke_test": "passed",
                "rollback_plan": "available",
            },
            "active": True,
            "active_from": "2026-05-04T08:37:12Z",
            "active_until": None,
            "approved_by": "release board",
            "previous": "deployment_2026_04_28_prod",
        },
    )


def test_the_list_of_deployments_says_what_is_live(contexta: Contexta, story: Path) -> None:
    """One of an environment is live, and an earlier one says until when it was."""
    found = ask(contexta, story, "deployments")["deployments"]
    assert [(item["deployment_id"], item["active"]) for item in found] == [
        (DEPLOYMENT, True),
        ("deployment_2026_04_28_prod", False),
    ]
    assert found[1]["active_until"] == "2026-05-04T08:37:12Z"
    assert ask(contexta, story, "deployments", "-e", "staging") == {"deployments": []}


def test_runs_are_listed_newest_first(contexta: Contexta, story: Path) -> None:
    """Each run with its status, how far it got, and how whole what is known of it is."""
    found = ask(contexta, story, "runs")
    assert [run["run_id"] for run in found["runs"]] == [EVAL, TRAIN]
    first = found["runs"][0]
    assert (first["stages_done"], first["stages_expected"], first["degraded_count"]) == (3, 3, 1)
    assert first["completeness"] == "partial"
    assert found["runs"][1]["stages_expected"] is None
    assert ask(contexta, story, "runs", "--type", "training")["total"] == 1
    assert ask(contexta, story, "runs", "--status", "failed") == {"runs": [], "total": 0}


def test_json_is_the_same_bytes_every_time(contexta: Contexta, story: Path) -> None:
    """Sorted keys, and nothing of the moment it was asked in."""
    for command in (["runs"], ["show", EVAL], ["records", EVAL], ["lineage", EVAL]):
        first, again = (contexta(*command, "--data", story, "--json").stdout for _ in range(2))
        assert first == again
        assert (
            first
            == json.dumps(json.loads(first), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        )
