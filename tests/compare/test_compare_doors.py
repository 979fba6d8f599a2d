"""A comparison through every door: telemetry of the real SDK in, the command line and HTTP out."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from compare.emission import take_in
from compare.rich_story import BASELINE, CANDIDATE, THIRD, story

import contexta_processor
from contexta_processor.base.data_dir import DataDir
from contexta_processor.cli.main import run as contexta
from contexta_processor.store.file import FileQuery
from contexta_processor.surfaces.api import build_api

JOB = """
import random, sys
import contexta

id, fall = sys.argv[1], float(sys.argv[2])
rng = random.Random(1)
with contexta.run("bot", type="evaluation", id=id, expected_stages=["evaluate"]) as run:
    run.log_configuration({"judge": {"model": "judge-a"}})
    with contexta.stage("evaluate", index=0):
        total = 0.0
        for number in range(60):
            score = rng.gauss(0.7, 0.05) - fall * (1 + rng.random())
            total += score
            contexta.log_sample(
                f"q{number:02}", scores={"faithfulness": score}, status="passed" if score > 0.6 else "failed",
                slices=["refunds" if number % 2 else "billing"],
                attributes={"contexta.sample.group": f"conversation_{number // 3}"},
            )
        contexta.log_metric("faithfulness", total / 60, higher_is_better=True)
        contexta.log_metric("speed", 1.0, higher_is_better=True)
    sys.exit(0 if contexta.flush(60) else 1)
"""


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two jobs that wrote their telemetry into files, with no server anywhere."""
    data = tmp_path_factory.mktemp("jobs")
    for id, fall in (("before", "0"), ("after", "0.1")):
        words = [sys.executable, "-c", JOB, id, fall]
        subprocess.run(
            words, check=True, env={"CONTEXTA_ENDPOINT": f"file:{data}", "HOME": str(data)}
        )
    return data


def test_a_job_of_ones_own_is_compared(jobs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written by the library, compared on the command line: grouped as declared, reported once."""
    assert contexta(["compare", "before", "after", "--json", "--data", str(jobs)]) == 0
    comparison = json.loads(capsys.readouterr().out)["comparison"]
    figures = {(each["name"], each["scope"], each["slice"]): each for each in comparison["metrics"]}
    reported = figures["faithfulness", "stage", None]
    assert (reported["verdict"], reported["repeats_score"]) == ("worse", "faithfulness")
    assert "over 20 groups" in figures["faithfulness", "sample", None]["method"]
    assert figures["faithfulness", "sample", "refunds"]["verdict"] == "worse"
    assert comparison["samples"]["groups"] == 20
    assert comparison["first_stage_moved"] == "evaluate"
    assert comparison["overall"]["verdict"] == "worse"


def get(data: Path, path: str) -> tuple[int, Any]:
    """One GET of the read API."""
    connection = duckdb.connect(str(data / "evidence.duckdb"), read_only=True)
    app = build_api(lambda: FileQuery(connection.cursor()), data_dir=DataDir(data), status=dict)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path)

    try:
        answer = asyncio.run(asked())
        return answer.status_code, answer.json()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three evaluations."""
    data = tmp_path_factory.mktemp("three")
    return take_in(data, *(story(id) for id in (BASELINE, CANDIDATE, THIRD)))


def test_over_http_as_on_the_command_line(told: Path) -> None:
    """One candidate is document 8, more are in the query; options by the command's names."""
    evidence = contexta_processor.connect(told)
    status, one = get(
        told, f"/api/compare/{BASELINE}/{CANDIDATE}?margin=bleu%3D1&samples=2&confidence=0.9"
    )
    expected = evidence.compare(
        BASELINE, CANDIDATE, margins={"bleu": 1.0}, samples=2, confidence=0.9
    )
    assert (status, one) == (200, expected.to_dict())
    status, several = get(told, f"/api/compare/{BASELINE}/{CANDIDATE}?candidate={THIRD}")
    assert (status, several) == (
        200,
        evidence.compare_several(BASELINE, CANDIDATE, THIRD).to_dict(),
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("margin=bleu", 400),
        ("confidence=2", 400),
        ("samples=many", 400),
        ("cluster=planet", 400),
        ("candidate=nowhere", 404),
        ("colour=red", 400),
    ],
)
def test_wrong_requests_are_said_to_be_wrong(query: str, status: int, told: Path) -> None:
    """A cause and a hint, never a traceback and never an answer to another question."""
    code, answer = get(told, f"/api/compare/{BASELINE}/{CANDIDATE}?{query}")
    assert code == status
    assert set(answer["error"]) == {"what", "cause", "hint", "exit_code"}
