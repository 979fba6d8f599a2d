"""The story in a data directory, and the cookbook's questions."""

import re
from pathlib import Path

import pytest
from cookbook.story import tell

from contexta_processor.cli.main import run

PAGE = Path(__file__).parents[2] / "docs" / "cookbook.md"


def questions() -> dict[str, str]:
    """The SQL of the page by the question above it."""
    text = PAGE.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for part in re.split(r"(?=^### )", text, flags=re.MULTILINE)[1:]:
        block = re.search(r"```sql\n(.*?)```", part, re.DOTALL)
        assert block, part.splitlines()[0]
        found[part.splitlines()[0].removeprefix("### ")] = block[1]
    return found


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory of the shop's spring."""
    return tell(tmp_path_factory.mktemp("spring") / "data")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's store."""
    data = tmp_path_factory.mktemp("demo") / "data"
    assert run(["demo", "-q", "--data", str(data)]) == 0
    return data
