"""Each rule fires on the evidence it was made for, names itself, and keeps quiet on everything that only looks like it."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lineage.telling import Told, reading, take_in

from contexta_processor.base.statement import Statement
from contexta_processor.investigate.lineage.lineage import lineage_of
from contexta_processor.investigate.lineage.rules import RULES
from contexta_processor.investigate.results import rows_of

A, B = "a" * 63 + "1", "b" * 63 + "2"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
PANDAS = "sha256-pandas:" + A


def test_the_same_bytes_are_one_artifact(told: Told, tmp_path: Path, inferred) -> None:
    """What a run read is what another produced, if their SHA-256 is one, however it is spelt."""
    told.run("train").artifact("train", "model", sha256=A)
    told.run("score").artifact("score", "my-copy", "consumed", sha256=A.upper())
    assert inferred(told.into(tmp_path)) == {
        ("rule:same_sha256", "model", "same_content", "my-copy")
    }


def test_equal_rows_are_one_data_set(told: Told, tmp_path: Path, inferred) -> None:
    """Data in memory has a fingerprint; readers of equal data share it, under the id that was first."""
    told.run("a").artifact("a", "data-1", "consumed", fingerprint=PANDAS, row_count=5)
    told.run("b").artifact("b", "data-2", "consumed", fingerprint=PANDAS, row_count=5)
    told.run("c").artifact("c", "data-3", "consumed", fingerprint=PANDAS, row_count=5)
    assert inferred(told.into(tmp_path)) == {
        ("rule:same_fingerprint", "data-1", "same_content", "data-2"),
        ("rule:same_fingerprint", "data-1", "same_content", "data-3"),
    }


@pytest.mark.parametrize(
    "content",
    [
        {"sha256": EMPTY},
        {"sha256": A, "size_bytes": 0},
        {"sha256": "0" * 64},
        {"sha256": "9b91c7e4..."},
        {"sha256": ""},
        {"fingerprint": PANDAS, "row_count": 0},
        {"fingerprint": "unknown"},
    ],
)
def test_contents_that_prove_nothing_join_nothing(
    told: Told, tmp_path: Path, inferred, content: dict[str, object]
) -> None:
    """Empty files, empty frames, placeholders and cut digests are of everybody."""
    told.run("train").artifact("train", "model", **content)
    told.run("score").artifact("score", "copy", "consumed", **content)
    assert inferred(told.into(tmp_path)) == set()


def test_equal_outputs_of_two_runs_are_equal_and_do_not_come_from_each_other(
    told: Told, tmp_path: Path, inferred, lineage
) -> None:
    """Two runs that write the same bytes: that is said of each, and leads neither up, nor down, nor on, nor taints."""
    told.run("a").artifact("a", "config-a", sha256=A).run("b").artifact("b", "config-b", sha256=A)
    told.artifact("b", "model-b").run("c").artifact("c", "config-c", sha256=A.upper())
    told.artifact("c", "rows", fingerprint=PANDAS).artifact("a", "rows-a", fingerprint=PANDAS, row_count=1)  # fmt: skip
    told.relation("quarantined_by", "a", "board")
    data = told.into(tmp_path)
    rule = "rule:equal_outputs"
    assert inferred(data) == {
        (rule, "config-a", "equal_content", "config-b"),
        (rule, "config-b", "equal_content", "config-c"),
        (rule, "rows", "equal_content", "rows-a"),
    }
    assert {node["id"] for node in lineage(data, "config-b")["nodes"]} == {
        "config-b", "b", "model-b", "config-a", "config-c",
    }  # fmt: skip
    for direction, found in (("--up", {"config-b", "b"}), ("--down", {"config-b"})):
        nodes = lineage(data, "config-b", direction)["nodes"]
        assert {node["id"] for node in nodes} == found
        assert not any(node["tainted"] for node in nodes)


def test_what_is_equal_and_related_is_followed(told: Told, tmp_path: Path, lineage) -> None:
    """A thing that is seen first as equal, and then over a told relation, has its own lineage followed; its way is the told one."""
    told.run("a").artifact("a", "one", sha256=A).run("b").artifact("b", "two", sha256=A)
    told.relation("derived_from", "one", "middle").relation("derived_from", "middle", "two")
    nodes = {node["id"]: node for node in lineage(told.into(tmp_path), "one")["nodes"]}
    assert nodes["two"]["path"] == ["one", "middle", "two"]
    assert nodes["b"]["path"] == ["one", "middle", "two", "b"]
    assert nodes["b"]["confidence"] == "direct"


def test_an_id_with_two_contents_proves_nothing(told: Told, tmp_path: Path, inferred) -> None:
    """An id that was told with two digests is contradictory, whichever of them fits."""
    told.run("a").artifact("a", "model", sha256=A).artifact("a", "model", sha256=B)
    told.run("b").artifact("b", "copy", "consumed", sha256=A)
    assert inferred(told.into(tmp_path)) == set()


def test_several_producers_are_said_to_be_ambiguous(
    told: Told, tmp_path: Path, inferred, lineage
) -> None:
    """Where two runs made the same bytes, which of them was read is not guessed; that it could be either is said."""
    told.run("a").artifact("a", "model-a", sha256=A).run("b").artifact("b", "model-b", sha256=A)
    told.run("c").artifact("c", "copy", "consumed", sha256=A)
    data = told.into(tmp_path)
    assert inferred(data) == {("rule:equal_outputs", "model-a", "equal_content", "model-b")}
    ambiguous = lineage(data, "c")["ambiguous"]
    assert {(row["from"], row["to"], row["alternatives"]) for row in ambiguous} == {
        ("model-a", "copy", 2), ("model-b", "copy", 2),
    }  # fmt: skip


def test_who_read_what_a_run_produced_was_fed_by_it(told: Told, tmp_path: Path, inferred) -> None:
    """From run to run, over an artifact both name; not where the reader made it too, nor where several did."""
    told.run("a").run("b").run("c").run("d")
    told.artifact("a", "features").artifact("b", "features", "consumed")
    told.artifact("c", "own").artifact("c", "own", "consumed")
    told.artifact("a", "common").artifact("c", "common").artifact("d", "common", "consumed")
    assert inferred(told.into(tmp_path)) == {("rule:consumed_artifact_id", "a", "fed", "b")}


def test_what_an_artifact_is_derived_from_was_read(told: Told, tmp_path: Path, inferred) -> None:
    """The run that produced it must have had it; a parent of its own making it did not read."""
    told.run("tune").artifact("tune", "checkpoint")
    told.artifact("tune", "tuned", derived_from=["base", "checkpoint", "tuned", ""])
    assert inferred(told.into(tmp_path)) == {
        ("rule:declared_parent", "tune", "consumed", "base"),
    }


def test_a_told_edge_wins_over_an_inferred_one(told: Told, tmp_path: Path, lineage) -> None:
    """Of the same ends and type the one somebody told stands, whichever came first."""
    told.run("tune").artifact("tune", "tuned", derived_from=["base"])
    told.relation("consumed", "tune", "base", evidence="the loader")
    (edge,) = [
        edge
        for edge in lineage(told.into(tmp_path), "tune")["relationships"]
        if edge["type"] == "consumed"
    ]
    assert (edge["confidence"], edge["evidence"]) == ("direct", "the loader")


def test_production_telemetry_leads_to_its_deployment(
    told: Told, tmp_path: Path, inferred, lineage
) -> None:
    """A service that carries deployment.id serves it; from there to the model and the run that made it."""
    told.run("train").artifact("train", "model")
    told.deployment("live", "prod", artifact_id="model")
    told.span_of_service("bot", "live").span_of_service("unknown_service:python", "live")
    told.span_of_service("scorer", "live", run="nightly")
    data = told.into(tmp_path)
    assert inferred(data) == {
        ("rule:deployment_telemetry", "bot", "serves", "live"),
        ("rule:deployment_telemetry", "scorer", "serves", "live"),
        ("rule:deployment_telemetry", "nightly", "ran_in", "live"),
    }
    found = {node["id"]: node for node in lineage(data, "bot", "--up")["nodes"]}
    assert set(found) == {"bot", "live", "model", "train"}
    assert found["train"]["path"] == ["bot", "live", "model", "train"]
    assert found["train"]["confidence"] == "inferred"


def test_a_drift_indicator_leads_to_its_reference(told: Told, tmp_path: Path, lineage) -> None:
    """A metric measured against an artifact says so itself: a told edge."""
    told.run("watch").record(
        "metric", run__id="watch", metric__name="psi", metric__value=0.3, metric__reference="train-data"
    )  # fmt: skip
    (edge,) = lineage(told.into(tmp_path), "watch")["relationships"]
    assert (edge["type"], edge["to"], edge["confidence"]) == ("measured_against", "train-data", "direct")  # fmt: skip


def test_the_same_samples_are_one_set(told: Told, tmp_path: Path, inferred) -> None:
    """Within a project and over all ids; one sample, fewer samples and another project are something else."""
    told.run("a").run("b").run("c").run("d", "other").run("e")
    told.samples("a", "s1", "s2").samples("b", "s2", "s1").samples("c", "s1", "s2", "s3")
    told.samples("d", "s1", "s2").samples("e", "s1")
    edges = inferred(told.into(tmp_path))
    assert {(rule, type) for rule, _, type, _ in edges} == {("rule:same_samples", "evaluated_on")}
    sets = {run: target for _, run, _, target in edges}
    assert sets["a"] == sets["b"]
    assert len({sets["a"], sets["c"], sets["d"]}) == 3
    assert "e" not in sets


def test_a_specific_name_in_one_project_joins(told: Told, tmp_path: Path, inferred) -> None:
    """The last resort: same project, same name, one producer, produced before it was read."""
    told.run("train").artifact("train", "m", path="out/churn_model_v3.pkl")
    told.run("score").artifact("score", "x1", "consumed", path="/mnt/models/churn_model_v3.pkl")
    told.run("other", "shop").artifact("other", "x2", "consumed", path="churn_model_v3.pkl")
    told.artifact("score", "d1", "consumed", name="tickets-april", version="2")
    told.artifact("train", "d0", name="tickets-april", version="1", at=0)
    assert inferred(told.into(tmp_path)) == {("rule:same_name", "m", "same_name", "x1")}


@pytest.mark.parametrize(
    "name",
    [
        "model.pkl", "final_model.pt", "data.csv", "train_data.parquet", "checkpoint-3.pt", "best.ckpt", "epoch=12-step=400.ckpt",
        "v2.bin", "model-00001.safetensors", "pytorch_model.bin", "x.onnx", "2026-05-03.csv", "results.tar.gz", "config.yaml",
    ],
)  # fmt: skip
def test_generic_names_join_nothing(told: Told, tmp_path: Path, inferred, name: str) -> None:
    """A name that says what every file of its kind is called says nothing."""
    told.run("train").artifact("train", "made", path=f"a/{name}")
    told.run("score").artifact("score", "read", "consumed", path=f"b/{name}")
    assert inferred(told.into(tmp_path)) == set()


def test_a_name_is_no_match_against_better_evidence(told: Told, tmp_path: Path, inferred) -> None:
    """Another digest, another version, made later, or by two runs: the name alone does not decide."""
    told.run("train").run("again").run("score")
    told.artifact("train", "m1", path="churn_net.pkl", sha256=A)
    told.artifact("score", "r1", "consumed", path="churn_net.pkl", sha256=B)
    told.artifact("train", "m2", path="fraud_net.pkl", version="1")
    told.artifact("score", "r2", "consumed", path="fraud_net.pkl", version="2")
    told.artifact("score", "r3", "consumed", path="ranker_net.pkl", at=1)
    told.artifact("train", "m3", path="ranker_net.pkl", at=9)
    told.artifact("train", "m4", path="spam_net.pkl").artifact("again", "m5", path="spam_net.pkl")
    told.artifact("score", "r4", "consumed", path="spam_net.pkl")
    data = told.into(tmp_path)
    assert inferred(data) == set()
    with reading(data) as query:
        rows = lineage_of(query, "r4").ambiguous
    assert {row["from_id"] for row in rows} == {"m4", "m5"}


def test_every_rule_names_itself_and_is_explained() -> None:
    """What the rule views can put into captured_by is what has words, and the page on lineage has a part on each."""
    root = Path(__file__).parents[2]
    store = root / "processor/src/contexta_processor/store"
    files = [store / "migrations/0004_inference.sql", *store.glob("derive/*_rule_*.sql")]
    statements = "".join(file.read_text() for file in files)
    named = set(re.findall(r"'(rule:[a-z0-9_]+)'", statements))
    assert named == set(RULES)
    page = (root / "docs/lineage.md").read_text()
    assert all(f"`{name}`" in page for name in RULES)


@settings(
    max_examples=settings().max_examples // 8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_what_is_concluded_does_not_depend_on_what_came_first(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Records shuffled, doubled and taken in in pieces: the same edges, the same ambiguities, the same taints."""
    told = Told().run("train").run("score", parent="train").run("third")
    told.artifact("train", "model", sha256=A, derived_from=["base"], path="net_churn.pkl")
    told.artifact("score", "copy", "consumed", sha256=A).artifact("third", "twin", sha256=A)
    told.artifact("score", "named", "consumed", path="x/net_churn.pkl")
    told.samples("train", "s1", "s2").samples("score", "s1", "s2")
    told.deployment("live", "prod", artifact_id="model", source_run_id="train")
    told.span_of_service("bot", "live").span_of_service("bot", "live", run="third")
    told.relation("quarantined_by", "base", "board", at=50).relation(
        "released_by", "base", "board", at=40
    )
    told.record(
        "metric", metric__name="psi", metric__value=1.0, metric__reference="base", run__id="third"
    )
    told.record("promotion", artifact__id="model", promotion__to="prod")
    told.relation("approved_for", "report", "live")

    def state(order: list[int], cuts: int) -> list[list[dict[str, object]]]:
        directory = tmp_path_factory.mktemp("order")
        for start in range(0, len(order), cuts):
            take_in(directory, [told.messages[place] for place in order[start : start + cuts]])
        with reading(directory) as query:
            return [
                rows_of(query.query(Statement("test", f"SELECT * FROM {view} ORDER BY ALL")))
                for view in ("relationships", "store.inferred_relations", "store.taints")
            ]

    whole = list(range(len(told.messages)))
    repeats = data.draw(st.lists(st.sampled_from(whole), max_size=4))
    order = data.draw(st.permutations(whole + repeats))
    assert state(order, data.draw(st.sampled_from([5, 11, 40]))) == _once(state, whole)


_known: list[list[list[dict[str, object]]]] = []


def _once(state, whole: list[int]) -> list[list[dict[str, object]]]:
    if not _known:
        _known.append(state(whole, len(whole)))
    return _known[0]
