"""A person quarantines and releases from the command line: evidence by the front door, with what it reaches."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract.doors import eventually, start
from lineage.telling import Told
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

Ask = Callable[..., Any]
CENTURY = 100 * 365 * 86_400


@pytest.fixture
def chain(told: Told, tmp_path: Path) -> Path:
    """tickets → train → model → eval and live; other → other-model; a guessed copy of the model."""
    told.run("train").artifact("train", "tickets", "consumed").artifact("train", "model", sha256="ab" * 32)  # fmt: skip
    told.run("eval").artifact("eval", "model", "consumed").artifact("eval", "other", "consumed")
    told.run("score").artifact("score", "copy", "consumed", sha256="ab" * 32)
    told.deployment("live", "prod", artifact_id="model")
    return told.into(tmp_path / "data")


@pytest.fixture
def ask(contexta: Ask, chain: Path) -> Ask:
    """One command on the chain, its JSON parsed."""

    def call(*words: str) -> Any:
        return json.loads(contexta(*words, "--json", "--data", chain).stdout)

    return call


def ids(things: list[dict[str, Any]]) -> set[str]:
    return {thing["id"] for thing in things}


def test_a_quarantine_prints_what_it_marks_and_marks_it(ask: Ask) -> None:
    """What the command says is what lineage, runs, show, artifacts and deployments say from then on."""
    done = ask("quarantine", "tickets", "--reason", "label leak", "--by", "incident-42")
    assert (done["id"], done["kind"], done["decided"]) == ("tickets", "artifact", "quarantined")
    assert (done["by"], done["reason"], done["cleared"]) == ("incident-42", "label leak", [])
    marked = {each["id"]: (each["confidence"], each["path"]) for each in done["tainted"]}
    assert marked == {
        "train": ("direct", ["tickets", "train"]),
        "model": ("direct", ["tickets", "train", "model"]),
        "eval": ("direct", ["tickets", "train", "model", "eval"]),
        "live": ("direct", ["tickets", "train", "model", "live"]),
        "copy": ("inferred", ["tickets", "train", "model", "copy"]),
        "score": ("inferred", ["tickets", "train", "model", "copy", "score"]),
    }
    down = {node["id"]: node["tainted"] for node in ask("lineage", "tickets", "--down")["nodes"]}
    assert {id for id, taint in down.items() if taint} == {"tickets", *marked}
    assert (down["model"]["by"], down["model"]["detail"]) == ("incident-42", "label leak")
    assert down["model"]["since"]
    assert ask("show", "eval")["tainted"]["path"] == marked["eval"][1]
    assert ask("deployments", "live")["tainted"]["source"] == "tickets"
    assert {run["run_id"] for run in ask("runs")["runs"] if run["tainted"]} == {"train", "eval", "score"}  # fmt: skip
    findings = {each["code"] for each in ask("diagnose", "eval")["findings"]}
    assert "D801" in findings
    edge = ask("sql", "FROM relationships WHERE type = 'quarantined_by'")[0]
    assert (edge["captured_by"], edge["confidence"]) == ("contexta-decision", "direct")


def test_a_release_clears_what_nothing_else_taints(ask: Ask, contexta: Ask, chain: Path) -> None:
    """What rests on two quarantined things stays marked until both are released; the table says so too."""
    ask("quarantine", "tickets", "--reason", "label leak", "--by", "ana")
    ask("quarantine", "other", "--reason", "licence", "--by", "legal")
    done = ask("release", "tickets", "--reason", "relabelled", "--by", "ana")
    assert ids(done["cleared"]) == {"tickets", "train", "model", "live", "copy", "score"}
    assert [(each["id"], each["source"]) for each in done["tainted"]] == [("eval", "other")]
    assert ask("show", "train")["tainted"] is None
    assert ask("show", "eval")["tainted"]["source"] == "other"
    text = contexta("release", "other", "--reason", "signed", "--table", "--data", chain).stdout
    assert "✓ released other by " in text
    assert "2 things may be relied on again" in text
    assert ask("sql", "FROM taints") == []
    told = ask("sql", "SELECT type, count(*) AS n FROM relationships WHERE to_kind = 'quarantine' GROUP BY 1 ORDER BY 1")  # fmt: skip
    assert told == [{"n": 2, "type": "quarantined_by"}, {"n": 2, "type": "released_by"}]


def test_what_is_quarantined_again_is_quarantined(ask: Ask) -> None:
    """The same person changes their mind twice: the last word stands, in `taints` with its own time and reason."""
    for word, reason in (("quarantine", "one"), ("release", "two"), ("quarantine", "three")):
        ask(word, "tickets", "--reason", reason, "--by", "ana")
    standing = ask("sql", "FROM taints")
    assert [(row["id"], row["decided_by"], row["detail"]) for row in standing] == [("tickets", "ana", "three")]  # fmt: skip


def test_a_run_goes_by_any_of_its_names(ask: Ask) -> None:
    """And what nothing came from says so."""
    done = ask("quarantine", "scor", "--reason", "wrong machine", "--by", "ana")
    assert (done["id"], done["kind"], done["tainted"]) == ("score", "run", [])


def test_what_a_check_found_is_released_by_a_person(
    told: Told, tmp_path: Path, contexta: Ask
) -> None:
    """A file that is gone on purpose need not taint for ever."""
    told.run("a").artifact("a", "x")
    told.record("verification", artifact__id="x", verification__result="missing", run__id="a", at=1)
    data = told.into(tmp_path / "checked")
    contexta("release", "x", "--reason", "moved to the archive", "--data", data)
    assert json.loads(contexta("show", "a", "--json", "--data", data).stdout)["tainted"] is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["quarantine", "nobody", "--reason", "r"], 3, "nothing is known by the name 'nobody'"),
        (["quarantine", "model"], 2, "--reason"),
        (["quarantine", "model", "--reason", " "], 2, "--reason is empty"),
        (
            ["quarantine", "model", "--reason", "r", "--by", "model"],
            2,
            "cannot decide about itself",
        ),
        (["release", "model", "--reason", "r"], 3, "nobody quarantined it"),
    ],
    ids=["unknown", "without a reason", "empty reason", "itself", "not quarantined"],
)
def test_what_cannot_be_decided_is_not_told(
    words: list[str], code: int, said: str, contexta: Ask, chain: Path
) -> None:
    """Exit codes of the contract, a reason, and no evidence of a decision that was none."""
    assert said in contexta(*words, "--data", chain, code=code).stderr
    count = contexta("sql", "SELECT count(*) AS n FROM taints", "--csv", "--data", chain).stdout
    assert count.split() == ["n", "0"]


def test_a_release_names_what_is_to_be_released_instead(contexta: Ask, chain: Path) -> None:
    """Of a thing that is only downstream; and who decided can be neither quarantined nor released."""
    contexta("quarantine", "tickets", "--reason", "leak", "--by", "incident-42", "--data", chain)
    error = contexta("release", "model", "--reason", "r", "--data", chain, code=3).stderr
    assert "comes from tickets, quarantined by incident-42: leak" in error
    assert "contexta release tickets" in error
    error = contexta("release", "incident-42", "--reason", "r", "--data", chain, code=2).stderr
    assert "contexta lineage incident-42 --down" in error


def test_a_release_that_would_lift_nothing_is_not_told(
    told: Told, tmp_path: Path, contexta: Ask
) -> None:
    """A quarantine from a clock that is ahead stands by event time: said, instead of a release without effect."""
    told.run("a").artifact("a", "x").relation("quarantined_by", "x", "ana", at=CENTURY)
    data = told.into(tmp_path / "ahead")
    error = contexta("release", "x", "--reason", "r", "--data", data, code=3).stderr
    assert "later than this machine's clock" in error


def test_a_running_server_is_told(told: Told, tmp_path: Path, contexta: Ask) -> None:
    """Read from it, told to its OTLP door; nothing waits in the inbox."""
    running = start(tmp_path / "data")
    try:
        for _, body in told.run("r1").messages:
            running.grpc(ExportLogsServiceRequest.FromString(body))
        running.settled()
        contexta("quarantine", "r1", "--reason", "r", "--by", "ana", "--data", running.data)
        count = "SELECT count(*) AS n FROM taints"
        eventually(lambda: running.row(count)["n"] == 1, "the decision to be told")
        assert not [path for path in (running.data / "inbox").rglob("*") if path.is_file()]
    finally:
        running.stop()
