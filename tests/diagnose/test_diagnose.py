"""The command: verdicts, exit codes, a whole project, the same answer on every way."""

import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from diagnose.conftest import Contexta, Diagnose
from diagnose.stories import SUBJECT, fine
from diagnose.telling import history
from starlette.testclient import TestClient

from contexta_processor import connect
from contexta_processor.base.data_dir import DataDir
from contexta_processor.cli.connect import Source
from contexta_processor.cli.main import contexta as group
from contexta_processor.investigate.diagnose.diagnosis import VERDICTS
from contexta_processor.surfaces.api import build_api


def test_a_healthy_run_with_whole_evidence_is_called_healthy(
    told: Path, diagnose: Diagnose
) -> None:
    """No error, no warning, and that with a history to be held against."""
    found = diagnose(told, "sound-now")
    assert found["verdict"] == "healthy"
    assert found["evidence"] == "complete"
    alike = ["project", "run_type", "data_sets", "expected_stages"]
    assert found["history"] == {"runs": 6, "needed": 5, "judged": True, "alike": alike}
    assert {each["severity"] for each in found["findings"]} <= {"info"}


def test_the_answer_has_the_contracts_shape(told: Path, diagnose: Diagnose) -> None:
    """run_id, verdict and findings, each with code, severity, subject, detail, evidence and next step."""
    found = diagnose(told, f"{SUBJECT}-D112")
    assert {"run_id", "verdict", "findings"} <= set(found)
    for each in found["findings"]:
        assert {"code", "severity", "subject", "detail", "evidence", "next_step"} <= set(each)


def test_findings_stand_worst_first_then_in_pipeline_order(answers: dict[str, Any]) -> None:
    """Whatever rule found them."""
    order = ["error", "warning", "info"]
    for code, found in answers.items():
        severities = [each["severity"] for each in found["findings"]]
        assert severities == sorted(severities, key=order.index), code


def test_every_run_but_a_whole_one_is_not_healthy(answers: dict[str, Any]) -> None:
    """Incomplete evidence is never called healthy, and never improves a verdict."""
    for code, found in answers.items():
        if found["evidence"] != "complete":
            assert found["verdict"] != "healthy", code
        worst = {each["severity"] for each in found["findings"]}
        assert found["verdict"] == (
            "error" if "error" in worst else "warning" if "warning" in worst else found["verdict"]
        )


@pytest.mark.parametrize(
    ("code", "threshold", "exit_code"),
    [
        ("D112", "error", 1),
        ("D112", "info", 1),
        ("D605", "error", 0),
        ("D605", "warning", 1),
        ("D117", "warning", 0),
        ("D117", "info", 1),
        ("D106", "error", 3),
        ("D106", "warning", 1),
    ],
)
def test_fail_on_decides_the_exit_code(
    code: str, threshold: str, exit_code: int, told: Path, contexta: Contexta
) -> None:
    """1 at or above the severity, 0 below it, 3 where there was nothing to judge."""
    words = ("diagnose", f"{SUBJECT}-{code}", "--data", told)
    contexta(*words, "--fail-on", threshold, check=exit_code)
    contexta(*words, check=0)


def test_a_run_or_project_that_there_is_not_is_undecided(told: Path, contexta: Contexta) -> None:
    """Exit code 3 and a hint, never an empty list; no words at all are wrong usage."""
    for words in (("nothing",), ("--project", "nothing"), ("--project", "soun")):
        done = contexta("diagnose", *words, "--data", told, check=3)
        assert done.stdout == ""
        assert "hint:" in done.stderr
    assert "sound" in contexta("diagnose", "-p", "soun", "--data", told, check=3).stderr
    contexta("diagnose", "--data", told, check=2)
    contexta("diagnose", "sound-now", "-n", "3", "--data", told, check=2)


def test_the_same_answer_on_every_way(told: Path, diagnose: Diagnose) -> None:
    """Command, read API and Python give one document."""
    run = f"{SUBJECT}-D202"
    wanted, project = diagnose(told, run), diagnose(told, "--project", "D202", "-n", "3")
    evidence = connect(told)
    assert evidence.diagnose(run).to_dict() == wanted
    assert evidence.diagnose(project="D202", limit=3).to_dict() == project
    frame = evidence.diagnose(run).df()
    assert list(frame["code"]) == [each["code"] for each in wanted["findings"]]
    assert "rows lost on the way" in evidence.diagnose(run)._repr_html_()
    with Source.chosen(str(told), None).open() as query:
        api = TestClient(build_api(lambda: query, data_dir=DataDir(told), status=dict))
        assert api.get(f"/api/diagnose/{run}").json() == wanted
        assert api.get("/api/diagnose", params={"project": "D202", "n": 3}).json() == project
        assert api.get("/api/diagnose").status_code == 400


def test_a_running_server_gives_the_same_bytes(told: Path, served: str, contexta: Contexta) -> None:
    """Through a real server, by its address, what the file gives."""
    for words in ((f"{SUBJECT}-D801",), ("--project", "D202")):
        from_file = contexta("diagnose", *words, "--data", told, "--json").stdout
        assert contexta("diagnose", *words, "--server", served, "--json").stdout == from_file


def test_what_is_told_twice_or_in_another_order_is_diagnosed_alike(
    tmp_path: Path, contexta: Contexta
) -> None:
    """The same bytes of JSON from the same evidence."""
    runs = [*history("again"), fine("now", "again").degraded("lost", "error", "transport")]
    requests = [run.request() for run in runs]
    answers: list[str] = []
    for name, order in (("once", requests), ("twice", [*reversed(requests), *requests])):
        take_in_requests(tmp_path / name, order)
        answers.append(contexta("diagnose", "now", "--data", tmp_path / name, "--json").stdout)
    assert answers[0] == answers[1]


def take_in_requests(data: Path, requests: list[bytes]) -> None:
    """Requests as they are, in this order."""
    from contexta_processor.base.signal import Signal
    from contexta_processor.server.embedded import own

    with own(DataDir(data)) as embedded:
        for request in requests:
            embedded.append(Signal.TRACES, request)


@pytest.mark.parametrize("format", ["--table", "--md", "--csv"])
def test_every_rendering_tells_every_finding(
    format: str, told: Path, contexta: Contexta, diagnose: Diagnose
) -> None:
    """Code, severity and detail of each are in it."""
    run = f"{SUBJECT}-D201"
    text = contexta("diagnose", run, "--data", told, format).stdout
    for each in diagnose(told, run)["findings"]:
        assert each["code"] in text
        assert each["title"] in text


def test_next_steps_are_commands_that_there_are(answers: dict[str, Any]) -> None:
    """Every next step that is a command of contexta has its arguments and options."""
    unknown: list[str] = []
    for found in answers.values():
        for each in found["findings"]:
            step = each["next_step"].partition(", once")[0]
            if step.startswith("contexta ") and not understood(shlex.split(step)[1:]):
                unknown.append(step)
    assert unknown == []


def understood(words: list[str]) -> bool:
    """Whether the command line takes these words."""
    command = group.get_command(click.Context(group), words[0])
    assert command is not None, words
    try:
        command.make_context(words[0], words[1:], resilient_parsing=False)
    except click.UsageError:
        return False
    return True


def test_verdicts_are_those_of_the_page() -> None:
    """Each verdict is explained."""
    page = (Path(__file__).parents[2] / "docs" / "diagnose.md").read_text()
    for verdict in VERDICTS:
        assert f"| `{verdict}` |" in page


def test_a_running_run_is_not_accused_of_what_may_still_come(
    told: Path, diagnose: Diagnose
) -> None:
    """Stages it has not reached and numbers on their way are no findings; it is not healthy either."""
    found = diagnose(told, f"{SUBJECT}-D104")
    assert found["status"] == "running"
    assert found["verdict"] == "undecided"
    assert not {"D110", "D401", "D402", "D320", "D601", "D602", "D603"} & {
        each["code"] for each in found["findings"]
    }
