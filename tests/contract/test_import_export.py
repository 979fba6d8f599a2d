"""Evidence in files: imported, put into the inbox, exported, and the same whatever way it came."""

import gzip
from pathlib import Path

from contract.doors import Server, answer, contexta, eventually
from contract.otlp_words import js_traces, logs, traces
from contract.whole_story import RESOURCE, as_logs, as_spans, ledger
from google.protobuf.message import Message


def delimited(*requests: Message) -> bytes:
    """Length-delimited protobuf."""
    made = b""
    for request in requests:
        body = request.SerializeToString()
        size, prefix = len(body), b""
        while size > 127:
            prefix += bytes([size & 127 | 128])
            size >>= 7
        made += prefix + bytes([size]) + body
    return made


def exported(data: Path) -> bytes:
    """The canonical export."""
    return contexta("export", "--all", "--format", "jsonl", data=data).stdout.encode()


def test_two_stores_told_the_same_export_the_same_bytes(tmp_path: Path) -> None:
    """JSON lines in one order, protobuf split and reversed and repeated in another; logs as one more carrier."""
    spans, said = as_spans("story", 0x71), ledger("story", 0x71, 40)
    one, other, third = tmp_path / "one", tmp_path / "other", tmp_path / "third"
    lines = tmp_path / "traces.jsonl"
    lines.write_bytes(js_traces(traces(spans, RESOURCE)) + b"\n")
    words = tmp_path / "ledger.binpb"
    words.write_bytes(delimited(logs([said], RESOURCE)))
    contexta("import", str(lines), str(words), data=one)

    split = tmp_path / "traces.binpb.gz"
    requests = [traces([item], RESOURCE) for item in reversed(spans)]
    split.write_bytes(gzip.compress(delimited(*requests, requests[0])))
    contexta("import", str(words), data=other)
    contexta("import", "--signal", "traces", str(split), data=other)
    contexta("import", str(lines), data=other)
    assert exported(one) == exported(other)
    assert exported(one)

    bare, records = as_logs("story", 0x71)
    carried, below = tmp_path / "logs.binpb", tmp_path / "spans.binpb"
    carried.write_bytes(delimited(logs([said, *reversed(records)], RESOURCE)))
    below.write_bytes(delimited(traces(bare, RESOURCE)))
    contexta("import", str(carried), str(below), data=third)
    assert exported(third) == exported(one)


def test_a_reading_command_takes_the_inbox_in_once(tmp_path: Path) -> None:
    """Without a server the next command does; the file is moved on; what is no OTLP is not lost."""
    data = tmp_path / "data"
    (data / "inbox").mkdir(parents=True)
    waiting = data / "inbox" / "a.binpb"
    waiting.write_bytes(delimited(traces(as_spans("boxed", 0x72), RESOURCE)))
    assert [run["run_id"] for run in answer("runs", data=data)["runs"]] == ["boxed"]
    assert not waiting.exists()
    before = exported(data)
    waiting.write_bytes(delimited(traces(as_spans("boxed", 0x72), RESOURCE)))
    assert exported(data) == before


def test_a_running_server_takes_the_inbox_in(server: Server, tmp_path: Path) -> None:
    """Traces and logs in one directory, renamed into place."""
    spans, records = as_logs("inbox", 0x73)
    for name, request in (("t", traces(spans, RESOURCE)), ("l", logs(records, RESOURCE))):
        made = tmp_path / f"{name}.binpb"
        made.write_bytes(delimited(request))
        inbox = server.data / "inbox"
        inbox.mkdir(exist_ok=True)
        made.rename(inbox / made.name)
    rows = eventually(
        lambda: server.sql("SELECT name FROM events WHERE run_id = 'inbox' AND stage = 'evaluate'"),
        "the inbox to be taken in",
    )
    assert len(rows) == 4


def test_what_was_exported_as_otlp_comes_back_the_same(server: Server, tmp_path: Path) -> None:
    """The original telemetry of a run, taken into an empty store."""
    server.grpc(traces(as_spans("original", 0x74), RESOURCE))
    server.settled()
    out = tmp_path / "out"
    contexta("export", "original", "--format", "otlp", "--out", str(out), data=server.data)
    files = sorted(str(path) for path in out.rglob("*") if path.is_file())
    assert files
    copy = tmp_path / "copy"
    contexta("import", *files, data=copy)
    wanted = contexta("export", "original", data=server.data).stdout
    assert contexta("export", "original", data=copy).stdout == wanted
