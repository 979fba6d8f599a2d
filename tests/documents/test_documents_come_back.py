"""The example documents, told through the instrumentation over a real server, come back field for field."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
CONTEXTA = [str(Path(sys.executable).with_name("contexta"))]

ROUTES = {
    "spans over gRPC": ("grpc", "grpc", "span"),
    "log records over HTTP/JSON": ("http", "http/json", "log"),
    "both carriers over HTTP/protobuf": ("http", "http/protobuf", "both"),
}
COMMANDS = {
    "1-execution-context": ["show", "run_2026_05_03_eval_014"],
    "2-records": ["records", "run_2026_05_03_eval_014"],
    "3-sample": ["samples", "run_2026_05_03_eval_014"],
    "4-artifacts": ["artifacts", "run_2026_05_03_train_021"],
    "5-environment": ["environment", "run_2026_05_03_eval_014"],
    "6-relationships": ["lineage", "artifact_model_bundle_v17"],
    "7-deployment": ["deployments", "deployment_2026_05_04_prod"],
}


@pytest.fixture(scope="module", params=list(ROUTES))
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A data directory with a running server that was told the story on one route."""
    door, protocol, carrier = ROUTES[request.param]
    data = tmp_path_factory.mktemp("evidence")
    serve = [*CONTEXTA, "serve", "--data", str(data)]
    free = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--web", "127.0.0.1:0"]
    log = (data / "server.log").open("wb")
    server = subprocess.Popen([*serve, *free], stderr=log, stdout=log)
    try:
        addresses = _ready(data, server)
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("OTEL_", "CONTEXTA_"))
        } | {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{addresses[door]}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "CONTEXTA_CARRIER": carrier,
        }
        story = subprocess.run(
            [sys.executable, str(HERE / "support_bot_story.py")],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert story.returncode == 0, story.stderr
        assert story.stderr == ""
        _wait(lambda: _all_told(data), "three completed runs and the deployment")
        yield data
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _ready(data: Path, server: subprocess.Popen[bytes]) -> dict[str, str]:
    def addresses() -> dict[str, str] | None:
        assert server.poll() is None, (data / "server.log").read_text()
        path = data / "serve.json"
        return json.loads(path.read_text()) if path.exists() else None

    return _wait(addresses, "the server to be ready")


def _wait(condition, what: str):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited 30 s for {what}")


def _all_told(data: Path) -> bool:
    """Runs and what belongs to them are computed a moment after their facts are there."""
    runs = _ask(data, "runs")["runs"]
    done = [run for run in runs if run["status"] == "completed"]
    return len(done) == 3 and bool(_ask(data, "deployments")["deployments"])


def _ask(data: Path, *command: str) -> dict:
    answer = subprocess.run(
        [*CONTEXTA, *command, "--data", str(data), "--json"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def holds(actual: object, expected: object, path: str = "$") -> list[str]:
    """What of `expected` is not in `actual`: every field with its value; each item of a list somewhere, in order."""
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return [f"{path}: {actual!r} is not an object"]
        return [
            problem
            for key, value in expected.items()
            for problem in (
                holds(actual[key], value, f"{path}.{key}")
                if key in actual
                else [f"{path}.{key}: missing"]
            )
        ]
    if isinstance(expected, list):
        if not isinstance(actual, list):
            return [f"{path}: {actual!r} is not a list"]
        return [
            f"{path}: nothing like {item!r} in {actual!r}"
            for item in expected
            if not any(not holds(candidate, item) for candidate in actual)
        ]
    return (
        []
        if actual == expected and type(actual) is type(expected)
        else [f"{path}: {actual!r} instead of {expected!r}"]
    )


@pytest.mark.parametrize("document", COMMANDS)
def test_document_comes_back_field_for_field(told: Path, document: str) -> None:
    """Each document is what its command prints as JSON, whatever carried the evidence."""
    expected = json.loads((EXPECTED / f"{document}.json").read_text())
    actual = _ask(told, *COMMANDS[document])
    if document == "3-sample":
        expected = {"samples": [expected]}
    assert holds(actual, expected) == []


def test_order_of_stages_is_that_of_the_run(told: Path) -> None:
    """Stages are listed as they ran, and nothing else is among them."""
    shown = _ask(told, "show", "run_2026_05_03_eval_014")
    assert [stage["name"] for stage in shown["stages"]] == ["prepare", "retrieve", "evaluate"]


def test_comparison_has_the_shape_and_the_figures_of_document_8(told: Path) -> None:
    """Deltas are candidate minus baseline, with the unit in the key; what degrades the evidence is a finding."""
    comparison = _ask(told, "compare", "run_2026_04_27_eval_009", "run_2026_05_03_eval_014")[
        "comparison"
    ]
    expected = json.loads((EXPECTED / "8-comparison.json").read_text())["comparison"]
    for key, value in expected["summary"].items():
        assert comparison["summary"][key] == pytest.approx(value), key
    kinds = {(f["type"], f.get("slice"), f.get("reason")) for f in comparison["notable_findings"]}
    assert ("slice_regression", "refund_questions", None) in kinds
    assert ("degraded_evidence", None, "sample_outputs_partially_redacted") in kinds
    assert comparison["recommended_next_steps"]


def test_nothing_is_missing_and_the_declared_degradation_stays(told: Path) -> None:
    """A story that was delivered whole has no gap; the redaction it declared itself is still told."""
    shown = _ask(told, "records", "run_2026_05_03_eval_014")
    reasons = [
        record["reason"] for record in shown["records"] if record["type"] == "degraded_marker"
    ]
    assert reasons == ["sample_outputs_partially_redacted"]
