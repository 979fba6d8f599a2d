"""From anything to anything: up, down, both and between two, in any graph, with how sure each way is."""

import json
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from cli.story_store import BUNDLE, DEPLOYMENT, EVAL, Store, tell
from hypothesis import given, settings
from hypothesis import strategies as st
from lineage.telling import Told

from contexta_processor.base.errors import ContextaError
from contexta_processor.base.query import Params
from contexta_processor.base.statement import Statement
from contexta_processor.investigate.lineage import graph
from contexta_processor.investigate.lineage.edges import AGAINST_FLOW
from contexta_processor.investigate.lineage.lineage import Direction, Lineage, lineage_of
from contexta_processor.investigate.lineage.path import connection_of

Ask = Callable[..., dict[str, Any]]
EDGE = ("type", "from_id", "from_kind", "to_id", "to_kind", "captured_by", "confidence", "evidence", "occurred_at")  # fmt: skip


def ids(found: dict[str, Any]) -> set[str]:
    return {node["id"] for node in found["nodes"]}


def test_every_kind_of_thing_has_a_lineage(told: Told, tmp_path: Path, lineage: Ask) -> None:
    """Run, artifact, data set, sample set, report, deployment, environment, service: each leads to the others."""
    told.run("train").run("eval").artifact("train", "data", "consumed").artifact("train", "model")
    told.artifact("eval", "model", "consumed").artifact("eval", "report", summarizes_run="eval")
    told.samples("eval", "s1", "s2")
    told.deployment("live", "prod", artifact_id="model", source_run_id="train", report_id="report")
    told.span_of_service("bot", "live")
    data = told.into(tmp_path)
    kinds = {node["kind"]: node["id"] for node in lineage(data, "live")["nodes"]}
    assert set(kinds) == {"run", "artifact", "sample_set", "deployment", "environment", "service"}
    for start in ("train", "data", kinds["sample_set"], "report", "live", "prod", "bot"):
        assert {"train", "model", "live"} <= ids(lineage(data, start)), start
    assert ids(lineage(data, "prod", "--up")) >= {"live", "model", "train", "data", "report"}
    assert ids(lineage(data, "data", "--down")) >= {"train", "model", "eval", "report", "live", "prod", "bot"}  # fmt: skip


def test_other_readers_of_an_input_are_no_relatives(
    told: Told, tmp_path: Path, lineage: Ask
) -> None:
    """Two runs on one data set, under one id or two, and two deployments in one environment don't lead to each other."""
    told.run("a").run("b").run("c").artifact("a", "data", "consumed", sha256="ab" * 32)
    told.artifact("b", "data", "consumed").artifact("c", "copy", "consumed", sha256="ab" * 32)
    told.deployment("d1", "prod", source_run_id="a").deployment("d2", "prod", source_run_id="b")
    data = told.into(tmp_path)
    assert ids(lineage(data, "a")) == {"a", "data", "copy", "d1", "prod"}
    assert ids(lineage(data, "data")) >= {"a", "b", "c", "d1", "d2"}


def test_a_thing_known_by_name_only_says_so(told: Told, tmp_path: Path, lineage: Ask) -> None:
    """A run that only a child names is reached, and nothing is made up about it."""
    data = told.run("child", parent="gone").into(tmp_path)
    nodes = {node["id"]: node for node in lineage(data, "child")["nodes"]}
    assert nodes["gone"]["known"] is False
    assert nodes["gone"]["detail"] is None
    assert nodes["child"]["known"] is True


def test_a_wide_graph_is_cut_and_says_what_was_cut(
    told: Told, tmp_path: Path, lineage: Ask, contexta: Callable[..., Any]
) -> None:
    """Of a thousand readers the first are shown; how many were not followed is said, and 0 shows them all."""
    told.run("r0000")
    for number in range(1000):
        told.relation("consumed", f"r{number:04}", "data", from_kind="run", to_kind="artifact")
    data = told.into(tmp_path)
    found = lineage(data, "data", "-n", "100")
    assert len(found["nodes"]) == 100
    assert found["cut"] is True
    assert found["left_out"] == [{"id": "data", "type": "consumed", "count": 901}]
    assert len(lineage(data, "data", "-n", "0")["nodes"]) == 1001
    text = contexta("lineage", "data", "-n", "100", "--table", "--data", data).stdout
    assert "901 relationships" in text
    assert len(text.splitlines()) < 25


def test_the_way_between_two_things(
    told: Told, tmp_path: Path, contexta: Callable[..., Any], lineage: Ask
) -> None:
    """Step by step, by descent where there is descent; where there is none, that is no empty answer."""
    store = Store(tmp_path / "data")
    tell(store)
    store.close()
    found = lineage(tmp_path / "data", DEPLOYMENT, "--to", "dataset_tickets_2026_04")
    assert (found["direction"], found["confidence"]) == ("up", "direct")
    assert found["path"][0] == DEPLOYMENT
    assert found["path"][-1] == "dataset_tickets_2026_04"
    assert len(found["relationships"]) == len(found["path"]) - 1
    across = lineage(tmp_path / "data", EVAL, BUNDLE)
    assert across["direction"] == "across"
    data = told.run("one").run("two", "other").into(tmp_path / "apart")
    refused = contexta("lineage", "one", "two", "--data", data, code=3)
    assert "nothing connects" in refused.stderr
    for words in (["--to", EVAL], ["--why"]):
        contexta("lineage", EVAL, BUNDLE, *words, "--data", tmp_path / "data", code=2)


def test_a_direct_way_is_taken_before_a_shorter_inferred_one() -> None:
    """A node is as sure as the weakest edge of its strongest way, however long that is."""
    query = Drawn(
        [
            ("a", "produced", "b", "direct"),
            ("b", "produced", "c", "direct"),
            ("c", "produced", "z", "direct"),
            ("a", "led_to", "z", "inferred"),
            ("a", "led_to", "q", "inferred"),
            ("q", "led_to", "p", "direct"),
        ]
    )
    found = {node.id: node for node in lineage_of(query, "a", direction="down").nodes}
    assert found["z"].path == ("a", "b", "c", "z")
    assert (found["z"].confidence, found["z"].depth) == ("direct", 1)
    assert (found["p"].path, found["p"].confidence) == (("a", "q", "p"), "inferred")
    way = connection_of(query, "z", "a")
    assert (way.towards, way.nodes, way.confidence) == ("up", ("z", "c", "b", "a"), "direct")


class Drawn:
    """A store that holds nothing but a graph."""

    def __init__(self, edges: list[tuple[str, str, str, str]]) -> None:
        self.edges = edges
        self.asked = 0

    def query(self, statement: Statement, params: Params | None = None) -> pa.Table:
        """Edges, taints and what is known, as the packaged statements give them."""
        given = dict(params or {})
        name = statement.name.rpartition("/")[2]
        if name == "known_ids":
            rows = [{"id": given["name"], "kind": "thing", "exact": True}]
            return pa.Table.from_pylist(rows)
        if name not in ("edges", "edges_ahead"):
            return pa.table({})
        self.asked += 1
        return self.touching(statement, given)

    def touching(self, statement: Statement, given: dict[str, Any]) -> pa.Table:
        """The edges of these ids; ahead of them, all there are."""
        ahead = statement.name.endswith("_ahead")
        rows = [
            (type, source, None, target, None, "test", confidence, None, None)
            for source, type, target, confidence in sorted(set(self.edges))
            if ahead or source in given["ids"] or target in given["ids"]
        ]
        return pa.Table.from_pylist(
            [dict(zip(EDGE, row, strict=True)) | {"total": len(rows)} for row in rows]
        )


class Stored(Drawn):
    """The same graph in DuckDB, asked with the packaged statements themselves."""

    def __init__(self, edges: list[tuple[str, str, str, str]]) -> None:
        super().__init__(edges)
        self._database = duckdb.connect()
        self._database.execute(
            "CREATE TABLE relationships (type VARCHAR, from_id VARCHAR, from_kind VARCHAR, to_id VARCHAR, to_kind VARCHAR, "
            "captured_by VARCHAR, confidence VARCHAR, evidence VARCHAR, occurred_at TIMESTAMP_NS)"
        )
        told = [(type, source, target, sure) for source, type, target, sure in sorted(set(edges))]
        if told:
            self._database.executemany(
                "INSERT INTO relationships VALUES (?, ?, NULL, ?, NULL, 'test', ?, NULL, NULL)",
                told,
            )

    def touching(self, statement: Statement, given: dict[str, Any]) -> pa.Table:
        """As the store answers."""
        return self._database.execute(statement.text, given).to_arrow_table()


NAMES = st.sampled_from("abcdefgh")
GRAPHS = st.lists(
    st.tuples(
        NAMES,
        st.sampled_from(["produced", "consumed", "derived_from", "same_content", "parent_of"]),
        NAMES,
        st.sampled_from(["direct", "inferred"]),
    ),
    max_size=16,
    unique_by=lambda edge: edge[:3],
)


def reachable(edges: list[tuple[str, str, str, str]], start: str, direction: Direction) -> set[str]:
    """By the definition: along the flow or against it, two ids of one thing being one."""
    arcs: dict[str, set[str]] = {}
    for source, type, target, _ in edges:
        up, down = (target, source) if type in AGAINST_FLOW else (source, target)
        ways = [(down, up)] if direction == "up" else [(up, down)]
        if type == "same_content":
            ways = [(up, down), (down, up)]
        for here, there in ways:
            arcs.setdefault(here, set()).add(there)
    seen, waiting = {start}, deque([start])
    while waiting:
        for other in arcs.get(waiting.popleft(), set()) - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def walked(edges: list[tuple[str, str, str, str]], start: str, direction: Direction) -> Lineage:
    return lineage_of(Drawn(edges), start, direction=direction, depth=100)


@settings(deadline=None)
@given(edges=GRAPHS)
def test_up_and_down_are_two_sides_of_one_thing(edges: list[tuple[str, str, str, str]]) -> None:
    """In any graph, cycles and diamonds included: what is up of a thing has that thing down of it, and nothing is missed."""
    up = {name: walked(edges, name, "up") for name in "abcdefgh"}
    down = {name: walked(edges, name, "down") for name in "abcdefgh"}
    for name in "abcdefgh":
        above = {node.id for node in up[name].nodes}
        assert above == reachable(edges, name, "up")
        assert {node.id for node in down[name].nodes} == reachable(edges, name, "down")
        assert all(name in {node.id for node in down[other].nodes} for other in above)
        assert not up[name].cut


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(
    edges=GRAPHS, start=NAMES, direction=st.sampled_from(["up", "down"]), alone=st.integers(0, 3)
)
def test_hops_fetched_together_lead_where_single_ones_do(
    edges: list[tuple[str, str, str, str]], start: str, direction: Direction, alone: int
) -> None:
    """Two hops at a time, then four, from wherever it begins, and past what is only equal: the same walk as hop by hop."""
    edges = [*edges, ("a", "equal_content", "h", "inferred")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph, "_HOPS_ALONE", 1000)
        expected = lineage_of(Stored(edges), start, direction=direction, depth=100)
        patch.setattr(graph, "_HOPS_ALONE", alone)
        patch.setattr(graph, "_HOPS_AHEAD", 2)
        assert lineage_of(Stored(edges), start, direction=direction, depth=100) == expected


@settings(deadline=None)
@given(edges=GRAPHS, start=NAMES, direction=st.sampled_from(["up", "down", "both"]))
def test_a_way_is_as_sure_as_its_weakest_edge(
    edges: list[tuple[str, str, str, str]], start: str, direction: Direction
) -> None:
    """Each node's way is a chain of edges shown, from the start to it; direct exactly where direct edges alone lead there."""
    found = walked(edges, start, direction)
    sure = [edge for edge in edges if edge[3] == "direct"]
    for node in found.nodes:
        assert len(node.path) == len(node.way) + 1
        assert (node.path[0], node.path[-1]) == (start, node.id)
        assert len(set(node.path)) == len(node.path)
        assert set(node.way) <= set(found.edges)
        assert node.depth <= len(node.way)
        told = all(edge.confidence == "direct" for edge in node.way)
        assert (node.confidence == "direct") == told
        if direction != "both":
            assert told == (node.id in reachable(sure, start, direction))
        document = node.to_dict()
        assert document["confidence"] == node.confidence


@settings(deadline=None)
@given(edges=GRAPHS, start=NAMES, goal=NAMES)
def test_a_connection_is_found_where_there_is_one(
    edges: list[tuple[str, str, str, str]], start: str, goal: str
) -> None:
    """Descent before what is merely common; and what neither is, is an error, not an empty way."""
    undirected = [(a, "same_content", b, sure) for a, _, b, sure in edges]
    if goal not in reachable(undirected, start, "up"):
        with pytest.raises(ContextaError, match="nothing connects"):
            connection_of(Drawn(edges), start, goal)
        return
    way = connection_of(Drawn(edges), start, goal)
    if goal in reachable(edges, start, "up"):
        assert way.towards == "up" or goal in reachable(edges, start, "down")
    else:
        assert way.towards == ("down" if goal in reachable(edges, start, "down") else "across")
    assert (way.nodes[0], way.nodes[-1]) == (start, goal)


@pytest.mark.parametrize("depth", [1, 3, 7])
def test_a_chain_is_walked_to_its_depth_and_says_there_is_more(depth: int) -> None:
    """One question per hop and one to see whether there is more; from the fifth on, many hops a question."""
    chain = Drawn([(f"n{i}", "produced", f"n{i + 1}", "direct") for i in range(10)])
    found = lineage_of(chain, "n0", direction="down", depth=depth)
    assert [node.depth for node in found.nodes] == list(range(depth + 1))
    assert found.cut
    assert chain.asked == min(depth + 1, 5)
    assert json.dumps(found.to_dict(), sort_keys=True)
