"""Comparisons of runs whose telemetry is written down in a test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compare.emission import Run, take_in

from contexta_processor.cli.connect import Source
from contexta_processor.investigate.compare.comparison import compare_runs
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.result import Comparison

CompareStories = Callable[..., Comparison]


@pytest.fixture
def compare_stories(tmp_path: Path) -> CompareStories:
    """Take in a baseline, a candidate and other runs; compare the first two."""

    def of(baseline: Run, candidate: Run, *others: Run, **options: Any) -> Comparison:
        take_in(tmp_path / "data", *others, baseline, candidate)
        with Source.chosen(str(tmp_path / "data"), None).open() as query:
            found = compare_runs(query, baseline.id, candidate.id, CompareOptions(**options))
        assert undocumented(found) == []
        return found

    return of


def undocumented(result: Comparison) -> list[str]:
    """Codes and types a comparison has that docs/compare.md does not explain."""
    page = (Path(__file__).parents[2] / "docs" / "compare.md").read_text()
    words = [each.code for each in result.reasons] + [each["type"] for each in result.findings]
    return [word for word in words if f"`{word}`" not in page and not word.endswith("_unknown")]


def whole_run(id: str, **told: Any) -> Run:
    """A run that finished, with where and how it ran."""
    run = Run(id, **told).environment(python="3.11.8", platform="linux", hardware="cpu-8")
    return run.configuration(top_k=8).stage("prepare", 0).stage("evaluate", 1)


def figure(result: Comparison, name: str, **where: Any) -> MetricDelta:
    """The one figure of that name and place."""
    found = [
        each
        for each in result.metrics
        if each.name == name and all(getattr(each, key) == value for key, value in where.items())
    ]
    assert len(found) == 1, found
    return found[0]


def codes(result: Comparison) -> set[str]:
    """The codes of every reason that limits a comparison."""
    return {each.code for each in result.reasons if each.severity != "info"}
