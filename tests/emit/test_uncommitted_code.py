"""What ran and is in no commit: one digest, equal where the code is, and nothing of the code itself."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import contexta
from contexta.emitter import lifecycle
from contexta.records import revision, uncommitted
from contexta.records.capture import Partly
from contexta.testing import capture
from contexta_processor import connect

SECRET = "AKIA" + "ABCDEFGHIJKLMNOP"


def git(place: Path, *arguments: str) -> str:
    """What git answers there."""
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    command = ["git", "-C", str(place), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Callable[[str], Path]:
    """Checkouts of one commit, all with the same change to a tracked file."""
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "-b", "main")
    (origin / "train.py").write_text("epochs = 1\n")
    (origin / "data.py").write_text("rows = 1\n")
    (origin / ".gitignore").write_text("outputs/\n")
    git(origin, "add", ".")
    git(origin, "commit", "-m", "first")

    def clone(name: str) -> Path:
        place = tmp_path / name
        git(tmp_path, "clone", "-q", str(origin), str(place))
        (place / "train.py").write_text(f"epochs = 2  # {SECRET}\n")
        return place

    return clone


def digest(place: Path) -> str:
    """The digest of a dirty checkout."""
    found = revision.of(str(place))
    assert isinstance(found, dict)
    assert found[revision.DIRTY] is True
    assert re.fullmatch("[0-9a-f]{64}", str(found[revision.DIFF]))
    return str(found[revision.DIFF])


def make_link(place: Path) -> None:
    """A symbolic link that is not tracked."""
    (place / "latest").symlink_to("data.py")


CHANGES: dict[str, Callable[[Path], object]] = {
    "other contents": lambda place: (place / "train.py").write_text("epochs = 3\n"),
    "another tracked file": lambda place: (place / "data.py").write_text("rows = 2\n"),
    "a tracked file gone": lambda place: (place / "data.py").unlink(),
    "renamed": lambda place: git(place, "mv", "data.py", "rows.py"),
    "executable": lambda place: (place / "train.py").chmod(0o755),
    "a new file": lambda place: (place / "model.py").write_text(""),
    "a new file below": lambda place: [(place / "a").mkdir(), (place / "a" / "ü\n.py").touch()],
    "a new link": make_link,
}
NO_CHANGES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _place: None,
    "staged": lambda place: git(place, "add", "train.py"),
    "touched": lambda place: os.utime(place / "data.py", ns=(1, 1)),
    "settings of git": lambda place: [
        git(place, "config", key, value)
        for key, value in (
            ("status.showUntrackedFiles", "no"),
            ("diff.noprefix", "true"),
            ("status.relativePaths", "true"),
            ("core.quotePath", "false"),
        )
    ],
    "ignored files": lambda place: [
        (place / "outputs").mkdir(),
        (place / "outputs" / "a").touch(),
    ],
    "evidence": lambda place: [(place / ".contexta").mkdir(), (place / ".contexta" / "a").touch()],
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_the_code_changes_the_digest(checkout, change):
    """Contents, names, kinds and permissions of what is in no commit."""
    one, other = checkout("one"), checkout("other")
    CHANGES[change](other)
    assert digest(one) != digest(other)


@pytest.mark.parametrize("change", NO_CHANGES)
def test_nothing_else_does(checkout, change):
    """Two checkouts with the same code have the same digest, wherever they are and however git is set."""
    one, other = checkout("one"), checkout("elsewhere")
    NO_CHANGES[change](other)
    below = other / "below"
    below.mkdir()
    assert digest(one) == digest(other) == digest(below)


def test_a_clean_checkout_has_none(checkout):
    """No digest where the revision says everything, whatever lies beside the tracked files."""
    place = checkout("one")
    git(place, "checkout", "train.py")
    (place / "notes.txt").touch()
    found = revision.of(str(place))
    assert found[revision.DIRTY] is False
    assert revision.DIFF not in found


def test_a_submodule_counts_by_its_commit_and_its_changes_are_not_passed_over(checkout, tmp_path):
    """Another commit of it is another digest; changes inside it cannot be covered, and that is said."""
    place = checkout("one")
    allow = ("-c", "protocol.file.allow=always")
    git(place, *allow, "submodule", "add", "-q", str(tmp_path / "origin"), "lib")
    before = digest(place)
    git(place / "lib", "commit", "--allow-empty", "-m", "second")
    assert digest(place) != before
    (place / "lib" / "train.py").write_text("changed")
    found = revision.of(str(place))
    assert isinstance(found, Partly)
    assert "submodule" in found.detail


@pytest.mark.parametrize(("bound", "most"), [("MOST_BYTES", 8), ("MOST_FILES", 0), ("LONGEST_S", -1)])  # fmt: skip
def test_what_is_too_much_is_said(checkout, monkeypatch, bound, most):
    """No digest of a part: the run says that the checkout is dirty and that the digest is missing."""
    monkeypatch.setattr(uncommitted, bound, most)
    with capture() as evidence, contexta.run("p"):
        contexta.log_code(checkout("one"))
    (found,) = evidence.events("contexta.environment")
    assert found[revision.DIRTY] is True
    assert revision.DIFF not in found.attributes
    (marker,) = evidence.events("contexta.degraded")
    assert marker["contexta.degraded.reason"] == "code_diff_unfinished"


def test_without_git_the_run_says_that_its_code_is_unknown(checkout, monkeypatch, tmp_path):
    """In a checkout; outside of one there is nothing to say."""
    place = checkout("one")
    monkeypatch.setenv("PATH", str(tmp_path))
    with capture() as evidence, contexta.run("p"):
        contexta.log_code(place)
        contexta.log_code(tmp_path)
    (marker,) = evidence.events("contexta.degraded")
    assert marker["contexta.degraded.reason"] == "code_revision_unknown"
    assert "git is not installed" in marker["contexta.degraded.detail"]


@pytest.fixture
def evidence(tmp_path: Path) -> Iterator[Path]:
    """A directory that runs tell their evidence to."""
    contexta.configure(endpoint=f"file:{tmp_path / 'evidence'}")
    yield tmp_path / "evidence"
    contexta.shutdown()
    lifecycle.forget_settings()


def test_a_comparison_says_whether_two_dirty_runs_ran_the_same_code(checkout, evidence):
    """From the checkout to `environment` and `compare`; of the code itself nothing left the machine."""
    same, again, other = checkout("one"), checkout("two"), checkout("three")
    (other / "train.py").write_text("epochs = 5\n")
    for number, place in enumerate((same, again, other)):
        with contexta.run("p", id=f"r{number}", environment=False) as run:
            run.log_code(place)
            run.log_metric("loss", 1.0)
    contexta.shutdown()
    written = b"".join(file.read_bytes() for file in (evidence / "inbox").iterdir())
    assert SECRET.encode() not in written
    assert b"train.py" not in written
    reader = connect(evidence)
    told = reader.environment("r0").to_dict()["environment"]
    assert (told["vcs_dirty"], told["vcs_diff_sha256"]) == (True, digest(same))
    equal = reader.compare("r0", "r1").to_dict()["comparison"]
    unequal = reader.compare("r0", "r2").to_dict()["comparison"]
    assert [each for each in equal["differences"] if each["cause"] == "code"] == []
    (found,) = (each for each in unequal["differences"] if each["cause"] == "code")
    assert found["key"] == "vcs.diff"
    assert (found["baseline"], found["candidate"]) == (digest(same), digest(other))
