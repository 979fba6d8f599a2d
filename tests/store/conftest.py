"""Stores told something, for tests of what they then know."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.signal import Signal
from contexta_processor.journal.writer import JournalWriter
from contexta_processor.store.ingest import Ingest


class ToldStore:
    """A data directory that can be told requests and asked SQL."""

    def __init__(self, root: Path) -> None:
        self.data_dir = DataDir(root)
        self.data_dir.create()
        self.journal = JournalWriter(self.data_dir.journal)
        self.ingest = Ingest(self.data_dir)

    stale_after_s = 1e12
    """The stories are of the past: nobody is taken to be silent unless a test says so."""

    def tell(self, signal: Signal, body: bytes) -> None:
        """Append to the journal, as the receiver does."""
        self.journal.append(signal, body)

    def settle(self) -> None:
        """Take in everything."""
        while self.ingest.step() is not None:
            pass

    def sql(self, text: str) -> list[tuple[object, ...]]:
        """Rows of a statement."""
        cursor = self.ingest.cursor()
        cursor.execute(f"SET VARIABLE stale_after_s = {self.stale_after_s!r}::DOUBLE")
        try:
            return cursor.execute(text).fetchall()
        finally:
            cursor.close()

    def export(self) -> bytes:
        """The canonical export of everything."""
        from contexta_processor.surfaces.export.canonical import jsonl_lines
        from contexta_processor.surfaces.export.scope import scope_of

        reader = self.ingest.reader()
        try:
            return b"".join(jsonl_lines(reader, scope_of(reader, [], everything=True)))
        finally:
            reader.close()

    def close(self) -> None:
        self.ingest.close()
        self.journal.close()


@pytest.fixture
def told_store(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Callable[[], ToldStore]]:
    """Makes stores; closes them at the end."""
    made: list[ToldStore] = []

    def make() -> ToldStore:
        store = ToldStore(tmp_path_factory.mktemp("store"))
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()
