"""docs/read.md and docs/trend.md do what they say, on the demo."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs.pages import ROOT, blocks

CONTEXTA = Path(sys.executable).with_name("contexta")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory whose `.contexta` is the demo."""
    directory = tmp_path_factory.mktemp("read")
    demo = [CONTEXTA, "demo", "--quiet", "--data", directory / ".contexta"]
    subprocess.run(demo, check=True, capture_output=True, timeout=60)
    return directory


def looked_at_each(snippet: str) -> str:
    """The snippet with every bare expression printed, as a notebook would show it."""
    parts = [
        f"print(repr({ast.unparse(each.value)}))"
        if isinstance(each, ast.Expr)
        else ast.unparse(each)
        for each in ast.parse(snippet).body
    ]
    return "\n".join(parts)


def test_the_snippets_run(place: Path) -> None:
    """Every Python block of the page, in one go; the last answer of each is looked at."""
    snippets = [block.text for block in blocks(ROOT / "docs" / "read.md") if block.language == "python"]  # fmt: skip
    assert len(snippets) == 2
    looked_at = "\n".join(looked_at_each(text) for text in snippets)
    assert looked_at.count("print(repr(") == 10
    done = subprocess.run(
        [sys.executable, "-c", looked_at],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "search team" in done.stdout
    assert "0.84 █▁ 0.798" in done.stdout


def test_the_commands_of_read_run(place: Path) -> None:
    """The list at the top, with a run, an artifact or a metric of the demo for each name in capitals."""
    names = {"RUN": "latest", "ID": "artifact_model_bundle_v17", "METRIC": "faithfulness"}
    (listed, *_) = [block.text for block in blocks(ROOT / "docs" / "read.md") if not block.language]
    environment = os.environ | {"CONTEXTA_DATA": str(place / ".contexta")}
    for line in listed.splitlines():
        words = re.split(r"\s{2,}", line)[0].replace("SELECT …", "FROM runs").split(" ", 2)
        text = re.sub(r"\b(RUN|ID|METRIC)\b", lambda found: names[found[0]], " ".join(words[1:]))
        done = subprocess.run(
            f"{CONTEXTA} {text}", shell=True, capture_output=True, text=True, env=environment, timeout=60, check=False
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stderr)


def test_the_options_of_trend_exist() -> None:
    """Each command of docs/trend.md is understood: what it asks of may not be there, its options are."""
    empty = os.environ | {"CONTEXTA_DATA": "/nonexistent"}
    shown = [block.text for block in blocks(ROOT / "docs" / "trend.md") if block.language == "console"]  # fmt: skip
    lines = [line for text in shown for line in text.splitlines()]
    assert len(lines) == 8
    for line in lines:
        words = line.removeprefix("$ contexta ").split("#")[0].split()
        done = subprocess.run([CONTEXTA, *words], capture_output=True, text=True, env=empty, timeout=60, check=False)  # fmt: skip
        assert done.returncode == 4, (line, done.stderr)


def test_every_request_of_the_read_api_is_on_the_page() -> None:
    """Each path, and each parameter that a path knows."""
    page = (ROOT / "docs" / "read.md").read_text(encoding="utf-8")
    surfaces = ROOT / "processor" / "src" / "contexta_processor" / "surfaces"
    paths = re.findall(r'"(/api/[^"]*)"', (surfaces / "api.py").read_text(encoding="utf-8"))
    assert len(paths) > 15
    own = {"/api/query"}  # between our own client and server
    assert [path for path in paths if path not in own and path not in page] == []
    told = (surfaces / "questions.py").read_text(encoding="utf-8")
    calls = re.findall(r"\basked\(([^()]*(?:\([^()]*\))?[^()]*)\)", told)
    known = set(re.findall(r'"(\w+)"', " ".join(calls)))
    assert len(known) > 20
    assert {name for name in known if f"{name}=" not in page} == set()
