"""Evidence that carries no address finds its run: through the spans above it, or its trace."""

from otlp_story import SECOND, START_NS, TRACE, ToldEvent, ToldSpan, pieces, request

OTHER = TRACE[:15] + b"\x63"


def tell(store, told) -> None:
    for signal, item in told:
        store.tell(signal, request(signal, [item]))
        store.settle()


def plain(number: int, parent: int | None, *, trace: bytes = TRACE, events=()) -> ToldSpan:
    return ToldSpan(
        number, f"plain {number}", {}, START_NS, START_NS + 1, parent, list(events), trace=trace
    )


def run_span(number: int, run_id: str, *, trace: bytes = TRACE) -> ToldSpan:
    attributes = {"contexta.run.id": run_id, "contexta.evidence.kind": "run"}
    return ToldSpan(number, "run x", attributes, START_NS, START_NS + SECOND, trace=trace)


def stage_span(number: int, parent: int) -> ToldSpan:
    attributes = {
        "contexta.run.id": "r",
        "contexta.evidence.kind": "stage",
        "contexta.stage.name": "train",
    }
    return ToldSpan(number, "stage train", attributes, START_NS, START_NS + SECOND, parent)


def test_spans_below_a_stage_inherit_it_however_deep_and_whatever_came_first(told_store) -> None:
    """Children arrive before parents, as SDKs send them; all end in the stage."""
    chain = [
        plain(13, 12),
        plain(12, 11, events=[ToldEvent("exception", START_NS, {})]),
        plain(11, 2),
        stage_span(2, 1),
        run_span(1, "r"),
    ]
    for order in (chain, chain[::-1]):
        store = told_store()
        tell(store, pieces(order, "span"))
        found = store.sql("SELECT run_id, stage, confidence FROM spans WHERE name LIKE 'plain%'")
        assert found == [("r", "train", "direct")] * 3
        assert store.sql("SELECT run_id, stage FROM events") == [("r", "train")]


def test_a_log_record_takes_the_address_of_the_span_it_points_to(told_store) -> None:
    """Whether the span comes before or after the record."""
    stage = stage_span(2, 1)
    stage.events.append(ToldEvent("checkpoint_saved", START_NS, {"path": "a"}))
    for order in (1, -1):
        store = told_store()
        tell(store, pieces([stage, run_span(1, "r")], "log")[::order])
        assert store.sql("SELECT run_id, stage, name FROM events") == [
            ("r", "train", "checkpoint_saved")
        ]


def test_without_a_known_ancestor_the_only_run_of_the_trace_is_inferred(told_store) -> None:
    """A span whose parents never came belongs to its trace's run, and says that this was inferred."""
    store = told_store()
    tell(store, pieces([plain(8, 7), run_span(1, "r")], "span"))
    assert store.sql("SELECT run_id, confidence FROM spans WHERE name = 'plain 8'") == [
        ("r", "inferred")
    ]


def test_with_two_runs_in_the_trace_nothing_is_guessed(told_store) -> None:
    """A second run in the trace takes the guess back."""
    store = told_store()
    tell(store, pieces([plain(8, 7), run_span(1, "r")], "span"))
    tell(store, pieces([run_span(2, "q")], "span"))
    assert store.sql("SELECT run_id FROM spans WHERE name = 'plain 8'") == [(None,)]
    assert store.sql("SELECT run_id FROM runs ORDER BY 1") == [("q",), ("r",)]


def test_spans_of_no_run_are_kept_without_one(told_store) -> None:
    """A service's own trace stays queryable and creates no run."""
    store = told_store()
    tell(store, pieces([plain(8, None, trace=OTHER)], "span"))
    assert store.sql("SELECT run_id, name FROM spans") == [(None, "plain 8")]
    assert store.sql("SELECT count(*) FROM runs") == [(0,)]


def test_a_cycle_of_parents_ends(told_store) -> None:
    """Spans that are each other's parents are kept; nothing loops."""
    store = told_store()
    tell(store, pieces([plain(5, 6), plain(6, 5)], "span"))
    assert store.sql("SELECT count(*) FROM spans") == [(2,)]
