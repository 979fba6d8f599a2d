"""Which statements of a user are run: one, and only if it can do nothing but read.

DuckDB's own parser decides, not a look at the text.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

USAGE, UNREACHABLE = 2, 4
READING = "one SELECT, FROM, WITH, VALUES, PIVOT, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN of one"
_COMMENT = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_EXPLAIN = re.compile(
    rf"{_COMMENT}EXPLAIN(?=[\s(/-]){_COMMENT}(?P<analyze>ANALYZE\b)?{_COMMENT}",
    re.DOTALL | re.IGNORECASE,
)


class Refused(Exception):
    """A statement or database that is not run, in the three lines a person reads."""

    def __init__(self, what: str, cause: str, hint: str, exit_code: int = USAGE) -> None:
        super().__init__(what)
        self.answer = {"what": what, "cause": cause, "hint": hint, "exit_code": exit_code}


def the_one_statement(text: str) -> "list[duckdb.Statement]":
    """The parsed statement of a text that only reads, else Refused.

    A list because DuckDB turns a PIVOT without IN into a temporary ENUM and the SELECT that uses it.
    EXPLAIN runs what follows it when it says ANALYZE, so what follows must itself be one reading
    statement; the text is put together again from the checked parts.
    """
    import duckdb

    prefix = _EXPLAIN.match(text)
    if prefix:
        rest = text[prefix.end() :]
        inner = _parse(rest)
        if len(inner) != 1 or inner[0].type != duckdb.StatementType.SELECT:
            raise _not_reading("EXPLAIN of something that is not one SELECT", inner)
        keyword = "EXPLAIN ANALYZE " if prefix["analyze"] else "EXPLAIN "
        return _parse(keyword + rest)
    statements = _parse(text)
    *before, last = statements
    if any(each.query or each.type != duckdb.StatementType.CREATE for each in before):
        raise _not_reading(f"{len(statements)} statements; one is run at a time", statements)
    if last.type != duckdb.StatementType.SELECT:
        raise _not_reading(f"this is a {last.type.name} statement", statements)
    return statements


def _parse(text: str) -> "list[duckdb.Statement]":
    import duckdb

    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise fault(error) from error
    if not statements:
        raise Refused(
            "there is no statement", "the text is empty or only a comment", "contexta sql --tables"
        )
    return statements


def _not_reading(cause: str, statements: "list[duckdb.Statement]") -> Refused:
    names = ", ".join(each.type.name for each in statements[:5])
    what = "only one statement that reads can be run"
    return Refused(what, f"{cause} ({names})", f"write {READING}")


def fault(error: "duckdb.Error") -> Refused:
    """A statement's own fault: DuckDB's words, with the place it points at."""
    kind = type(error).__name__.removesuffix("Exception")
    hint = "contexta sql --tables"
    if kind == "InvalidInput" and "parameter" in str(error):
        hint = "give every $name in the statement its value, and no other: --param name=value"
    return Refused("the statement cannot be run", _one_line(error), hint)


def _one_line(error: Exception) -> str:
    """DuckDB's message with the line it points at; the caret below that line means nothing in one line."""
    lines = (line.strip() for line in str(error).splitlines())
    return " · ".join(line for line in lines if line and line.strip("^"))
