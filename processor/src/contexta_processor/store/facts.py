"""Keeping facts as a set: each content once, and one shown of several with the same identity.

Union of sets is commutative, associative and idempotent; so whatever the order, the splitting and
the repetition of telemetry, the same rows stand here in the end.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from contexta_processor.base.clock import now_ns
from contexta_processor.reconstruct.columns import SCHEMAS

DAY_NS = 86_400 * 10**9
_LAST_NS = 2**63 - 1

_RELAYED = frozenset({"resource_id", "scope_name", "scope_version", "schema_url", "addressed"})
"""Columns that say who relayed it rather than what was told."""


@dataclass(frozen=True)
class FactTable:
    """How one table of facts tells its rows apart."""

    name: str
    time: str
    identity: tuple[str, str, str]
    """SQL expressions whose values, together, say which thing a row is about."""
    preference: str
    """SQL order in which one of several contents is preferred."""

    @property
    def keys(self) -> str:
        """SQL: the identity as columns k1, k2, k3."""
        first, second, third = self.identity
        return f"{first} AS k1, {second} AS k2, {third} AS k3"

    @property
    def columns(self) -> list[str]:
        """Columns that come from decoding."""
        return SCHEMAS[self.name].names


def _event_identity(index: str) -> tuple[str, str, str]:
    numbered = "producer_id IS NOT NULL AND seq IS NOT NULL"
    return (
        f"coalesce(event_id, CASE WHEN {numbered} THEN producer_id END, content_key::VARCHAR)",
        f"CASE WHEN event_id IS NULL AND {numbered} THEN seq ELSE -1 END",
        index,
    )


_FULLEST = "length(attributes) DESC, occurred_at DESC"

SPANS = FactTable(
    "spans",
    "started_at",
    ("trace_id", "span_id", "0"),
    "ended_at IS NULL, ended_at DESC, length(attributes) DESC",
)
TABLES = (
    SPANS,
    FactTable("events", "occurred_at", _event_identity("0"), _FULLEST),
    FactTable("records", "occurred_at", _event_identity("0"), _FULLEST),
    FactTable("metrics", "occurred_at", _event_identity("coalesce(series_index, -1)"), _FULLEST),
    FactTable("samples", "occurred_at", _event_identity("0"), _FULLEST),
)


@cache
def sql(name: str) -> str:
    """The text of `<folder>/<name>.sql` beside this module."""
    return (
        resources.files("contexta_processor.store")
        .joinpath(f"{name}.sql")
        .read_text(encoding="utf-8")
    )


def add_facts(connection: duckdb.DuckDBPyConnection, table: FactTable, incoming: pa.Table) -> int:
    """Add what is not there yet; leaves the temp view `staged` behind. Returns: rows added."""
    connection.register("incoming", incoming)
    identified, repeated = _identify(connection, table, incoming)
    connection.unregister("incoming")
    connection.register("identified", identified)
    connection.execute(sql("apply/stage").format(keys=table.keys))
    if repeated:
        places = connection.sql(sql("apply/first_copies")).to_arrow_table().column("place")
        connection.register("identified", identified.take(places))
    low, high = _time_range(incoming.column(table.time))
    bounds = {"low": low} if high is None else {"low": low, "high": high}
    connection.execute(_match(table, identified, bounded=high is not None), bounds)
    met = _one(connection, "SELECT count(*) FROM matched")
    columns = [*table.columns, "fact_id"]
    if table is not SPANS:
        columns.append("content_key")
    # A column nobody told anything in is left to its NULLs.
    columns = [c for c in columns if identified.column(c).null_count < identified.num_rows]
    added = _one(
        connection,
        sql("apply/insert").format(
            table=table.name,
            columns=", ".join(columns),
            taken_at=now_ns() // 1000,
            unmatched=sql("apply/unmatched") if met else "",
        ),
    )
    if repeated or met:
        _settle(connection, table)
    return added


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    """The one number a statement gives."""
    found = connection.execute(statement).fetchone()
    return int(found[0]) if found else 0


def _identify(
    connection: duckdb.DuckDBPyConnection, table: FactTable, incoming: pa.Table
) -> tuple[pa.Table, bool]:
    """The rows with their ids, and whether two of them may be about the same thing."""
    statement = sql("apply/identify").format(
        content=", ".join(name for name in table.columns if name != "addressed"),
        core="NULL::UBIGINT" if table is SPANS else _core(table.columns),
        keys=table.keys,
    )
    ids = connection.sql(statement).to_arrow_table()
    repeated = pc.count_distinct(ids.column("identity")).as_py() < incoming.num_rows
    identified = incoming.append_column("fact_id", ids.column("fact_id"))
    if table is not SPANS:
        identified = identified.append_column("content_key", ids.column("content_key"))
    return identified, repeated


def _core(columns: list[str]) -> str:
    """SQL: a hash of what was told, for rows that neither an id nor a number identifies.

    This one is an identity, so it must never change: MD5 over names and texts.
    """
    content = _hashed([name for name in columns if name not in _RELAYED])
    return (
        "CASE WHEN event_id IS NULL AND (producer_id IS NULL OR seq IS NULL) THEN "
        f"md5_number_lower(concat_ws(chr(31), {content}, CASE WHEN trace_id IS NULL OR span_id IS NULL "
        "THEN resource_id::VARCHAR || chr(30) || coalesce(scope_name, '') END)) END"
    )


def _hashed(columns: list[str]) -> str:
    """SQL arguments of a lasting hash: name and text of every column that is not null."""
    texts: list[str] = []
    for name in sorted(columns):
        text = f"epoch_ns({name})" if name.endswith("_at") else name
        texts.append(f"'{name}' || chr(30) || {text}::VARCHAR")
    return ", ".join(texts)


_EVENT_IDENTITIES = {
    "event_id": "f.event_id = s.event_id",
    "seq": "f.producer_id = s.producer_id AND f.seq = s.seq AND f.event_id IS NULL AND s.event_id IS NULL",
    "content_key": "f.content_key = s.content_key",
}
"""What makes two rows the same thing, by the column that is there where this kind applies."""


def _match(table: FactTable, identified: pa.Table, *, bounded: bool) -> str:
    until = f" AND f.{table.time} <= $high" if bounded else ""
    if table is SPANS:
        parts = [sql("apply/match_spans").format(until=until)]
    else:
        index = "true"
        if table.name == "metrics":
            index = "f.series_index IS NOT DISTINCT FROM s.series_index"
        parts = [
            sql("apply/match_events").format(table=table.name, kind=kind, index=index, until=until)
            for column, kind in _EVENT_IDENTITIES.items()
            if identified.column(column).null_count < identified.num_rows
        ]
    return "CREATE OR REPLACE TEMP TABLE matched AS\n" + "UNION ALL\n".join(parts)


def _time_range(times: pa.ChunkedArray) -> tuple[object, object]:
    """A day before the earliest and a day after the latest time, as timestamps DuckDB takes.

    The end is None in the last days that 64 bits of nanoseconds can tell: a microsecond less would leave rows out.
    """
    bounds = pc.min_max(times.cast(pa.int64()))
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    if low is None or high is None:
        low, high = DAY_NS, DAY_NS
    end = None if high + DAY_NS >= _LAST_NS else _timestamp(high + DAY_NS)
    return _timestamp(max(low - DAY_NS, 0)), end


def _timestamp(nanoseconds: int) -> object:
    return pa.scalar(nanoseconds // 1000, pa.timestamp("us")).as_py()


def _settle(connection: duckdb.DuckDBPyConnection, table: FactTable) -> None:
    connection.execute(sql("apply/contested"))
    if _one(connection, "SELECT count(*) FROM contested"):
        connection.execute(
            sql("apply/settle").format(
                table=table.name,
                keys=table.keys,
                preference=table.preference,
                same_keys=_same_identity(table),
            )
        )


def _same_identity(table: FactTable) -> str:
    """SQL: row `f` has the identity in `ranked` (a content id alone could collide)."""
    return " AND ".join(
        f"({expression}) = ranked.{key}"
        for expression, key in zip(table.identity, ("k1", "k2", "k3"), strict=True)
    )
