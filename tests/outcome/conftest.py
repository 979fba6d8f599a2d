"""An empty data directory for outcomes."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from outcome.released import Outcome

from contexta_processor.cli.main import run


def contexta(*words: str) -> tuple[int, str, str]:
    """One command line in this process: exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(words))
        sys.stdout.flush()
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    """Nothing is deployed yet."""
    return Outcome(tmp_path / "data", contexta)
