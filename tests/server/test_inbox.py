"""Files in the inbox become evidence once, with a server and without one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from server.running import Server, spans, wait_until

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.receive.counters import Counters
from contexta_processor.server.embedded import catch_up, own
from contexta_processor.server.inbox import InboxWatch

Names = Callable[[DataDir], list[str]]
Rows = Callable[[DataDir], list[dict[str, Any]]]


def varint(value: int) -> bytes:
    """A protobuf varint."""
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def framed(*bodies: bytes) -> bytes:
    """Requests behind their lengths, as our emitter writes them."""
    return b"".join(varint(len(body)) + body for body in bodies)


def collector_framed(*bodies: bytes) -> bytes:
    """Requests behind four bytes of length, as a Collector's file exporter writes them."""
    return b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


def json_line(run_id: str, name: str) -> bytes:
    """One OTLP/JSON request on a line."""
    keys = {"contexta.run.id": run_id, "contexta.evidence.kind": "operation"}
    keys["contexta.operation.name"] = name
    attributes = [{"key": key, "value": {"stringValue": text}} for key, text in keys.items()]
    span = {"traceId": "ab" * 16, "spanId": name.encode().hex().ljust(16, "0")[:16], "name": name}
    span |= {"startTimeUnixNano": "1", "endTimeUnixNano": "2", "attributes": attributes}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    return json.dumps(body).encode() + b"\n"


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    """A data directory nobody used yet."""
    made = DataDir(tmp_path / "data")
    made.create()
    return made


def body(name: str) -> bytes:
    """A request of one operation."""
    return spans("r1", name).SerializeToString()


FILES = {
    "12-1.traces.binpb": framed(body("a"), body("b")),
    "collector.traces.bin": collector_framed(body("a"), body("b")),
    "no signal in its name": framed(body("a"), body("b")),
    "collector.jsonl": json_line("r1", "a") + b"\n" + json_line("r1", "b"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_taken_without_a_server(data: DataDir, operations: Names, name: str) -> None:
    """Every framing, whether the name tells the signal or not; the file is moved on."""
    (data.inbox / name).write_bytes(FILES[name])
    catch_up(data)
    assert operations(data) == ["a", "b"]
    assert [path.name for path in data.taken.iterdir()] == [name]
    assert [path for path in data.inbox.iterdir() if path.is_file()] == []


def test_a_pretty_printed_request_is_taken(data: DataDir, operations: Names) -> None:
    """One document over many lines."""
    document = json.loads(json_line("r1", "a"))
    (data.inbox / "one.json").write_text(json.dumps(document, indent=2))
    catch_up(data)
    assert operations(data) == ["a"]


def test_taking_the_same_file_twice_changes_nothing(data: DataDir, operations: Names) -> None:
    """As after a crash between taking and moving."""
    content = framed(body("a")) * 2
    for _ in range(2):
        (data.inbox / "x.traces.binpb").write_bytes(content)
        catch_up(data)
    assert operations(data) == ["a"]
    assert len(list(data.taken.iterdir())) == 2


def test_a_torn_file_gives_what_is_whole(
    data: DataDir, operations: Names, quarantined: Rows
) -> None:
    """The last request of a killed writer is salvaged as far as it goes, and its rest is in quarantine."""
    whole = framed(body("a"), spans("r1", "b", "c").SerializeToString())
    (data.inbox / "x.traces.binpb").write_bytes(whole[:-5])
    catch_up(data)
    assert operations(data) == ["a", "b"]
    assert {row["reason"] for row in quarantined(data)} == {"damaged_item", "damaged_request"}


def test_rubbish_between_lines_is_set_aside(
    data: DataDir, operations: Names, quarantined: Rows
) -> None:
    """Lines stand alone."""
    lines = json_line("r1", "a") + b"rubbish\n" + json_line("r1", "b")
    (data.inbox / "x.jsonl").write_bytes(lines)
    catch_up(data)
    assert operations(data) == ["a", "b"]
    assert [row["reason"] for row in quarantined(data)] == ["invalid_file"]


def test_unfinished_files_are_left_alone(data: DataDir) -> None:
    """Hidden names and .part are somebody's who is still writing."""
    for name in (".x.traces.binpb", "x.traces.binpb.part", "x.tmp"):
        (data.inbox / name).write_bytes(framed(body("a")))
    catch_up(data)
    assert len([path for path in data.inbox.iterdir() if path.is_file()]) == 3


def test_a_running_server_takes_the_inbox(
    serve: Callable[..., Server], operations: Names, data: DataDir
) -> None:
    """Within a moment, and counts it; a reader beside it is told who has the directory."""
    server = serve(data.root)
    unfinished = data.inbox / ".x.traces.binpb"
    unfinished.write_bytes(framed(body("from a file")))
    unfinished.rename(data.inbox / "x.traces.binpb")
    wait_until(lambda: server.metric("inbox_files_total") == 1, "the file to be taken")
    with pytest.raises(ContextaError) as refused:
        catch_up(data)
    assert str(server.process.pid) in refused.value.cause
    assert server.stop() == 0
    assert operations(data) == ["from a file"]


def test_a_file_that_cannot_be_moved_is_taken_once(data: DataDir) -> None:
    """However often the inbox is looked at; it is named, and moved as soon as it can be."""
    (data.inbox / "a.traces.binpb").write_bytes(framed(body("a")))
    data.taken.rmdir()
    data.taken.write_text("not a directory")
    appended: list[bytes] = []
    said: list[str] = []
    watch = InboxWatch(
        data,
        lambda _signal, request: appended.append(request),
        lambda _item: None,
        Counters(),
        said.append,
        crowded=lambda: False,
    )
    watch.start()
    try:
        wait_until(lambda: said, "the file to be complained about")
        (data.inbox / "b.traces.binpb").write_bytes(framed(body("b")))
        wait_until(lambda: len(appended) > 1, "the next file to be taken all the same")
        data.taken.unlink()
        wait_until(lambda: (data.taken / "b.traces.binpb").exists(), "the files to be moved")
    finally:
        watch.stop()
    assert len(appended) == 2
    assert any("a.traces.binpb waits in the inbox" in line for line in said)
    assert sorted(path.name for path in data.taken.iterdir()) == [
        "a.traces.binpb",
        "b.traces.binpb",
    ]


def test_files_wait_while_reconstruction_is_behind(data: DataDir) -> None:
    """Files can wait, senders on the network can't; a stop in the middle leaves the file where it is."""
    (data.inbox / "a.traces.binpb").write_bytes(framed(body("a"), body("b"), body("c")))
    appended: list[bytes] = []
    watch = InboxWatch(
        data,
        lambda _signal, request: appended.append(request),
        lambda _item: None,
        Counters(),
        lambda _line: None,
        crowded=lambda: len(appended) == 2,
    )
    watch.start()
    wait_until(lambda: len(appended) == 2, "what there is room for to be taken")
    watch.stop()
    assert len(appended) == 2
    assert (data.inbox / "a.traces.binpb").exists()


def test_import_takes_a_file_from_anywhere_and_leaves_it(
    data: DataDir, operations: Names, tmp_path: Path
) -> None:
    """And reports what was in it."""
    path = tmp_path / "export.traces.binpb"
    request = spans("r1", "a", "bad")
    request.resource_spans[0].scope_spans[0].spans[1].span_id = b""
    path.write_bytes(framed(request.SerializeToString()))
    with own(data) as embedded:
        report = embedded.import_file(path)
    assert (report.messages, report.items, report.rejected, report.set_aside) == (1, 1, 1, 1)
    assert path.exists()
    assert operations(data) == ["a"]


@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "device"])
def test_what_cannot_be_imported_is_wrong_usage(data: DataDir, tmp_path: Path, kind: str) -> None:
    """No endless read of a device, no traceback."""
    path = {
        "missing": tmp_path / "missing",
        "directory": tmp_path,
        "empty": tmp_path / "empty",
        "device": Path("/dev/zero"),
    }[kind]
    if kind == "empty":
        path.touch()
    with pytest.raises(ContextaError) as refused, own(data) as embedded:
        embedded.import_file(path)
    assert refused.value.exit_code == Exit.USAGE
