"""What the Python library emits is what the registry says: names, types and required attributes."""

import importlib
from pathlib import Path
from typing import Any

import pytest

import contexta
from contexta.testing import Captured, capture
from contexta_semconv import events, spans, types

SEMCONV = Path(__file__).resolve().parents[2] / "semconv"
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "double": (float, int),
    "boolean": (bool,),
}


@pytest.fixture
def required(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Span or event name → the attributes the registry requires of it, whatever the case."""
    monkeypatch.syspath_prepend(str(SEMCONV / "tools"))
    registry = importlib.import_module("definitions").load(SEMCONV / "registry")
    return {
        signal.name: {use.attribute.key for use in signal.uses if use.level == "required"}
        for signal in [*registry.spans, *registry.events]
    }


@pytest.fixture(scope="module", params=["span", "log"])
def emitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Captured:
    """Evidence of every kind the library has, over each carrier."""
    file = tmp_path_factory.mktemp("artifact") / "report.md"
    file.write_text("report", "utf-8")
    with capture(carrier=request.param) as evidence:
        emit_everything(str(file))
    return evidence


def emit_everything(file: str) -> None:
    """One of each scope and record, with every argument that becomes an attribute."""
    with contexta.run(
        "p", type="evaluation", name="n", id="r1", tags={"team": "search"}, attempt=2, parent="r0",
        expected_stages=["evaluate"],
    ):  # fmt: skip
        contexta.log_environment({"cuda": "12.4"}, packages=True)
        contexta.log_code(str(SEMCONV))
        contexta.log_configuration({"top_k": 8, "reranker": {"name": "x"}}, source="argv")
        contexta.log_relation(
            "derived_from", "a", "b", from_kind="artifact", to_kind="run",
            confidence="inferred", evidence="same digest",
        )  # fmt: skip
        contexta.log_promotion(
            "a", to="production", from_environment="staging", report="report", by="board"
        )
        contexta.log_degraded(
            "sampled", category="sampling", detail="d", expected=10, observed=9, remedy="r"
        )
        with contexta.deployment("d1", environment="prod", artifact="a", source_run="r1") as one:
            one.log_check("smoke_test", "passed")
            one.set_status("succeeded")
        with contexta.stage("evaluate", index=0, attempt=1):
            with contexta.operation("score", type="score"), contexta.sample("s1", slices=["a"]):
                contexta.log_event("looked_at", {"why": "test"}, severity="warn")
            with contexta.batch("b1", type="fold", index=1, size=2):
                contexta.log_sample(
                    "s2", slices=["a", "b"], scores={"f1": 1}, status="failed",
                    input_summary="i", output_summary="o", expected_summary="e",
                    failure_tags=["wrong"], redacted=True,
                    retrieval={"top_document_ids": ["d1"], "expected_document_id": "d2"},
                )  # fmt: skip
            contexta.log_metric(
                "loss", 1, unit="1", step=3, epoch=1, slice="a", aggregation="mean",
                higher_is_better=False, sample_count=2, stddev=0, reference="r0",
            )  # fmt: skip
            contexta.log_series("loss", [3, 2, float("nan")], steps=[0, 1, 2], unit="1")
            contexta.log_artifact(
                file, kind="report_bundle", version="v1", summarizes_run="r0", derived_from=["x"]
            )
            contexta.log_dataset("tickets", [1, 2, 3], version="v3", split="test")


def fits(kind: str, value: Any) -> bool:
    """Whether a value as it travelled is of the registered type, or read as it without loss."""
    if kind == "any":
        return True
    if kind.endswith("[]"):
        # One string where a list is meant is legal, and means a list of one.
        several = [value] if isinstance(value, str) else value
        return isinstance(several, list) and all(fits(kind[:-2], item) for item in several)
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, PYTHON_TYPES[kind])


def registered_type(key: str) -> str | None:
    """The type of an attribute by its key, or by the prefix of its key."""
    if key in types.ATTRIBUTE_TYPES:
        return types.ATTRIBUTE_TYPES[key]
    return next(
        (kind for prefix, kind in types.TEMPLATE_TYPES.items() if key.startswith(prefix)), None
    )


def test_everything_is_emitted(emitted: Captured):
    """The story has every kind of span and event, so that the tests below leave none out."""
    # Heartbeats need a longer run than this; the library says deployments with spans, and artifacts are
    # verified by whoever looks at them later.
    elsewhere = {events.HEARTBEAT, events.DEPLOYMENT, events.VERIFICATION}
    seen = {one.name for one in emitted.events()}
    assert events.ALL - elsewhere <= seen
    kinds = {span.attributes["contexta.evidence.kind"] for span in emitted.spans()}
    assert spans.ALL - {spans.SEGMENT} <= kinds


def test_every_attribute_is_registered_and_of_its_type(emitted: Captured):
    """No attribute below our prefix is unknown to the registry or of another type."""
    wrong: dict[str, Any] = {}
    for thing in [*emitted.spans(), *emitted.events()]:
        for key, value in thing.attributes.items():
            kind = registered_type(key)
            if (kind is None and key.startswith("contexta.")) or (kind and not fits(kind, value)):
                wrong[key] = value
    assert wrong == {}


def test_every_required_attribute_is_there(emitted: Captured, required: dict[str, set[str]]):
    """Each span and event carries what the registry requires of it, its address first."""
    lacking: dict[str, set[str]] = {}
    for span in emitted.spans():
        name = f"contexta.{span.attributes['contexta.evidence.kind']}"
        lacking[name] = lacking.get(name, set()) | (required[name] - span.attributes.keys())
    for event in emitted.events():
        missing = required.get(event.name, {"contexta.run.id"}) - event.attributes.keys()
        lacking[event.name] = lacking.get(event.name, set()) | missing
    assert {name: missing for name, missing in lacking.items() if missing} == {}


def test_spans_are_named_as_registered(emitted: Captured):
    """A span's name is the pattern of its kind, filled with its attributes."""
    for span in emitted.spans():
        pattern = spans.NAME_PATTERNS[span.attributes["contexta.evidence.kind"]]
        for key, value in span.attributes.items():
            pattern = pattern.replace(f"{{{key}}}", str(value))
        assert span.name == pattern
