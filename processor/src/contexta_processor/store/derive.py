"""Computing runs, stages, samples, markers and completeness from facts, for the runs that changed.

Each file of `derive/` recomputes its table for the runs in temp table `touched`, from facts and from
the tables of the files before it. Nothing is updated in place, so nothing depends on what was there.
"""

from functools import cache
from importlib import resources

import duckdb


@cache
def _steps() -> tuple[str, ...]:
    folder = resources.files("contexta_processor.store").joinpath("derive")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(file.read_text(encoding="utf-8") for file in files)


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
        for step in _steps():
            connection.execute(step)
        connection.execute("DELETE FROM store.dirty_runs")
    return count
