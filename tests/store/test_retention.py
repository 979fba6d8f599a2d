"""What no run claims goes after a while, and is counted; nothing else goes, and nothing goes by halves."""

from typing import Any

import duckdb
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp_story import START_NS, key_values

from contexta_processor.base.signal import Signal
from contexta_processor.store.retention import prune_unclaimed


def spans(*told: tuple[int, dict[str, object]], resource: dict[str, object] | None = None) -> bytes:
    """A request of spans, each given by its trace and its attributes, with a narrative event on it."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.extend(key_values(resource or {}))
    for number, (trace, attributes) in enumerate(told, 1):
        span = resource_spans.scope_spans.add().spans.add(
            trace_id=bytes([trace]) * 16,
            span_id=bytes([trace, number] * 4),
            name=f"trace {trace}",
            attributes=key_values(attributes),
            start_time_unix_nano=START_NS,
        )
        span.events.add(name="note", time_unix_nano=START_NS)
    return request.SerializeToString()


def log(name: str, attributes: dict[str, object]) -> bytes:
    """A request of one log record on no span."""
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    records.add(event_name=name, attributes=key_values(attributes), time_unix_nano=START_NS)
    return request.SerializeToString()


RUN: dict[str, object] = {"contexta.run.id": "r", "contexta.evidence.kind": "operation"}
RELATION: dict[str, object] = {
    "contexta.relation.type": "derived_from",
    "contexta.relation.from": "a",
    "contexta.relation.to": "b",
}


@pytest.fixture
def store(told_store: Any) -> Any:
    """Two traces and a log record that nobody claims, and four that somebody does."""
    made = told_store()
    made.tell(Signal.TRACES, spans((1, {}), (1, {}), (2, {})))
    made.tell(Signal.TRACES, spans((3, RUN), (3, {})))
    made.tell(Signal.TRACES, spans((4, RUN), (4, RUN | {"contexta.run.id": "q"}), (4, {})))
    made.tell(Signal.TRACES, spans((5, {}), resource={"deployment.id": "d"}))
    made.tell(Signal.LOGS, log("note", {}))
    made.tell(Signal.LOGS, log("contexta.relation", RELATION))
    made.settle()
    return made


def names(store: Any) -> list[str]:
    return [name for (name,) in store.sql("SELECT DISTINCT name FROM spans ORDER BY 1")]


def counted(store: Any) -> dict[str, int]:
    """kind → rows, as the markers say it."""
    return dict(
        store.sql(
            "SELECT subject, observed_count FROM degraded_markers WHERE reason = 'unclaimed_pruned' AND run_id IS NULL"
        )
    )


def test_whole_traces_that_no_run_claimed_go_and_are_counted(store: Any) -> None:
    """Runs, deployments, what shares a trace with a run, and relations stay; a marker says what went."""
    assert store.ingest.prune_unclaimed(3600) == {}
    assert store.ingest.prune_unclaimed(0) == {"spans": 3, "events": 4}
    assert names(store) == ["trace 3", "trace 4", "trace 5"]
    assert store.sql("SELECT count(*) FROM spans") == [(6,)]
    assert store.sql("SELECT count(*) FROM relationships WHERE type = 'derived_from'") == [(1,)]
    assert counted(store) == {"spans": 3, "events": 4}


def test_what_comes_again_is_taken_again_and_the_count_goes_on(store: Any) -> None:
    """A late copy is a fact like any other; its run, if it comes before the time is over, has it for good."""
    store.ingest.prune_unclaimed(0)
    store.tell(Signal.TRACES, spans((1, {}), (1, {}), (2, {})))
    store.tell(Signal.TRACES, spans((1, {}), (1, {}), (1, RUN)))
    store.settle()
    assert store.ingest.prune_unclaimed(0) == {"spans": 1, "events": 1}
    assert names(store) == ["trace 1", "trace 3", "trace 4", "trace 5"]
    assert counted(store) == {"spans": 4, "events": 5}


class Failing:
    """A connection whose nth statement fails."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, countdown: int) -> None:
        self.connection, self.countdown = connection, countdown

    def execute(self, statement: str, *arguments: Any) -> Any:
        self.countdown -= 1
        if self.countdown == 0:
            raise KeyboardInterrupt
        return self.connection.execute(statement, *arguments)


def test_stopped_between_any_two_statements_nothing_has_gone(store: Any) -> None:
    """All of it goes and is counted, or nothing."""
    cursor = store.ingest.cursor()
    before = store.export()
    for countdown in range(2, 100):
        try:
            assert prune_unclaimed(Failing(cursor, countdown), 0) == {"spans": 3, "events": 4}
        except KeyboardInterrupt:
            assert store.export() == before
        else:
            break
    assert countdown > 8
    assert counted(store) == {"spans": 3, "events": 4}
