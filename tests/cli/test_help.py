"""`--help` answers at once, because nothing heavy is imported to list or describe commands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.story_store import CONTEXTA, Contexta

from contexta_processor.cli.examples import EXAMPLES
from contexta_processor.cli.main import COMMANDS

HEAVY = ("duckdb", "numpy", "pyarrow", "pandas", "grpc", "rich", "starlette", "uvicorn", "ptars")

PROBE = """
import sys
from contexta_processor.cli.main import run
code = run(sys.argv[1:])
print("HEAVY", [name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


def imported(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(heavy=HEAVY), *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()[-1]


def test_help_imports_nothing_heavy() -> None:
    """The list of commands costs click alone."""
    assert imported("--help") == "HEAVY []"


@pytest.mark.parametrize(
    "name",
    ["serve", "runs", "show", "records", "samples", "artifacts", "environment", "lineage", "trend"],
)
def test_a_commands_help_imports_nothing_heavy(name: str) -> None:
    """Nor does the help of one command."""
    assert imported(name, "--help") == "HEAVY []"


def test_help_lists_every_command_and_imports_none() -> None:
    """Each has one line; commands that are not there yet are not promised."""
    probe = (
        "import sys; from contexta_processor.cli.main import run; run(['--help']);"
        "print(sorted(name for name in sys.modules if name.startswith('contexta_processor.cli.')))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout
    for absent in ("gate", "mcp"):
        assert f"\n  {absent} " not in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last == "['contexta_processor.cli.failures', 'contexta_processor.cli.main']"


def test_the_version_is_told(contexta_process: Contexta) -> None:
    """`--version` goes to standard output."""
    assert contexta_process("--version").stdout.startswith("contexta, version 2.")


def test_every_command_ends_its_help_with_an_example(contexta: Contexta) -> None:
    """One line that can be typed, whole however narrow the terminal."""
    for name in COMMANDS:
        shown = contexta(name, "--help").stdout
        assert f"Example:\n    {EXAMPLES[name]}\n" in shown, name


def test_the_examples_work(tmp_path: Path) -> None:
    """Those that read or decide, on the demo, in the order of the list."""
    subprocess.run([CONTEXTA, "demo", "-q"], cwd=tmp_path, check=True, capture_output=True)
    environment = {**os.environ, "CONTEXTA_DATA": ".contexta-demo"}
    environment["PATH"] = f"{CONTEXTA.parent}{os.pathsep}{environment['PATH']}"
    fine = {"artifacts verify": 1, "diagnose": 1}  # the demo's files are not here
    for name, line in EXAMPLES.items():
        if name in ("serve", "demo", "import", "doctor"):
            continue
        done = subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        assert done.returncode == fine.get(name, 0), (line, done.stderr.decode())
