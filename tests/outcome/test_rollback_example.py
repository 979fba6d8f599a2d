"""The example of a release that is rolled back does what its README says."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from contract.doors import start
from outcome.conftest import contexta
from outcome.released import Outcome

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "rollback"
Story = tuple[Outcome, Path, dict[str, str]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The store, the models, and what was said when."""
    place = tmp_path_factory.mktemp("rollback")
    server = start(place / "data")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONTEXTA_", "OTEL_"))
    }
    endpoint = f"http://{server.addresses['grpc']}"
    try:
        done = subprocess.run(
            [sys.executable, str(EXAMPLE / "story.py"), "--work", str(place / "reader")],
            env={**kept, "CONTEXTA_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
    finally:
        assert server.stop() == 0
    said = {text: time for time, text in re.findall(r"^(\S+Z)  (.*)$", done.stdout, re.MULTILINE)}
    assert len(said) == 5
    return Outcome(place / "data", contexta), place / "reader", said


def test_the_service_knows_opentelemetry_alone() -> None:
    """That is the point of it."""
    assert "contexta" not in re.sub(
        r"contexta\.metric\.reference", "", (EXAMPLE / "service.py").read_text()
    )


def test_what_was_live(story: Story) -> None:
    """v1, then v2, then v1 again, although nobody said so."""
    told, _, said = story

    def live(time: str) -> str:
        found = told.asked("deployments", "-e", "production", "--at", time)["deployments"]
        return found[0]["deployment_id"]

    assert live(said["v2 is live"]) == "reader_v2_production"
    assert live(said["v2 is rolled back"]) == "reader_v1_production"
    first = told.asked("deployments", "reader_v1_production")
    assert (first["active"], len(first["intervals"])) == (True, 2)
    query = re.search(r"```sql\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL)
    assert query is not None
    text = "\n".join(line.strip() for line in query.group(1).splitlines())
    time = said["v2 is live"]
    text = text.replace("$at", f"'{time}'::TIMESTAMP_NS")
    (row,) = told.asked("sql", text)
    assert (row["deployment_id"], row["artifact"], row["run"]) == (
        "reader_v2_production", "reader_v2", "train_v2",
    )  # fmt: skip


def test_why_it_was_rolled_back(story: Story) -> None:
    """The failed check, the drift against the evaluation and the data, and the way back to the run."""
    told, _, _ = story
    found = told.asked("deployments", "reader_v2_production")
    assert (found["status"], found["previous"]) == ("rolled_back", "reader_v1_production")
    assert found["approved_by"] == "release board"
    assert found["checks"] == {"accuracy_in_production": "failed", "answers_a_blank_image": "passed"}  # fmt: skip
    production = found["production"]
    assert production["requests"]["count"] == 700
    assert production["requests"]["latency_p95_ms"] > 0
    drift: dict[str, Any] = {each["metric"]: each for each in production["drift"]}
    accuracy, darkness = drift["accuracy"], drift["input.darkness.psi"]
    assert accuracy["reference_run"] == "eval_v2"
    assert accuracy["reference_value"] > 0.95
    assert accuracy["value"] < 0.6
    assert (darkness["reference"], darkness["reference_value"]) == ("scans_2026_04", None)
    assert darkness["first_value"] < 0.25 < darkness["value"]
    edges = told.asked("lineage", "reader_v2_production", "--up")["relationships"]
    reached = {edge["from"] for edge in edges} | {edge["to"] for edge in edges}
    assert {"reader_v2", "report_v2", "train_v2", "eval_v2", "scans_2026_04"} <= reached
    assert told.asked("trend", "input.darkness.psi")["metric"] == "input.darkness.psi"


def test_production_is_held_against_the_evaluation(story: Story) -> None:
    """The service says the unit of accuracy, the evaluation didn't: still what one is measured against is the other."""
    told, _, _ = story
    drifts = {
        each["deployment_id"]: each["drift"]
        for each in told.asked("trend", "accuracy")["series"]
        if each["over"] == "time"
    }
    assert drifts.keys() == {"reader_v1_production", "reader_v2_production"}
    for version in ("v1", "v2"):
        drift = drifts[f"reader_{version}_production"]
        assert (drift["kind"], drift["reference_runs"]) == ("declared", [f"eval_{version}"])
        assert drift["reference_center"] > 0.9
    assert drifts["reader_v2_production"]["latest_delta"] < -0.3


def test_the_model_is_still_what_was_trained(story: Story) -> None:
    """Until a byte of it changes; then what was deployed from it is marked."""
    told, work, _ = story
    words = ("artifacts", "verify", "train_v2", "--root", str(work.parent))
    assert told.asked(*words)["verdict"] == "match"
    model = work / "v2.joblib"
    model.write_bytes(model.read_bytes()[:-1] + b"!")
    assert told.asked(*words, code=1)["verdict"] == "differs"
    assert "hash mismatch" in told.shown("lineage", "reader_v2", "--down")
