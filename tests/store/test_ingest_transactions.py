"""Rows and journal position move together; a crash anywhere repeats nothing and skips nothing."""

import subprocess
import sys
import textwrap
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp_story import evaluation_story, pieces, request

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.signal import Signal
from contexta_processor.journal.writer import JournalWriter
from contexta_processor.store.ingest import Ingest

DIE_IN_STATEMENT = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from contexta_processor.base.data_dir import DataDir
    from contexta_processor.store import ingest as module

    class Dying:
        def __init__(self, connection, countdown):
            self.connection, self.countdown = connection, countdown
        def __getattr__(self, name):
            return getattr(self.connection, name)
        def execute(self, *arguments):
            self.countdown -= 1
            if self.countdown == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return self.connection.execute(*arguments)

    real = module.open_for_writing
    module.open_for_writing = lambda database: Dying(real(database), int(sys.argv[2]))
    ingest = module.Ingest(DataDir(Path(sys.argv[1])))
    while ingest.step() is not None:
        pass
    print("survived")
    """
)


def test_killed_in_any_statement_the_next_start_goes_on_exactly_there(tmp_path: Path) -> None:
    """SIGKILL at growing statement counts, one directory: in the end every row is there once."""
    data_dir = DataDir(tmp_path / "data")
    data_dir.create()
    journal = JournalWriter(data_dir.journal)
    told = pieces(evaluation_story(), "span")
    for signal, item in told:
        journal.append(signal, request(signal, [item]))
    journal.close()
    killed = 0
    for countdown in (2, 9, 14, 23, 37, 44, 52, 61):
        result = subprocess.run(
            [sys.executable, "-c", DIE_IN_STATEMENT, str(data_dir.root), str(countdown)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        killed += result.returncode == -9
        assert result.returncode == -9 or "survived" in result.stdout, result.stderr
    assert killed >= 5
    ingest = Ingest(data_dir)
    while ingest.step() is not None:
        pass
    cursor = ingest.cursor()
    counts = cursor.execute(
        "SELECT (SELECT count(*) FROM facts.spans), (SELECT count(*) FROM facts.samples), "
        "(SELECT count(*) FROM facts.metrics), (SELECT count(*) FROM runs)"
    ).fetchone()
    ingest.close()
    assert counts == (7, 4, 6, 1)


def test_replaying_the_whole_journal_changes_nothing(told_store) -> None:
    """The same requests appended again leave the export as it was."""
    store = told_store()
    told = pieces(evaluation_story(), "both")
    for _ in range(2):
        for signal, item in told:
            store.tell(signal, request(signal, [item]))
        store.settle()
        if _ == 0:
            before = store.export()
    assert store.export() == before


def test_what_is_told_again_is_there_once_whatever_its_time(told_store) -> None:
    """Times at both ends of what 64 bits of nanoseconds can tell, and beyond them."""
    store = told_store()
    traces = ExportTraceServiceRequest()
    spans = traces.resource_spans.add().scope_spans.add().spans
    for number, at in enumerate((0, 1, 2**63 - 1001, 2**63 - 1, 2**63, 2**64 - 1), 1):
        span = spans.add(trace_id=b"t" * 16, span_id=bytes([number]) * 8, name="s")
        span.start_time_unix_nano = span.end_time_unix_nano = at
        span.events.add(name="note", time_unix_nano=at)
    for _ in range(2):
        store.tell(Signal.TRACES, traces.SerializeToString())
        store.settle()
    assert store.sql("SELECT count(*) FROM spans") == [(6,)]
    assert store.sql("SELECT count(*) FROM events") == [(6,)]


def test_a_record_nobody_can_decode_is_quarantined_and_the_rest_goes_on(told_store) -> None:
    """Bytes that are no request stop nothing, and are pointed at."""
    store = told_store()
    (first, *rest) = pieces(evaluation_story(), "span")
    store.tell(first[0], request(first[0], [first[1]]))
    store.tell(Signal.TRACES, b"\xff\xff\xffnot a request")
    for signal, item in rest:
        store.tell(signal, request(signal, [item]))
    store.settle()
    assert store.sql("SELECT reason, signal FROM quarantine") == [("unreadable_request", "traces")]
    assert store.sql("SELECT status FROM runs") == [("completed",)]


def test_a_newer_database_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """A database of a newer contexta is not touched."""
    import pytest

    from contexta_processor.base.errors import ContextaError

    data_dir = DataDir(tmp_path)
    data_dir.create()
    ingest = Ingest(data_dir)
    ingest.cursor().execute("INSERT INTO store.schema_version VALUES (9999, 'future')")
    ingest.close()
    with pytest.raises(ContextaError, match="newer contexta") as refused:
        Ingest(data_dir)
    assert "upgrade" in refused.value.hint
