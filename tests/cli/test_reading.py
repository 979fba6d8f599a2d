"""From Python, the same answers as on the command line, as tables and Arrow."""

import json
from pathlib import Path

import pandas
import pyarrow as pa
import pytest
from cli.story_store import DEPLOYMENT, EVAL, TRAIN, Contexta

import contexta_processor
from contexta_processor.base.errors import ContextaError


def test_the_same_document_as_the_command(contexta: Contexta, story: Path) -> None:
    """`.to_dict()` is the command's JSON."""
    evidence = contexta_processor.connect(story)
    for answer, words in (
        (evidence.runs(), ["runs"]),
        (evidence.run("latest"), ["show", EVAL]),
        (evidence.records(EVAL), ["records", EVAL]),
        (evidence.samples(EVAL, failed=True), ["samples", EVAL, "--failed"]),
        (evidence.artifacts(TRAIN), ["artifacts", TRAIN]),
        (evidence.environment(EVAL), ["environment", EVAL]),
        (evidence.lineage(DEPLOYMENT, direction="up"), ["lineage", DEPLOYMENT, "--up"]),
        (evidence.deployments(), ["deployments"]),
        (evidence.deployment(DEPLOYMENT), ["deployments", DEPLOYMENT]),
        (evidence.compare("prev", "latest"), ["compare", TRAIN, EVAL]),
        (evidence.trend("faithfulness"), ["trend", "faithfulness"]),
    ):
        told = contexta(*words, "--json", "--data", story).stdout
        assert answer.to_dict() == json.loads(told)


def test_an_answer_is_arrow(story: Path) -> None:
    """Into pyarrow and pandas without copying code; times are timestamps, figures numbers."""
    answer = contexta_processor.connect(str(story)).records(EVAL)
    table = pa.table(answer)
    assert table.schema.field("timestamp").type == pa.timestamp("ns")
    assert table.schema.field("value").type == pa.float64()
    frame = answer.df()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.loc[frame["name"] == "loss", "timestamp"].iloc[0].nanosecond == 123


def test_every_answer_can_be_looked_at(story: Path) -> None:
    """A table in a console, escaped HTML in a notebook, a flat table for tools."""
    evidence = contexta_processor.connect(story)
    for answer in (
        evidence.runs(),
        evidence.run(EVAL),
        evidence.records(EVAL),
        evidence.samples(EVAL),
        evidence.artifacts(TRAIN),
        evidence.environment(EVAL),
        evidence.lineage(EVAL),
        evidence.deployments(),
        evidence.deployment(DEPLOYMENT),
        evidence.compare(TRAIN, EVAL),
    ):
        assert repr(answer)
        assert answer._repr_html_().startswith("<div>")
        assert answer.arrow().num_columns > 1


def test_sql_from_python(story: Path) -> None:
    """One statement, with parameters."""
    answer = contexta_processor.connect(story).sql(
        "SELECT count(*) AS n FROM runs WHERE run_id = $run", {"run": EVAL}
    )
    assert answer.arrow().to_pylist() == [{"n": 1}]


def test_nothing_is_held_between_questions(story: Path) -> None:
    """A notebook left open does not lock the store."""
    import duckdb

    evidence = contexta_processor.connect(story)
    evidence.runs()
    duckdb.connect(str(story / "evidence.duckdb")).close()


def test_no_evidence_is_an_error_with_a_hint(tmp_path: Path) -> None:
    """As on the command line."""
    with pytest.raises(ContextaError) as told:
        contexta_processor.connect(tmp_path / "none").runs()
    assert "contexta serve" in told.value.hint
