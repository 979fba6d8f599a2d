"""What surrounds a run: environment, code, artifacts, data; found off the calling thread."""

from __future__ import annotations

import hashlib
import subprocess
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import contexta
from contexta.records import environment, revision
from contexta.testing import capture


def test_a_run_captures_its_environment_once(monkeypatch):
    """Python, platform, hardware, packages; variables by an allow-list, secrets masked."""
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setenv("CUDA_API_TOKEN", "hunter2hunter2")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "never")
    with capture(environment=True) as evidence, contexta.run("p"):
        pass
    (found,) = (
        e
        for e in evidence.events("contexta.environment")
        if "contexta.environment.python" in e.attributes
    )
    assert found["contexta.environment.platform"].startswith("linux-")
    assert any(one.startswith("pytest==") for one in found["contexta.environment.packages"])
    variables = found["contexta.environment.variables"]
    assert variables["OMP_NUM_THREADS"] == "4"
    assert variables["CUDA_API_TOKEN"] == "***"
    assert "AWS_SECRET_ACCESS_KEY" not in variables
    assert "hunter2" not in str(evidence.all_spans)


def test_a_past_environment_can_be_told():
    """extra replaces what would be found out here."""
    with capture() as evidence, contexta.run("p"):
        contexta.log_environment(
            {
                "python": "3.11.8",
                "platform": "linux-x86_64",
                "cuda": "12.4",
                "packages": {"torch": "2.4.1", "tokenizers": "0.20.1"},
                "captured_at": "2026-05-03T09:12:44Z",
                "cluster": "a",
            }
        )
    (found,) = evidence.events("contexta.environment")
    assert found["contexta.environment.python"] == "3.11.8"
    assert found["contexta.environment.cuda"] == "12.4"
    assert found["contexta.environment.packages"] == ["tokenizers==0.20.1", "torch==2.4.1"]
    assert found["contexta.environment.captured_at"] == "2026-05-03T09:12:44Z"
    assert found["cluster"] == "a"


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("DB_PASSWORD", "x", True),
        ("OPENAI_API_KEY", "x", True),
        ("HF_TOKEN", "x", True),
        ("TOKENIZERS_PARALLELISM", "false", False),
        ("X", "sk-abcdefghijklmnopqrstuvwxyz", True),
        ("X", "postgres://user:pw@host/db", True),
        ("X", "eyJhbGciOiJIUzI1NiJ9abc", True),
        ("OMP_NUM_THREADS", "4", False),
    ],
)
def test_secrets_are_masked_by_name_and_by_shape(name, value, masked):
    """What looks like a secret never leaves the process."""
    assert ("***" in environment.masked(name, value)) is masked


def test_the_code_revision_is_read_from_git(tmp_path):
    """Commit, branch, remote without credentials, and whether there are changes."""

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-b", "main")
    (tmp_path / "train.py").write_text("1")
    git("add", ".")
    git("commit", "-m", "first")
    git("remote", "add", "origin", "https://user:secret@example.org/team/repo.git?x=1")
    with capture() as evidence, contexta.run("p"):
        contexta.log_code(tmp_path / "train.py")
    (found,) = evidence.events("contexta.environment")
    assert found["vcs.ref.head.revision"] == git("rev-parse", "HEAD")
    assert found["vcs.ref.head.name"] == "main"
    assert found["vcs.repository.url.full"] == "https://example.org/team/repo.git"
    assert found["vcs.repository.name"] == "repo"
    assert found[revision.DIRTY] is False
    (tmp_path / "train.py").write_text("2")
    assert revision.of(str(tmp_path))[revision.DIRTY] is True


def test_a_local_artifact_is_hashed_and_sized(tmp_path):
    """SHA-256 and bytes of a file; the same unchanged file has one id; a URI is taken as it is."""
    model = tmp_path / "model.bin"
    model.write_bytes(b"weights" * 1_000)
    with capture() as evidence, contexta.run("p"):
        with contexta.stage("package"):
            made = contexta.log_artifact(model, kind="model_bundle", version="v17")
        used = contexta.log_artifact(str(model), kind="model_bundle", role="consumed")
        contexta.log_artifact("s3://bucket/x", kind="checkpoint", sha256="ABC", size_bytes=3)
    first, second, remote = evidence.events("contexta.artifact")
    assert made == used == first["contexta.artifact.id"] == second["contexta.artifact.id"]
    assert first["contexta.artifact.sha256"] == hashlib.sha256(b"weights" * 1_000).hexdigest()
    assert first["contexta.artifact.size_bytes"] == 7_000
    assert first["contexta.stage.name"] == "package"
    assert second["contexta.artifact.role"] == "consumed"
    assert remote["contexta.artifact.path"] == "s3://bucket/x"
    assert remote["contexta.artifact.size_bytes"] == 3


def test_a_directory_is_one_artifact(tmp_path):
    """Its digest is over its files' names and contents, in any order of creation."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    for name, files in (("one", "ab"), ("two", "ba")):
        for file in files:
            (tmp_path / name / file).write_text(file)
    with capture() as evidence, contexta.run("p"):
        contexta.log_artifact(tmp_path / "one", kind="checkpoint")
        contexta.log_artifact(tmp_path / "two", kind="checkpoint")
    one, two = evidence.events("contexta.artifact")
    assert one["contexta.artifact.sha256"] == two["contexta.artifact.sha256"]
    assert one["contexta.artifact.size_bytes"] == 2


def test_a_hash_that_takes_too_long_is_said(tmp_path):
    """The run ends in bounded time; the artifact is recorded without digest, with a marker."""
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(64 * 2**30)
    begun = time.monotonic()
    with capture(capture_timeout_s=0.3) as evidence, contexta.run("p"):
        contexta.log_artifact(huge, kind="checkpoint")
    assert time.monotonic() - begun < 5
    (artifact,) = evidence.events("contexta.artifact")
    assert "contexta.artifact.sha256" not in artifact.attributes
    (marker,) = evidence.events("contexta.degraded")
    assert marker["contexta.degraded.reason"] == "artifact_hash_unfinished"
    assert evidence.events("contexta.ledger")


FRAME = {"x": [1, 2, 3], "y": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("make", "other"),
    [
        (lambda: pd.DataFrame(FRAME), lambda: pd.DataFrame({**FRAME, "x": [1, 2, 4]})),
        (lambda: pd.Series([1, 2, 3]), lambda: pd.Series([1, 2, 4])),
        (lambda: pa.table(FRAME), lambda: pa.table({**FRAME, "y": ["a", "b", "d"]})),
        (lambda: np.arange(12).reshape(3, 4), lambda: np.arange(12).reshape(4, 3)),
        (lambda: np.arange(12)[::2], lambda: np.arange(12)[1::2]),
        (lambda: [{"a": 1}, {"a": 2}], lambda: [{"a": 1}, {"a": 3}]),
    ],
    ids=["pandas", "series", "arrow", "numpy", "strided", "list"],
)
def test_equal_data_has_one_id_and_other_data_another(make, other):
    """A data set's id follows from its name and content, in every process."""
    with capture() as evidence, contexta.run("p"):
        first = contexta.log_dataset("tickets", make(), split="test")
        again = contexta.log_dataset("tickets", make(), split="test")
        changed = contexta.log_dataset("tickets", other(), split="test")
    assert first == again != changed
    event = evidence.events("contexta.artifact")[0]
    assert event["contexta.artifact.kind"] == "dataset_snapshot"
    assert event["contexta.artifact.role"] == "consumed"
    assert event["contexta.dataset.split"] == "test"
    assert event["contexta.dataset.row_count"] == len(make())
    assert event["contexta.dataset.fingerprint"].startswith("sha256-")


def test_arrow_chunks_and_slices_do_not_matter():
    """The fingerprint is of the content, not of how it is laid out."""
    whole = pa.table({"x": list(range(10))})
    chunked = pa.concat_tables([whole.slice(0, 4), whole.slice(4)])
    with capture(), contexta.run("p"):
        assert contexta.log_dataset("d", whole) == contexta.log_dataset("d", chunked)
        assert contexta.log_dataset("d", whole.slice(2, 3)) == contexta.log_dataset(
            "d", pa.table({"x": [2, 3, 4]})
        )
