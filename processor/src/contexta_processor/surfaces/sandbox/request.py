"""A user's question as bytes, and the tables it brings along: what the sandbox's child reads, and a server takes.

    {"text": …, "tables": [{"name": "mine", "bytes": 1234}, …]}\\n   one line of JSON
    1234 bytes                                                      an Arrow IPC stream each, in that order

Whoever passes it on never looks into the streams: they are somebody's, and are read in the child alone.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from contexta_processor.base.errors import ContextaError

SQL_WITH_TABLES = "application/vnd.contexta.sql-with-tables"
"""Media type of a question with tables, where one without is JSON."""

MIB = 1024 * 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def framed(request: Mapping[str, Any], tables: Mapping[str, bytes]) -> bytes:
    """The request as bytes. Raises: ContextaError for a name no table can have."""
    for name in tables:
        if not _NAME.fullmatch(name):
            raise ContextaError(
                f"a table cannot be called {name!r}",
                cause="its name has to be a word of letters, digits and _, not beginning with a digit",
                hint='tables={"mine": …}, then: SELECT … FROM mine',
            )
    told = [{"name": name, "bytes": len(stream)} for name, stream in tables.items()]
    line = json.dumps({**request, "tables": told}).encode("ascii")
    return b"".join((line, b"\n", *tables.values()))


def unframed(body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The request, and the streams by name. Raises: ValueError if the bytes are no request."""
    line, _, rest = body.partition(b"\n")
    request = json.loads(line)
    if not isinstance(request, dict):
        raise ValueError("the first line is no JSON object")
    told = cast("dict[str, Any]", request)
    tables: dict[str, bytes] = {}
    begin = 0
    for each in cast("list[dict[str, Any]]", told.pop("tables", [])):
        name, size = each["name"], each["bytes"]
        if not isinstance(name, str) or not isinstance(size, int) or size < 0 or name in tables:
            raise ValueError("a table needs a name of its own and a size")
        tables[name] = rest[begin : begin + size]
        begin += size
    if begin != len(rest):
        raise ValueError(f"the tables have {begin:,} bytes, but {len(rest):,} follow")
    return told, tables


def require_small(tables: Mapping[str, bytes], input_mb: int) -> None:
    """Refuse more than the limit. Raises: ContextaError."""
    size = sum(map(len, tables.values()))
    if size > input_mb * MIB:
        raise ContextaError(
            "the tables are too large to bring along",
            cause=f"{size / MIB:,.0f} MB; the limit is {input_mb:,} MB",
            hint="bring the columns and rows that are needed, or fetch the evidence with .sql(…).arrow() and join there",
        )
