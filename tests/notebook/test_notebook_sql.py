"""Tables brought to a question: any form in, the same locks around them, the same answer from file and server."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy
import pandas
import polars
import pyarrow as pa
import pytest
from cli.story_store import EVAL
from contract.doors import Server

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.cli.reading import Evidence
from contexta_processor.surfaces.sandbox.request import SQL_WITH_TABLES, framed, unframed
from contexta_processor.surfaces.sandbox.sandbox import SqlLimits, run_sql

JOINED = "SELECT m.run, r.status, m.owner FROM mine m JOIN runs r ON r.run_id = m.run ORDER BY 1"
COLUMNS = {"run": [EVAL, "night-03", "nobody"], "owner": ["kim", None, "lee"]}
EXPECTED = [
    {"run": "night-03", "status": "completed", "owner": None},
    {"run": EVAL, "status": "completed", "owner": "kim"},
]

FORMS: dict[str, Callable[[], Any]] = {
    "a pyarrow table": lambda: pa.table(COLUMNS),
    "a record batch": lambda: pa.record_batch(COLUMNS),
    "a pandas frame": lambda: pandas.DataFrame(COLUMNS),
    "a polars frame": lambda: polars.DataFrame(COLUMNS),
    "columns": lambda: COLUMNS,
    "rows": lambda: [
        dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_table_of_any_form_joins_the_evidence(form: str, of_file: Evidence) -> None:
    """Under the name it was given."""
    assert of_file.sql(JOINED, tables={"mine": FORMS[form]()}).to_dict() == EXPECTED


def test_a_server_takes_tables_too(of_server: Evidence) -> None:
    """Where the evidence is, with parameters beside them; the next question knows nothing of them."""
    table = pa.table(COLUMNS)
    assert of_server.sql(JOINED, tables={"mine": table}).to_dict() == EXPECTED
    found = of_server.sql(f"SELECT count(*) AS n FROM ({JOINED}) WHERE owner = $who", {"who": "kim"}, tables={"mine": table})  # fmt: skip
    assert found.to_dict() == [{"n": 1}]
    with pytest.raises(ContextaError) as told:
        of_server.sql("FROM mine")
    assert told.value.exit_code is Exit.USAGE


def test_an_answer_is_a_table_again(of_file: Evidence, of_server: Evidence) -> None:
    """Types as they were: times, numbers, lists, dictionaries, from one place into another."""
    answer = of_file.trend("auc")
    text = "SELECT max(started_at) AS newest, count(value) AS n, avg(value) AS mean FROM points"
    (local,) = of_file.sql(text, tables={"points": answer}).to_dict()
    (remote,) = of_server.sql(text, tables={"points": answer}).to_dict()
    assert local == remote
    assert (local["newest"], local["n"]) == ("2026-03-14T12:00:00Z", 13)
    odd = pa.table(
        {
            "tags": pa.array([["a", "b"], None]),
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            "at": pa.array([1, None], pa.timestamp("us", "UTC")),
            "pair": pa.array([{"a": 1}, None]),
        }
    )
    back = of_file.sql("FROM odd", tables={"odd": odd}).arrow()
    assert back.column("tags").to_pylist() == [["a", "b"], None]
    assert back.column("kind").to_pylist() == ["x", "y"]
    assert back.column("pair").to_pylist() == [{"a": 1}, None]


def test_parameters_are_what_people_have_at_hand(of_file: Evidence) -> None:
    """Times and numpy's numbers, not text made by hand."""
    text = (
        "SELECT count(*) AS n FROM runs WHERE started_at >= $since AND attempt IS NULL AND $one = 1"
    )
    given = {"since": datetime(2026, 3, 10), "one": numpy.int64(1)}
    (row,) = of_file.sql(text, given).to_dict()
    assert row["n"] >= 5


def refused(evidence: Evidence, tables: dict[str, Any], text: str = "SELECT 1") -> ContextaError:
    """What is said to a question with these tables."""
    with pytest.raises(ContextaError) as told:
        evidence.sql(text, tables=tables)
    return told.value


def test_the_evidence_keeps_its_names(of_file: Evidence, of_server: Evidence) -> None:
    """A brought table never stands in for a table of the evidence, in whatever case, nor for another."""
    for evidence in (of_file, of_server):
        error = refused(evidence, {"Runs": COLUMNS}, "FROM runs")
        assert "is taken" in error.what
        assert error.exit_code is Exit.USAGE
    assert "is taken" in refused(of_file, {"mine": COLUMNS, "MINE": COLUMNS}).what


def test_what_is_no_table_is_said(of_file: Evidence) -> None:
    """In three lines, before anything is sent."""
    assert "cannot be brought along" in refused(of_file, {"mine": 3}).what
    assert "cannot be brought along" in refused(of_file, {"mine": "text"}).what
    assert "cannot be called" in refused(of_file, {'x"; DROP': COLUMNS}).what
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "A"])
    assert "same name" in refused(of_file, {"mine": twice}).cause


def test_too_much_is_not_sent(of_file: Evidence, of_server: Evidence) -> None:
    """64 MB, on either side of the wire."""
    large = pa.table({"x": numpy.zeros(9_000_000)})
    for evidence in (of_file, of_server):
        error = refused(evidence, {"mine": large})
        assert "too large" in error.what
        assert "64 MB" in error.cause


def test_the_locks_hold_with_tables(of_file: Evidence, of_server: Evidence) -> None:
    """A table opens no door: no file, no second statement, nothing written, not even to the table."""
    for evidence in (of_file, of_server):
        for text in (
            "SELECT * FROM read_csv('/etc/hostname')",
            "SELECT * FROM '/etc/hostname'",
            "COPY mine TO '/tmp/x.csv'",
            "CREATE TABLE x AS FROM mine",
            "INSERT INTO mine VALUES (1)",
            "DROP VIEW mine",
            "FROM mine; FROM mine",
        ):
            with pytest.raises(ContextaError):
                evidence.sql(text, tables={"mine": COLUMNS})


def stream(table: pa.Table, **options: Any) -> bytes:
    """A table as an Arrow IPC stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue()


def test_a_hostile_stream_harms_its_own_question_alone(of_file: Evidence, directory: Any) -> None:
    """Bytes that are no Arrow, cut short, with offsets that lie, or that swell: an error, and the store is as it was."""
    good = stream(pa.table({"x": ["a" * 50, "b" * 50]}))
    lying = bytearray(good)
    at = good.index((50).to_bytes(4, "little"), 200)
    lying[at : at + 4] = (2**30).to_bytes(4, "little")
    zeros = stream(pa.table({"x": numpy.zeros(300_000_000 // 8)}), compression="zstd")
    assert len(zeros) < 2**20
    limits = SqlLimits(memory_mb=64, result_mb=1)
    database = directory / "evidence.duckdb"
    for bad in (b"", b"not arrow", good[: len(good) // 2], bytes(lying), zeros):
        with pytest.raises(ContextaError) as told:
            run_sql("SELECT count(*), max(x) FROM mine JOIN runs ON TRUE", database=database, limits=limits, tables={"mine": bad})  # fmt: skip
        assert told.value.exit_code in (Exit.USAGE, Exit.UNREACHABLE)
    assert of_file.sql("SELECT count(*) AS n FROM runs").to_dict() == [{"n": 16}]


def test_the_door_takes_only_what_it_knows(server: Server) -> None:
    """A body that is no question with tables is 400, one of another type 415, one too large 413."""
    import urllib.error
    import urllib.request

    def post(body: bytes, kind: str) -> int:
        address = server.addresses["web"].removeprefix("http://")
        asked = urllib.request.Request(f"http://{address}/api/sql", body, {"Content-Type": kind})
        try:
            with urllib.request.urlopen(asked, timeout=20) as told:
                return told.status
        except urllib.error.HTTPError as error:
            return error.code

    question = {"sql": "SELECT sum(x) AS s FROM mine", "params": {}}
    good = framed(question, {"mine": stream(pa.table({"x": [1, 2]}))})
    assert post(good, SQL_WITH_TABLES) == 200
    assert post(good, "application/octet-stream") == 415
    assert post(good[:-8], SQL_WITH_TABLES) == 400
    assert post(good + b"more", SQL_WITH_TABLES) == 400
    assert post(b"[]\n", SQL_WITH_TABLES) == 400
    assert post(b"", SQL_WITH_TABLES) == 400
    assert post(framed(question, {"mine": b"garbage"}), SQL_WITH_TABLES) == 400


def test_a_request_comes_back_as_it_was() -> None:
    """What is framed is unframed; sizes that do not add up are refused."""
    request, tables = {"sql": "SELECT 'ä\n'", "params": {"a": 1}}, {"a": b"\n{}\x00", "b": b""}
    assert unframed(framed(request, tables)) == (request, tables)
    for bad in (b'{"tables": [{"name": "a", "bytes": 5}]}\n12', b'{"tables": [{"name": "a", "bytes": -1}]}\n', b'{"tables": 3}\n'):  # fmt: skip
        with pytest.raises((ValueError, TypeError)):
            unframed(bad)
