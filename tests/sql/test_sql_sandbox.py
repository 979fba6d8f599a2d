"""SQL that users type: answered when it reads, refused when it could do anything else."""

import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.surfaces.sandbox.sandbox import SqlLimits, cut_note, run_sql

SMALL = SqlLimits(seconds=6, memory_mb=256)


def refused(text: str, database: Path, limits: SqlLimits = SMALL) -> ContextaError:
    with pytest.raises(ContextaError) as caught:
        run_sql(text, database=database, limits=limits)
    return caught.value


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT count(*) AS n FROM t", [{"n": 1000}]),
        ("FROM t LIMIT 1", [{"id": 0, "kind": 0}]),
        ("VALUES (1)", [{"col0": 1}]),
        ("WITH a AS (SELECT 7 AS x) SELECT x FROM a;", [{"x": 7}]),
        ("-- why\nSELECT 1 AS one /* done */", [{"one": 1}]),
        ("PIVOT t ON kind IN (0, 1) USING count(*) GROUP BY id", None),
        ("PIVOT t ON kind USING count(*)", None),
        ("DESCRIBE t", None),
        ("DESCRIBE SELECT 1 AS a", None),
        ("SHOW TABLES", [{"name": "t"}]),
        ("SUMMARIZE t", None),
        ("EXPLAIN SELECT * FROM t", None),
        ("/* a */ explain analyze -- b\n SELECT * FROM t", None),
        ("SELECT current_setting('TimeZone') AS zone", [{"zone": "UTC"}]),
    ],
)
def test_reading_statements_are_answered(
    text: str, rows: list[dict[str, object]] | None, database: Path
) -> None:
    """Everything that only reads works as in any DuckDB."""
    table = run_sql(text, database=database, limits=SMALL)
    assert table.num_rows > 0
    if rows is not None:
        assert table.to_pylist() == rows


def test_parameters_are_values_never_text(database: Path) -> None:
    """A named parameter reaches the statement as a value of its own type."""
    table = run_sql(
        "SELECT $a AS a, $b AS b, $c AS c, $d AS d",
        {"a": "'; DROP TABLE t; --", "b": 3, "c": 0.5, "d": None},
        database=database,
        limits=SMALL,
    )
    assert table.to_pylist() == [{"a": "'; DROP TABLE t; --", "b": 3, "c": 0.5, "d": None}]


@pytest.mark.parametrize("params", [{}, {"a": 1, "b": 2}])
def test_missing_or_unknown_parameters_are_named(params: dict[str, int], database: Path) -> None:
    """A parameter without value, or a value without parameter, is a usage error with the flag to use."""
    with pytest.raises(ContextaError) as caught:
        run_sql("SELECT $a", params, database=database, limits=SMALL)
    assert caught.value.exit_code == Exit.USAGE
    assert "--param" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE t",
        "DROP TABLE t",
        "DELETE FROM t",
        "UPDATE t SET id = 0",
        "INSERT INTO t VALUES (1, 1)",
        "CREATE TABLE x (i INTEGER)",
        "CREATE TEMP TABLE x AS SELECT 1",
        "CREATE TYPE e AS ENUM ('a'); SELECT 1",
        "CREATE SECRET s (TYPE s3)",
        "COPY t TO 'out.csv'",
        "COPY (SELECT 1) TO 'evidence.duckdb.wal' (FORMAT blob)",
        "EXPORT DATABASE 'out'",
        "ATTACH ':memory:' AS m",
        "DETACH evidence",
        "USE memory",
        "CHECKPOINT",
        "FORCE CHECKPOINT",
        "VACUUM",
        "BEGIN",
        "COMMIT",
        "SET memory_limit = '8GB'",
        "RESET disabled_filesystems",
        "PRAGMA enable_profiling",
        "PRAGMA memory_limit = '8GB'",
        "CALL enable_logging(storage = 'file')",
        "INSTALL httpfs",
        "LOAD json",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "EXPLAIN DROP TABLE t",
        "EXPLAIN ANALYZE COPY t TO 'out.csv'",
        "EXPLAIN ANALYZE /* x */ COPY (SELECT 1) TO 'evidence.duckdb.wal' (FORMAT blob)",
        "EXPLAIN EXPLAIN ANALYZE COPY t TO 'out.csv'",
        "EXPLAIN SELECT 1; DROP TABLE t",
        "EXPLAIN (FORMAT json) ANALYZE COPY t TO 'out.csv'",
        "",
        "-- nothing",
        ";",
    ],
)
def test_what_is_not_one_reading_statement_is_refused(
    text: str, database: Path, fingerprint: Callable[[], dict[str, str]]
) -> None:
    """Anything else ends with exit code 2 and leaves every file as it was."""
    before = fingerprint()
    error = refused(text, database)
    assert error.exit_code == Exit.USAGE
    assert error.cause
    assert error.hint
    assert fingerprint() == before


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_csv('{other}')",
        "SELECT * FROM '{other}'",
        "SELECT * FROM read_text('{other}')",
        "SELECT * FROM read_text('file://{other}')",
        "SELECT * FROM read_blob('{database}')",
        "SELECT * FROM read_blob('evidence.duckdb')",
        "SELECT * FROM read_blob('../data/evidence.duckdb')",
        "SELECT * FROM read_text('/proc/self/environ')",
        "SELECT * FROM read_text('/dev/stdin')",
        "SELECT * FROM read_json_auto('{other}')",
        "SELECT * FROM read_parquet('{other}')",
        "SELECT * FROM sniff_csv('{other}')",
        "SELECT * FROM read_csv('https://127.0.0.1:{port}/x.csv')",
        "SELECT * FROM read_text('http://127.0.0.1:{port}/x')",
        "SELECT getenv('HOME')",
        "SELECT * FROM query('COPY t TO ''out.csv''')",
        "SELECT * FROM json_execute_serialized_sql('{{\"error\": false}}')",
    ],
)
def test_no_statement_reaches_a_file_the_network_or_the_environment(
    text: str, database: Path, tmp_path: Path, fingerprint: Callable[[], dict[str, str]]
) -> None:
    """Reading functions find nothing to read: not the database's own file, not the caller's."""
    other = tmp_path / "secret.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        before = fingerprint()
        filled = text.format(other=other, database=database, port=listener.getsockname()[1])
        error = refused(filled, database)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert error.exit_code == Exit.USAGE
    assert fingerprint() == before


def test_globbing_shows_no_names(database: Path, tmp_path: Path) -> None:
    """A directory cannot be listed, not even the one the database is in."""
    try:
        table = run_sql(f"SELECT * FROM glob('{tmp_path}/**')", database=database, limits=SMALL)
    except ContextaError:
        return
    assert table.num_rows == 0


def test_a_crafted_write_ahead_log_cannot_be_planted_even_past_the_guard(
    database: Path, fingerprint: Callable[[], dict[str, str]]
) -> None:
    """With the statement guard taken away, the file system and the kernel still refuse the COPY."""
    script = (
        "import sys; from pathlib import Path\n"
        "from contexta_processor.surfaces.sandbox import child\n"
        "limits = dict(seconds=6, memory_mb=256, threads=1, rows=10, result_mb=8)\n"
        "import duckdb, pyarrow\n"
        "connection = child._open(Path(sys.argv[1]), limits)\n"
        "child._close_the_doors(limits)\n"
        "for name in ('evidence.duckdb.wal', sys.argv[1] + '.wal', sys.argv[1] + '.wal.recovery'):\n"
        "    try:\n"
        "        connection.execute(f\"COPY (SELECT 'x'::BLOB) TO '{name}' (FORMAT blob)\")\n"
        "        print('written')\n"
        "    except duckdb.Error as error:\n"
        "        print('refused')\n"
    )
    import subprocess
    import sys

    before = fingerprint()
    done = subprocess.run(
        [sys.executable, "-c", script, str(database)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=database.parent,
    )
    assert done.stdout.split() == ["refused"] * 3, done.stderr
    assert fingerprint() == before


@pytest.mark.parametrize(
    "text",
    [
        "SELECT count(*) FROM range(100000000000) a",
        "SELECT length(repeat('x', 4000000000))",
        "SELECT length(lpad('x', 2000000000, 'y'))",
        "SELECT sum(x) FROM (SELECT unnest(range(100000000)) AS x)",
        "SELECT list(i) FROM range(1000000000) r(i)",
        "SELECT damerau_levenshtein(repeat('a', 40000), repeat('b', 40000))",
        "SELECT count(*) FROM t a, t b, t c, t d WHERE a.id + b.id + c.id > d.id",
        "SELECT json_structure(repeat('[', 100000) || repeat(']', 100000))",
        "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i FROM r) SELECT count(*) FROM r",
    ],
)
def test_heavy_statements_end_at_a_limit(text: str, database: Path) -> None:
    """Whatever a statement does, it ends soon after its deadline and harms nobody else."""
    limits = SqlLimits(seconds=3, memory_mb=200)
    started = time.monotonic()
    try:
        run_sql(text, database=database, limits=limits)
    except ContextaError as error:
        assert error.exit_code in (Exit.UNREACHABLE, Exit.USAGE)  # noqa: PT017
    assert time.monotonic() - started < 7


def test_the_deadline_is_named(database: Path) -> None:
    """Exit code 4 with the limit in the cause."""
    error = refused(
        "SELECT count(*) FROM t a, t b, t c, t d WHERE a.id + b.id + c.id > d.id",
        database,
        SqlLimits(seconds=1),
    )
    assert error.exit_code == Exit.UNREACHABLE
    assert "limit of 1 s" in error.cause


def test_the_memory_limit_is_named(database: Path) -> None:
    """Exit code 4 with the limit in the cause."""
    error = refused(
        "SELECT list(i) FROM range(1000000000) r(i)", database, SqlLimits(seconds=20, memory_mb=100)
    )
    assert error.exit_code == Exit.UNREACHABLE
    assert "limit of 100 MB" in error.cause


def test_a_statement_too_long_is_refused_before_it_runs(database: Path) -> None:
    """64 KiB of SQL is the end."""
    error = refused("SELECT 1 -- " + "x" * 70_000, database)
    assert error.exit_code == Exit.USAGE
    assert "65,536" in error.cause


def test_a_cut_result_says_so(database: Path) -> None:
    """The row limit cuts visibly; a result of exactly that many rows is whole."""
    limits = SqlLimits(rows=1000)
    assert cut_note(run_sql("FROM t", database=database, limits=limits)) is None
    cut = run_sql("FROM t", database=database, limits=SqlLimits(rows=999))
    assert cut.num_rows == 999
    assert cut_note(cut) == "cut at 999 rows"


def test_a_result_of_many_bytes_is_cut(database: Path) -> None:
    """So does the size limit."""
    table = run_sql(
        "SELECT repeat('x', 1000) AS x FROM range(1000000)",
        database=database,
        limits=SqlLimits(result_mb=64),
    )
    assert table.num_rows < 1_000_000
    assert "64 MB" in str(cut_note(table))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "340282366920938463463374607431768211455::UHUGEINT",
            "340282366920938463463374607431768211455",
        ),
        ("'1010'::BIT", "1010"),
        ("'12:00:00+02'::TIMETZ", "12:00:00+02"),
        ("repeat('9', 50)::BIGNUM", "9" * 50),
    ],
)
def test_types_arrow_cannot_carry_come_as_text(text: str, expected: str, database: Path) -> None:
    """No value is silently another one: an unsigned 128-bit integer would come out as -1."""
    table = run_sql(f"SELECT {text} AS a, 2 AS a", database=database, limits=SMALL)
    assert table.column(0).to_pylist() == [expected]
    assert table.column(1).to_pylist() == [2]


def test_a_syntax_error_is_shown_with_its_place(database: Path) -> None:
    """DuckDB's own words, in three lines, exit code 2."""
    error = refused("SELEC 1", database)
    assert error.exit_code == Exit.USAGE
    assert "SELEC" in error.cause


def test_an_unknown_table_is_a_usage_error(database: Path) -> None:
    """The hint leads to the list of tables."""
    error = refused("SELECT * FROM rnus", database)
    assert error.exit_code == Exit.USAGE
    assert "--tables" in error.hint


def test_no_database_is_not_an_empty_answer(tmp_path: Path) -> None:
    """A missing or damaged file is exit code 4, and nothing is created."""
    missing = tmp_path / "none" / "evidence.duckdb"
    assert refused("SELECT 1", missing).exit_code == Exit.UNREACHABLE
    assert not missing.exists()
    broken = tmp_path / "evidence.duckdb"
    broken.write_bytes(b"not a database" * 1000)
    assert refused("SELECT 1", broken).exit_code == Exit.UNREACHABLE


def test_a_database_held_by_a_writer_is_not_an_empty_answer(database: Path) -> None:
    """The file of a running writer cannot be opened: exit code 4."""
    import subprocess
    import sys

    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()",
            str(database),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        assert refused("SELECT 1", database).exit_code == Exit.UNREACHABLE
    finally:
        holder.communicate(b"\n", timeout=10)


def test_many_at_once_take_turns(database: Path) -> None:
    """Twelve questions at once are all answered, a few at a time."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda n: run_sql(f"SELECT {n} AS n", database=database), range(12)))
    assert [table.to_pylist()[0]["n"] for table in found] == list(range(12))


def test_the_callers_environment_does_not_reach_the_child(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token of the environment shows up in any setting."""
    monkeypatch.setenv("CONTEXTA_TOKEN", "very-secret-token")
    monkeypatch.setenv("HOME", "/home/very-secret-home")
    shown = run_sql("SELECT * FROM duckdb_settings()", database=database, limits=SMALL)
    assert "very-secret" not in json.dumps(shown.to_pylist())


def test_uncommitted_and_later_writes_are_possible_afterwards(database: Path) -> None:
    """Reading leaves the file ready for its writer: same rows, no log left behind."""
    run_sql("SELECT sum(id) FROM t", database=database, limits=SMALL)
    with duckdb.connect(str(database)) as connection:
        connection.execute("INSERT INTO t VALUES (1000, 1)")
    assert run_sql("SELECT count(*) AS n FROM t", database=database, limits=SMALL).to_pylist() == [
        {"n": 1001}
    ]
    assert not os.path.exists(str(database) + ".wal.recovery")
