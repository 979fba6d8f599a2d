"""Addresses that evidence does not carry itself: from the span it is on, or from its trace.

The result is a function of the rows alone. A row is final once it took from its nearest span; a
guess from the trace is made again whenever the trace is touched.
"""

import duckdb

from contexta_processor.store.facts import sql

_OTHERS = ("events", "records", "metrics", "samples")
_MAX_DEPTH = 1_000
"""Deeper nesting than this is settled when its trace is touched again."""

_RUN_AGREES = "(c.run_id IS NULL OR c.claim = 'trace' OR c.run_id = p.run_id)"
_STAGE_AGREES = f"({_RUN_AGREES} AND (c.stage IS NULL OR c.stage = p.stage))"


def resolve_addresses(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Settle addresses in the traces of temp table `touched_traces`; returns the runs that changed."""
    found = connection.execute(sql("resolve/pending")).fetchone()
    spans, others = found if found else (0, 0)
    changed: set[str] = set()
    if spans:
        for _ in range(_MAX_DEPTH):
            step = _inherit(connection, "spans", "parent_span_id")
            if step is None:
                break
            changed |= step
    if others:
        for table in _OTHERS:
            changed |= _inherit(connection, table, "span_id") or set()
    for table in ("spans", *_OTHERS) if spans or others else ():
        if connection.execute(sql("resolve/claim").format(table=table)).fetchall():
            changed |= _runs_of_touched_traces(connection)
    return changed


def _runs_of_touched_traces(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Every run in these traces: a new run may have taken a guess from another."""
    rows = connection.execute(
        "SELECT DISTINCT run_id FROM facts.spans SEMI JOIN touched_traces USING (trace_id) "
        "WHERE run_id IS NOT NULL"
    ).fetchall()
    return {row[0] for row in rows}


def _inherit(connection: duckdb.DuckDBPyConnection, table: str, pointer: str) -> set[str] | None:
    """One step; None when no row changed."""
    rows = connection.execute(
        sql("resolve/inherit").format(
            table=table, pointer=pointer, run_agrees=_RUN_AGREES, stage_agrees=_STAGE_AGREES
        )
    ).fetchall()
    return {row[0] for row in rows if row[0] is not None} if rows else None
