"""The tables a user may query, as a result that every rendering can print."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pyarrow as pa

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.investigate.results import Rows
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, View


@dataclass(frozen=True)
class TableList:
    """Tables with their comment and columns, by name."""

    tables: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, found: pa.Table) -> "TableList":
        """From a row per table of `sandbox_tables.sql`."""
        return cls(tuple(found.to_pylist()))

    def only(self, name: str) -> "TableList":
        """The table of that name. Raises: ContextaError if there is none."""
        found = tuple(table for table in self.tables if table["table"] == name.lower())
        if not found:
            names = [str(table["table"]) for table in self.tables]
            near = get_close_matches(name, names, n=3, cutoff=0.5) or names
            raise ContextaError(
                f"there is no table {name!r}",
                cause=f"nearest: {', '.join(near)}"
                if len(near) < len(names)
                else f"there are {', '.join(names)}",
                hint="contexta sql --tables   lists them all",
                exit_code=Exit.UNDECIDED,
            )
        return TableList(found)

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
    """A block per table: its name, what it holds, its columns."""
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
