"""Values: whatever a training script holds arrives as what it means."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import decimal
import enum
import json
import math
import pathlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

import contexta
from contexta.base import coerce
from contexta.delivery.encode import any_value
from contexta.testing import capture


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Optimizer:
    name: str = "adam"
    lr: float = 0.1


class Tensor:
    """A scalar as torch has it."""

    shape = ()

    def numel(self) -> int:
        return 1

    def item(self) -> float:
        return 2.5


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.array(3.0), 3.0),
        (np.array([1, 2]), [1, 2]),
        (np.array([[1, 2], [3, 4]]), ["[1,2]", "[3,4]"]),
        (Tensor(), 2.5),
        (decimal.Decimal("0.25"), 0.25),
        (2**63, str(2**63)),
        (-(2**63), -(2**63)),
        (10**400, str(10**400)),
        (float("inf"), math.inf),
        (Colour.RED, "red"),
        (pathlib.Path("a/b"), "a/b"),
        (b"\xff\x00", "/wA="),
        (dt.datetime(2026, 5, 3, tzinfo=dt.UTC), "2026-05-03T00:00:00+00:00"),
        (dt.timedelta(minutes=2), 120.0),
        ("lone \ud800 surrogate", "lone \\ud800 surrogate"),
        ({"a": {"b": np.float32(0.5)}}, '{"a":{"b":0.5}}'),
        ({"x", "y"}, ["x", "y"]),
        ([1, 2.5], [1.0, 2.5]),
        ([1, "a", True], ["1", "a", "true"]),
        ([], []),
        (None, "null"),
        (Optimizer(), '{"name":"adam","lr":0.1}'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_becomes_what_it_means(value, sent):
    """Scalars of any library are numbers, the rest readable text."""
    assert coerce.attribute(value) == sent
    assert type(coerce.attribute(value)) is type(sent)


def test_long_text_is_cut_with_a_mark():
    """32 Ki characters, and the length it had."""
    cut = coerce.text("x" * 40_000)
    assert len(cut) < 33_000
    assert cut.endswith("… [cut, 40000 characters]")


@pytest.mark.parametrize(
    "text", ["0.5", "nan", None, [1, 2], {"a": 1}, np.array([1, 2]), "x", b"1"]
)
def test_text_and_collections_are_no_numbers(text):
    """A metric's value must be a number already."""
    assert coerce.number(text) is None


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.decimals()
    | st.datetimes()
    | st.fractions(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=10,
)


@given(anything)
def test_anything_can_be_sent(value):
    """Whatever it is: it becomes a legal attribute, and our encoder's bytes are legal protobuf."""
    coerced = coerce.attribute(value)
    decoded = AnyValue.FromString(any_value(coerced))
    kind = decoded.WhichOneof("value")
    assert kind is not None
    if isinstance(coerced, float):
        assert decoded.double_value == coerced or math.isnan(coerced)
    elif isinstance(coerced, (str, bool, int)):
        assert getattr(decoded, kind) == coerced


raw = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(raw)
def test_our_encoder_writes_what_protobuf_writes(value):
    """The hand-written encoding of an AnyValue parses to the same message as the official one's."""

    def official(item):
        if item is None:
            return AnyValue()
        if isinstance(item, bool):
            return AnyValue(bool_value=item)
        if isinstance(item, int):
            return AnyValue(int_value=item)
        if isinstance(item, float):
            return AnyValue(double_value=item)
        if isinstance(item, str):
            return AnyValue(string_value=item)
        if isinstance(item, bytes):
            return AnyValue(bytes_value=item)
        message = AnyValue()
        if isinstance(item, list):
            message.array_value.SetInParent()
            message.array_value.values.extend(official(one) for one in item)
        else:
            message.kvlist_value.SetInParent()
            for key, one in item.items():
                message.kvlist_value.values.add(key=key, value=official(one))
        return message

    ours = AnyValue.FromString(any_value(value))
    assert ours.SerializeToString() == official(value).SerializeToString()


def test_configuration_of_every_kind_becomes_dotted_keys():
    """Mappings, dataclasses, namespaces and pydantic-like models; more than 100 keys in pieces."""

    class Model:
        def model_dump(self):
            return {"depth": 3, "inner": {"width": 4}}

    with capture() as evidence, contexta.run("p"):
        contexta.log_configuration({"a": {"b": 1, "c": {}}, "d": [1, 2]}, source="argv")
        contexta.log_configuration(Optimizer())
        contexta.log_configuration(argparse.Namespace(epochs=3))
        contexta.log_configuration(Model())
        contexta.log_configuration({f"k{n}": n for n in range(250)})
    events = evidence.events("contexta.configuration")
    merged = {key: value for event in events for key, value in event.attributes.items()}
    prefix = "contexta.config."
    assert merged[f"{prefix}a.b"] == 1
    assert merged[f"{prefix}a.c"] == "{}"
    assert merged[f"{prefix}d"] == [1, 2]
    assert merged[f"{prefix}lr"] == 0.1
    assert merged[f"{prefix}epochs"] == 3
    assert merged[f"{prefix}inner.width"] == 4
    assert sum(key.startswith(f"{prefix}k") for key in merged) == 250
    assert len(events) == 7
    assert events[0]["contexta.configuration.source"] == "argv"


@given(st.datetimes(min_value=dt.datetime(1971, 1, 1), max_value=dt.datetime(2200, 1, 1)))
def test_times_keep_their_microseconds(moment):
    """datetime → nanoseconds is exact, and ISO text means the same moment."""
    aware = moment.replace(tzinfo=dt.UTC)
    ns = coerce.nanoseconds(aware)
    assert ns % 1_000 == 0
    assert (
        dt.datetime.fromtimestamp(ns // 1_000_000_000, dt.UTC).replace(
            microsecond=ns // 1_000 % 1_000_000
        )
        == aware
    )
    assert coerce.nanoseconds(coerce.iso(ns)) == ns


def test_long_series_come_in_pieces():
    """2,500 points are three events with their steps."""
    with capture() as evidence, contexta.run("p"):
        contexta.log_series("loss", np.linspace(1, 0, 2_500), higher_is_better=False)
    pieces = evidence.events("contexta.metric.series")
    assert [len(one["contexta.metric.values"]) for one in pieces] == [1_000, 1_000, 500]
    assert pieces[2]["contexta.metric.steps"][-1] == 2_499


def test_json_numbers_survive(http_receiver, restart):
    """Integers beyond 2^53 and NaN come through OTLP/JSON as they went in."""
    restart(endpoint=http_receiver.endpoint, protocol="http/json")
    with contexta.run("p"):
        contexta.log_event("e", {"big": 2**62 + 1, "nan": float("nan"), "nested": {"a": [1]}})
    assert contexta.flush(60)
    (event,) = http_receiver.named("e")
    assert event.attributes["big"] == 2**62 + 1
    assert math.isnan(event.attributes["nan"])
    assert json.loads(event.attributes["nested"]) == {"a": [1]}
