"""The data directory: where everything is, who owns it, and where its server listens."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT = "./.contexta"


@dataclass(frozen=True)
class DataDir:
    """Paths inside one data directory. Creating this object touches nothing on disk."""

    root: Path

    @classmethod
    def resolve(cls, given: str | os.PathLike[str] | None = None) -> "DataDir":
        """`--data`, else `CONTEXTA_DATA`, else `./.contexta`."""
        return cls(Path(given or os.environ.get("CONTEXTA_DATA") or DEFAULT))

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def database(self) -> Path:
        return self.root / "evidence.duckdb"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def taken(self) -> Path:
        """Where inbox files go once they are in the journal."""
        return self.root / "inbox" / "taken"

    @property
    def lock_file(self) -> Path:
        return self.root / "lock"

    @property
    def serve_file(self) -> Path:
        return self.root / "serve.json"

    def create(self) -> None:
        """Make the directories that must exist before the first write."""
        for path in (self.root, self.journal, self.quarantine, self.inbox, self.taken):
            path.mkdir(parents=True, exist_ok=True)

    def read_serve(self) -> Mapping[str, Any] | None:
        """The running server's addresses (`grpc`, `http`, `web`, `pid`, …), or None without a server."""
        try:
            return json.loads(self.serve_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
            return None
