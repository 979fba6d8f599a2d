"""What a parent tells of the children it forked: who was never heard of is missing by number."""

import pytest
from otlp_story import SECOND, START_NS, ToldEvent, ToldSpan, pieces, request

TOLD = "SELECT producer_id, received_count, missing_count, closed, rank, world_size FROM producers ORDER BY 1"


def parent(**heartbeat: list[object]) -> ToldSpan:
    """A closed run of rank 1 of 4, which says what its children have counted."""
    address = {"contexta.run.id": "r", "contexta.producer.id": "parent"}
    told = {f"contexta.heartbeat.{name}": value for name, value in heartbeat.items()}
    return ToldSpan(
        1, "run training",
        {**address, "contexta.evidence.kind": "run", "contexta.run.status": "completed", "contexta.seq": 2,
         "contexta.process.rank": 1, "contexta.process.world_size": 4},
        START_NS, START_NS + 9 * SECOND,
        events=[
            ToldEvent("contexta.heartbeat", START_NS + SECOND, {**address, "contexta.seq": 0, **told}),
            ToldEvent(
                "contexta.ledger", START_NS + 9 * SECOND,
                {**address, "contexta.seq": 1, "contexta.ledger.last_seq": 2, "contexta.ledger.dropped_count": 0},
            ),
        ],
    )  # fmt: skip


def child(name: str, run: str, *numbers: int) -> ToldSpan:
    """A segment of a child with metrics; its own number comes last."""
    address = {"contexta.run.id": run, "contexta.producer.id": name}
    *events, last = numbers
    return ToldSpan(
        100 + last, "evidence segment",
        {**address, "contexta.evidence.kind": "segment", "contexta.seq": last},
        START_NS + SECOND, START_NS + 2 * SECOND,
        parent=1,
        events=[
            ToldEvent(
                "contexta.metric", START_NS + SECOND + number,
                {**address, "contexta.seq": number, "contexta.metric.name": "m", "contexta.metric.value": 1.0},
            )
            for number in events
        ],
    )  # fmt: skip


def later_heartbeat(**told: list[object]) -> ToldSpan:
    """A further heartbeat of the parent, on a segment."""
    address = {"contexta.run.id": "r", "contexta.producer.id": "parent"}
    return ToldSpan(
        2, "evidence segment",
        {**address, "contexta.evidence.kind": "segment", "contexta.seq": 4},
        START_NS + SECOND, START_NS + 2 * SECOND,
        parent=1,
        events=[
            ToldEvent(
                "contexta.heartbeat", START_NS + 2 * SECOND,
                {**address, "contexta.seq": 3, **{f"contexta.heartbeat.{name}": value for name, value in told.items()}},
            )
        ],
    )  # fmt: skip


PARENT = ("parent", 3, 0, True, 1, 4)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_in_which_things_come_changes_nothing(told_store, order) -> None:
    """A child of which a part is missing, two that were never heard of, and their parent; what is no
    number tells nothing."""
    spans = [
        parent(child_ids=["a", "b"], child_last_seqs=[4, 6]),
        child("a", "r", 0, 1, 2),
        later_heartbeat(child_ids=["b", "c", "d"], child_last_seqs=["no number", 0]),
    ]
    store = told_store()
    for index in order:
        for signal, item in pieces([spans[index]], "span"):
            store.tell(signal, request(signal, [item]))
        store.settle()
    told = store.sql(TOLD)
    assert [row for row in told if row[0] != "parent"] == [
        ("a", 3, 2, False, None, None),
        ("b", 0, 7, False, None, None),
        ("c", 0, 1, False, None, None),
    ]


def test_what_comes_later_is_not_missing(told_store) -> None:
    """From a spool, say: also where the child counted for a run of its own."""
    store = told_store()

    def tell(span: ToldSpan) -> None:
        for signal, item in pieces([span], "span"):
            store.tell(signal, request(signal, [item]))
        store.settle()

    tell(parent(child_ids=["a", "b"], child_last_seqs=[2, 2]))
    never = [("a", 0, 3, False, None, None), ("b", 0, 3, False, None, None)]
    assert store.sql(TOLD) == [*never, PARENT]
    missing = (
        "SELECT subject, detail FROM degraded_markers WHERE reason = 'evidence_missing' ORDER BY 1"
    )
    assert store.sql(missing)[0] == ("a", "3 of 3 numbered items never arrived")
    assert store.sql("SELECT completeness FROM runs") == [("partial",)]
    tell(child("a", "r", 0, 1, 2))
    assert store.sql(TOLD) == [("a", 3, 0, False, None, None), never[1], PARENT]
    tell(child("b", "another", 0, 1, 2))
    in_run = "SELECT run_id, missing_count FROM producers WHERE producer_id = 'b'"
    assert store.sql(in_run) == [("another", 0)]
