"""What a job tells with the library is what its trend shows."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

JOB = """
import sys
import contexta

with contexta.run("tumours", type="training", environment=False):
    contexta.log_configuration({"depth": int(sys.argv[1])})
    with contexta.stage("train"):
        contexta.log_series("loss", [1.0, 0.5, float("nan"), 0.25], higher_is_better=False)
    with contexta.stage("evaluate"):
        contexta.log_metric("auc", 0.8 + int(sys.argv[1]) / 100, higher_is_better=True)
        contexta.log_metric("auc", 0.7, slice="young")
        contexta.log_sample("s1", scores={"correct": 1.0})
        contexta.log_sample("s2", scores={"correct": 0.0}, status="failed")
"""


def test_runs_of_the_library(tmp_path: Path, ask: Callable[..., Any]) -> None:
    """Three runs into files, no server: final values over runs, a curve over steps, scores and failures of samples."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CONTEXTA_", "OTEL_"))}
    data = tmp_path / "data"
    for depth in (1, 2, 3):
        subprocess.run(
            [sys.executable, "-c", JOB, str(depth)],
            env={**kept, "CONTEXTA_ENDPOINT": f"file:{data}"},
            check=True,
            timeout=60,
        )
    found = ask(data, "auc")
    whole = [point["value"] for point in found["points"] if point["series"] == 0]
    assert whole == pytest.approx([0.81, 0.82, 0.83])
    assert [series["slice"] for series in found["series"]] == [None, "young"]
    assert {point["completeness"] for point in found["points"]} == {"complete"}
    curve = ask(data, "loss", "--run", "latest")
    assert [point["value"] for point in curve["points"]] == [1, 0.5, "NaN", 0.25]
    assert [point["step"] for point in curve["points"]] == [0, 1, 2, 3]
    assert [point["value"] for point in ask(data, "correct")["points"]] == [0.5, 0.5, 0.5]
    rates = ask(data, "samples", "--of", "failure-rate")
    assert [point["value"] for point in rates["points"]] == [1, 1, 1]
    assert rates["left_out"]["samples_unknown"] == 3, "nobody said how s1 ended"
