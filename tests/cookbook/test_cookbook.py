"""Every question of the cookbook is asked of a store, and answered as the story has it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cookbook.conftest import questions

from contexta_processor import connect

EXPECTED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "expected.json").read_text(encoding="utf-8")
)
"""Rows by question; each was held against the story by hand."""

PARAMETERS: dict[str, object] = {
    "project": "shop-search",
    "base": "eval-march",
    "candidate": "eval-april",
    "run": "train-march",
    "metric": "ndcg",
    "sample": "q-lamp",
    "runs": 2,
    "dataset": "dataset_clicks_april",
    "environment": "production",
    "at": "2026-04-12 00:00",
    "bound": 0.1,
    "package": "torch",
    "version": "2.4.1",
}


@pytest.mark.parametrize("question", questions())
def test_the_answer_is_the_stories(story: Path, question: str) -> None:
    """The statement on the page gives these rows, in this order."""
    sql = questions()[question]
    told = {name: PARAMETERS[name] for name in set(re.findall(r"\$(\w+)", sql))}
    assert connect(story).sql(sql, told).to_dict() == EXPECTED[question]


def test_no_answer_is_empty() -> None:
    """A question whose answer is nothing shows nothing: each has rows, and each row stands on the page."""
    assert set(EXPECTED) == set(questions())
    assert all(EXPECTED.values())
    assert len(EXPECTED) >= 30
