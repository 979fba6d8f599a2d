"""Values, all the way: from a script's variable through files, store and SQL to the command's JSON."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import importlib
import json
import os
import pathlib
import subprocess
import sys
import types
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import contexta

CONTEXTA = str(pathlib.Path(sys.executable).with_name("contexta"))
INSTANT = 1_700_000_000_123_456_789


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Word(str):
    """A text of a type of its own, as tokenizers have them."""


@dataclasses.dataclass
class Optimizer:
    name: str = "adam"
    betas: tuple[float, float] = (0.9, 0.999)


class Scalar:
    """A number as torch and jax have it: no shape, one element, `item()`."""

    shape = ()

    def __init__(self, number: Any) -> None:
        self.number = number

    def numel(self) -> int:
        return 1

    def item(self) -> Any:
        return self.number


class Vector:
    """An array as torch and jax have it."""

    shape = (3,)
    size = 3

    def item(self) -> Any:
        raise ValueError("only one element tensors can be converted")

    def tolist(self) -> list[float]:
        return [1.0, 2.0, float("nan")]


VALUES: dict[str, tuple[Any, Any]] = {
    "true": (True, True),
    "int": (7, 7),
    "beyond a double": (2**62 + 1, 2**62 + 1),
    "int64 max": (2**63 - 1, 2**63 - 1),
    "int64 min": (-(2**63), -(2**63)),
    "beyond int64": (2**63, str(2**63)),
    "huge int": (10**400, str(10**400)),
    "float": (0.1, 0.1),
    "smallest": (5e-324, 5e-324),
    "minus zero": (-0.0, -0.0),
    "nan": (float("nan"), "NaN"),
    "inf": (float("inf"), "Infinity"),
    "-inf": (float("-inf"), "-Infinity"),
    "text": ("naïve 模型 🧪", "naïve 模型 🧪"),
    "empty": ("", ""),
    "word": (Word("bpe"), "bpe"),
    "control": ("a\tb\x1b[0m\x00", "a\tb\x1b[0m\x00"),
    "lone surrogate": ("a\ud800b", "a\\ud800b"),
    "bytes": (b"\xff\x00", "/wA="),
    "huge text": ("x" * 40_000, "x" * 32_768 + "… [cut, 40000 characters]"),
    "none": (None, "null"),
    "float32": (np.float32(0.5), 0.5),
    "float16 inf": (np.float16("inf"), "Infinity"),
    "int8": (np.int8(-3), -3),
    "uint64": (np.uint64(2**64 - 1), str(2**64 - 1)),
    "bool_": (np.bool_(True), True),
    "array of none": (np.array(3.0), 3.0),
    "array": (np.array([1, 2]), [1, 2]),
    "empty array": (np.array([]), []),
    "datetime64": (np.datetime64("2026-05-03T01:02:03"), "2026-05-03T01:02:03"),
    "torch scalar": (Scalar(2.5), 2.5),
    "torch int": (Scalar(7), 7),
    "torch nan": (Scalar(float("nan")), "NaN"),
    "jax vector": (Vector(), [1.0, 2.0, "NaN"]),
    "decimal": (decimal.Decimal("0.25"), 0.25),
    "decimal nan": (decimal.Decimal("NaN"), "NaN"),
    "fraction": (fractions.Fraction(1, 4), 0.25),
    "datetime": (dt.datetime(2026, 5, 3, 1, 2, 3, 4, dt.UTC), "2026-05-03T01:02:03.000004+00:00"),
    "date": (dt.date(2026, 5, 3), "2026-05-03"),
    "timedelta": (dt.timedelta(minutes=2), 120.0),
    "enum": (Colour.RED, "red"),
    "int enum": (Level.HIGH, 3),
    "path": (pathlib.PurePosixPath("a/b"), "a/b"),
    "uuid": (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    "list": ([1, 2.5], [1.0, 2.5]),
    "mixed list": ([1, "a", True], ["1", "a", "true"]),
    "set": ({"b", "a"}, ["a", "b"]),
    "range": (range(3), [0, 1, 2]),
    "nested list": ([[1], [2]], ["[1]", "[2]"]),
}


def emit(directory: pathlib.Path, tell: Callable[[], None], restart: Any, carrier: str) -> None:
    """Emit into files, as a laptop or a CI job does."""
    restart(endpoint=f"file:{directory}", carrier=carrier, spool="off")
    tell()
    assert contexta.flush(60)
    restart()


def ask(directory: pathlib.Path, query: str) -> list[dict[str, Any]]:
    """Rows, as the command's JSON has them."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CONTEXTA_", "OTEL_"))}
    done = subprocess.run(
        [CONTEXTA, "sql", query, "--json", "--data", str(directory)],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("carrier", ["span", "log"])
def test_every_kind_of_value_comes_back_as_what_it_means(
    tmp_path: pathlib.Path, receiver: Any, restart: Any, carrier: str
) -> None:
    """As configuration and as attributes of an event, on spans and on log records."""

    def tell() -> None:
        with contexta.run("p", id="r1"):
            contexta.log_configuration({name: value for name, (value, _) in VALUES.items()})
            contexta.log_event("e", {k: v for k, (v, _) in VALUES.items() if v is not None})

    emit(tmp_path, tell, restart, carrier)
    rows = ask(tmp_path, "SELECT key, value_json AS value FROM configuration WHERE run_id = 'r1'")
    stored = {row["key"]: json.loads(row["value"]) for row in rows}
    (row,) = ask(tmp_path, "SELECT attributes FROM events WHERE name = 'e'")
    attributes = json.loads(row["attributes"])
    for name, (value, meant) in VALUES.items():
        assert (name, stored[name]) == (name, meant)
        assert type(stored[name]) is type(meant) or isinstance(meant, float)
        if value is not None:
            assert (name, attributes[name]) == (name, meant)


def test_nested_settings_are_keys_with_dots(
    tmp_path: pathlib.Path, receiver: Any, restart: Any
) -> None:
    """Mappings, dataclasses, namespaces and models, in one another; an empty one stays visible."""
    model = types.SimpleNamespace(depth=3, inner={"width": np.int32(4)})
    settings = {
        "optimizer": Optimizer(),
        "model": model,
        "deep": {"a": {"b": {"c": [1, 2]}}},
        "namespace": argparse.Namespace(epochs=3),
        "empty": {},
        "list of them": [{"a": np.float32(0.5)}, {"b": Colour.RED}],
    }

    def tell() -> None:
        with contexta.run("p", id="r1"):
            contexta.log_configuration(settings)

    emit(tmp_path, tell, restart, "span")
    stored = {
        row["key"]: json.loads(row["value"])
        for row in ask(tmp_path, "SELECT key, value_json AS value FROM configuration")
    }
    assert stored == {
        "optimizer.name": "adam",
        "optimizer.betas": [0.9, 0.999],
        "model.depth": 3,
        "model.inner.width": 4,
        "deep.a.b.c": [1, 2],
        "namespace.epochs": 3,
        "empty": "{}",
        "list of them": ['{"a":0.5}', '{"b":"red"}'],
    }


NUMBERS: dict[str, tuple[Any, Any]] = {
    name: VALUES[name]
    for name in (
        *("int", "float", "smallest", "nan", "inf", "-inf", "float32", "float16 inf", "int8"),
        *("array of none", "torch scalar", "torch int", "torch nan", "decimal", "fraction"),
    )
}


def test_numbers_of_every_library_are_metrics_at_their_nanosecond(
    tmp_path: pathlib.Path, receiver: Any, restart: Any
) -> None:
    """Values are doubles in SQL, steps whole numbers, and a moment keeps its last nanosecond."""

    def tell() -> None:
        with contexta.run("p", id="r1", started_at=INSTANT - 1) as run:
            for step, (name, (value, _)) in enumerate(NUMBERS.items()):
                contexta.log_metric(name, value, step=np.int64(2**53 + step), at=INSTANT + step)
            contexta.log_series("curve", [Scalar(1.0), np.float32(0.5), decimal.Decimal("0.25")])
            run.end(at=INSTANT + 1_000)

    emit(tmp_path, tell, restart, "span")
    rows = ask(
        tmp_path,
        "SELECT name, value, typeof(value) kind, step, occurred_at, epoch_ns(occurred_at) ns "
        "FROM metrics WHERE name <> 'curve'",
    )
    seen = {row["name"]: row for row in rows}
    for step, (name, (_, meant)) in enumerate(NUMBERS.items()):
        row = seen[name]
        assert (row["value"], row["kind"]) == (meant, "DOUBLE")
        assert (row["step"], row["ns"]) == (2**53 + step, INSTANT + step)
        fraction = row["occurred_at"].rstrip("Z").partition(".")[2]
        assert int(fraction.ljust(9, "0")) == (INSTANT + step) % 10**9
    curve = ask(tmp_path, "SELECT value FROM metrics WHERE name = 'curve' ORDER BY step")
    assert [row["value"] for row in curve] == [1.0, 0.5, 0.25]
    (run,) = ask(
        tmp_path,
        "SELECT epoch_ns(started_at) a, epoch_ns(ended_at) b FROM runs WHERE run_id = 'r1'",
    )
    assert (run["a"], run["b"]) == (INSTANT - 1, INSTANT + 1_000)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_the_real_library_gives_the_same(library: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Scalars and vectors of torch and jax, where they are installed; says so where not."""
    try:
        module: Any = importlib.import_module("jax.numpy" if library == "jax" else library)
    except ImportError:
        with capfd.disabled():
            print(f"\nleft out: {library} is not installed; stand-ins were tested", file=sys.stderr)
        return
    make = module.array if library == "jax" else module.tensor
    from contexta.base import coerce

    assert coerce.number(make(2.5)) == 2.5
    assert coerce.attribute(make(2.5)) == 2.5
    assert coerce.attribute(make([1.0, 2.0])) == [1.0, 2.0]
    assert coerce.number(make([1.0, 2.0])) is None
