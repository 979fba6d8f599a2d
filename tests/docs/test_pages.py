"""Pages that point nowhere, or name what there is not, fail the build."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from docs.pages import ROOT, anchors, blocks, commands, links, pages

from contexta_processor.cli.main import COMMANDS

PAGES = pages()
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link names a file that is there, and a heading that it has."""
    broken: list[str] = []
    for target in links(page):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (fragment and fragment not in anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_exists(page: Path) -> None:
    """Whatever stands after `contexta` in code is a command."""
    assert set(commands(page)) <= set(COMMANDS)


def test_every_page_is_in_the_index() -> None:
    """docs/README.md leads to every page of docs/, docs/adr/README.md to every decision."""
    for index in (ROOT / "docs" / "README.md", ROOT / "docs" / "adr" / "README.md"):
        beside = {page.name for page in index.parent.glob("*.md")} - {"README.md"}
        assert beside <= set(links(index)), f"{index.parent.name}: not in the index"


def test_the_targets_of_make_exist() -> None:
    """`make X` in code is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        code = "\n".join(block.text for block in blocks(page))
        code += "\n".join(re.findall(r"`(make [^`]+)`", page.read_text()))
        named = set(re.findall(r"^make ([a-z-]+)", code, re.MULTILINE))
        assert named <= targets, f"{page.name}: {named - targets}"


def test_the_six_lines_are_those_of_the_example() -> None:
    """The README's script is the one that tests run, word for word, and six lines long."""
    (snippet,) = [block for block in blocks(ROOT / "README.md") if block.language == "python"]
    assert snippet.text in (ROOT / "examples" / "train_sklearn.py").read_text()
    assert len(snippet.text.splitlines()) == 6


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_snippets_can_be_read_by_a_machine(page: Path) -> None:
    """Python blocks are Python, YAML blocks are YAML, shell blocks are shell."""
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        elif block.language == "yaml":
            yaml.safe_load(block.text)
        elif block.language in ("sh", "bash", "shell"):
            subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)


def test_the_collector_recipe_is_consistent() -> None:
    """The README's exporter is the one its pipeline uses, and leaves the user's own in place."""
    (snippet,) = [block for block in blocks(ROOT / "README.md") if block.language == "yaml"]
    told = yaml.safe_load(snippet.text)
    (ours,) = told["exporters"]
    used = told["service"]["pipelines"]["traces"]["exporters"]
    assert ours in used
    assert len(used) == 2
