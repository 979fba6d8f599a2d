"""Numbered migrations: `migrations/NNNN_name.sql`, each run once, in order, in one transaction."""

from importlib import resources

import duckdb

from contexta_processor.base.errors import ContextaError, Exit


def _migrations() -> list[tuple[int, str, str]]:
    """(number, name, SQL) of every packaged migration, in order."""
    folder = resources.files("contexta_processor.store").joinpath("migrations")
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name
    )
    return [
        (int(file.name[:4]), file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in files
    ]


def current_version(connection: duckdb.DuckDBPyConnection) -> int:
    """Number of the newest migration in this database; 0 for an empty one."""
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'store' AND table_name = 'schema_version'"
    ).fetchone()
    if not known or not known[0]:
        return 0
    newest = connection.execute("SELECT max(version) FROM store.schema_version").fetchone()
    return int(newest[0]) if newest and newest[0] is not None else 0


def latest_version() -> int:
    """Number of the newest migration this package carries."""
    return _migrations()[-1][0]


def migrate(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Bring the database to the newest version; returns the names of the migrations that ran.

    Raises: ContextaError if the database was written by a newer contexta.
    """
    version = current_version(connection)
    if version > latest_version():
        raise ContextaError(
            "the evidence database was written by a newer contexta",
            cause=f"its schema is version {version}, this one knows {latest_version()}",
            hint="pip install --upgrade contexta-processor",
            exit_code=Exit.UNREACHABLE,
        )
    ran: list[str] = []
    for number, name, text in _migrations():
        if number <= version:
            continue
        connection.execute("BEGIN")
        try:
            connection.execute(text)
            connection.execute("INSERT INTO store.schema_version VALUES (?, ?)", [number, name])
            connection.execute("COMMIT")
        except duckdb.Error:
            connection.execute("ROLLBACK")
            raise
        ran.append(name)
    return ran
