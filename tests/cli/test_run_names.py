"""A run answers to its id, the beginning of it, its name, latest, prev and tag:NAME."""

import json
from pathlib import Path

import pytest
from cli.story_store import Contexta, Store


@pytest.fixture
def named(build: Store, tmp_path: Path) -> Path:
    """Four runs of two projects."""
    runs = [
        ("r_alpha", "one", "nightly", "2026-01-01", {"prod": "eu", "a/b~c": "x"}),
        ("r_alpine", "one", "weekly", "2026-01-02", {"prod": "us"}),
        ("r_beta", "two", "nightly", "2026-01-03", {}),
        ("r_bet", "two", "r_alpha", "2026-01-04", {"only": True}),
    ]
    for run_id, project, name, day, tags in runs:
        told = {f"run__tag__{key}": value for key, value in tags.items()}
        build.run(run_id, f"{day} 00:00:00", project__name=project, run__name=name, **told)
    build.close()
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("words", "run_id"),
    [
        (["r_alpha"], "r_alpha"),  # an id, though another run has it for a name
        (["r_alpi"], "r_alpine"),
        (["r_bet"], "r_bet"),  # an id, though another begins with it
        (["weekly"], "r_alpine"),
        (["nightly", "--project", "two"], "r_beta"),
        (["latest"], "r_bet"),
        (["prev"], "r_beta"),
        (["latest", "--project", "one"], "r_alpine"),
        (["prev", "--project", "one"], "r_alpha"),
        (["tag:only"], "r_bet"),
        (["tag:prod=us"], "r_alpine"),
        (["tag:a/b~c=x"], "r_alpha"),
        (["tag:prod", "--project", "one", "--", "tag:prod=eu"][-1:], "r_alpha"),
    ],
)
def test_a_name_means_one_run(
    contexta: Contexta, named: Path, words: list[str], run_id: str
) -> None:
    """Whichever way it is named, it is the same run."""
    done = contexta("show", "--json", "--data", named, *words)
    assert json.loads(done.stdout)["run_id"] == run_id


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["r_al"], 2),
        (["nightly"], 2),
        (["tag:prod"], 2),
        (["tag:prod=asia"], 3),
        (["tag:none"], 3),
        (["r_alpha", "--project", "two"], 0),  # the name of a run there
        (["r_beta", "--project", "one"], 3),
        (["latest", "--project", "none"], 3),
    ],
)
def test_a_name_that_means_several_or_none_says_so(
    contexta: Contexta, named: Path, words: list[str], code: int
) -> None:
    """Several: 2, with the candidates. None: 3."""
    contexta("show", "--data", named, *words, check=code)
