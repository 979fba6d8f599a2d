"""`contexta sql` as people type it, and every question of docs/sql.md."""

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contexta_processor.cli.main import run

DOCS = Path(__file__).parents[2] / "docs" / "sql.md"
QUESTIONS = re.findall(r"```sql\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
NOTHING_IN_THE_DEMO = ("FROM quarantine", "status <> 'completed'")

Sql = Callable[..., str]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory with the demo's evidence."""
    data = tmp_path_factory.mktemp("demo") / "data"
    assert run(["demo", "--quiet", "--data", str(data)]) == 0
    return data


@pytest.fixture
def sql(demo: Path, capfd: pytest.CaptureFixture[str]) -> Sql:
    """One call; gives standard output, or standard error where an error is expected."""

    def call(*words: str | Path, code: int = 0) -> str:
        capfd.readouterr()
        done = run(["sql", *map(str, words), "--data", str(demo)])
        sys.stdout.flush()
        out, err = capfd.readouterr()
        assert done == code, err
        return out if code == 0 else err

    return call


def rows(sql: Sql, *words: str | Path) -> list[dict[str, Any]]:
    return json.loads(sql(*words, "--json"))


def test_the_cookbook_has_its_questions() -> None:
    """At least a dozen."""
    assert len(QUESTIONS) >= 12


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_of_the_cookbook_is_answered(question: str, sql: Sql) -> None:
    """Each statement in docs/sql.md runs on the demo, and finds something unless there is nothing."""
    found = rows(sql, question)
    assert found or any(text in question for text in NOTHING_IN_THE_DEMO)


def test_json_is_an_array_of_row_objects(sql: Sql) -> None:
    """With sorted keys and every value in its defined form."""
    statement = """
      SELECT 1 AS i, 0.5 AS d, 'nan'::DOUBLE AS nan, '-inf'::DOUBLE AS inf, NULL AS nothing, TRUE AS yes,
             TIMESTAMP_NS '2026-05-03 09:12:44.000000001' AS ns, TIMESTAMP '2026-05-03 09:12:44' AS us,
             TIMESTAMPTZ '2026-05-03 11:12:44+02' AS tz, DATE '2026-05-03' AS day, TIME '09:12:44' AS clock,
             170141183460469231731687303715884105727 AS huge, 'x\\x00'::BLOB AS bytes, [1, NULL] AS list,
             {'a': [TIMESTAMP_NS '2026-05-03 09:12:44.000000001'], 'b': {'c': 2}} AS struct, MAP {'k': 1} AS map,
             MAP {1: 'v'} AS numbered, 1.50::DECIMAL(5, 2) AS exact, 1.00000000000000000005::DECIMAL(38, 20) AS long, [INTERVAL 3 DAY] AS spans, INTERVAL 3 DAY AS span, '{"a": 1}'::JSON AS json
    """
    (row,) = rows(sql, statement)
    assert row == {
        "i": 1,
        "d": 0.5,
        "nan": "NaN",
        "inf": "-Infinity",
        "nothing": None,
        "yes": True,
        "ns": "2026-05-03T09:12:44.000000001Z",
        "us": "2026-05-03T09:12:44Z",
        "tz": "2026-05-03T09:12:44Z",
        "day": "2026-05-03",
        "clock": "09:12:44",
        "huge": 170141183460469231731687303715884105727,
        "bytes": "eAA=",
        "list": [1, None],
        "struct": {"a": ["2026-05-03T09:12:44.000000001Z"], "b": {"c": 2}},
        "map": {"k": 1},
        "numbered": [[1, "v"]],
        "exact": 1.5,
        "long": "1.00000000000000000005",
        "spans": "[3 days]",
        "span": "3 days",
        "json": '{"a": 1}',
    }


def test_two_columns_of_one_name_are_both_there(sql: Sql) -> None:
    """The second gets a number; nothing is overwritten."""
    assert rows(sql, "SELECT 1 AS a, 2 AS a") == [{"a": 1, "a_1": 2}]


def test_parameters_take_their_type_from_how_they_are_written(sql: Sql) -> None:
    """A number is a number, true is true, everything else text."""
    given = (
        "--param",
        "n=3",
        "--param",
        "x=0.5",
        "--param",
        "b=true",
        "--param",
        "t=run=1",
        "--param",
        "z=null",
    )
    (row,) = rows(sql, "SELECT $n + 1 AS n, $x AS x, $b AS b, $t AS t, $z AS z", *given)
    assert row == {"n": 4, "x": 0.5, "b": True, "t": "run=1", "z": None}


def test_a_parameter_may_be_a_list_or_quoted_text(sql: Sql) -> None:
    """A list is one value; what looks like a number is text in double quotes; a time compares as it stands."""
    given = ("--param", 'ids=["a", "b"]', "--param", 'code="007"', "--param", "o={}")
    (row,) = rows(
        sql, "SELECT list_contains($ids, 'b') AS b, len($ids) AS n, $code AS code, $o AS o", *given
    )
    assert row == {"b": True, "n": 2, "code": "007", "o": "{}"}
    since = "SELECT count(*) > 0 AS some FROM runs WHERE started_at >= $since::TIMESTAMP"
    assert rows(sql, since, "--param", "since=2000-01-01") == [{"some": True}]


def test_a_statement_can_come_from_a_file_or_standard_input(
    sql: Sql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """-f FILE, and -f - for a pipe."""
    (tmp_path / "q.sql").write_text("SELECT 1 AS one")
    assert rows(sql, "-f", tmp_path / "q.sql") == [{"one": 1}]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"SELECT 2 AS two")))
    assert rows(sql, "-f", "-") == [{"two": 2}]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"SELECT 3 AS three")))
    assert rows(sql, "-") == [{"three": 3}]


def test_the_formats(sql: Sql, tmp_path: Path) -> None:
    """TSV in a pipe, and what was asked for."""
    statement = "SELECT run_id, status FROM runs ORDER BY run_id LIMIT 2"
    assert sql(statement).splitlines()[0] == "run_id\tstatus"
    assert next(csv.reader(io.StringIO(sql(statement, "--csv")))) == ["run_id", "status"]
    assert "| completed |" in sql(statement, "--md")
    assert [
        json.loads(line)["status"] for line in sql(statement, "--format", "jsonl").splitlines()
    ] == ["completed"] * 2
    assert "2 rows" in sql(statement, "--table")
    sql(statement, "--format", "parquet", "--out", tmp_path / "x.parquet")
    assert pq.read_table(tmp_path / "x.parquet").num_rows == 2
    sql(statement, "--format", "arrow", "--out", tmp_path / "x.arrow")
    with pa.ipc.open_file(tmp_path / "x.arrow") as told:
        assert told.read_all().column_names == ["run_id", "status"]
    (tmp_path / "x.arrow").unlink()
    sql(statement, "--csv", "--out", tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == sql(statement, "--csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.csv", "x.parquet"]


def test_a_cut_result_says_so_beside_the_rows(sql: Sql, capfd: pytest.CaptureFixture[str]) -> None:
    """The rows on standard output, the note on standard error."""
    done = run(["sql", "FROM range(10)", "--rows", "3", "--json", "--data", "none"])
    assert done == 4
    assert len(rows(sql, "FROM range(10)", "--rows", "3")) == 3


def test_tables_lists_every_public_table_with_its_columns(sql: Sql) -> None:
    """The names of the surface contract, and what is computed over all deployments, so of no run's export."""
    from contexta_processor.surfaces.export.canonical import TABLES

    found = {table["table"]: table for table in json.loads(sql("--tables", "--json"))["tables"]}
    assert set(found) == {*TABLES, "deployment_intervals", "taints"}
    assert "run_id" in [column["name"] for column in found["runs"]["columns"]]
    assert all(table["comment"] for table in found.values())
    assert all(column["comment"] for table in found.values() for column in table["columns"])
    overview = sql("--tables", "--table")
    assert all(f"\n{name} " in overview for name in found)
    assert "expected_stages" in overview


def test_tables_may_be_asked_for_one(sql: Sql) -> None:
    """By its name or that of a column; another name is refused with the nearest."""
    (table,) = json.loads(sql("--tables", "samples", "--json"))["tables"]
    assert table["table"] == "samples"
    assert "failure_tags  " in sql("--tables", "samples", "--table")
    tables = json.loads(sql("--tables", "sha256", "--json"))["tables"]
    assert {table["table"] for table in tables} == {"artifacts", "quarantine"}
    assert "nearest: samples" in sql("--tables", "sampels", code=3)


def test_a_file_that_cannot_be_written_is_said(sql: Sql, tmp_path: Path) -> None:
    """Whatever the form, in three lines."""
    for form in ("csv", "parquet", "arrow"):
        nowhere = tmp_path / "no" / "x"
        assert "cannot write" in sql("SELECT 1 AS a", "--format", form, "--out", nowhere, code=2)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["SELEC 1"], 2, "SELEC"),
        (["SELECT 1; SELECT 2"], 2, "2 statements"),
        (["DROP TABLE runs"], 2, "DROP"),
        (["SELECT $x"], 2, "--param"),
        (["SELECT 1", "--param", "novalue"], 2, "novalue"),
        ([], 2, "QUERY"),
        (["SELECT 1", "-f", "-"], 2, "one statement"),
        (["SELECT 1", "--json", "--csv"], 2, "exclude"),
        (["SELECT 1", "--format", "parquet"], 2, "--out"),
        (["SELECT count(*) FROM range(100000000000) a", "--timeout", "1"], 4, "limit of 1 s"),
        (["SELECT list(i) FROM range(1000000000) r(i)", "--memory", "100"], 4, "limit of 100 MB"),
    ],
)
def test_errors_are_three_lines_with_the_right_exit_code(
    words: list[str], code: int, told: str, sql: Sql
) -> None:
    """What, why and the next command."""
    error = sql(*words, code=code)
    assert [line.split(":")[0] for line in error.splitlines()] == ["error", "cause", "hint"]
    assert told in error
