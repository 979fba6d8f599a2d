"""What runs made and read, each with what is known of it, whoever said it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of

ByRun = Mapping[str, tuple[Row, ...]]

_UNKNOWN = (
    "kind", "sha256", "fingerprint", "version", "dataset", "split", "row_count", "producer_run",
    "producer_status",
)  # fmt: skip


def artifacts_of(query: Query, runs: Sequence[str]) -> ByRun:
    """The artifacts of each of these runs, what it consumed first: rows of `artifacts.sql`, with run_id and role.

    producer_status is that of the run which made what was consumed; None for what the run itself produced.
    """
    touches = rows_of(query.query(statement("investigate/diagnose/touches"), {"runs": list(runs)}))
    known = described(query, {row["artifact_id"] for row in touches})
    found: dict[str, list[Row]] = defaultdict(list)
    for touch in touches:
        artifact = known.get(touch["artifact_id"], dict.fromkeys(_UNKNOWN))
        if touch["role"] == "consumed":
            found[touch["run_id"]].append({**artifact, **touch, "stage": None})
        elif artifact["producer_run"] == touch["run_id"]:
            own = {"run_id": touch["run_id"], "role": "produced", "producer_status": None}
            found[touch["run_id"]].append({**artifact, **own})
    return {run: tuple(sorted(rows, key=_place)) for run, rows in found.items()}


def described(query: Query, artifacts: Iterable[str]) -> dict[str, Row]:
    """What is known of these artifacts, by id; nothing is asked for none."""
    ids = sorted(artifacts)
    if not ids:
        return {}
    asked = query.query(statement("investigate/diagnose/artifacts"), {"artifacts": ids})
    return {row["artifact_id"]: row for row in rows_of(asked)}


def twins(query: Query, artifacts: Iterable[str]) -> ByRun:
    """Artifacts that some run produced with the content of these, under another id, by these."""
    ids = sorted(artifacts)
    if not ids:
        return {}
    asked = query.query(statement("investigate/diagnose/same_content"), {"artifacts": ids})
    rows = rows_of(asked)
    known = described(query, {row["other_id"] for row in rows})
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        producer = known.get(row["other_id"], {}).get("producer_run")
        if producer is not None:
            found[row["artifact_id"]].append({**row, "run_id": producer})
    return {artifact: tuple(rows) for artifact, rows in found.items()}


def produced(rows: Iterable[Row]) -> list[str]:
    """The artifacts among these that the run made itself."""
    return [row["artifact_id"] for row in rows if row["role"] == "produced"]


def unmade(rows: Iterable[Row]) -> list[str]:
    """What was consumed and no known run produced."""
    return [
        row["artifact_id"]
        for row in rows
        if row["role"] == "consumed" and row["producer_run"] is None
    ]


def _place(row: Row) -> tuple[str, str]:
    return row["role"], row["artifact_id"]
