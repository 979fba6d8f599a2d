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


ON_THE_DEMO: dict[str, list[dict[str, Any]]] = {
    "Which slices got worse between two runs?": [
        {"slice": "refund_questions", "base": 0.83, "candidate": 0.72, "delta": -0.11},
        {"slice": "account_questions", "base": 0.86, "candidate": 0.84, "delta": -0.02},
        {"slice": "escalation", "base": 0.79, "candidate": 0.77, "delta": -0.02},
        {"slice": "product_questions", "base": 0.88, "candidate": 0.862, "delta": -0.018},
    ],
    "Which settings differ between two runs?": [
        {"key": "reranker", "base": "cross_encoder_v2", "candidate": "cross_encoder_v3"},
        {"key": "top_k", "base": "6", "candidate": "8"},
    ],
    "Which releases went out although a check had failed?": [],
    "Which models have no report that speaks for them?": [{"artifact_id": "artifact_model_bundle_v16"}],
    "What may not be relied on, since when, and who said so?": [],
}  # fmt: skip
"""What the demo's own pages say of it: `available` is no failed check, and nobody reported on v16."""


@pytest.mark.parametrize("question", ON_THE_DEMO)
def test_the_answer_is_right_on_the_demo_too(demo: Path, question: str) -> None:
    """The store that people try the page on; nothing there is bent to fit it."""
    sql = questions()[question]
    told = {"base": "run_2026_04_27_eval_009", "candidate": "run_2026_05_03_eval_014", "metric": "faithfulness"}  # fmt: skip
    used = {name: value for name, value in told.items() if f"${name}" in sql}
    found = connect(demo).sql(sql, used).to_dict()
    assert sorted(found, key=str) == sorted(ON_THE_DEMO[question], key=str)


def test_no_answer_is_empty() -> None:
    """A question whose answer is nothing shows nothing: each has rows, and each row stands on the page."""
    assert set(EXPECTED) == set(questions())
    assert all(EXPECTED.values())
    assert len(EXPECTED) >= 30
