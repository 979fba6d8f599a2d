"""Each code, from OTLP in to the JSON of the command."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from diagnose.stories import STORIES

from contexta_processor.base.data_dir import DataDir
from contexta_processor.investigate.diagnose.codes import codes

Row = dict[str, Any]


def test_every_code_has_a_story() -> None:
    """No code without a run that earns it, no story of a code that there is not."""
    assert list(STORIES) == list(codes())


@pytest.mark.parametrize("code", STORIES)
def test_a_run_that_did_this_has_the_finding(code: str, answers: dict[str, Any]) -> None:
    """With its severity and subject, evidence in public tables, and a next step without a gap."""
    story = STORIES[code]
    answer = answers[code]
    found = [each for each in answer["findings"] if each["code"] == code]
    assert found, [(each["code"], each["subject"], each["detail"]) for each in answer["findings"]]
    about = [each for each in found if each["subject"].startswith(story.subject)]
    assert [each["severity"] for each in about] == [story.severity], found
    (finding,) = about
    assert finding["title"] == codes()[code].title
    assert finding["detail"]
    assert finding["evidence"], "a finding rests on rows"
    assert all("table" in row for row in finding["evidence"])
    assert finding["evidence_total"] >= len(finding["evidence"])
    assert "{" not in finding["next_step"]


def test_the_rows_a_finding_rests_on_are_there(told: Path, answers: dict[str, Any]) -> None:
    """Each row of evidence names a public table, and a row of it by what it says of its columns."""
    store = duckdb.connect(str(DataDir(told).database), read_only=True)
    columns = store.execute(
        "SELECT table_name, list(column_name) FROM information_schema.columns WHERE table_schema = 'main' GROUP BY 1"
    ).fetchall()
    public = {table: set(names) for table, names in columns}
    rows = {
        json.dumps(row)
        for answer in answers.values()
        for finding in answer["findings"]
        for row in finding["evidence"]
    }
    gone = [row for row in map(json.loads, sorted(rows)) if not is_there(store, public, row)]
    store.close()
    assert gone == []


def is_there(store: duckdb.DuckDBPyConnection, public: dict[str, set[str]], row: Row) -> bool:
    """Whether the store has the row; what stands for other runs, or for something missing, has a role."""
    table = row["table"]
    if "role" in row:
        return table in public
    named = {
        name: value
        for name, value in row.items()
        if name in public[table]
        and not name.endswith("_at")
        and value != "NaN"
        and not isinstance(value, list)
    }
    assert named, row
    where = " AND ".join(f"{name} = ${name}" for name in named)
    return bool(store.execute(f"SELECT 1 FROM {table} WHERE {where} LIMIT 1", named).fetchall())
