"""Not keeping for ever what no run claims: spans of services that have nothing to do with any run, say.

A span or record that names no run is kept, since a run of its trace may still come. Where none came for as long as was asked,
the whole trace goes, and what has no trace and so can never be claimed. What names a run or a deployment, and every
record that says how things are connected, stays. What went is counted, and a marker says so.
"""

from datetime import UTC, datetime

import duckdb

from contexta_processor.base.clock import now_ns
from contexta_processor.store.facts import sql

_KINDS = ("spans", "events", "metrics", "samples")


def prune_unclaimed(connection: duckdb.DuckDBPyConnection, older_than_s: float) -> dict[str, int]:
    """Remove, in one transaction, what was taken in longer ago than this and no run claimed; rows removed of each kind."""
    now = now_ns() / 1e9
    at, before = _timestamp(now), _timestamp(max(now - older_than_s, 0.0))
    removed: dict[str, int] = {}
    connection.execute("BEGIN")
    try:
        connection.execute(sql("prune/unclaimed"), {"before": before})
        for kind in _KINDS:
            statement = sql("prune/remove").format(table=kind)
            found = connection.execute(statement, {"before": before}).fetchone()
            if found and found[0]:
                removed[kind] = int(found[0])
                told = {"kind": kind, "removed": removed[kind], "at": at}
                connection.execute(sql("prune/count"), told)
        if removed:
            connection.execute(sql("prune/mark"))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return removed


def _timestamp(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
