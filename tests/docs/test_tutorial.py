"""docs/start.md does what it says, when its commands are typed in order."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from docs.pages import ROOT, Block, blocks

VENV = Path(sys.executable).parents[1]

START_SERVER = """\
contexta serve --grpc 127.0.0.1:0 --http 127.0.0.1:0 --web 127.0.0.1:0 2>serve.log & SERVER=$!
trap 'kill -TERM $SERVER; wait $SERVER' EXIT
for _ in $(seq 600); do test -e .contexta/serve.json && break; sleep 0.05; done
export CONTEXTA_ENDPOINT="http://$(python -c 'import json; print(json.load(open(".contexta/serve.json"))["grpc"])')"
"""
"""What a second terminal does, on ports that are free."""


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Everything that typing the page's commands prints."""
    place = tmp_path_factory.mktemp("tutorial")
    (place / ".venv").symlink_to(VENV)
    script = "set -euo pipefail\n" + "\n".join(map(as_script, blocks(ROOT / "docs" / "start.md")))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CONTEXTA_", "OTEL_"))}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=place,
        env={**kept, "TMPDIR": str(place)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def as_script(block: Block) -> str:
    """What a person does with a block: type it, save it, or read it."""
    if block.language == "python":
        name = block.text.splitlines()[0].removeprefix("# ")
        return f"cat > {name} <<'END OF FILE'\n{block.text}END OF FILE\n"
    if block.language != "sh":
        return ""
    if block.text.strip() == "contexta serve":
        return START_SERVER
    # Installing is what made the environment that this test runs in.
    return block.text.replace("make install\n", f"make --directory '{ROOT}' --dry-run install\n")


def test_every_command_of_the_tutorial_works(typed: str) -> None:
    """Both runs are there, compared by slice, and their samples are found."""
    assert "depth-1" in typed
    assert "depth-4" in typed
    assert "taken_for_" in typed


def test_the_tutorial_shows_a_real_difference(typed: str) -> None:
    """The deeper tree is better, and the comparison says so of a slice."""
    better = [line for line in typed.splitlines() if "cultivar_" in line and "better" in line]
    assert better


def test_the_tutorial_works_without_a_server(typed: str) -> None:
    """The last part's run is read from the directory that the job wrote to."""
    assert "depth-2" in typed.rpartition("depth-4")[2]
