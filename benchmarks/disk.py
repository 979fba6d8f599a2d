"""What evidence takes on disk: bytes a span and a metric row, in the journal and in the database.

    python benchmarks/disk.py [--runs 100 --runs 400]

The database is measured after a checkpoint: the file's blocks in use, and per table the blocks its columns are in, which
is what is left when the file is copied. Files grow in blocks of 256 KiB, so a store of few runs takes more a row.
"""

import argparse
import tempfile
from pathlib import Path

import duckdb
from ingest_queryable import drain, journal_of
from rounds import report
from workload import Workload

from contexta_processor.store.ingest import Ingest

NAME = "disk"
TABLES = ("spans", "metrics", "records", "samples")
_BLOCKS = (
    "SELECT count(DISTINCT block_id) FROM pragma_storage_info('facts.{table}') WHERE block_id >= 0"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, action="append")
    for runs in parser.parse_args().runs or [100, 400]:
        measure(Workload(runs=runs, samples=40))


def measure(load: Workload) -> None:
    """One store of this workload."""
    with tempfile.TemporaryDirectory(prefix="contexta-bench-") as folder:
        data = journal_of(load, Path(folder))
        journal = sum(path.stat().st_size for path in data.journal.iterdir() if path.is_file())
        store = Ingest(data)
        drain(store)
        connection = store.cursor()
        connection.execute("CHECKPOINT")
        (block_size, used) = connection.execute(
            "SELECT block_size, used_blocks FROM pragma_database_size() WHERE database_name = 'evidence'"
        ).fetchall()[0]
        rows = {table: count(connection, f"SELECT count(*) FROM facts.{table}") for table in TABLES}
        blocks = {table: count(connection, _BLOCKS.format(table=table)) for table in TABLES}
        connection.close()
        store.close()
        report(
            NAME,
            f"{load.runs} runs",
            spans=rows["spans"],
            metric_rows=rows["metrics"],
            database_bytes=used * block_size,
            file_bytes=data.database.stat().st_size,
            database_bytes_per_span_with_its_metrics=round(used * block_size / rows["spans"], 1),
            bytes_per_span_row=round(blocks["spans"] * block_size / rows["spans"], 1),
            bytes_per_metric_row=round(blocks["metrics"] * block_size / rows["metrics"], 1),
            journal_bytes_per_span=round(journal / rows["spans"], 1),
        )


def count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    """The one number a statement gives."""
    found = connection.execute(statement).fetchone()
    return int(found[0]) if found else 0


if __name__ == "__main__":
    main()
