"""Why an edge is believed: on whose word or by which rule, on which records, and what else would have fitted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lineage.telling import Told

SHA = "ab" * 32


@pytest.fixture
def data(told: Told, tmp_path: Path) -> Path:
    """A store with an edge of every rule, a told one, and an ambiguity."""
    told.run("train").run("score").run("twin")
    told.artifact("train", "model", sha256=SHA, derived_from=["base"])
    told.artifact("train", "frame", fingerprint="sha256-pandas:" + "cd" * 32)
    told.artifact("score", "frame-2", "consumed", fingerprint="sha256-pandas:" + "cd" * 32)
    told.artifact("score", "model", "consumed").artifact("score", "copy", "consumed", sha256=SHA)
    told.artifact("train", "net", path="churn_net.pkl")
    told.artifact("score", "read", "consumed", path="churn_net.pkl")
    told.artifact("train", "spam", path="spam_net.pkl")
    told.artifact("twin", "spam-2", path="spam_net.pkl")
    told.artifact("score", "either", "consumed", path="spam_net.pkl")
    told.samples("train", "s1", "s2").samples("score", "s1", "s2")
    told.deployment("live", "prod", artifact_id="model").span_of_service("bot", "live")
    told.relation("consumed", "score", "model", evidence="its loader")
    return told.into(tmp_path / "data")


@pytest.fixture
def why(contexta: Callable[..., Any], data: Path) -> Callable[..., list[dict[str, Any]]]:
    """The reasons that `contexta lineage score --why …` gives."""

    def ask(*edge: str) -> list[dict[str, Any]]:
        words = ["lineage", "score", "--why", *edge, "--json", "--data", data]
        return json.loads(contexta(*words).stdout)["why"]

    return ask


def test_every_edge_shown_has_its_reason(why: Callable[..., list[dict[str, Any]]]) -> None:
    """A claim for each, the words of the rule for each inferred one, and the records the rule read."""
    reasons = why()
    inferred = [reason for reason in reasons if reason["confidence"] == "inferred"]
    assert {reason["rule"]["name"] for reason in inferred} == {
        "rule:same_sha256", "rule:same_fingerprint", "rule:consumed_artifact_id", "rule:declared_parent",
        "rule:deployment_telemetry", "rule:same_samples", "rule:same_name",
    }  # fmt: skip
    for reason in reasons:
        assert reason["claims"], reason
    for reason in inferred:
        assert reason["standing"] == "concluded by a rule"
        assert reason["rests_on"], reason
        assert reason["rule"]["believes"]
        assert reason["rule"]["because"]


def test_all_who_say_so_are_named_and_who_decides_comes_first(
    why: Callable[..., list[dict[str, Any]]],
) -> None:
    """A relation that was told stands before the record that says it in passing; both are shown."""
    (reason,) = why("score consumed model")
    assert [claim["standing"] for claim in reason["claims"]] == ["told as a relation", "said in passing"]  # fmt: skip
    assert reason["claims"][0]["evidence"] == "its loader"
    assert reason["claims"][1]["run_id"] == "score"
    assert reason["rule"] is None


def test_the_rows_are_those_the_rule_read(why: Callable[..., list[dict[str, Any]]]) -> None:
    """The two records with one digest; the two that name one artifact; the processes of the service."""
    rows = {reason["rule"]["name"]: reason["rests_on"] for reason in why() if reason["rule"]}
    assert {(row["run_id"], row["digest"]) for row in rows["rule:same_sha256"] if row["digest"]} == {
        ("train", f"sha256:{SHA}"), ("score", f"sha256:{SHA}"),
    }  # fmt: skip
    fed = rows["rule:consumed_artifact_id"]
    assert {(row["run_id"], row["role"], row["artifact_id"]) for row in fed} == {
        ("train", "produced", "model"), ("score", "consumed", "model"),
    }  # fmt: skip
    assert [row["service_name"] for row in rows["rule:deployment_telemetry"]] == ["bot"]
    assert {row["run_id"] for row in rows["rule:same_samples"]} == {"train", "score"}
    assert rows["rule:declared_parent"][0]["derived_from"] == ["base"]


def test_what_would_have_fitted_as_well_is_said(why: Callable[..., list[dict[str, Any]]]) -> None:
    """The edge to the ambiguous artifact tells who could have produced it, and that neither is believed."""
    (reason,) = why("either")
    assert {row["from"] for row in reason["alternatives"]} == {"spam", "spam-2"}


def test_an_edge_that_is_not_there_is_an_error(contexta: Callable[..., Any], data: Path) -> None:
    """It says which types are shown and how an edge is named."""
    refused = contexta("lineage", "score", "--why", "approved_for", "--data", data, code=3)
    assert "no relationship shown is named 'approved_for'" in refused.stderr


@pytest.mark.parametrize("form", ["--table", "--md", "--csv"])
def test_reasons_read_in_every_form(contexta: Callable[..., Any], data: Path, form: str) -> None:
    """Rule, words and evidence, for people and for tools."""
    text = contexta("lineage", "score", "--why", "fed", form, "--data", data).stdout
    assert "rule:consumed_artifact_id" in text
    assert "concluded by a rule" in text
