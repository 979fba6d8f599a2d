"""Every loss the processor can prove becomes a marker, and completeness says so."""

import json

from otlp_story import (
    SECOND,
    START_NS,
    TRACE,
    ToldEvent,
    ToldSpan,
    evaluation_story,
    pieces,
    request,
)

from contexta_processor.base.signal import Signal


def tell(store, told) -> None:
    for signal, item in told:
        store.tell(signal, request(signal, [item]))
    store.settle()


def reasons(store) -> dict[str, str]:
    """reason → severity of what the processor found."""
    return dict(
        store.sql("SELECT reason, severity FROM degraded_markers WHERE detected_by = 'processor'")
    )


def test_nothing_missing_gives_no_marker(told_store) -> None:
    """A whole story is not degraded by the processor."""
    store = told_store()
    tell(store, pieces(evaluation_story(), "span"))
    assert reasons(store) == {}
    assert store.sql("SELECT closed, missing_count, dropped_count FROM producers") == [(True, 0, 0)]


def test_each_lost_numbered_item_is_counted(told_store) -> None:
    """Without its operation span and the two events on it, three numbers are missing."""
    store = told_store()
    told = [s for s in evaluation_story() if s.name != "rerank"]
    tell(store, pieces(told, "span"))
    assert reasons(store)["evidence_missing"] == "error"
    assert store.sql("SELECT missing_count FROM producers") == [(3,)]
    assert store.sql("SELECT completeness FROM runs") == [("partial",)]
    detail = store.sql("SELECT status, detail FROM completeness WHERE layer = 'record_families'")
    assert detail[0][0] == "partial"
    assert "3 numbered items missing" in str(detail[0][1])


def test_a_gap_that_is_filled_later_is_no_gap(told_store) -> None:
    """The late operation takes its marker away again."""
    store = told_store()
    late = [s for s in evaluation_story() if s.name == "rerank"]
    rest = [s for s in evaluation_story() if s.name != "rerank"]
    tell(store, pieces(rest, "span"))
    assert "evidence_missing" in reasons(store)
    tell(store, pieces(late, "span"))
    assert reasons(store) == {}
    assert store.sql("SELECT completeness FROM runs") == [("partial",)], "one marker of its own"


def test_a_run_that_never_closed_is_running_and_partial(told_store) -> None:
    """An announced run without its closing span runs on as long as it is heard of, and is not complete."""
    store = told_store()
    told = [s for s in evaluation_story() if s.number not in (1, 11)]
    tell(store, pieces(told, "span"))
    assert store.sql("SELECT status, completeness, ended_at FROM runs") == [
        ("running", "partial", None)
    ]
    assert store.sql("SELECT status FROM stages") == [("completed",)]
    assert "run_interrupted" not in reasons(store)


def test_a_run_of_which_nothing_is_heard_reads_as_interrupted(told_store) -> None:
    """Past stale_after_s the run, its open stages and its markers say interrupted; what is stored does
    not change, and the run's end, when it comes, counts."""
    store = told_store()
    closing = [s for s in evaluation_story() if s.number in (1, 2, 11)]
    told = [s for s in evaluation_story() if s.number not in (1, 2, 11)]
    tell(store, pieces(told, "span"))
    store.stale_after_s = 60.0
    assert store.sql("SELECT status, ended_at FROM runs") == [("interrupted", None)]
    assert store.sql("SELECT status FROM store.runs") == [("running",)]
    assert {"run_interrupted", "producer_not_closed"} <= set(reasons(store))
    ((detail,),) = store.sql(
        "SELECT detail FROM completeness WHERE layer = 'execution_context' ORDER BY ALL"
    )
    assert "nothing was heard of it since 20" in detail
    tell(store, pieces(closing, "span"))
    assert store.sql("SELECT status FROM runs") == [("completed",)]
    assert reasons(store) == {}


def test_evidence_without_numbers_is_unknown_never_complete(told_store) -> None:
    """An SDK that does not number gets completeness unknown, and no false gap."""
    store = told_store()
    span = ToldSpan(
        1, "run training", {"contexta.run.id": "r", "contexta.evidence.kind": "run"},
        START_NS, START_NS + SECOND,
        events=[ToldEvent("contexta.metric", START_NS, {"contexta.metric.name": "m", "contexta.metric.value": 1})],
    )  # fmt: skip
    tell(store, pieces([span], "span"))
    assert store.sql("SELECT status, completeness FROM runs") == [("completed", "unknown")]
    assert reasons(store) == {}
    assert store.sql("SELECT value, scope FROM metrics") == [(1.0, "run")]


def test_what_an_sdk_dropped_is_said(told_store) -> None:
    """dropped_events_count on a span becomes a marker of the run."""
    store = told_store()
    span = ToldSpan(
        1,
        "run x",
        {"contexta.run.id": "r", "contexta.evidence.kind": "run"},
        START_NS,
        START_NS + 1,
    )
    message = span.message()
    message.dropped_events_count = 72
    tell(store, [(Signal.TRACES, message)])
    assert reasons(store) == {"span_content_dropped": "warning"}


def test_two_contents_of_one_span_are_both_kept_one_shown_and_marked(told_store) -> None:
    """A span ended twice (a fork, say) is one span; the fuller copy is shown whichever came first."""
    first = ToldSpan(
        1,
        "run x",
        {"contexta.run.id": "r", "contexta.evidence.kind": "run"},
        START_NS,
        START_NS + SECOND,
    )
    second = ToldSpan(
        1,
        "run x",
        {"contexta.run.id": "r", "contexta.evidence.kind": "run", "more": 1},
        START_NS,
        START_NS + 2 * SECOND,
    )
    for order in ([first, second], [second, first]):
        store = told_store()
        tell(store, pieces(order, "span"))
        assert store.sql("SELECT count(*) FROM facts.spans") == [(2,)]
        assert store.sql("SELECT duration_ms, attributes FROM spans") == [(2000.0, '{"more":1}')]
        assert reasons(store) == {"conflicting_copies": "warning"}
        assert store.sql("SELECT count(*) FROM runs") == [(1,)]


def test_a_parent_that_never_came_is_said_once_the_run_ended(told_store) -> None:
    """An operation below an unknown span is kept, and the hole above it marked."""
    store = told_store()
    run = ToldSpan(
        1,
        "run x",
        {"contexta.run.id": "r", "contexta.evidence.kind": "run"},
        START_NS,
        START_NS + SECOND,
    )
    lost = ToldSpan(
        5, "embed",
        {"contexta.run.id": "r", "contexta.evidence.kind": "operation", "contexta.stage.name": "s", "contexta.operation.name": "embed"},
        START_NS, START_NS + 1, parent=4,
    )  # fmt: skip
    tell(store, pieces([lost, run], "span"))
    assert reasons(store) == {"parent_span_missing": "warning", "stage_span_missing": "warning"}


def test_two_runs_of_one_process_share_its_numbers(told_store) -> None:
    """A process that ran two runs numbers through both; neither has a gap, and a lost item belongs to its run."""

    def run(number: int, run_id: str, seqs: range) -> ToldSpan:
        events = [
            ToldEvent(
                "contexta.metric", START_NS + seq,
                {"contexta.run.id": run_id, "contexta.producer.id": "p", "contexta.seq": seq, "contexta.metric.name": "m", "contexta.metric.value": seq},
            )
            for seq in seqs[:-1]
        ]  # fmt: skip
        return ToldSpan(
            number, f"run {run_id}",
            {"contexta.run.id": run_id, "contexta.evidence.kind": "run", "contexta.producer.id": "p", "contexta.seq": seqs[-1]},
            START_NS, START_NS + SECOND, events=events, trace=TRACE[:15] + bytes([number]),
        )  # fmt: skip

    store = told_store()
    first, second = run(1, "a", range(5)), run(2, "b", range(5, 10))
    tell(store, pieces([second], "span"))
    tell(store, pieces([first], "span"))
    assert store.sql("SELECT run_id, missing_count FROM producers ORDER BY 1") == [
        ("a", 0),
        ("b", 0),
    ]
    lossy = told_store()
    first = run(1, "a", range(5))
    second = run(2, "b", range(5, 10))
    del second.events[2]
    tell(lossy, pieces([first, second], "span"))
    assert lossy.sql("SELECT run_id, missing_count FROM producers ORDER BY 1") == [
        ("a", 0),
        ("b", 1),
    ]


def test_what_was_set_aside_or_mended_marks_the_run_it_names(told_store) -> None:
    """A quarantine note that names a run is an error marker of it where items are lost, a warning where they were mended."""
    store = told_store()
    tell(store, pieces(evaluation_story(), "span"))
    for rejected, reason in ((True, "invalid_trace_id"), (False, "invalid_utf8")):
        note = {
            "received_at_ns": START_NS, "signal": "traces", "reason": reason, "detail": "d", "size_bytes": 3,
            "path": None, "sha256": reason, "item_count": 2, "run_ids": ["run-1"], "rejected": rejected,
        }  # fmt: skip
        store.tell(Signal.QUARANTINE, json.dumps(note).encode())
    store.settle()
    assert reasons(store) == {"evidence_set_aside": "error", "evidence_mended": "warning"}
    assert store.sql("SELECT reason, rejected FROM quarantine ORDER BY 1") == [
        ("invalid_trace_id", True),
        ("invalid_utf8", False),
    ]


def test_damage_to_the_journal_marks_the_runs_named_in_it_once(told_store) -> None:
    """A flipped bit in an acknowledged request is a row of the quarantine and an error of its run, however it is read."""
    store = told_store()
    told = pieces(evaluation_story(), "span")
    starts = []
    for signal, item in told:
        starts.append(store.journal.end_position)
        store.tell(signal, request(signal, [item]))
    (segment,) = store.data_dir.journal.glob("*.journal")
    content = bytearray(segment.read_bytes())
    hit = next(
        at
        for at, (signal, item) in enumerate(told[1:-1], 1)
        if b"contexta.run.id" in request(signal, [item])
    )
    content[starts[hit] + 40] ^= 1
    segment.write_bytes(bytes(content))
    while store.ingest.step(max_bytes=1) is not None:
        pass
    size = starts[hit + 1] - starts[hit]
    assert store.sql("SELECT position, bytes_skipped FROM store.journal_damage") == [
        (starts[hit], size)
    ]
    assert store.sql("SELECT reason, path, size_bytes, run_ids FROM quarantine") == [
        ("journal_damage", f"journal:{starts[hit]}", size, ["run-1"])
    ]
    assert reasons(store)["evidence_set_aside"] == "error"


def test_only_the_process_that_began_a_run_ends_it(told_store) -> None:
    """A joined process that ends, or fails, neither ends the run nor keeps it open."""
    story = evaluation_story()
    closing = next(s for s in story if s.number == 1)
    joined = {
        "contexta.run.id": "run-1", "contexta.evidence.kind": "run", "contexta.run.joined": True,
        "contexta.producer.id": "p2", "contexta.seq": 1,
    }  # fmt: skip
    announced = ToldEvent(
        "contexta.run.started", START_NS, joined | {"contexta.producer.id": "p3", "contexta.seq": 0}
    )
    failed = ToldSpan(
        20, "run evaluation", joined, START_NS, START_NS + 90 * SECOND, 1, [announced], status=2
    )
    store = told_store()
    tell(store, pieces([s for s in story if s is not closing] + [failed], "span"))
    assert store.sql("SELECT status, ended_at FROM runs") == [("running", None)]
    tell(store, pieces([closing], "span"))
    assert store.sql("SELECT status, duration_ms FROM runs") == [("completed", 6000.0)]
