"""A record that kills the store costs itself, and nothing else."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from server.running import Server, spans, wait_until

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.signal import Signal
from contexta_processor.journal.writer import JournalWriter
from contexta_processor.server.embedded import catch_up, own

# A decoder that dies on one record, as a native library with a bug would: in the store process alone.
DIES_ON_POISON = """
import os, sys
if "contexta_processor.server.store_process" in sys.orig_argv:
    from contexta_processor.journal import reader
    read = reader.read_records
    def read_records(*args, **options):
        records = read(*args, **options)
        if any(record.signal < 9 and b"poison" in record.body for record in records):
            os.abort()
        return records
    reader.read_records = read_records
"""


def test_a_record_that_kills_the_store_is_passed_over(
    serve: Callable[..., Server],
    operations: Callable[[DataDir], list[str]],
    quarantined: Callable[[DataDir], list[dict[str, Any]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After some deaths it is in quarantine with its bytes, its neighbours are rows, and /metrics has said so."""
    (tmp_path / "sitecustomize.py").write_text(DIES_ON_POISON)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = serve()
    for name in ("before", "poison", "after"):
        server.export(spans("r1", name).SerializeToString())
    wait_until(
        lambda: (
            server.metric("quarantined_total", reason="poison_record") == 1
            and server.metric("lag_bytes") == 0
        ),
        "the record to be passed over",
    )
    server.export(spans("r1", "later").SerializeToString())
    assert server.stop() == 0
    assert operations(server.data) == ["after", "before", "later"]
    (row,) = quarantined(server.data)
    assert row["reason"] == "poison_record"
    assert b"poison" in (server.data.root / row["path"]).read_bytes()


FULL_DISK = """
import resource, sys
from pathlib import Path
from contexta_processor.base.data_dir import DataDir
from contexta_processor.server.store_process import failure_kind
from contexta_processor.store.ingest import Ingest

data = DataDir(Path(sys.argv[1]))
ingest = Ingest(data)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    while ingest.step() is not None:
        pass
except Exception as error:
    print(failure_kind(error), type(error).__name__)
"""


@pytest.mark.parametrize("room", [0, 100_000])
def test_a_full_disk_is_never_taken_for_a_record_that_kills(
    data: DataDir, operations: Callable[[DataDir], list[str]], room: int
) -> None:
    """Wherever the database finds no room, it is the disk's fault; with room again every record is taken in."""
    names = [f"{number:04}" for number in range(2000)]
    with own(data):
        pass  # the database is there
    writer = JournalWriter(data.journal)
    writer.append(Signal.TRACES, spans("r1", *names).SerializeToString())
    writer.close()
    told = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(data.root), str(room)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert told.startswith("storage "), told
    catch_up(data)
    assert operations(data) == names


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    """A data directory nobody used yet."""
    made = DataDir(tmp_path / "data")
    made.create()
    return made
