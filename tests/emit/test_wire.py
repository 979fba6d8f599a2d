"""What arrives over a real OTLP connection when people type the contract's calls."""

from __future__ import annotations

import pytest

import contexta


def test_a_run_arrives_whole(receiver):
    """A run with stage, batch, metrics and samples arrives with names, address and no gap."""
    with contexta.run("support", type="evaluation", expected_stages=["evaluate"]) as run:
        run.log_configuration({"top_k": 8, "reranker": {"name": "cross"}})
        with contexta.stage("evaluate", index=2), contexta.batch("fold_03", type="fold", index=3):
            contexta.log_sample("p1", slices=["refund"], scores={"faithfulness": 0.33})
            contexta.log_metric("loss", 0.5, step=3, higher_is_better=False)
    assert contexta.flush(60)
    (run_span,) = receiver.of("run")
    (stage,) = receiver.of("stage")
    (batch,) = receiver.of("batch")
    assert (run_span.name, stage.name, batch.name) == (
        "run evaluation",
        "stage evaluate",
        "batch fold",
    )
    assert run_span.attributes["contexta.project.name"] == "support"
    assert run_span.attributes["contexta.run.status"] == "completed"
    assert batch.attributes["contexta.run.id"] == run.id
    assert batch.attributes["contexta.stage.name"] == "evaluate"
    assert batch.parent_id == stage.span_id
    assert stage.parent_id == run_span.span_id
    (sample,) = receiver.named("contexta.sample")
    assert sample.attributes["contexta.batch.id"] == "fold_03"
    assert sample.attributes["contexta.sample.score.faithfulness"] == pytest.approx(0.33)
    assert sample.attributes["contexta.slice"] == ["refund"]
    (configuration,) = receiver.named("contexta.configuration")
    assert configuration.attributes["contexta.config.reranker.name"] == "cross"
    assert receiver.has_no_gap()
