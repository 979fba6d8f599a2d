"""contexta sql: ask the evidence anything."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options
from contexta_processor.surfaces.render.json_lines import cannot_write
from contexta_processor.surfaces.render.output import Output

if TYPE_CHECKING:
    import pyarrow as pa

    from contexta_processor.surfaces.render.output import Format
    from contexta_processor.surfaces.sandbox.sandbox import SqlLimits

FORMATS = ("table", "tsv", "csv", "json", "jsonl", "md", "parquet", "arrow")
BINARY = ("parquet", "arrow")


@click.command()
@click.argument("query", required=False)
@click.option(
    "-f",
    "--file",
    "file",
    type=click.File("r", encoding="utf-8"),
    help="Read the statement from a file; - is stdin.",
)
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="K=V",
    help="Value of $K: a number, true, false, null, a list of these in JSON, or else text (also in double quotes: '\"007\"').",
)
@click.option(
    "--tables",
    is_flag=True,
    help="List the tables with their columns instead; with QUERY the table of that name, or those with such a column.",
)
@click.option(
    "--format", "as_format", type=click.Choice(FORMATS), help="[default: table, or tsv in a pipe]"
)
@click.option(
    "--json", "as_json", is_flag=True, help="Same as --format json: an array of row objects."
)
@click.option("--csv", "as_csv", is_flag=True, help="Same as --format csv.")
@click.option("--md", "as_md", is_flag=True, help="Same as --format md.")
@click.option("--table", "as_table", is_flag=True, help="Same as --format table.")
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file."
)
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    help="Cut the result there, visibly.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1, max=3600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Stop the query then.",
)
@click.option(
    "--memory",
    type=click.IntRange(min=64),
    default=1024,
    show_default=True,
    metavar="MB",
    help="What the query may use.",
)
@evidence_options
def sql(
    source: Source, query: str | None, file: Any, params: tuple[str, ...], tables: bool,
    as_format: str | None, out: Path | None, rows: int, timeout: float, memory: int, **flags: bool,
) -> None:  # fmt: skip
    """Ask the evidence anything, in DuckDB's SQL.

    QUERY is one statement, or - for standard input, that reads: SELECT, FROM, WITH, VALUES, PIVOT, DESCRIBE, SHOW, SUMMARIZE, or
    EXPLAIN of one. It runs in a process of its own, read-only, with limits.
    """
    from contexta_processor.surfaces.sandbox.sandbox import SqlLimits, cut_note

    chosen = _chosen_format(as_format, flags)
    if tables:
        _list_tables(source, query, chosen)
        return
    text = _text(query, file)
    limits = SqlLimits(seconds=timeout, memory_mb=memory, rows=rows)
    table = _answer(source, text, _parameters(params), limits)
    from contexta_processor.surfaces.sandbox.rows import SqlRows

    _write(SqlRows(table), chosen, out)
    note = cut_note(table)
    if note:
        Output.chosen(None).note(f"the result is not whole: {note}; --rows and WHERE change that")


def _chosen_format(asked: str | None, flags: dict[str, bool]) -> str | None:
    given = [*([asked] if asked else []), *(name[3:] for name, on in flags.items() if on)]
    if len(set(given)) > 1:
        raise click.UsageError(f"{' and '.join(given)} exclude each other")
    return given[0] if given else None


def _text(query: str | None, file: Any) -> str:
    if (query is None) == (file is None):
        raise click.UsageError("give one statement: as QUERY, or with -f FILE")
    if query == "-":
        return sys.stdin.read()
    return query if query is not None else file.read()


def _parameters(given: tuple[str, ...]) -> dict[str, Any]:
    import json

    found: dict[str, Any] = {}
    for item in given:
        name, sign, text = item.partition("=")
        if not sign or not name:
            raise click.UsageError(f"--param {item!r} is not of the form NAME=VALUE")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        found[name.removeprefix("$")] = value if _is_parameter(value) else text
    return found


def _is_parameter(value: object) -> bool:
    """Numbers, truth, nothing, text, and lists of them; an object stays the text it was."""
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return all(isinstance(item, str | int | float | bool | None) for item in items)


def _answer(source: Source, text: str, params: dict[str, Any], limits: "SqlLimits") -> "pa.Table":
    url = source.server_url()
    if url is not None:
        return _ask_server(url, text, params, limits)
    from contexta_processor.surfaces.sandbox.sandbox import Sandbox

    with Sandbox() as sandbox, source.settled() as started_since:
        if started_since is not None:
            return _ask_server(started_since, text, params, limits)
        database = source.data.database
        return sandbox.run(text, params, database=database, limits=limits, meanwhile=_get_ready)


def _get_ready() -> None:
    """Import what the answer is read and shown with; none of it computes, so Arrow does without numpy."""
    from importlib import import_module

    from contexta_processor.base.without_numpy import import_arrow_alone

    import_arrow_alone()
    import_module("contexta_processor.surfaces.sandbox.rows")


def _ask_server(url: str, text: str, params: dict[str, Any], limits: "SqlLimits") -> "pa.Table":
    from contexta_processor.store.remote import ARROW_STREAM, RemoteQuery, arrow_table

    server = RemoteQuery(url, timeout=limits.seconds + 30)
    try:
        own = {"seconds": limits.seconds, "memory_mb": limits.memory_mb, "rows": limits.rows}
        body = {"sql": text, "params": params, "limits": own}
        return arrow_table(server.post("/api/sql", body, accept=ARROW_STREAM))
    finally:
        server.close()


def _list_tables(source: Source, name: str | None, chosen: str | None) -> None:
    from contexta_processor.base.statement import statement
    from contexta_processor.surfaces.sandbox.listing import TableList, tables_view

    if chosen in ("jsonl", *BINARY):
        raise click.UsageError(f"--tables has no {chosen}")
    with source.open() as query:
        found = TableList.of(query.query(statement("surfaces/sandbox/tables")))
    if name is not None:
        found = found.only(name)
    _output(chosen).show(found, tables_view)


def _output(chosen: str | None) -> Output:
    return Output.chosen(cast("Format | None", chosen))


def _write(result: Any, chosen: str | None, out: Path | None) -> None:
    """To standard output, or whole into a file."""
    if chosen in BINARY:
        _write_binary(result.table, chosen, out)
        return
    if out is None:
        _print(result, chosen)
        return
    import io
    from contextlib import redirect_stdout

    from contexta_processor.surfaces.render.json_lines import write_whole

    with redirect_stdout(io.StringIO()) as text:
        _print(result, chosen)
    write_whole(out, text.getvalue())


def _print(result: Any, chosen: str | None) -> None:
    from contexta_processor.surfaces.sandbox.rows import sql_view

    if chosen != "jsonl":
        _output(chosen).show(result, sql_view)
        return
    from contexta_processor.surfaces.render.json_lines import json_lines

    sys.stdout.write(json_lines(result.objects()))


def _write_binary(table: "pa.Table", chosen: str, out: Path | None) -> None:
    if out is None:
        raise click.UsageError(f"--format {chosen} needs --out FILE")
    unfinished = out.with_name(f".{out.name}.part")
    try:
        if chosen == "arrow":
            import pyarrow as pa

            with pa.ipc.new_file(str(unfinished), table.schema) as writer:
                writer.write_table(table)
        else:
            import pyarrow.parquet as pq

            pq.write_table(table, unfinished, compression="zstd")
        unfinished.replace(out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise cannot_write(out, error) from error
