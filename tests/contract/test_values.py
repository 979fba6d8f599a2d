"""Values of the types that other SDKs send: what the contract takes, whatever the variant."""

import json
import math

import pytest
from contract.doors import Server, answer, contexta
from contract.otlp_words import T0, S, event, log, logs, pairs, span, traces
from opentelemetry.proto.trace.v1.trace_pb2 import Span

RUN = {"contexta.run.id": "values", "contexta.project.name": "types"}


def metric(name: str, value: object, at: int = 0, **more: object) -> Span.Event:
    """A metric event without any address."""
    return event(
        "contexta.metric", T0 + at,
        **{"contexta__metric__name": name, "contexta__metric__value": value} | more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def told(server: Server) -> Server:
    """One run whose values are of every type somebody might choose."""
    events = [
        metric("int", 3),
        metric("text", "0.25"),
        metric("nan", math.nan),
        metric("plus", math.inf),
        metric("minus", -math.inf),
        metric("double step", 1.0, contexta__metric__step=5.0),
        metric("int epoch", 1.0, contexta__metric__epoch=2),
        metric("text flags", 1.0, contexta__metric__step="9", contexta__metric__higher_is_better="true"),
        metric("one slice", 1.0, contexta__slice=["only"]),
        metric("same slices", 1.0, contexta__slice=["b", "a", "b"]),
        metric("no slices", 1.0, contexta__slice=[]),
        metric("told scope", 1.0, contexta__metric__scope="deployment"),
        event("contexta.metric.series", T0, contexta__metric__name="no steps", contexta__metric__values=[1, 2.5, math.nan]),
        event("contexta.metric.series", T0, contexta__metric__name="int values", contexta__metric__values=[3, 4],
              contexta__metric__steps=[7, 8]),
        event("contexta.metric.series", T0, contexta__metric__name="double steps", contexta__metric__values=[3.0, 4.0],
              contexta__metric__steps=[1.0, 2.0]),
        event("contexta.environment", T0, contexta__environment__packages=["torch==2.4.1", "local-thing", "numpy==2.1.0"]),
        event("contexta.sample", T0, contexta__sample__id="s1", contexta__sample__score__exact=True,
              contexta__sample__score__bleu=3, contexta__sample__score__bad=math.nan,
              contexta__sample__failure_tags="only_one", contexta__slice="x"),
        event("contexta.sample", T0, contexta__sample__id=42, contexta__sample__status="passed"),
        event("contexta.artifact", T0, contexta__artifact__id="a1", contexta__artifact__kind="checkpoint",
              contexta__artifact__size_bytes="12"),
        event("contexta.degraded", T0),
        event("odd", T0, raw=b"\x00\xff", nothing=None, nested={"a": [1, {"b": None}]}, big=2**62, empty="", text="ü\n\t\"'\\"),
    ]  # fmt: skip
    run = span(0x31, 1, "run training", RUN | {"contexta.evidence.kind": "run"}, events=events)
    server.grpc(traces([run]))
    server.settled()
    return server


def test_numbers_of_any_variant_are_numbers(told: Server) -> None:
    """Integers, doubles and texts of numbers where the contract has a double, an int or a bool."""
    rows = {row["name"]: row for row in told.sql("SELECT * FROM metrics WHERE run_id = 'values'")}
    assert rows["int"]["value"] == 3.0
    assert rows["text"]["value"] == 0.25
    assert rows["double step"]["step"] == 5
    assert rows["int epoch"]["epoch"] == 2.0
    assert (rows["text flags"]["step"], rows["text flags"]["higher_is_better"]) == (9, True)


def test_not_a_number_and_infinity_are_values(told: Server) -> None:
    """In SQL they are themselves; in JSON text that any parser takes."""
    rows = told.sql(
        "SELECT name, isnan(value) AS nan, isinf(value) AS inf, value < 0 AS below FROM metrics "
        "WHERE run_id = 'values' AND name IN ('nan', 'plus', 'minus') ORDER BY name"
    )
    assert [(row["name"], row["nan"], row["inf"], row["below"]) for row in rows] == [
        ("minus", False, True, True), ("nan", True, False, False), ("plus", False, True, False),
    ]  # fmt: skip

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    for words in (["records", "values"], ["show", "values"], ["sql", "SELECT value FROM metrics ORDER BY ALL"]):  # fmt: skip
        printed = contexta(*words, "--json", data=told.data).stdout
        json.loads(printed, parse_constant=refuse)
    recorded = {
        row["name"]: row.get("value")
        for row in answer("records", "values", data=told.data)["records"]
        if row["type"] == "metric"
    }
    assert (recorded["nan"], recorded["plus"], recorded["minus"]) == (
        "NaN",
        "Infinity",
        "-Infinity",
    )


def test_slices_are_one_or_several(told: Server) -> None:
    """A string and a list of one are the same; names are sorted, each once; an empty list is none."""
    rows = {
        row["name"]: (row["scope"], row["slice"], row["slices"])
        for row in told.sql("SELECT * FROM metrics WHERE run_id = 'values'")
    }
    assert rows["one slice"] == ("slice", "only", ["only"])
    assert rows["same slices"] == ("slice", "a & b", ["a", "b"])
    assert rows["no slices"] == ("run", None, None)
    assert rows["told scope"][0] == "deployment"


def test_series_with_and_without_steps(told: Server) -> None:
    """One row per value; without steps the order stays, as steps from 0 or in time."""
    rows = told.sql(
        "SELECT name, step, value FROM metrics WHERE run_id = 'values' AND name LIKE '% steps' OR name = 'int values' "
        "ORDER BY name, step"
    )
    assert [(row["step"], row["value"]) for row in rows if row["name"] == "int values"] == [
        (7, 3.0),
        (8, 4.0),
    ]
    assert [(row["step"], row["value"]) for row in rows if row["name"] == "double steps"] == [
        (1, 3.0),
        (2, 4.0),
    ]
    assert len([row for row in rows if row["name"] == "no steps"]) == 3


def test_packages_as_a_list(told: Server) -> None:
    """name==version; a name alone has no version."""
    rows = told.sql("SELECT name, version FROM packages WHERE run_id = 'values'")
    assert {row["name"]: row["version"] or None for row in rows} == {
        "torch": "2.4.1", "numpy": "2.1.0", "local-thing": None,
    }  # fmt: skip


def test_samples_of_loose_types(told: Server) -> None:
    """A bool or an int is a score; a lone tag is a list of one; an id is text."""
    rows = told.sql(
        "SELECT sample_id, failure_tags, slices FROM samples WHERE run_id = 'values' ORDER BY 1"
    )
    assert [row["sample_id"] for row in rows] == ["42", "s1"]
    assert (rows[1]["failure_tags"], rows[1]["slices"]) == (["only_one"], ["x"])
    scores = told.sql("SELECT score_name, value FROM sample_scores WHERE run_id = 'values'")
    found = {row["score_name"]: row["value"] for row in scores}
    assert (found["exact"], found["bleu"], found["bad"]) == (1.0, 3.0, "NaN")


def test_artifacts_of_loose_types(told: Server) -> None:
    """A size as text is a size."""
    found = told.row("SELECT size_bytes FROM artifacts WHERE artifact_id = 'a1'")
    assert found == {"size_bytes": 12}


def test_any_attribute_value_is_kept(told: Server) -> None:
    """Bytes, nothing, nested, big, empty and awkward text come back."""
    told_row = told.row("SELECT attributes FROM events WHERE run_id = 'values' AND name = 'odd'")
    attributes = json.loads(told_row["attributes"])
    assert attributes["nested"] == {"a": [1, {"b": None}]}
    assert attributes["big"] == 2**62
    assert (attributes["empty"], attributes["text"]) == ("", "ü\n\t\"'\\")
    assert attributes["nothing"] is None
    assert attributes["raw"] == "AP8="


def test_the_api_and_the_command_say_the_same(told: Server) -> None:
    """The read API gives what the reading commands give."""
    for path, words in {
        "/api/runs": ["runs"],
        "/api/runs/values": ["show", "values"],
        "/api/runs/values/records": ["records", "values"],
        "/api/runs/values/samples": ["samples", "values"],
        "/api/runs/values/artifacts": ["artifacts", "values"],
        "/api/runs/values/environment": ["environment", "values"],
        "/api/lineage/a1": ["lineage", "a1"],
        "/api/deployments": ["deployments"],
    }.items():
        status, document = told.api(path)
        assert (status, document) == (200, answer(*words, data=told.data)), path


def test_an_event_takes_from_its_span_what_it_does_not_say(told: Server) -> None:
    """Of an address, what the event says wins; the rest is the span's."""
    stage = RUN | {"contexta.evidence.kind": "stage", "contexta.stage.name": "one"}
    told.grpc(
        traces([
            span(0x32, 1, "stage one", stage, events=[
                event("plain", T0),
                event("other stage", T0, contexta__stage__name="two"),
                event("with operation", T0, contexta__operation__name="op"),
                event("with sample", T0, contexta__sample__id="s9"),
                event("own run", T0, contexta__run__id="another", contexta__stage__name="three"),
            ]),
        ])
    )  # fmt: skip
    told.grpc(
        logs(
            [log("carried", {"contexta.operation.name": "lop"}, at_ns=T0 + S, trace=0x32, number=1)]
        )
    )
    told.settled()
    rows = told.sql(
        "SELECT name, run_id, stage, operation, sample_id FROM events WHERE trace_id LIKE '%32'"
    )
    found = {
        row["name"]: (row["run_id"], row["stage"], row["operation"], row["sample_id"])
        for row in rows
    }
    assert found == {
        "plain": ("values", "one", None, None),
        "other stage": ("values", "two", None, None),
        "with operation": ("values", "one", "op", None),
        "with sample": ("values", "one", None, "s9"),
        "own run": ("another", "three", None, None),
        "carried": ("values", "one", "lop", None),
    }


def test_one_record_alone_makes_run_stage_and_operation(told: Server) -> None:
    """A log record with an address and no span; a lone operation span; a lone metric event."""
    address = {
        "contexta.stage.name": "st",
        "contexta.operation.name": "op",
        "contexta.project.name": "p",
    }
    told.js(logs([log("hello", address | {"contexta.run.id": "lone-log"})]))
    told.http(traces([span(0x33, 9, "op", address | {"contexta.run.id": "lone-span", "contexta.evidence.kind": "operation"},
                           parent=8)]))  # fmt: skip
    lone_metric = {
        "contexta.run.id": "lone-metric",
        "contexta.metric.name": "m",
        "contexta.metric.value": 1,
    }
    told.js(logs([log("contexta.metric", address | lone_metric)]))
    told.settled()
    for run in ("lone-log", "lone-span", "lone-metric"):
        row = told.row(f"SELECT status, project, completeness FROM runs WHERE run_id = '{run}'")
        assert row["status"] == "unknown"
        assert row["project"] == "p"
        assert row["completeness"] in ("partial", "unknown")
        stage = told.row(f"SELECT stage, status, completeness FROM stages WHERE run_id = '{run}'")
        assert (stage["stage"], stage["completeness"]) == ("st", "partial")
        assert told.row(f"SELECT operation FROM operations WHERE run_id = '{run}'") == {
            "operation": "op"
        }
        assert answer("show", run, data=told.data)["run_id"] == run


def test_pairs_keep_repeated_keys_from_hurting(told: Server) -> None:
    """A key told twice on one event is taken once."""
    carried = event("doubled", T0, contexta__run__id="twice")
    carried.attributes.extend(pairs({"contexta.run.id": "twice", "k": 1}))
    carried.attributes.extend(pairs({"k": 2}))
    told.grpc(traces([span(0x34, 1, "x", {}, events=[carried])]))
    told.settled()
    assert told.row("SELECT name FROM events WHERE run_id = 'twice'") == {"name": "doubled"}
