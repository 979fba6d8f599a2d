"""Each code, from OTLP in to the JSON of the command."""

from typing import Any

import pytest
from diagnose.stories import STORIES

from contexta_processor.investigate.diagnose.codes import codes


def test_every_code_has_a_story() -> None:
    """No code without a run that earns it, no story of a code that there is not."""
    assert list(STORIES) == list(codes())


@pytest.mark.parametrize("code", STORIES)
def test_a_run_that_did_this_has_the_finding(code: str, answers: dict[str, Any]) -> None:
    """With its severity and subject, evidence in public tables, and a next step without a gap."""
    story = STORIES[code]
    answer = answers[code]
    found = [each for each in answer["findings"] if each["code"] == code]
    assert found, [(each["code"], each["subject"], each["detail"]) for each in answer["findings"]]
    about = [each for each in found if each["subject"].startswith(story.subject)]
    assert [each["severity"] for each in about] == [story.severity], found
    (finding,) = about
    assert finding["title"] == codes()[code].title
    assert finding["detail"]
    assert finding["evidence"], "a finding rests on rows"
    assert all("table" in row for row in finding["evidence"])
    assert finding["evidence_total"] >= len(finding["evidence"])
    assert "{" not in finding["next_step"]
