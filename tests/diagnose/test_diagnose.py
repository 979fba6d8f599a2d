"""The command: verdicts, exit codes, a whole project, the same answer on every way."""

import json
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from diagnose.conftest import Contexta, Diagnose
from diagnose.stories import NOW, SUBJECT, fine
from diagnose.telling import Run, figures, healthy, history, take_in
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


def test_a_project_is_judged_by_its_worst_run(tmp_path: Path, diagnose: Diagnose) -> None:
    """The newest runs, newest first, each as it is judged alone; -n says how many, total how many there are."""
    bad = fine("bad", "shop").stage("export", 3, status="failed")
    take_in(
        tmp_path,
        [
            *history("shop", 3),
            bad,
            healthy("newest", "shop", NOW + 1),
            healthy("other", "elsewhere"),
        ],
    )
    found = diagnose(tmp_path, "--project", "shop")
    assert found["project"] == "shop"
    assert (found["verdict"], found["total"]) == ("error", 5)
    ids = [each["run_id"] for each in found["runs"]]
    assert ids == ["newest", "bad", "shop-past-2", "shop-past-1", "shop-past-0"]
    assert found["runs"][1] == diagnose(tmp_path, "bad")
    two = diagnose(tmp_path, "--project", "shop", "-n", "2")
    assert ([each["run_id"] for each in two["runs"]], two["total"]) == (ids[:2], 5)
    assert two["runs"] == found["runs"][:2]


def test_without_a_history_the_answer_says_so(tmp_path: Path, contexta: Contexta) -> None:
    """Four earlier runs hold nothing against a run, and are counted; nothing is held against it silently."""
    odd = healthy("odd", "young", NOW)
    odd.metric("odd_figure", 1e9, stage="train")
    take_in(tmp_path, [*history("young", 4), odd])
    answer = json.loads(contexta("diagnose", "odd", "--data", tmp_path, "--json").stdout)
    alike = ["project", "run_type"]
    assert answer["history"] == {"runs": 4, "needed": 5, "judged": False, "alike": alike}
    text = contexta("diagnose", "odd", "--data", tmp_path, "--table").stdout
    assert "4 earlier completed runs" in text
    assert "5 needed" in text


def test_failed_runs_and_other_types_are_no_history(tmp_path: Path, diagnose: Diagnose) -> None:
    """Usual is what completed runs of the same type in the same project were, before this one."""
    before = [*history("mix", 5)]
    failed = healthy("failed", "mix", 5, status="failed")
    other_type = healthy("other", "mix", 5, type="evaluation")
    later = healthy("later", "mix", NOW + 3)
    take_in(tmp_path, [*before, failed, other_type, later, healthy("now", "mix", NOW)])
    assert diagnose(tmp_path, "now")["history"]["runs"] == 5


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


def test_a_name_that_could_do_harm_is_quoted_in_the_next_step(
    tmp_path: Path, diagnose: Diagnose
) -> None:
    """Ids are whatever users sent; a command made of them is one command."""
    name = "x; rm -rf $HOME '\"`"
    take_in(tmp_path, [Run(name, "p", expected=None).stage("$(id)", 0, status="failed")])
    (finding,) = [each for each in diagnose(tmp_path, name)["findings"] if each["code"] == "D112"]
    assert shlex.split(finding["next_step"]) == ["contexta", "records", name, "--stage", "$(id)"]


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


def test_history_says_it_where_the_count_is_usual(tmp_path: Path, diagnose: Diagnose) -> None:
    """A step that always keeps one row in twenty is no loss."""

    def sampled(id: str, day: int) -> Any:
        run = Run(id, "thin", day, expected=None)
        run.stage("read", 0).stage("sample", 1)
        run.metric("rows_out", 20_000 + day, stage="read").metric(
            "rows_out", 1000 + day, stage="sample"
        )
        return run

    take_in(tmp_path, [*(sampled(f"past-{day}", day) for day in range(6)), sampled("now", NOW)])
    codes = {each["code"] for each in diagnose(tmp_path, "now")["findings"]}
    assert not {"D201", "D202", "D203"} & codes
    alone = {each["code"] for each in diagnose(tmp_path, "past-0")["findings"]}
    assert "D202" in alone, "without a history, a step that keeps a twentieth is worth a look"


def test_words_that_set_aside_are_no_rows_passed_on(tmp_path: Path, diagnose: Diagnose) -> None:
    """0 rows dropped is good; 0 rows written is not; a rate is no count."""
    run = fine("now", "words")
    run.metric("rows_dropped", 0, stage="prepare").metric("rows_per_second", 0, stage="prepare")
    run.metric("kept", 0, stage="prepare", unit="{row}")
    take_in(tmp_path, [run])
    found = [each for each in diagnose(tmp_path, "now")["findings"] if each["code"] == "D201"]
    assert [row["name"] for each in found for row in each["evidence"]] == ["kept"]


def test_a_better_figure_is_information_a_worse_one_a_warning(
    tmp_path: Path, diagnose: Diagnose
) -> None:
    """By the declared direction; without one, unusual is a warning either way."""

    def measured(id: str, day: int, accuracy: float, drift: float) -> Run:
        run = Run(id, "better", day, expected=None).stage("evaluate", 0)
        run.metric("accuracy", accuracy + day / 1000, stage="evaluate", higher_is_better=True)
        return run.metric("drift", drift + day / 1000, stage="evaluate")

    past = [measured(f"past-{day}", day, 0.8, 5.0) for day in range(8)]
    take_in(tmp_path, [*past, measured("now", 9, 0.95, 9.0)])
    found = {
        each["subject"]: each["severity"]
        for each in diagnose(tmp_path, "now")["findings"]
        if each["code"] == "D502"
    }
    assert found == {"metric accuracy": "info", "metric drift": "warning"}


def test_figures_of_one_metric_in_two_stages_stay_apart(tmp_path: Path, diagnose: Diagnose) -> None:
    """The same name in another stage is another figure."""

    def two(id: str, day: int, second: float) -> Run:
        run = Run(id, "apart", day, expected=None).stage("a", 0).stage("b", 1)
        return run.metric("score", 0.9 + day / 1000, stage="a").metric("score", second, stage="b")

    past = [two(f"past-{day}", day, 0.5 + day / 1000) for day in range(8)]
    take_in(tmp_path, [*past, two("now", 9, 0.9)])
    found = [each for each in diagnose(tmp_path, "now")["findings"] if each["code"] == "D502"]
    assert [each["stage"] for each in found] == ["b"]


def test_evidence_that_is_not_shown_is_counted(tmp_path: Path, diagnose: Diagnose) -> None:
    """Ten rows stand in a finding; evidence_total says how many there are."""
    run = figures(Run("many", "p", expected=None).stage("prepare", 0))
    for number in range(14):
        run.batch(f"b{number:02}", stage="prepare", status="failed")
    take_in(tmp_path, [run])
    (found,) = [each for each in diagnose(tmp_path, "many")["findings"] if each["code"] == "D211"]
    assert (len(found["evidence"]), found["evidence_total"]) == (10, 14)
    assert "14 of 14 batches" in found["detail"]


def test_a_deployment_known_by_inference_alone_is_the_runs(
    tmp_path: Path, diagnose: Diagnose
) -> None:
    """It names neither run nor artifact, somebody concluded where it came from; what serves it is no ground."""
    run = fine("now", "inferred")
    told = {"deployment.id": "live", "deployment.status": "succeeded"}
    run.event("contexta.deployment", told | {"deployment.environment.name": "production"})
    relation = {"type": "derived_from", "from": "now-model", "to": "live", "confidence": "inferred"}
    run.event(
        "contexta.relation", {f"contexta.relation.{key}": text for key, text in relation.items()}
    )
    take_in(tmp_path, [run])
    found = {each["code"]: each for each in diagnose(tmp_path, "now")["findings"]}
    assert found["D705"]["subject"] == "deployment live"
    assert "no artifact, no source run" in found["D707"]["detail"]


def test_the_same_content_under_another_id_is_told(tmp_path: Path, diagnose: Diagnose) -> None:
    """No run produced it under this id; one produced the same bytes, and the finding says which."""
    made = healthy("maker", "twins", 0)
    (digest,) = {
        pair.value.string_value
        for event in made.events
        for pair in event.attributes
        if pair.key == "contexta.artifact.sha256"
    }
    copy = fine("now", "twins").artifact("copied", "model_bundle", role="consumed", sha256=digest)
    take_in(tmp_path, [made, copy])
    found = {each["subject"]: each for each in diagnose(tmp_path, "now")["findings"]}
    told = found["artifact copied"]
    assert (told["code"], told["severity"]) == ("D611", "info")
    assert "that of maker-model, produced by maker (inferred by rule:same_sha256)" in told["detail"]


def test_what_was_concluded_is_not_what_the_run_said(tmp_path: Path, diagnose: Diagnose) -> None:
    """That it must have read what its artifact was derived from is a conclusion: the run named no data."""
    run = Run("now", "concluded", NOW, expected=None).stage("train", 0)
    run.artifact("fitted", "model_bundle", sha256="ab" * 32, derived_from=["raw"])
    take_in(tmp_path, [healthy("maker", "concluded", 0).artifact("raw", "dataset_snapshot"), run])
    assert "D603" in {each["code"] for each in diagnose(tmp_path, "now")["findings"]}


def test_a_severity_nobody_knows_makes_evidence_incomplete_too(
    tmp_path: Path, diagnose: Diagnose
) -> None:
    """A word that is none of the three is taken as the worst everywhere, not as nothing."""
    take_in(tmp_path, [fine("now", "words").degraded("preempted", "fatal", "interruption")])
    found = diagnose(tmp_path, "now")
    assert (found["verdict"], found["evidence"]) == ("error", "partial")


def test_many_findings_alike_are_counted_not_cut(tmp_path: Path, diagnose: Diagnose) -> None:
    """Twenty are told one by one, the others as one that says how many they are."""
    run = fine("now", "many")
    for number in range(57):
        run.artifact(f"part-{number:02}", "export_package")
    take_in(tmp_path, [run])
    found = [each for each in diagnose(tmp_path, "now")["findings"] if each["code"] == "D610"]
    assert len(found) == 21
    assert found[-1]["subject"] == "37 more"
    assert "artifact part-20" in found[-1]["detail"]
    assert found[-1]["evidence_total"] == 37


def test_a_figure_that_counts_nothing_is_no_count_of_rows(
    tmp_path: Path, diagnose: Diagnose
) -> None:
    """Words alone do not make a count: coverage of lines, recall of documents."""
    run = fine("now", "words")
    for name in (
        "line_coverage",
        "document_recall",
        "images_per_s",
        "sample_quality",
        "rows_failed",
    ):
        run.metric(name, 0, stage="prepare")
    run.metric("row_count", 0, stage="train").metric("n_documents", 0, stage="train")
    take_in(tmp_path, [run])
    found = [each for each in diagnose(tmp_path, "now")["findings"] if each["code"] == "D201"]
    assert {row["name"] for each in found for row in each["evidence"]} == {
        "row_count",
        "n_documents",
    }
