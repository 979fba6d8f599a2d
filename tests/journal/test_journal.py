"""The journal keeps what it acknowledged, through torn tails, damage, full disks and other processes."""

import itertools
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contexta_processor.base.signal import Signal
from contexta_processor.journal.reader import Damage, end_position, read_records
from contexta_processor.journal.record import HEADER_SIZE, Record
from contexta_processor.journal.segment import list_segments, segment_path
from contexta_processor.journal.writer import JournalFailed, JournalWriter

BODIES = [b"first", b"", b"third " * 20, b"CXJ1" * 10]


def write(directory: Path, bodies: list[bytes], **options: int) -> list[int]:
    """Append bodies; the positions behind each."""
    writer = JournalWriter(directory, **options)
    ends = [writer.append(Signal.TRACES, body) for body in bodies]
    writer.close()
    return ends


def read_all(directory: Path, position: int = 0, *, max_bytes: int = 1 << 20) -> list[Record]:
    """Every record from `position` on, in as many reads as it takes."""
    found: list[Record] = []
    while batch := read_records(directory, position, max_bytes=max_bytes):
        found += batch
        position = batch[-1].next_position
    return found


def test_what_was_appended_is_read_back_in_order(tmp_path: Path) -> None:
    """Bodies, signals and positions come back as they were given."""
    writer = JournalWriter(tmp_path)
    writer.append(Signal.LOGS, [b"in ", b"two pieces"])
    end = writer.append(Signal.QUARANTINE, b"{}")
    writer.close()
    first, second = read_all(tmp_path)
    assert (first.position, first.signal, first.body) == (0, Signal.LOGS, b"in two pieces")
    assert (second.position, second.signal) == (first.next_position, Signal.QUARANTINE)
    assert second.next_position == end == end_position(tmp_path)


@given(
    bodies=st.lists(st.binary(max_size=300), min_size=1, max_size=12),
    segment_bytes=st.integers(1, 600),
    max_bytes=st.integers(1, 900),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_split_into_segments_and_reads_gives_the_same_records(
    tmp_path_factory: pytest.TempPathFactory,
    bodies: list[bytes],
    segment_bytes: int,
    max_bytes: int,
) -> None:
    """Neither the size of segments nor that of reads shows in what is read, from any record on."""
    directory = tmp_path_factory.mktemp("journal")
    ends = write(directory, bodies, segment_bytes=segment_bytes)
    assert [record.body for record in read_all(directory, max_bytes=max_bytes)] == bodies
    for index, end in enumerate(ends):
        assert [record.body for record in read_all(directory, end)] == bodies[index + 1 :]


def test_a_read_holds_at_least_one_record_and_at_most_what_was_asked(tmp_path: Path) -> None:
    """A record larger than the bound comes alone; smaller ones up to the bound."""
    write(tmp_path, [b"x" * 1000, b"y" * 10, b"z" * 10])
    assert [r.body[:1] for r in read_records(tmp_path, 0, max_bytes=1)] == [b"x"]
    second = read_records(tmp_path, 0, max_bytes=1)[0].next_position
    both = 2 * (HEADER_SIZE + 10)
    assert len(read_records(tmp_path, second, max_bytes=both)) == 2
    assert len(read_records(tmp_path, second, max_bytes=both - 1)) == 1


def test_a_tail_torn_at_any_byte_is_cut_back_and_kept(tmp_path: Path) -> None:
    """However much of the last records is missing, the whole ones stay and appending goes on behind them."""
    whole = tmp_path / "whole"
    ends = [0, *write(whole, BODIES)]
    content = segment_path(whole, 0).read_bytes()
    for length in range(len(content)):
        torn = tmp_path / "torn"
        torn.mkdir()
        segment_path(torn, 0).write_bytes(content[:length])
        kept = max(end for end in ends if end <= length)
        writer = JournalWriter(torn)
        assert writer.end_position == kept
        if length > kept:
            assert writer.repaired is not None
            assert writer.repaired.kept.read_bytes() == content[kept:length]
        writer.append(Signal.LOGS, b"after")
        writer.close()
        bodies = BODIES[: ends.index(kept)]
        assert [record.body for record in read_all(torn)] == [*bodies, b"after"]
        shutil.rmtree(torn)


def test_a_flipped_bit_costs_its_own_record_and_no_other(tmp_path: Path) -> None:
    """Whatever byte is damaged, every other record is found, and the gap is reported."""
    ends = [0, *write(tmp_path, BODIES)]
    spans = list(itertools.pairwise(ends))
    path = segment_path(tmp_path, 0)
    content = path.read_bytes()
    for at in range(len(content)):
        bit = 1 << (at % 8)
        path.write_bytes(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])
        hit = next(i for i, (start, end) in enumerate(spans) if start <= at < end)
        padding = HEADER_SIZE - 11 <= at - spans[hit][0] < HEADER_SIZE - 8
        damage: list[Damage] = []
        records = read_records(tmp_path, 0, max_bytes=1 << 20, on_damage=damage.append)
        found = [record.position for record in records]
        if padding:
            assert len(found) == len(BODIES)
            continue
        assert found == [start for i, (start, _) in enumerate(spans) if i != hit]
        start, end = spans[hit]
        assert damage == [Damage(start, end - start)]


def test_a_damaged_length_never_reads_beyond_the_file(tmp_path: Path) -> None:
    """A header that claims 4 GiB is damage, not an allocation."""
    write(tmp_path, [b"a", b"b"])
    path = segment_path(tmp_path, 0)
    content = bytearray(path.read_bytes())
    content[4:8] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(content))
    assert [record.body for record in read_records(tmp_path, 0, max_bytes=100)] == [b"b"]


def test_zeros_are_no_records(tmp_path: Path) -> None:
    """A tail of zeros, as a power loss leaves it, is cut off."""
    ends = write(tmp_path, [b"a"])
    path = segment_path(tmp_path, 0)
    path.write_bytes(path.read_bytes() + bytes(4096))
    writer = JournalWriter(tmp_path)
    assert writer.end_position == ends[-1]
    writer.close()


def test_records_of_a_copied_segment_are_not_believed(tmp_path: Path) -> None:
    """A record is valid only where it was written, so an old file under a new name holds none."""
    (end,) = write(tmp_path, [b"old"])
    shutil.copy(segment_path(tmp_path, 0), segment_path(tmp_path, end))
    writer = JournalWriter(tmp_path)
    assert writer.end_position == end
    writer.append(Signal.TRACES, b"new")
    writer.close()
    assert [record.body for record in read_all(tmp_path)] == [b"old", b"new"]


def test_a_reader_waits_at_damage_until_a_record_follows(tmp_path: Path) -> None:
    """Damage at the end is reported, and passed as soon as something valid is behind it."""
    write(tmp_path, [b"a", b"b"])
    path = segment_path(tmp_path, 0)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    first = read_records(tmp_path, 0, max_bytes=100)[0]
    damage: list[Damage] = []
    behind = first.next_position
    assert read_records(tmp_path, behind, max_bytes=100, on_damage=damage.append) == []
    assert damage == [Damage(behind, len(content) - behind)]


def test_a_segment_that_is_gone_is_damage(tmp_path: Path) -> None:
    """A file taken out of the middle is not passed over in silence, nor one that lost its end between two records."""
    ends = [0, *write(tmp_path, [b"a", b"b", b"c", b"d"], segment_bytes=1)]
    segment_path(tmp_path, ends[1]).unlink()
    damage: list[Damage] = []
    records = read_records(tmp_path, 0, max_bytes=1 << 20, on_damage=damage.append)
    assert [record.body for record in records] == [b"a", b"c", b"d"]
    assert damage == [Damage(ends[1], ends[2] - ends[1])]
    os.truncate(segment_path(tmp_path, ends[2]), 0)
    damage.clear()
    assert [record.body for record in read_all(tmp_path)] == [b"a", b"d"]
    read_records(tmp_path, ends[1], max_bytes=1 << 20, on_damage=damage.append)
    assert sum(each.skipped_bytes for each in damage) == ends[3] - ends[1]


@pytest.mark.parametrize("lost", ["the end of the file", "a bit of it", "the file"])
def test_an_acknowledged_tail_that_is_gone_is_damage_too(tmp_path: Path, lost: str) -> None:
    """The next record goes behind what had been acknowledged; the gap is reported, and its position never used again."""
    first, second = write(tmp_path, [b"kept", b"acknowledged"])
    path = segment_path(tmp_path, 0)
    content = path.read_bytes()
    if lost == "the file":
        path.unlink()
        first = 0
    else:
        path.write_bytes(content[:-4] if lost == "the end of the file" else content[:-1] + b"?")
    (new,) = write(tmp_path, [b"new"])
    assert new > second
    damage: list[Damage] = []
    records = read_records(tmp_path, 0, max_bytes=1 << 20, on_damage=damage.append)
    assert [record.body for record in records] == [b"kept", b"", b"new"][first == 0 :]
    assert damage == [Damage(first, second - first)]
    assert read_records(tmp_path, second, max_bytes=1 << 20)[0].position == second


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from contexta_processor.base.signal import Signal
from contexta_processor.journal.writer import JournalFailed, JournalWriter

for round in range(40):
    writer = JournalWriter(Path(sys.argv[1]), segment_bytes=2000)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005 + round * 0.0008)
        for number in range(1_000_000):
            writer.append(Signal.TRACES, f"{round} {number} ".encode() * 50)
            os.write(1, b"%d %d\\n" % (round, number))
    except KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        try:
            writer.append(Signal.TRACES, b"after")
        except JournalFailed:
            pass
        writer.close()
"""


def test_an_interrupt_in_the_middle_of_an_append_hangs_and_loses_nothing(tmp_path: Path) -> None:
    """Ctrl-C wherever it hits: closing returns, no fragment is followed by a record, what was acknowledged is there."""
    result = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    damage: list[Damage] = []
    records = read_records(tmp_path, 0, max_bytes=1 << 30, on_damage=damage.append)
    assert damage == []
    found = [tuple(record.body.split()[:2]) for record in records if record.body != b"after"]
    told = [tuple(line.split()) for line in result.stdout.encode().splitlines()]
    assert told
    assert set(told) <= set(found)
    assert len(set(found)) == len(found)


def test_many_threads_share_syncs_and_lose_nothing(tmp_path: Path) -> None:
    """Every append that returned is there once, whoever wrote it for whom."""
    writer = JournalWriter(tmp_path, segment_bytes=4096)
    ends: list[int] = []

    def append(name: int) -> None:
        ends.extend(writer.append(Signal.TRACES, f"{name}/{index}".encode()) for index in range(50))

    threads = [threading.Thread(target=append, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    records = read_all(tmp_path)
    assert sorted(r.body for r in records) == sorted(
        f"{name}/{index}".encode() for name in range(8) for index in range(50)
    )
    assert sorted(ends) == [record.next_position for record in records]
    assert len(list_segments(tmp_path)) > 1


def test_a_reader_in_another_process_sees_only_what_is_durable(tmp_path: Path) -> None:
    """Bytes that were written but not acknowledged are not shown, even if they are whole records."""
    other = tmp_path / "other"
    write(other, [b"acknowledged", b"only written"])
    content = segment_path(other, 0).read_bytes()
    journal = tmp_path / "journal"
    (end,) = write(journal, [b"acknowledged"])
    with segment_path(journal, 0).open("ab") as file:
        file.write(content[end:])
    assert [record.body for record in read_all(journal)] == [b"acknowledged"]
    JournalWriter(journal).close()  # opening makes it durable, so it may be shown
    assert len(read_all(journal)) == 2


def test_positions_go_on_behind_a_store_that_read_further(tmp_path: Path) -> None:
    """After the journal was lost, no position is used a second time."""
    writer = JournalWriter(tmp_path)
    writer.move_to(10_000)
    writer.append(Signal.TRACES, b"new")
    writer.close()
    assert [(r.position, r.body) for r in read_all(tmp_path, 10_000)] == [(10_000, b"new")]
    assert [r.body for r in read_all(tmp_path)] == [b"new"]


FULL_DISK = """
import resource, sys
from pathlib import Path
from contexta_processor.base.signal import Signal
from contexta_processor.journal.writer import JournalFull, JournalWriter

writer = JournalWriter(Path(sys.argv[1]))
writer.append(Signal.TRACES, b"before")
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
for _ in range(3):
    try:
        writer.append(Signal.TRACES, b"x" * 5000)
    except JournalFull:
        print("full")
writer.append(Signal.TRACES, b"small enough")
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
writer.append(Signal.TRACES, b"after")
"""


def test_a_full_disk_is_survived_and_nothing_half_written_stays(tmp_path: Path) -> None:
    """An append that finds no room says so, leaves no fragment, and the next ones work."""
    result = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["full"] * 3
    damage: list[Damage] = []
    records = read_records(tmp_path, 0, max_bytes=1 << 20, on_damage=damage.append)
    assert [record.body for record in records] == [b"before", b"small enough", b"after"]
    assert damage == []


def test_the_first_failed_sync_is_final(tmp_path: Path) -> None:
    """After a sync error nothing more is acknowledged; what was acknowledged before is there on reopening."""
    writer = JournalWriter(tmp_path, segment_bytes=1)
    end = writer.append(Signal.TRACES, b"good")
    # A device that takes every write and can't sync.
    segment_path(tmp_path, end).symlink_to("/dev/null")
    with pytest.raises(JournalFailed):
        writer.append(Signal.TRACES, b"lost")
    segment_path(tmp_path, end).unlink()
    with pytest.raises(JournalFailed):
        writer.append(Signal.TRACES, b"refused although the disk is fine again")
    assert writer.failure is not None
    writer.close()
    assert [record.body for record in read_all(tmp_path)] == [b"good"]


def test_a_closed_journal_refuses(tmp_path: Path) -> None:
    """Closing finishes what waits; a later append is an error, not a loss."""
    writer = JournalWriter(tmp_path)
    writer.close()
    with pytest.raises(JournalFailed):
        writer.append(Signal.TRACES, b"late")
