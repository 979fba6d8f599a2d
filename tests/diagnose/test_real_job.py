"""A job of the library's own, from a clean checkout: nothing is wrong, and that is what is said."""

import os
import subprocess
import sys
from pathlib import Path

from diagnose.conftest import Diagnose

JOB = """
import pathlib, sys
import contexta

with contexta.run("shop", type="training", id="real", expected_stages=["prepare", "train"]) as run:
    run.log_configuration({"learning_rate": 0.1})
    with contexta.stage("prepare", index=0):
        pathlib.Path("orders.csv").write_text("order,amount\\n1,2\\n")
        contexta.log_dataset("orders", path="orders.csv", version="1")
        contexta.log_metric("rows_out", 1, unit="{row}")
    with contexta.stage("train", index=1):
        with contexta.batch("epoch_0", type="epoch", index=0), contexta.operation("fit"):
            contexta.log_metric("loss", 0.25, higher_is_better=False, step=0)
        contexta.log_sample("s1", scores={"right": 1.0}, status="passed")
        pathlib.Path("model.bin").write_bytes(b"weights")
        contexta.log_artifact("model.bin", kind="model_bundle", id="model")
    if "broken" in sys.argv:
        raise RuntimeError("out of memory")
"""


def run_job(checkout: Path, evidence: Path, *words: str) -> int:
    """The job as its user runs it; its exit code."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONTEXTA_", "OTEL_"))
    }
    return subprocess.run(
        [sys.executable, "job.py", *words],
        cwd=checkout,
        env={**kept, "CONTEXTA_ENDPOINT": f"file:{evidence}"},
        capture_output=True,
        timeout=60,
        check=False,
    ).returncode


def commit(checkout: Path) -> None:
    """The job in a repository, with nothing uncommitted."""
    checkout.mkdir()
    (checkout / "job.py").write_text(JOB)
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    for words in (["init", "-q"], ["add", "job.py"], [*who, "commit", "-q", "-m", "job"]):
        subprocess.run(["git", *words], cwd=checkout, check=True, capture_output=True)


def test_a_whole_job_from_a_clean_checkout_is_healthy(tmp_path: Path, diagnose: Diagnose) -> None:
    """Everything captured by the library itself: no error, no warning, evidence complete."""
    commit(tmp_path / "checkout")
    assert run_job(tmp_path / "checkout", tmp_path / "evidence") == 0
    found = diagnose(tmp_path / "evidence", "real")
    assert found["verdict"] == "healthy", found["findings"]


def test_a_job_that_raised_is_told_as_failed(tmp_path: Path, diagnose: Diagnose) -> None:
    """After uncommitted changes and an exception: both are findings, the failure first."""
    commit(tmp_path / "checkout")
    job = tmp_path / "checkout" / "job.py"
    job.write_text(job.read_text() + "\n# changed\n")
    assert run_job(tmp_path / "checkout", tmp_path / "evidence", "broken") == 1
    found = diagnose(tmp_path / "evidence", "real")
    assert found["verdict"] == "error"
    assert found["findings"][0]["code"] == "D101"
    assert "D605" in {each["code"] for each in found["findings"]}
