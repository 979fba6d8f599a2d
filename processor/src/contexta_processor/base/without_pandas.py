"""Keeping pandas out of our own processes.

DuckDB, to look at any parameter, and pyarrow import pandas where it is installed: 200 ms and 60 MB
for nothing, because nothing of ours uses it.
"""

import sys


class _WithoutPandas:
    """A finder that answers for pandas alone, and says that it isn't there."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("contexta's own processes do without pandas", name=name)


def do_without_pandas() -> None:
    """Make pandas not importable in this process; for its first lines only, never in a library."""
    sys.meta_path.insert(0, _WithoutPandas())
