"""What is quarantined, or was found damaged, marks all that came from it, until that is taken back."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lineage.telling import Told, reading

from contexta_processor import connect
from contexta_processor.investigate.lineage.taint import tainted

Ask = Callable[..., Any]

JOB = """
import sys, contexta
contexta.configure(endpoint="file:" + sys.argv[1])
with contexta.run("bot", type="training", id="train", environment=False) as run:
    run.log_artifact("s3://bucket/tickets", kind="dataset_snapshot", id="tickets", role="consumed")
    run.log_artifact("s3://bucket/model", kind="model_bundle", id="model")
with contexta.run("bot", type="evaluation", id="eval", environment=False) as run:
    run.log_artifact("s3://bucket/model", kind="model_bundle", id="model", role="consumed")
with contexta.deployment("live", environment="prod", artifact="model") as deployment:
    deployment.set_status("succeeded")
with contexta.run("bot", type="review", id="review", environment=False) as run:
    for word in sys.argv[2:]:
        run.log_relation(word, "tickets", "incident-42", from_kind="artifact", evidence="label leak")
contexta.shutdown()
"""


def told_by_jobs(data: Path, *decisions: str) -> Path:
    subprocess.run([sys.executable, "-c", JOB, str(data), *decisions], check=True, timeout=60)
    return data


def marked(data: Path) -> dict[str, tuple[str, ...]]:
    """Every tainted thing and the way from its source."""
    with reading(data) as query:
        return {id: taint.path for id, taint in tainted(query).items()}


def test_a_quarantine_said_by_a_job_marks_everything_downstream(
    tmp_path: Path, contexta: Ask
) -> None:
    """One `log_relation`: data set, run, model, evaluation and deployment are marked, wherever they are shown."""
    data = told_by_jobs(tmp_path / "data", "quarantined_by")

    def ask(*words: str) -> Any:
        return json.loads(contexta(*words, "--json", "--data", data).stdout)

    found = {node["id"]: node["tainted"] for node in ask("lineage", "live", "--up")["nodes"]}
    assert found["live"]["source"] == "tickets"
    assert found["live"]["by"] == "incident-42"
    assert found["live"]["detail"] == "label leak"
    assert found["live"]["confidence"] == "direct"
    assert found["live"]["path"] == ["tickets", "train", "model", "live"]
    assert found["incident-42"] is None
    runs = {run["run_id"]: run["tainted"] for run in ask("runs")["runs"]}
    assert runs["review"] is None
    assert runs["train"]["source"] == runs["eval"]["source"] == "tickets"
    assert ask("show", "train")["tainted"]["source"] == "tickets"
    artifacts = ask("artifacts", "train")
    assert {item["artifact_id"] for item in artifacts["artifacts"] if item["tainted"]} == {"model"}
    assert {item["artifact_id"] for item in artifacts["consumed"] if item["tainted"]} == {"tickets"}
    assert ask("deployments", "live")["tainted"]["reason"] == "quarantined_by"
    assert ask("deployments")["deployments"][0]["tainted"]["source"] == "tickets"
    for words in (["lineage", "live"], ["show", "eval"], ["runs"], ["artifacts", "train"], ["deployments"], ["deployments", "live"]):  # fmt: skip
        text = contexta(*words, "--table", "--data", data).stdout
        assert "✗ tainted" in text, words
    assert set(connect(data).tainted()) == {"tickets", "train", "model", "eval", "live"}
    down = ask("lineage", "incident-42", "--down")
    assert {node["id"] for node in down["nodes"]} >= {"tickets", "train", "model", "eval", "live"}


def test_a_release_takes_it_back(tmp_path: Path, contexta: Ask) -> None:
    """The later decision stands, and nothing is marked any more."""
    data = told_by_jobs(tmp_path / "data", "quarantined_by", "released_by")
    assert marked(data) == {}
    assert "tainted:" not in contexta("lineage", "live", "--table", "--data", data).stdout


def test_nothing_is_marked_where_nothing_is_quarantined(tmp_path: Path) -> None:
    """And a store without a taint is asked one small question."""
    assert marked(told_by_jobs(tmp_path / "data")) == {}


def test_a_damaged_file_marks_what_was_made_of_it_until_it_matches_again(
    told: Told, tmp_path: Path
) -> None:
    """A mismatch or a missing file is a verification's result; a later match releases; what it says by marker counts too."""
    told.run("a").run("b").artifact("a", "x").artifact("b", "x", "consumed").artifact("b", "y")
    told.record("verification", artifact__id="x", verification__result="mismatch", run__id="a")
    told.record(
        "degraded", run__id="a", degraded__reason="artifact_hash_mismatch", degraded__subject="x",
        degraded__category="verification", degraded__severity="error",
    )  # fmt: skip
    data = told.into(tmp_path / "one")
    assert marked(data) == {"x": ("x",), "b": ("x", "b"), "y": ("x", "b", "y")}
    told.record("verification", artifact__id="x", verification__result="match", run__id="a")
    assert marked(told.into(tmp_path / "two")) == {}
    told.record("verification", artifact__id="x", verification__result="missing", run__id="a")
    assert set(marked(told.into(tmp_path / "three"))) == {"x", "b", "y"}
    told.record("verification", artifact__id="x", verification__result="not_verifiable", run__id="a")  # fmt: skip
    assert set(marked(told.into(tmp_path / "four"))) == {"x", "b", "y"}


def test_a_match_does_not_overrule_a_person(told: Told, tmp_path: Path) -> None:
    """Whether the bytes are the recorded ones says nothing of whether they may be used; a person may release both."""
    told.relation("quarantined_by", "x", "board", at=1)
    told.record("verification", at=2, artifact__id="x", verification__result="mismatch")
    told.record("verification", at=3, artifact__id="x", verification__result="match")
    assert set(marked(told.into(tmp_path / "one"))) == {"x"}
    told.relation("released_by", "x", "board", at=4)
    assert marked(told.into(tmp_path / "two")) == {}


STATEMENTS = ("quarantined_by", "released_by", "mismatch", "match")


@settings(max_examples=settings().max_examples // 4, deadline=None)
@given(
    said=st.lists(
        st.tuples(st.sampled_from(STATEMENTS), st.integers(0, 5)), min_size=1, max_size=6
    ),
    data=st.data(),
)
def test_the_latest_word_stands_in_whatever_order_it_arrives(
    said: list[tuple[str, int]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """By event time: a release lifts what was said before it, a match what verifications said; at one time the doubt stands."""
    told = Told()
    for word, at in said:
        if word in ("mismatch", "match"):
            told.record("verification", at, artifact__id="x", verification__result=word)
        else:
            told.relation(word, "x", "board", at=at)
    told.messages = list(data.draw(st.permutations(told.messages)))
    last = {word: max((at for one, at in said if one == word), default=-1) for word in STATEMENTS}
    expected = last["quarantined_by"] > -1 and last["quarantined_by"] >= last["released_by"]
    expected |= last["mismatch"] > -1 and last["mismatch"] >= max(last["match"], last["released_by"])  # fmt: skip
    assert bool(marked(told.into(tmp_path_factory.mktemp("words")))) == expected


def test_it_spreads_over_inferred_edges_and_says_so(told: Told, tmp_path: Path) -> None:
    """A copy under another id is the same thing; what read the copy is marked, with the confidence of that."""
    told.run("a").run("b").artifact("a", "data", sha256="ab" * 32)
    told.artifact("b", "copy", "consumed", sha256="ab" * 32).artifact("b", "model")
    told.relation("quarantined_by", "data", "board")
    with reading(told.into(tmp_path)) as query:
        found = tainted(query, ["model", "a", "data"])
    assert set(found) == {"model", "data"}
    assert found["model"].path == ("data", "copy", "b", "model")
    assert (found["model"].confidence, found["data"].confidence) == ("inferred", "direct")


def test_it_spreads_to_any_depth_through_cycles_and_not_to_what_merely_has_to_do_with_it(
    told: Told, tmp_path: Path
) -> None:
    """200 steps, around a circle; but not to what it was made from, what replaced it, or where it is deployed."""
    for number in range(200):
        told.relation("derived_from", f"n{number:03}", f"n{number + 1:03}")
    told.relation("derived_from", "n200", "n000").relation("derived_from", "before", "n000")
    told.relation("supersedes", "successor", "n100").relation("promoted_to", "n100", "prod")
    told.relation("rejected_for", "n100", "staging").relation("measured_against", "watch", "n100")
    told.relation("quarantined_by", "n000", "board")
    found = marked(told.into(tmp_path))
    assert set(found) == {f"n{number:03}" for number in range(201)}
    assert len(found["n200"]) == 201


def test_of_several_sources_the_nearest_is_named(told: Told, tmp_path: Path) -> None:
    """Direct before inferred, near before far, then by id: the same answer every time."""
    told.relation("derived_from", "far", "near").relation("derived_from", "near", "end")
    told.relation("derived_from", "guessed", "end", confidence="inferred")
    for source in ("far", "near", "guessed"):
        told.relation("quarantined_by", source, "board")
    assert marked(told.into(tmp_path))["end"] == ("near", "end")
