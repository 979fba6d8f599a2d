"""Files somewhere, and a data directory that knows of them."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from verify.recorded import Place

from contexta_processor.cli.main import run


def contexta(*words: str) -> tuple[int, str, str]:
    """One command line in this process: exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(words))
        sys.stdout.flush()
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty place."""
    files = tmp_path / "files"
    files.mkdir()
    return Place(tmp_path / "data", files, contexta)
