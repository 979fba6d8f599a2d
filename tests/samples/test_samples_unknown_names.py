"""An empty answer is good news only where the question could have had another."""

from pathlib import Path

import pytest
from samples.conftest import Ask, Say

from contexta_processor.cli.main import run


@pytest.mark.parametrize("more", [(), ("--by", "slice"), ("--worst", "faithfulness", "--ascending"), ("--against", "tue")])  # fmt: skip
@pytest.mark.parametrize(("option", "name", "near"), [("--slice", "refund", "refunds"), ("--stage", "evaluation", "evaluate")])  # fmt: skip
def test_a_name_that_no_run_has_is_refused(
    say: Say, option: str, name: str, near: str, more: tuple[str, ...]
) -> None:
    """The nearest name is offered; nothing is listed as if nothing had failed."""
    error = say("fri", option, name, *more, code=3)
    assert name in error
    assert near in error


def test_a_name_that_only_other_runs_have_fits_nothing_here(ask: Ask) -> None:
    """On Monday nothing was unsupported, and that is an answer."""
    assert ask("mon", "--tag", "unsupported")["samples"] == []


def test_a_failure_that_never_happened_is_an_answer(ask: Ask) -> None:
    """Tags are given when something goes wrong: that no run has one is what people hope to read."""
    assert ask("fri", "--tag", "leaked")["samples"] == []


def test_records_refuse_such_names_too(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A stage that no run has."""
    assert run(["records", "fri", "--stage", "evaluation", "--data", str(story)]) == 3
    assert "evaluate" in capsys.readouterr().err
