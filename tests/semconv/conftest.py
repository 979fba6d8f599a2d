"""A copy of the registry to break, and the tools as their users call them."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

Tool = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def tool() -> Tool:
    """Run `semconv/tools/NAME.py` with arguments, as make does."""

    def run(name: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
        script = REPOSITORY / "semconv" / "tools" / f"{name}.py"
        command = [sys.executable, str(script), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture
def repository_copy(tmp_path: Path) -> Path:
    """A repository of its own with the registry and everything generated from it."""
    for part in ("semconv/registry", "semconv/src"):
        shutil.copytree(REPOSITORY / part, tmp_path / part)
    (tmp_path / "docs").mkdir()
    shutil.copy(REPOSITORY / "docs" / "wire.md", tmp_path / "docs" / "wire.md")
    return tmp_path


@pytest.fixture
def registry_copy(repository_copy: Path) -> Path:
    """A registry of its own, right until a test breaks it."""
    return repository_copy / "semconv" / "registry"
