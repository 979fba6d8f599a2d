"""Which earlier runs say what is usual for a run: those most like it, where there are enough of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of

HISTORY: Final = 30
"""At most so many earlier runs say what is usual."""

SEARCHED: Final = 120
"""Among so many of the newest earlier runs those that are like a run are looked for."""

LEAST_RUNS: Final = 5
"""With fewer earlier runs nothing is usual yet."""

SAME_KIND: Final = ("project", "run_type")
LIKENESS: Final = ("data_sets", "expected_stages")


@dataclass(frozen=True)
class History:
    """The earlier runs that say what is usual for a run, newest first, and what each of them has in common with it.

    scope: project and run_type; also data_sets (the names of what it consumed) and expected_stages (declared), where
    the run says them and at least five of the earlier runs say the same.
    """

    runs: tuple[str, ...] = ()
    scope: tuple[str, ...] = SAME_KIND


def histories(query: Query, runs: Sequence[str]) -> dict[str, History]:
    """The history of each of these runs; none for a run without a project or a start."""
    given = {"runs": list(runs), "last": SEARCHED}
    found: dict[str, list[str]] = {}
    for row in rows_of(query.query(statement("investigate/diagnose/history"), given)):
        found.setdefault(row["run_id"], []).append(row["past_run_id"])
    every = sorted({*found, *(past for earlier in found.values() for past in earlier)})
    likeness = _likeness(query, every) if every else {}
    return {run: _most_alike(likeness[run], earlier, likeness) for run, earlier in found.items()}


def _likeness(query: Query, runs: Sequence[str]) -> dict[str, Row]:
    asked = query.query(statement("investigate/diagnose/likeness"), {"runs": list(runs)})
    return {row["run_id"]: row for row in rows_of(asked)}


def _most_alike(own: Row, earlier: Sequence[str], likeness: Mapping[str, Row]) -> History:
    """Those that share everything the run says of itself, if they are enough; else all of its kind.

    What the run does not say narrows nothing: a run that lost the name of its data is held against all.
    """
    said = tuple(name for name in LIKENESS if own[name] is not None)
    alike = [past for past in earlier if all(likeness[past][name] == own[name] for name in said)]
    if len(alike) >= LEAST_RUNS:
        return History(tuple(alike[:HISTORY]), (*SAME_KIND, *said))
    return History(tuple(earlier[:HISTORY]))
