"""What is missing is said: gaps, drops, rejections, open ends; and what was told twice counts once."""

import time

from contract.doors import Server, answer
from contract.otlp_words import T0, S, event, log, logs, pairs, span, traces
from opentelemetry.proto.trace.v1.trace_pb2 import Span


def run_span(trace: int, run: str, **more: object) -> Span:
    """The closing span of a run, unnumbered unless said."""
    said = {key.replace("__", "."): value for key, value in more.items()}
    address = {
        "contexta.run.id": run,
        "contexta.project.name": "gaps",
        "contexta.run.type": "training",
    }
    return span(trace, 1, "run training", address | {"contexta.evidence.kind": "run"} | said)


def said_by_processor(server: Server, run: str) -> dict[str, dict]:
    """reason → marker, of what the processor found."""
    server.settled()
    rows = server.sql(
        f"SELECT * FROM degraded_markers WHERE run_id = '{run}' AND detected_by = 'processor'"
    )
    return {row["reason"]: row for row in rows}


def numbered(producer: str, seq: int) -> dict[str, object]:
    """The numbering of one item."""
    return {"contexta.producer.id": producer, "contexta.seq": seq}


def test_a_gap_in_the_numbers_is_a_marker_and_is_gone_when_filled(server: Server) -> None:
    """Three of six items are missing, counted, and the run is partial until they come."""
    run = {"contexta.run.id": "gap"}

    def item(seq: int):
        return log(f"e{seq}", run | numbered("gp", seq), at_ns=T0 + seq)

    server.grpc(traces([run_span(0x41, "gap", contexta__producer__id="gp", contexta__seq=5)]))
    server.http(logs([item(0), item(2)]))
    ledger = (
        run
        | numbered("gp", 6)
        | {"contexta.ledger.last_seq": 6, "contexta.ledger.dropped_count": 0}
    )
    server.js(logs([log("contexta.ledger", ledger)]))
    markers = said_by_processor(server, "gap")
    assert markers
    producer = server.row(
        "SELECT missing_count, last_seq, closed FROM producers WHERE run_id = 'gap'"
    )
    assert producer == {"missing_count": 3, "last_seq": 6, "closed": True}
    layer = server.row(
        "SELECT status FROM completeness WHERE run_id = 'gap' AND layer = 'record_families'"
    )
    assert layer == {"status": "partial"}
    server.http(logs([item(1), item(3), item(4)]))
    assert said_by_processor(server, "gap") == {}
    assert server.row("SELECT completeness FROM runs WHERE run_id = 'gap'") == {
        "completeness": "complete"
    }


def test_a_ledger_that_counts_more_than_came_proves_the_loss(server: Server) -> None:
    """The last items are missing: only the ledger knows of them."""
    run = {"contexta.run.id": "tail"}
    server.grpc(traces([run_span(0x42, "tail", contexta__producer__id="tp", contexta__seq=1)]))
    ledger = (
        run
        | numbered("tp", 9)
        | {"contexta.ledger.last_seq": 9, "contexta.ledger.dropped_count": 2}
    )
    server.grpc(logs([log("e0", run | numbered("tp", 0)), log("contexta.ledger", ledger)]))
    assert said_by_processor(server, "tail")
    producer = server.row(
        "SELECT missing_count, dropped_count FROM producers WHERE run_id = 'tail'"
    )
    assert producer == {"missing_count": 7, "dropped_count": 2}
    assert server.row("SELECT completeness FROM runs WHERE run_id = 'tail'") == {
        "completeness": "partial"
    }


def test_what_an_sdk_dropped_is_a_marker(server: Server) -> None:
    """Attributes, events and links an SDK cut from a span, and attributes it cut from a record."""
    made = run_span(0x43, "dropped")
    made.dropped_attributes_count, made.dropped_events_count, made.dropped_links_count = 1, 2, 3
    server.grpc(traces([made]))
    assert said_by_processor(server, "dropped")
    cut = log("cut", {"contexta.run.id": "dropped-log"})
    cut.dropped_attributes_count = 4
    server.grpc(logs([cut]))
    assert said_by_processor(server, "dropped-log")


def test_a_run_that_only_announced_itself_is_running_and_partial(server: Server) -> None:
    """Never called complete, and nothing of it invented."""
    said = {
        "contexta.run.id": "open",
        "contexta.project.name": "gaps",
        "contexta.run.type": "training",
        "contexta.run.name": "n",
    }
    server.js(logs([log("contexta.run.started", said | numbered("op", 0), at_ns=time.time_ns())]))
    server.settled()
    row = server.row(
        "SELECT status, name, run_type, ended_at, completeness FROM runs WHERE run_id = 'open'"
    )
    assert row == {
        "status": "running",
        "name": "n",
        "run_type": "training",
        "ended_at": None,
        "completeness": "partial",
    }
    assert [
        item["run_id"] for item in answer("runs", "--status", "running", data=server.data)["runs"]
    ] == ["open"]


def test_who_does_not_number_is_unknown_never_complete(server: Server) -> None:
    """Another SDK's run: no gap is claimed, and no completeness either."""
    server.http(traces([run_span(0x44, "plain")]))
    assert said_by_processor(server, "plain") == {}
    assert server.row("SELECT status, completeness FROM runs WHERE run_id = 'plain'") == {
        "status": "completed", "completeness": "unknown",
    }  # fmt: skip


def test_the_run_span_may_come_last(server: Server) -> None:
    """What was known in part is then known in whole."""
    server.grpc(logs([log("early", {"contexta.run.id": "late", "contexta.stage.name": "train"})]))
    server.settled()
    assert server.row("SELECT status FROM runs WHERE run_id = 'late'") == {"status": "unknown"}
    server.grpc(traces([run_span(0x45, "late", contexta__run__status="cancelled")]))
    server.settled()
    assert server.row("SELECT status, run_type, project FROM runs WHERE run_id = 'late'") == {
        "status": "cancelled", "run_type": "training", "project": "gaps",
    }  # fmt: skip


def test_a_failed_run_is_failed_by_its_span_status(server: Server) -> None:
    """OTel's own error status counts where no status attribute refines it."""
    made = run_span(0x46, "broke")
    made.status.code = 2
    server.grpc(traces([made]))
    server.settled()
    assert server.row("SELECT status FROM runs WHERE run_id = 'broke'") == {"status": "failed"}


def test_logs_without_an_address_join_the_run_of_their_trace(server: Server) -> None:
    """In whatever order; marked as inferred where only the trace says so; kept without a run till then."""
    server.js(logs([log("stray", {"k": 1}, trace=0x47, number=77, severity=13, body="hm")]))
    server.settled()
    assert server.row("SELECT run_id FROM events WHERE name = 'stray'") == {"run_id": None}
    server.grpc(traces([run_span(0x47, "claimer")]))
    server.settled()
    row = server.row("SELECT run_id, severity, confidence FROM events WHERE name = 'stray'")
    assert (row["run_id"], row["confidence"]) == ("claimer", "inferred")
    assert row["severity"].lower() == "warn"


def test_both_carriers_at_once_count_once(server: Server) -> None:
    """The same event on the span and as a log record: by event id, by number, and by content."""
    address = {"contexta.run.id": "both"}
    by_id = {"contexta.event.id": "both-1", "a": 1}
    by_number = numbered("bp", 1)
    by_content = {"b": 2}
    made = run_span(0x48, "both")
    for name, said in (("by id", by_id), ("by number", by_number), ("by content", by_content)):
        made.events.append(Span.Event(name=name, time_unix_nano=T0, attributes=pairs(said)))
    server.grpc(traces([made]))
    records = [
        log(name, said, trace=0x48, number=1)
        for name, said in (
            ("by id", by_id | address),
            ("by number", by_number | address),
            ("by content", by_content),
        )
    ]
    server.grpc(logs(records))
    server.js(logs(records))
    server.settled()
    rows = server.sql(
        "SELECT name, count(*) AS n FROM events WHERE run_id = 'both' GROUP BY 1 ORDER BY 1"
    )
    assert [(row["name"], row["n"]) for row in rows] == [
        ("by content", 1),
        ("by id", 1),
        ("by number", 1),
    ]


def test_the_same_metric_by_both_carriers_is_one_row(server: Server) -> None:
    """So are a sample, an artifact and a degraded marker."""
    made = run_span(0x49, "both-kinds")
    said = {
        "contexta.metric": {"contexta.metric.name": "m", "contexta.metric.value": 1.0},
        "contexta.sample": {"contexta.sample.id": "s", "contexta.sample.score.x": 1.0},
        "contexta.artifact": {
            "contexta.artifact.id": "both-art",
            "contexta.artifact.kind": "checkpoint",
        },
        "contexta.degraded": {"contexta.degraded.reason": "r"},
    }
    for name, attributes in said.items():
        made.events.append(Span.Event(name=name, time_unix_nano=T0, attributes=pairs(attributes)))
    server.http(traces([made]))
    server.js(
        logs([log(name, attributes, trace=0x49, number=1) for name, attributes in said.items()])
    )
    server.settled()
    for table in ("metrics", "samples", "sample_scores", "artifacts"):
        assert server.sql(f"SELECT count(*) AS n FROM {table} WHERE run_id = 'both-kinds'") == [
            {"n": 1}
        ], table
    told = "SELECT count(*) AS n FROM degraded_markers WHERE run_id = 'both-kinds' AND detected_by = 'producer'"
    assert server.sql(told) == [{"n": 1}]


def test_bad_spans_are_rejected_counted_and_kept(server: Server) -> None:
    """Partial success says how many; the good ones are there; quarantine says why."""
    good = run_span(0x4A, "half")
    bad = [run_span(0x4A, "half"), run_span(0x4A, "half")]
    bad[0].trace_id = b"\x01"
    bad[1].span_id = b"\x00" * 8
    for send in (server.grpc, server.http):
        assert send(traces([good, *bad])).partial_success.rejected_spans == 2
    server.settled()
    assert server.row("SELECT status FROM runs WHERE run_id = 'half'") == {"status": "completed"}
    rows = server.sql("SELECT signal, reason, detail, size_bytes FROM quarantine")
    assert rows
    assert {row["signal"] for row in rows} == {"traces"}
    assert all(row["reason"] and row["size_bytes"] > 0 for row in rows)
    assert said_by_processor(server, "half")


def test_garbage_is_refused_and_kept(server: Server) -> None:
    """Bytes that are no OTLP at all: 400, and a row in quarantine."""
    before = len(server.sql("SELECT * FROM quarantine"))
    status, _ = server.post("/v1/traces", b"\xff\xff\xff\xff", "application/x-protobuf")
    assert status == 400
    status, _ = server.post("/v1/logs", b"{nonsense", "application/json")
    assert status == 400
    server.settled()
    assert len(server.sql("SELECT * FROM quarantine")) >= before + 1


def test_a_parent_that_never_came_is_a_marker(server: Server) -> None:
    """The stage's span is missing: said once the run closed."""
    operation = {
        "contexta.run.id": "orphan", "contexta.stage.name": "lost", "contexta.operation.name": "op",
        "contexta.evidence.kind": "operation",
    }  # fmt: skip
    server.grpc(traces([span(0x4B, 5, "op", operation, parent=4), run_span(0x4B, "orphan")]))
    assert said_by_processor(server, "orphan")
    assert server.row("SELECT completeness FROM stages WHERE run_id = 'orphan'") == {
        "completeness": "partial"
    }


def test_attempts_and_ranks(server: Server) -> None:
    """The newest attempt speaks for the run; a stage done twice is two rows; ranks share a stage."""
    first = run_span(0x4C, "again", contexta__run__attempt=1)
    first.status.code = 2
    second = run_span(0x4D, "again", contexta__run__attempt=2)
    stages = [
        span(trace, number, "stage train", {
            "contexta.run.id": "again", "contexta.evidence.kind": "stage", "contexta.stage.name": "train",
            "contexta.stage.attempt": attempt, "contexta.producer.id": f"rank{number}",
        }, parent=1, at=number, status=2 if attempt == 1 else 0)
        for trace, number, attempt in ((0x4C, 2, 1), (0x4D, 3, 2), (0x4D, 4, 2))
    ]  # fmt: skip
    server.grpc(traces([second, *stages, first]))
    server.settled()
    assert server.row("SELECT status, attempt FROM runs WHERE run_id = 'again'") == {
        "status": "completed",
        "attempt": 2,
    }
    rows = server.sql(
        "SELECT attempt, status, duration_ms FROM stages WHERE run_id = 'again' ORDER BY 1"
    )
    assert [tuple(row[key] for key in ("attempt", "status", "duration_ms")) for row in rows] == [
        (1, "failed", 1000.0), (2, "completed", 2000.0),
    ]  # fmt: skip


def test_a_long_story_arrives_whole(server: Server) -> None:
    """Two thousand numbered events in one request, and every one a row."""
    run = {"contexta.run.id": "long"}
    records = [
        log("step", run | numbered("lp", seq), at_ns=T0 + seq * S // 1000) for seq in range(2000)
    ]
    server.grpc(logs(records))
    server.grpc(traces([run_span(0x4E, "long", contexta__producer__id="lp", contexta__seq=2000)]))
    server.settled()
    assert server.row("SELECT count(*) AS n FROM events WHERE run_id = 'long'") == {"n": 2000}
    assert server.row("SELECT missing_count AS n FROM producers WHERE run_id = 'long'") == {"n": 0}


def test_segments_carry_events_of_an_open_scope(server: Server) -> None:
    """Events on an evidence segment belong to the scope whose address it repeats."""
    segment = {
        "contexta.run.id": "seg",
        "contexta.stage.name": "train",
        "contexta.evidence.kind": "segment",
    }
    carried = event(
        "contexta.metric", T0, contexta__metric__name="loss", contexta__metric__value=0.5
    )
    server.js(traces([span(0x4F, 8, "evidence segment", segment, parent=2, events=[carried])]))
    server.settled()
    row = server.row("SELECT run_id, stage, value FROM metrics WHERE run_id = 'seg'")
    assert row == {"run_id": "seg", "stage": "train", "value": 0.5}
