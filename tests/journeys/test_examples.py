"""Every example does what its text says."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from journeys.conftest import ROOT, environment
from server.running import Server

EXAMPLES = ROOT / "examples"
Ask = Callable[..., Any]


def test_a_training_script_needs_no_server(contexta: Ask, tmp_path: Path) -> None:
    """`file:` as endpoint: the run, its figure and its hashed model are there for the reading commands."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "train_sklearn.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment(CONTEXTA_ENDPOINT="file:.contexta"),
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    shown = contexta("show", "latest", "--data", tmp_path / ".contexta")
    assert (shown["project"], shown["status"], shown["evidence"]) == (
        "tumours",
        "completed",
        "complete",
    )
    assert shown["metrics"][0]["value"] > 0.9
    (model,) = shown["artifacts"]
    assert len(model["sha256"]) == 64
    assert shown["configuration"]["max_iter"] == 20


def recipe() -> dict[str, str]:
    """The three variables that the README tells an existing service to set."""
    text = (ROOT / "README.md").read_text()
    variables = dict(re.findall(r"^export (\w+)=(\S+)$", text, re.MULTILINE))
    assert len(variables) == 3
    return variables


def test_a_service_that_knows_only_opentelemetry(
    serve: Callable[..., Server], contexta: Ask, tmp_path: Path
) -> None:
    """Its own backend keeps getting every span, and contexta has them under the deployment the resource names."""
    service = EXAMPLES / "existing_otel_service" / "service.py"
    assert "import contexta" not in service.read_text()
    server = serve()
    process = subprocess.Popen(
        [sys.executable, str(service), "--port", "0", "--backend", str(tmp_path / "backend.jsonl")],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(
            **{**recipe(), "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{server.addresses['grpc']}"}
        ),
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        for image in range(1_200, 1_220):
            with urllib.request.urlopen(f"{url}/predict?image={image}", timeout=60) as answer:
                assert 0 <= json.load(answer)["digit"] <= 9
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert server.stop() == 0

    kept = [json.loads(line) for line in (tmp_path / "backend.jsonl").read_text().splitlines()]
    spans = contexta(
        "sql",
        "SELECT span_id, service_name, deployment_id FROM spans ORDER BY span_id",
        "--data",
        server.data.root,
    )
    assert sorted(f"0x{span['span_id']}" for span in spans) == sorted(
        span["context"]["span_id"] for span in kept
    )
    assert {(span["service_name"], span["deployment_id"]) for span in spans} == {
        ("digits-service", "digits_production")
    }
    unsure = contexta(
        "sql",
        "SELECT deployment_id FROM events WHERE name = 'unsure_answer'",
        "--data",
        server.data.root,
    )
    assert {event["deployment_id"] for event in unsure} == {"digits_production"}
    (measured,) = contexta(
        "sql",
        "SELECT count(*) AS points FROM metrics WHERE name LIKE 'app.confidence%'"
        " AND deployment_id = 'digits_production'",
        "--data",
        server.data.root,
    )
    assert measured["points"] > 0
