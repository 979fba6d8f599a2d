"""What people call a side of a comparison: one run by any of its names, several by comma, or all that carry a tag."""

from collections.abc import Sequence
from dataclasses import dataclass

from contexta_processor.base.errors import ContextaError
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of
from contexta_processor.investigate.run_names import resolve_run

MOST = 49
"""Runs one side may have."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison. label: as it was named; runs: ids, as they were named, those of a tag oldest first."""

    label: str
    runs: tuple[str, ...]


def resolve_side(query: Query, name: str | Sequence[str], *, project: str | None = None) -> Side:
    """The runs that `name` means: any name of one run, names joined by commas, or `tag:KEY[=VALUE]`, whose runs all
    belong to the side.

    An exact id or name with a comma in it comes first. A sequence is as if joined by commas. A run that is named
    twice counts once.
    Raises: ContextaError as `resolve_run` does; with Exit.USAGE for more than 49 runs.
    """
    if not isinstance(name, str):
        return _side(",".join(name), [run for part in name for run in _runs(query, part, project)])
    parts = [name] if "," not in name or _is_run(query, name, project) else name.split(",")
    return _side(name, [run for part in parts for run in _runs(query, part.strip(), project)])


def _side(label: str, runs: Sequence[str]) -> Side:
    found = tuple(dict.fromkeys(runs))
    if len(found) > MOST:
        raise ContextaError(
            f"{label!r} is more than {MOST} runs",
            cause=f"a side of a comparison has {MOST} runs at most",
            hint="name fewer, or narrow it with --project",
        )
    return Side(found[0] if len(found) == 1 else label, found)


def _runs(query: Query, name: str, project: str | None) -> list[str]:
    if name.startswith("tag:") and not _is_run(query, name, project):
        key, given, value = name.removeprefix("tag:").partition("=")
        asked = {"key": key, "value": value if given else None, "project": project}
        rows = rows_of(query.query(statement("investigate/run_tagged"), asked))
        if len(rows) > 1:
            return [row["run_id"] for row in sorted(rows, key=_age)]
    return [resolve_run(query, name, project=project)]


def _age(row: Row) -> tuple[bool, int, str]:
    """Oldest first, those of no known start last."""
    return row["started_at"] is None, row["started_at"] or 0, row["run_id"]


def _is_run(query: Query, name: str, project: str | None) -> bool:
    """Whether this is a run's whole id or name, whatever characters are in it."""
    asked = {"name": name, "project": project}
    found = rows_of(query.query(statement("investigate/run_named"), asked))
    return any(row["matched"] in ("id", "name") for row in found)
