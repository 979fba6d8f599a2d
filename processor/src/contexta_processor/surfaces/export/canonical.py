"""Evidence as files: canonical JSON lines, and Parquet.

Canonical means that two stores told the same things export the same bytes: tables in a fixed order,
keys sorted, rows ordered by what they say, times and numbers written one way, and nothing in it about
when or where this store received anything.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import from_json, iso
from contexta_processor.surfaces.export.scope import EDGE_COLUMNS, Scope
from contexta_processor.surfaces.render.json import plain

BY_RUN = frozenset(
    {
        "runs", "stages", "operations", "batches", "samples", "sample_scores", "sample_slices", "events",
        "metrics", "spans", "degraded_markers", "verifications", "environments", "packages", "configuration",
        "producers", "completeness",
    }
)  # fmt: skip

TABLES = (
    "projects", "runs", "stages", "operations", "batches", "samples", "sample_scores", "sample_slices",
    "events", "metrics", "spans", "degraded_markers", "artifacts", "verifications", "environments",
    "packages", "configuration", "relationships", "deployments", "promotions", "deployment_checks", "producers",
    "completeness", "quarantine",
)  # fmt: skip
"""Every public table, in the order of the surface contract: the order of an export."""

JSON_COLUMNS = frozenset({"attributes", "tags", "retrieval", "links", "variables", "value_json"})
RUNS_AT_ONCE = 100


@dataclass(frozen=True)
class Page:
    """Some rows of one table, ordered; `lines` are the same rows as canonical JSON."""

    table: str
    rows: pa.Table
    lines: list[bytes]


def jsonl_lines(query: Query, scope: Scope) -> Iterator[bytes]:
    """The export as lines of JSON, each ending in a line break: `{"table": "runs", …}`."""
    for table in TABLES:
        for page in pages(query, scope, table):
            yield from (line + b"\n" for line in page.lines)


def write_parquet(query: Query, scope: Scope, directory: Path) -> dict[str, int]:
    """One `TABLE.parquet` per table, and `manifest.json` with rows and SHA-256 of each.

    Returns: rows per table. Raises: OSError if the directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    files: dict[str, dict[str, object]] = {}
    for table in TABLES:
        path = directory / f"{table}.parquet"
        count = _write_table(pages(query, scope, table), path)
        files[table] = {"file": path.name, "rows": count, "sha256": _digest(path)}
    manifest = {"format": "contexta-parquet/1", "runs": list(scope.runs), "tables": files}
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (directory / "manifest.json").write_bytes(orjson.dumps(manifest, option=options))
    return {table: int(str(entry["rows"])) for table, entry in files.items()}


def pages(query: Query, scope: Scope, table: str) -> Iterator[Page]:
    """The rows of one table that are in scope, in export order; at least one page, maybe empty.

    Tables that go by run come a few runs at a time, so that no store is too big to be exported.
    """
    if table not in BY_RUN:
        yield _page(table, _selected(query, scope, table))
        return
    groups = [
        list(scope.runs[start : start + RUNS_AT_ONCE])
        for start in range(0, len(scope.runs), RUNS_AT_ONCE)
    ]
    for group in groups or [[]]:
        yield _page(table, _ask(query, table, {"runs": group, "unclaimed": False}))
    if scope.everything and groups:
        yield _page(table, _ask(query, table, {"runs": [], "unclaimed": True}))


def _selected(query: Query, scope: Scope, table: str) -> pa.Table:
    runs = list(scope.runs)
    if table == "projects":
        return _ask(query, table, {"runs": runs})
    if table == "quarantine":
        return _ask(query, table, {"everything": scope.everything, "runs": runs})
    if table == "relationships":
        found = _ask(query, table, None)
        columns = found.select(["type", "from_id", "to_id", "to_kind", "captured_by"]).to_pylist()
        kept = pa.array([scope.holds(edge) for edge in columns], pa.bool_())
        return found.filter(kept).drop_columns(list(EDGE_COLUMNS))
    return _ask(query, table, scope.params)


def _ask(query: Query, table: str, params: Params | None) -> pa.Table:
    return query.query(statement(f"surfaces/export/{table}"), params)


def _page(table: str, rows: pa.Table) -> Page:
    """Rows in the order of (run, what they say), whatever order they were found in."""
    lines = [
        orjson.dumps({"table": table, **row}, option=orjson.OPT_SORT_KEYS)
        for row in canonical(rows, table)
    ]
    if table in BY_RUN:
        ids = [run or "" for run in rows.column("run_id").to_pylist()]
        order = sorted(range(len(lines)), key=lambda at: (ids[at], lines[at]))
    else:
        order = sorted(range(len(lines)), key=lines.__getitem__)
    return Page(table, rows.take(pa.array(order, pa.int64())), [lines[at] for at in order])


def canonical(rows: pa.Table, table: str = "") -> Iterator[dict[str, Any]]:
    """Rows as JSON-ready objects: times as ISO 8601, JSON text as what it says, NaN as "NaN"."""
    names = rows.column_names
    columns = [_values(rows.column(name), name) for name in names]
    return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))


def _values(column: pa.ChunkedArray, name: str) -> list[Any]:
    kind = column.type
    if pa.types.is_timestamp(kind):
        as_int = column.cast(pa.timestamp("ns", kind.tz)).cast(pa.int64())
        return [iso(value) for value in as_int.to_pylist()]
    values: list[Any] = column.to_pylist()
    if pa.types.is_string(kind) and name in JSON_COLUMNS:
        return [_beyond_64_bits(plain(from_json(value))) for value in values]
    if pa.types.is_string(kind) or pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return values
    if pa.types.is_floating(kind) and all(value is None or isfinite(value) for value in values):
        return values
    return [plain(value) for value in values]


def _beyond_64_bits(value: Any) -> Any:
    """Integers that JSON readers (and our writer) cannot hold become text."""
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, list):
        return [_beyond_64_bits(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {key: _beyond_64_bits(item) for key, item in members.items()}
    return value


def _write_table(found: Iterator[Page], path: Path) -> int:
    first = next(found)
    count = first.rows.num_rows
    with pq.ParquetWriter(path, first.rows.schema, compression="zstd") as writer:
        writer.write_table(first.rows)
        for page in found:
            writer.write_table(page.rows.cast(first.rows.schema))
            count += page.rows.num_rows
    return count


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
