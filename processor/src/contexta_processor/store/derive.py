"""Computing runs, stages, samples, markers and completeness from facts, for the runs that changed.

Each file of `derive/` recomputes its table for the runs in temp table `touched`, from facts and from
the tables of the files before it. Nothing is updated in place, so nothing depends on what was there before.

The files `NN_rule_*.sql` come last. They are functions of `store.artifact_uses` alone, and run only where that changed: a run
that trains on tells much, and rarely of another artifact.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import duckdb

_USES = """
SELECT count(*), sum(hash(u)::HUGEINT) FROM store.artifact_uses u
WHERE run_id IS NULL OR run_id IN (SELECT run_id FROM touched)
"""
"""What the rules read of the touched runs, in two numbers: the same numbers, the same rows."""


@dataclass(frozen=True)
class _Step:
    name: str
    sql: str

    @property
    def is_rule(self) -> bool:
        """Whether this step reads nothing but uses of artifacts."""
        return self.name[2:].startswith("_rule_")


@cache
def _steps() -> tuple[_Step, ...]:
    folder = resources.files("contexta_processor.store").joinpath("derive")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(_Step(file.name, file.read_text(encoding="utf-8")) for file in files)


def derive_dirty_runs(connection: duckdb.DuckDBPyConnection) -> int:
    """Recompute every run in `store.dirty_runs` and clear the list; returns how many there were.

    The id '' among them stands for what belongs to no run.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT run_id FROM store.dirty_runs"
    )
    found = connection.execute("SELECT count(*) FROM touched").fetchone()
    count = int(found[0]) if found else 0
    if count:
        uses = _uses(connection)
        for step in _steps():
            if not step.is_rule:
                connection.execute(step.sql)
        if _uses(connection) != uses:
            for step in _steps():
                if step.is_rule:
                    connection.execute(step.sql)
        connection.execute("DELETE FROM store.dirty_runs")
    return count


def _uses(connection: duckdb.DuckDBPyConnection) -> Any:
    return connection.execute(_USES).fetchone()
