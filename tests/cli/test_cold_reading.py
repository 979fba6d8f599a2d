"""What reading commands load before they answer, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
from cli.story_store import DEPLOYMENT, EVAL, Contexta

PLAIN = (
    ("runs",),
    ("show", EVAL),
    ("records", EVAL),
    ("samples", EVAL),
    ("artifacts", EVAL),
    ("environment", EVAL),
    ("lineage", DEPLOYMENT),
)
LOADED = """
import sys
from contexta_processor.cli.main import main
try:
    main()
finally:
    heavy = ("numpy", "pandas", "pyarrow.compute", "rich")
    print(*(name for name in heavy if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_a_plain_reading_command_starts_without_numpy(
    words: tuple[str, ...], story: Path, contexta: Contexta
) -> None:
    """It shows what it reads; what it shows is the same as in a process that has numpy."""
    command = [sys.executable, "-c", LOADED, *words, "--data", str(story), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
    assert done.stdout == contexta(*words, "--data", story, "--json").stdout


def test_evidence_that_waits_is_taken_in_with_numpy_and_shown(tmp_path: Path, story: Path) -> None:
    """A plain command that has to take evidence in first does so, and answers."""
    waiting = tmp_path / "waiting"
    (waiting / "journal").mkdir(parents=True)
    for file in (story / "journal").iterdir():
        if file.is_file():
            (waiting / "journal" / file.name).write_bytes(file.read_bytes())
    command = [sys.executable, "-c", LOADED, "runs", "--data", str(waiting), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert EVAL in done.stdout
    assert "numpy" in done.stderr.split()
