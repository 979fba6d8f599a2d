"""Where evidence is read from: a server that was named, the directory's own server, or its file.

    --server URL                        → that server
    DIR/serve.json, process alive       → the server it names
    otherwise                           → the file, after taking in what waits beside it

A reader never creates a directory, and never shows an empty list where it could not read.
"""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.without_numpy import import_arrow_alone
from contexta_processor.cli.patience import Patience

if TYPE_CHECKING:
    from contexta_processor.base.query import Query
    from contexta_processor.store.file import FileQuery
    from contexta_processor.store.remote import RemoteQuery


@dataclass(frozen=True)
class Source:
    """The evidence a command was pointed at.

    plain: what is read is shown as it is, nothing is computed of it: Arrow can do without numpy.
    """

    data: DataDir
    server: str | None
    plain: bool = False

    @classmethod
    def chosen(cls, data: str | None, server: str | None, *, plain: bool = False) -> "Source":
        """From `--data` and `--server`.

        Raises: ContextaError if both were given.
        """
        if data is not None and server is not None:
            raise ContextaError(
                "--data and --server exclude each other",
                cause="evidence is read from one place",
                hint="leave one of them out",
            )
        return cls(DataDir.resolve(data), server, plain)

    def server_url(self) -> str | None:
        """Address of the server to read through, or None when the file is free to be opened.

        A serve.json whose process is gone, or where nothing listens any more, is what a killed server
        leaves behind, and is ignored.
        """
        if self.server is not None:
            return self.server
        try:
            running = self.data.read_serve()
        except OSError:  # not a directory, no permission: said when the file is opened
            return None
        if running is None or not _alive(running.get("pid")):
            return None
        web = str(running.get("web") or "")
        return web if _listens(web) else None

    @contextmanager
    def open(self) -> Generator["Query"]:
        """Something to ask, closed at the end.

        Raises: ContextaError with Exit.UNREACHABLE if there is nothing to read.
        """
        query = self._opened()
        try:
            yield query
        finally:
            query.close()

    @contextmanager
    def settled(self) -> Generator[str | None]:
        """The server to ask, or None: what waited beside the file is in it, and nobody writes it before the end."""
        found = self._found()
        try:
            yield found if isinstance(found, str) else None
        finally:
            if not isinstance(found, str):
                found.close()

    def _opened(self) -> "FileQuery | RemoteQuery":
        found = self._found()
        if self.plain:  # not before: taking in what waits beside the file needs numpy
            import_arrow_alone()
        if not isinstance(found, str):
            return found
        from contexta_processor.store.remote import RemoteQuery

        return RemoteQuery(found)

    def _found(self) -> "FileQuery | str":
        """The file opened, or a server's URL; a server that is just starting or stopping, or another
        reader taking things in, is waited for."""
        patience: Patience | None = None
        while True:
            url = self.server_url()
            if url is not None:
                return url
            try:
                return self.open_file()
            except ContextaError as error:
                patience = patience or Patience(self.data)
                patience.wait(error)

    def open_file(self) -> "FileQuery":
        """The database file itself, read-only, with everything that waits beside it taken in.

        Raises: ContextaError with Exit.UNREACHABLE.
        """
        self._require_directory()
        try:
            return self._file_brought_up()
        except PermissionError as error:
            cause = f"{error.filename}: {error.strerror}"
            raise _unusable(self.data, cause) from error

    def _file_brought_up(self) -> "FileQuery":
        from contexta_processor.store.file import FileQuery

        if self.data.database.is_file():
            query = FileQuery.open(self.data.database)
            if self._is_current(query):
                return query
            query.close()
        elif not self._inbox_waits() and not _holds_files(self.data.journal):
            raise self._nothing()
        from contexta_processor.cli.progress import Progress
        from contexta_processor.server.embedded import catch_up

        with Progress() as progress:
            catch_up(self.data, told=progress.rows)
        return FileQuery.open(self.data.database)

    def _is_current(self, query: "FileQuery") -> bool:
        """Whether the database has the newest form, and everything that waits beside it.

        Raises: ContextaError if it is not ours, or was written by a newer contexta.
        """
        import duckdb

        from contexta_processor.base.statement import statement
        from contexta_processor.journal.segment import list_segments
        from contexta_processor.store.migrate import latest_version

        try:
            position, version = query.first_row(statement("cli/journal_position"))
        except duckdb.CatalogException as error:
            raise _unusable(
                self.data, f"{self.data.database.name} is no evidence database"
            ) from error
        if version > latest_version():
            raise ContextaError(
                f"the evidence in {self.data.root} was written by a newer contexta",
                cause=f"its schema is version {version}, this one knows {latest_version()}",
                hint="pip install --upgrade contexta-processor",
                exit_code=Exit.UNREACHABLE,
            )
        segments = list_segments(self.data.journal)
        behind = bool(segments) and segments[-1].first + segments[-1].size > position
        return version == latest_version() and not behind and not self._inbox_waits()

    def _inbox_waits(self) -> bool:
        return _holds_files(self.data.inbox)

    def _require_directory(self) -> None:
        root = self.data.root
        if not root.exists():
            raise self._nothing()
        if not root.is_dir():
            raise _unusable(self.data, "it is not a directory")
        if not os.access(root, os.R_OK | os.X_OK):
            raise _unusable(self.data, "permission denied")

    def _nothing(self) -> ContextaError:
        return ContextaError(
            f"no evidence in {self.data.root}",
            cause="nothing has been received there yet"
            if self.data.root.exists()
            else "the directory does not exist",
            hint="contexta serve   (then run a job), contexta demo, or --data DIR for another directory",
            exit_code=Exit.UNREACHABLE,
        )


def _unusable(data: DataDir, cause: str) -> ContextaError:
    return ContextaError(
        f"cannot read the evidence in {data.root}",
        cause=cause,
        hint="--data DIR names the data directory; contexta doctor looks at it",
        exit_code=Exit.UNREACHABLE,
    )


def _holds_files(directory: os.PathLike[str]) -> bool:
    """Whether a directory holds a finished file (hidden and unfinished ones don't count)."""
    try:
        with os.scandir(directory) as entries:
            return any(
                entry.is_file() and not entry.name.startswith(".") and entry.stat().st_size > 0
                for entry in entries
            )
    except FileNotFoundError:
        return False


def _alive(pid: object) -> bool:
    """Whether a process of this id runs here; an unknown id is given the benefit of the doubt."""
    if not isinstance(pid, int):
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _listens(address: str) -> bool:
    """Whether anything accepts connections at HOST:PORT."""
    host, _, port = address.rpartition("://")[2].rstrip("/").rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, ValueError):
        return False
    return True
