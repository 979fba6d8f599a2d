"""One rule each, in small stories that share a store: whose history counts, what counts rows, what is told of what."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from diagnose.conftest import Contexta, Diagnose
from diagnose.stories import NOW, fine
from diagnose.telling import Run, conditions, figures, healthy, history, model, take_in

HARMFUL = "x; rm -rf $HOME '\"`"

Case = Callable[[], list[Run]]
CASES: list[Case] = []


def case(tell: Case) -> Case:
    """Runs whose ids and projects are their own."""
    CASES.append(tell)
    return tell


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the runs of every case."""
    return take_in(tmp_path_factory.mktemp("cases"), [run for tell in CASES for run in tell()])


@pytest.fixture
def findings(cases: Path, diagnose: Diagnose) -> Callable[..., list[dict[str, Any]]]:
    """The findings of a run, of some codes or all."""

    def ask(run: str, *codes: str) -> list[dict[str, Any]]:
        found = diagnose(cases, run)["findings"]
        return [each for each in found if not codes or each["code"] in codes]

    return ask


Findings = Callable[..., list[dict[str, Any]]]


# ── a project, and whose history counts ─────────────────────────────────────────────────────────


@case
def shop() -> list[Run]:
    """A healthy history, a bad run, a newer good one, and somebody else's."""
    bad = fine("shop-bad", "shop").stage("export", 3, status="failed")
    return [*history("shop", 3), bad, healthy("shop-new", "shop", NOW + 1), healthy("mall", "mall")]


def test_a_project_is_judged_by_its_worst_run(cases: Path, diagnose: Diagnose) -> None:
    """The newest runs, newest first, each as it is judged alone; -n says how many, total how many there are."""
    found = diagnose(cases, "--project", "shop")
    assert found["project"] == "shop"
    assert (found["verdict"], found["total"]) == ("error", 5)
    ids = [each["run_id"] for each in found["runs"]]
    assert ids == ["shop-new", "shop-bad", "shop-past-2", "shop-past-1", "shop-past-0"]
    assert found["runs"][1] == diagnose(cases, "shop-bad")
    two = diagnose(cases, "--project", "shop", "-n", "2")
    assert ([each["run_id"] for each in two["runs"]], two["total"]) == (ids[:2], 5)
    assert two["runs"] == found["runs"][:2]


@case
def young() -> list[Run]:
    """Four earlier runs, and one with an odd figure."""
    return [*history("young", 4), healthy("odd", "young", NOW).metric("odd_figure", 1e9, stage="train")]  # fmt: skip


def test_without_a_history_the_answer_says_so(cases: Path, contexta: Contexta) -> None:
    """Four earlier runs hold nothing against a run, and are counted; nothing is held against it silently."""
    answer = json.loads(contexta("diagnose", "odd", "--data", cases, "--json").stdout)
    alike = ["project", "run_type"]
    assert answer["history"] == {"runs": 4, "needed": 5, "judged": False, "alike": alike}
    text = contexta("diagnose", "odd", "--data", cases, "--table").stdout
    assert "4 earlier completed runs" in text
    assert "5 needed" in text


@case
def mix() -> list[Run]:
    """Five that count, and a failed one, one of another type and a later one that don't."""
    return [
        *history("mix", 5),
        healthy("mix-failed", "mix", 5, status="failed"),
        healthy("mix-other", "mix", 5, type="evaluation"),
        healthy("mix-later", "mix", NOW + 3),
        healthy("mix-now", "mix", NOW),
    ]


def test_failed_runs_and_other_types_are_no_history(cases: Path, diagnose: Diagnose) -> None:
    """Usual is what completed runs of the same type in the same project were, before this one."""
    assert diagnose(cases, "mix-now")["history"]["runs"] == 5


def trained_on(id: str, day: int, data: str | None, rows: int) -> Run:
    """A run on a data set of that name and size; one that names none says how many rows there were all the same."""
    run = conditions(Run(id, "regions", day), data=False)
    for index, name in enumerate(("prepare", "train", "evaluate")):
        run.stage(name, index)
    if data is not None:
        told = {"name": data, "row_count": rows}
        run.artifact(f"{data}@{day}", "dataset_snapshot", role="consumed", dataset=told)
    run.metric("rows_in", rows + day, stage="prepare").metric("rows_out", rows, stage="prepare")
    run.metric("rows", rows, stage="train").metric("loss", 0.3 + day / 1000, stage="train")
    return model(run.metric("accuracy", 0.9, stage="evaluate").samples(8))


@case
def regions() -> list[Run]:
    """Most days on the data of the north, some days on that of the south, which is a fifth of it."""
    north = [trained_on(f"north-{day}", day, "north", 5000) for day in range(12)]
    south = [trained_on(f"south-{day}", day, "south", 1000) for day in (1, 3, 5, 7, 9)]
    west = [trained_on(f"west-{day}", day, "west", 3000) for day in (2, 4)]
    return [
        *north,
        *south,
        *west,
        trained_on("south-now", 20, "south", 1000),
        trained_on("north-now", 21, "north", 1000),
        trained_on("west-now", 22, "west", 3000),
        trained_on("nowhere-now", 23, None, 1000),
    ]


def test_a_run_is_held_against_those_on_the_same_data(cases: Path, diagnose: Diagnose) -> None:
    """The small data set is no loss of rows; the large one that has become as small is."""
    south, north = diagnose(cases, "south-now"), diagnose(cases, "north-now")
    assert south["history"]["alike"] == ["project", "run_type", "data_sets", "expected_stages"]
    assert south["history"]["runs"] == 5
    assert not {"D201", "D202", "D203", "D502"} & {each["code"] for each in south["findings"]}
    lost = [each for each in north["findings"] if each["code"] == "D203"]
    assert {each["severity"] for each in lost} == {"error"}
    assert "over 12 runs" in lost[0]["detail"]


def test_where_few_are_alike_all_of_the_kind_count(cases: Path, diagnose: Diagnose) -> None:
    """Two runs on the same data say nothing, and a run that names no data is not let off: both are held against all,
    those with the same stages."""
    west, nowhere = diagnose(cases, "west-now")["history"], diagnose(cases, "nowhere-now")["history"]  # fmt: skip
    assert west["alike"] == ["project", "run_type"]
    assert nowhere["alike"] == ["project", "run_type", "expected_stages"]
    assert west["runs"] == 21
    assert nowhere["runs"] == 22


def test_it_is_said_whose_history_that_is(cases: Path, contexta: Contexta) -> None:
    """To people, in a line below the findings."""
    text = contexta("diagnose", "south-now", "--data", cases, "--table").stdout
    assert "Held against 5 earlier runs of the same data sets and the same declared stages." in text


def sampled(id: str, day: int) -> Run:
    """A run that always keeps one row in twenty."""
    run = Run(id, "thin", day, expected=None).stage("read", 0).stage("sample", 1)
    run.metric("rows_out", 20_000 + day, stage="read")
    return run.metric("rows_out", 1000 + day, stage="sample")


@case
def thin() -> list[Run]:
    """Six of them, and one more."""
    return [*(sampled(f"thin-past-{day}", day) for day in range(6)), sampled("thin-now", NOW)]


def test_history_says_it_where_the_count_is_usual(findings: Findings) -> None:
    """A step that always keeps one row in twenty is no loss; without a history it is worth a look."""
    assert findings("thin-now", "D201", "D202", "D203") == []
    assert findings("thin-past-0", "D202") != []


# ── figures ─────────────────────────────────────────────────────────────────────────────────────


@case
def words() -> list[Run]:
    """Counts of what was set aside, a rate, a count by its unit; and figures whose names only sound like counts."""
    run = fine("words-now", "words")
    run.metric("rows_dropped", 0, stage="prepare").metric("rows_per_second", 0, stage="prepare")
    run.metric("kept", 0, stage="prepare", unit="{row}")
    sounds = fine("sounds-now", "sounds")
    for name in ("line_coverage", "document_recall", "images_per_s", "sample_quality", "rows_failed"):  # fmt: skip
        sounds.metric(name, 0, stage="prepare")
    sounds.metric("row_count", 0, stage="train").metric("n_documents", 0, stage="train")
    return [run, sounds]


def test_words_that_set_aside_are_no_rows_passed_on(findings: Findings) -> None:
    """0 rows dropped is good; 0 rows written is not; a rate is no count."""
    found = findings("words-now", "D201")
    assert [row["name"] for each in found for row in each["evidence"]] == ["kept"]


def test_a_figure_that_counts_nothing_is_no_count_of_rows(findings: Findings) -> None:
    """Words alone do not make a count: coverage of lines, recall of documents."""
    found = findings("sounds-now", "D201")
    names = {row["name"] for each in found for row in each["evidence"]}
    assert names == {"row_count", "n_documents"}


def measured(id: str, day: int, accuracy: float, drift: float) -> Run:
    """A figure with a direction and one without."""
    run = Run(id, "better", day, expected=None).stage("evaluate", 0)
    run.metric("accuracy", accuracy + day / 1000, stage="evaluate", higher_is_better=True)
    return run.metric("drift", drift + day / 1000, stage="evaluate")


@case
def better() -> list[Run]:
    """Eight alike, then one that is far off both ways."""
    past = [measured(f"better-past-{day}", day, 0.8, 5.0) for day in range(8)]
    return [*past, measured("better-now", 9, 0.95, 9.0)]


def test_a_better_figure_is_information_a_worse_one_a_warning(findings: Findings) -> None:
    """By the declared direction; without one, unusual is a warning either way."""
    found = {each["subject"]: each["severity"] for each in findings("better-now", "D502")}
    assert found == {"metric accuracy": "info", "metric drift": "warning"}


def two(id: str, day: int, second: float) -> Run:
    """One metric in two stages."""
    run = Run(id, "apart", day, expected=None).stage("a", 0).stage("b", 1)
    return run.metric("score", 0.9 + day / 1000, stage="a").metric("score", second, stage="b")


@case
def apart() -> list[Run]:
    """In the second stage it becomes what it is in the first."""
    return [*(two(f"apart-past-{day}", day, 0.5 + day / 1000) for day in range(8)), two("apart-now", 9, 0.9)]  # fmt: skip


def test_figures_of_one_metric_in_two_stages_stay_apart(findings: Findings) -> None:
    """The same name in another stage is another figure."""
    assert [each["stage"] for each in findings("apart-now", "D502")] == ["b"]


# ── how much is told ────────────────────────────────────────────────────────────────────────────


@case
def many() -> list[Run]:
    """Fourteen failed batches; fifty-seven artifacts without a hash."""
    batches = figures(Run("batches-many", "many-batches", expected=None).stage("prepare", 0))
    for number in range(14):
        batches.batch(f"b{number:02}", stage="prepare", status="failed")
    parts = fine("parts-many", "many-parts")
    for number in range(57):
        parts.artifact(f"part-{number:02}", "export_package")
    return [batches, parts]


def test_evidence_that_is_not_shown_is_counted(findings: Findings) -> None:
    """Ten rows stand in a finding; evidence_total says how many there are."""
    (found,) = findings("batches-many", "D211")
    assert (len(found["evidence"]), found["evidence_total"]) == (10, 14)
    assert "14 of 14 batches" in found["detail"]


def test_many_findings_alike_are_counted_not_cut(findings: Findings) -> None:
    """Twenty are told one by one, the others as one that says how many they are."""
    found = findings("parts-many", "D610")
    assert len(found) == 21
    assert found[-1]["subject"] == "37 more"
    assert "artifact part-20" in found[-1]["detail"]
    assert found[-1]["evidence_total"] == 37


# ── what is told of what ────────────────────────────────────────────────────────────────────────


@case
def concluded() -> list[Run]:
    """A deployment somebody concluded; bytes under two ids; a model derived from what its run never named."""
    known = fine("inferred-now", "inferred")
    told = {"deployment.id": "live", "deployment.status": "succeeded"}
    known.event("contexta.deployment", told | {"deployment.environment.name": "production"})
    relation = {"type": "derived_from", "from": "inferred-now-model", "to": "live", "confidence": "inferred"}  # fmt: skip
    known.event("contexta.relation", {f"contexta.relation.{key}": text for key, text in relation.items()})  # fmt: skip
    made = healthy("twin-maker", "twins", 0)
    (digest,) = {
        pair.value.string_value
        for event in made.events
        for pair in event.attributes
        if pair.key == "contexta.artifact.sha256"
    }
    copy = fine("twin-now", "twins").artifact("copied", "model_bundle", role="consumed", sha256=digest)  # fmt: skip
    run = Run("derived-now", "derived", NOW, expected=None).stage("train", 0)
    run.artifact("fitted", "model_bundle", sha256="ab" * 32, derived_from=["raw"])
    maker = healthy("raw-maker", "derived", 0).artifact("raw", "dataset_snapshot")
    return [known, made, copy, maker, run]


def test_a_deployment_known_by_inference_alone_is_the_runs(findings: Findings) -> None:
    """It names neither run nor artifact, somebody concluded where it came from; what serves it is no ground."""
    found = {each["code"]: each for each in findings("inferred-now")}
    assert found["D705"]["subject"] == "deployment live"
    assert "no artifact, no source run" in found["D707"]["detail"]


def test_the_same_content_under_another_id_is_told(findings: Findings) -> None:
    """No run produced it under this id; one produced the same bytes, and the finding says which."""
    (told,) = [each for each in findings("twin-now", "D611") if each["subject"] == "artifact copied"]  # fmt: skip
    assert told["severity"] == "info"
    words = "that of twin-maker-model, produced by twin-maker (inferred by rule:same_sha256)"
    assert words in told["detail"]


def test_what_was_concluded_is_not_what_the_run_said(findings: Findings) -> None:
    """That it must have read what its artifact was derived from is a conclusion: the run named no data."""
    assert findings("derived-now", "D603") != []


@case
def unheard_of() -> list[Run]:
    """A severity that is none of the three; ids that could do harm in a shell."""
    return [
        fine("fatal-now", "fatal").degraded("preempted", "fatal", "interruption"),
        Run(HARMFUL, "harm", expected=None).stage("$(id)", 0, status="failed"),
    ]


def test_a_severity_nobody_knows_makes_evidence_incomplete_too(cases: Path, diagnose: Diagnose) -> None:  # fmt: skip
    """A word that is none of the three is taken as the worst everywhere, not as nothing."""
    found = diagnose(cases, "fatal-now")
    assert (found["verdict"], found["evidence"]) == ("error", "partial")


def test_a_name_that_could_do_harm_is_quoted_in_the_next_step(findings: Findings) -> None:
    """Ids are whatever users sent; a command made of them is one command."""
    (finding,) = findings(HARMFUL, "D112")
    assert shlex.split(finding["next_step"]) == ["contexta", "records", HARMFUL, "--stage", "$(id)"]
