"""The same telemetry gives the same evidence, in whatever order, pieces, repetition and carrier it comes."""

import tempfile
from functools import cache
from pathlib import Path

from conftest import ToldStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from otlp_story import evaluation_story, pieces, request


@cache
def expected_export() -> bytes:
    """The story told once, in order, on spans."""
    return _export_of(list(pieces(evaluation_story(), "span")), [10_000], [])


def _export_of(order: list, cuts: list[int], settle_after: list[int]) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        store = ToldStore(Path(directory))
        try:
            for number, group in enumerate(_groups(order, cuts)):
                for signal in dict.fromkeys(signal for signal, _ in group):
                    store.tell(signal, request(signal, [item for s, item in group if s is signal]))
                if number in settle_after:
                    store.settle()
            store.settle()
            return store.export()
        finally:
            store.close()


def _groups(items: list, cuts: list[int]) -> list[list]:
    groups, start, turn = [], 0, 0
    while start < len(items):
        size = cuts[turn % len(cuts)]
        groups.append(items[start : start + size])
        start, turn = start + size, turn + 1
    return groups


# Every example fills several stores.
@settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_order_repetition_batching_and_carrier_export_the_same_bytes(
    data: st.DataObject,
) -> None:
    """Permuted, doubled, re-batched, on either carrier or both, restarted in between: byte-identical export."""
    carrier = data.draw(st.sampled_from(["span", "log", "both"]))
    told = pieces(evaluation_story(), carrier)
    repeats = data.draw(st.lists(st.integers(0, len(told) - 1), max_size=6))
    order = data.draw(st.permutations(told + [told[i] for i in repeats]))
    cuts = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    settle_after = data.draw(st.lists(st.integers(0, 30), max_size=5))
    assert _export_of(order, cuts, settle_after) == expected_export()


def test_the_story_is_whole_when_everything_arrived() -> None:
    """Told completely, the run is complete: the export that the others are compared with is not an empty one."""
    text = expected_export().decode()
    assert '"status":"completed"' in text
    assert text.count('"table":"samples"') == 4
    assert '"value":"NaN"' in text
    assert "evidence_missing" not in text


def test_one_piece_alone_creates_what_it_names(told_store) -> None:
    """A single metric event that arrives alone creates run and stage, known in part."""
    store = told_store()
    span = next(s for s in evaluation_story() if s.name == "stage evaluate")
    (piece,) = [
        p
        for p in pieces([span], "log")
        if p[0].name == "LOGS" and p[1][1].name == "contexta.metric"
    ][:1]
    store.tell(piece[0], request(piece[0], [piece[1]]))
    store.settle()
    assert store.sql("SELECT run_id, status, completeness FROM runs") == [
        ("run-1", "unknown", "partial")
    ]
    assert store.sql("SELECT stage, status, completeness FROM stages") == [
        ("evaluate", "unknown", "partial")
    ]
    assert store.sql("SELECT name, stage, scope FROM metrics") == [("loss", "evaluate", "stage")]
