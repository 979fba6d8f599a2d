"""The tables a user may query, as a result that every rendering can print."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pyarrow as pa

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.investigate.results import Rows
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, View

_EVERYWHERE = ("completeness", "captured_by", "confidence")
"""Columns of nearly every table: left out where only names are listed."""


@dataclass(frozen=True)
class TableList:
    """Tables with their comment and columns, by name. asked: the table or column that was named, or None for all tables."""

    tables: tuple[dict[str, Any], ...]
    asked: str | None = None

    @classmethod
    def of(cls, found: pa.Table) -> "TableList":
        """From a row per table of `tables.sql`."""
        return cls(tuple(found.to_pylist()))

    def only(self, name: str) -> "TableList":
        """The table of that name, else those that have a column of it. Raises: ContextaError if there is neither."""
        word = name.lower()
        found = tuple(table for table in self.tables if table["table"] == word) or tuple(
            table
            for table in self.tables
            if any(column["name"] == word for column in table["columns"])
        )
        if not found:
            names = [str(table["table"]) for table in self.tables]
            near = get_close_matches(name, names, n=3, cutoff=0.5) or names
            raise ContextaError(
                f"there is no table {name!r}, and no table has such a column",
                cause=f"nearest: {', '.join(near)}"
                if len(near) < len(names)
                else f"there are {', '.join(names)}",
                hint="contexta sql --tables   lists them all",
                exit_code=Exit.UNDECIDED,
            )
        return TableList(found, name)

    def to_dict(self) -> dict[str, object]:
        """`{"tables": [{table, comment, columns: [{name, type, comment}]}]}`."""
        return {"tables": list(self.tables)}

    def rows(self) -> Rows:
        """One row per column."""
        return Rows(
            ("table", "column", "type", "comment"),
            [
                (table["table"], column["name"], column["type"], column["comment"])
                for table in self.tables
                for column in table["columns"]
            ],
        )


def tables_view(found: TableList) -> View:
    """Of all tables a line each; of those that were asked for a block: its name, what it holds, its columns."""
    if found.asked is None:
        return _overview(found)
    blocks: list[Block] = []
    for table in found.tables:
        blocks.append(Line.of(Cell(table["table"], "strong"), f"  {table['comment'] or ''}"))
        rows = [
            [f"  {column['name']}", Cell(column["type"], "dim"), column["comment"] or ""]
            for column in table["columns"]
        ]
        blocks.append(
            Table((Column("  COLUMN"), Column("TYPE", wrap=True), Column("", wrap=True)), rows)
        )
    return View(
        tuple(blocks),
        next=f'contexta sql "FROM {found.tables[0]["table"] if found.tables else "runs"} LIMIT 5"',
    )


def _overview(found: TableList) -> View:
    rows: list[list[Text]] = [
        [
            Cell(table["table"], "strong"),
            table["comment"] or "",
            Cell(", ".join(_own_columns(table)), "dim"),
        ]
        for table in found.tables
    ]
    columns = (Column("TABLE"), Column("HOLDS", wrap=True), Column("COLUMNS", wrap=True))
    return View((Table(columns, rows),), next="contexta sql --tables NAME   (a table, or a column)")


def _own_columns(table: dict[str, Any]) -> list[str]:
    names = [column["name"] for column in table["columns"]]
    return [name for name in names if name not in _EVERYWHERE]
