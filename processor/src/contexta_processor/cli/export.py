"""contexta export: evidence as files."""

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from contexta_processor.base.errors import ContextaError
from contexta_processor.base.signal import Signal
from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, project_option
from contexta_processor.surfaces.render.output import Output

if TYPE_CHECKING:
    from contexta_processor.base.query import Query
    from contexta_processor.surfaces.export.scope import Scope


@click.command()
@click.argument("runs", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything in the store.")
@click.option(
    "--format", "as_format", type=click.Choice(("jsonl", "parquet", "otlp")), default="jsonl", show_default=True,
    help="JSON lines of every table; Parquet, a file per table; the original telemetry.",
)  # fmt: skip
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="A file (jsonl) or a directory (parquet, otlp).  [default for jsonl: stdout]",
)
@project_option
@evidence_options
def export(
    source: Source, runs: tuple[str, ...], everything: bool, as_format: str, out: Path | None, project: str | None
) -> None:  # fmt: skip
    """Write runs out, with what belongs to them: artifacts, relationships, deployments.

    JSON lines are canonical: two stores that were told the same things give the same bytes. OTLP is the
    telemetry as it was received; taken into an empty store (contexta import) it gives the same evidence.
    """
    if bool(runs) == everything:
        raise click.UsageError("name runs, or --all")
    if as_format != "jsonl" and out is None:
        raise click.UsageError(f"--format {as_format} needs --out DIR")
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.surfaces.export.scope import scope_of

    with source.open() as query:
        ids = [resolve_run(query, run, project=project) for run in runs]
        scope = scope_of(query, ids, everything=everything)
        if as_format == "jsonl":
            _jsonl(query, scope, out)
        elif as_format == "parquet" and out is not None:
            _parquet(query, scope, out)
        elif out is not None:
            _otlp(source, query, scope, out)


def _jsonl(query: "Query", scope: "Scope", out: Path | None) -> None:
    from contexta_processor.surfaces.export.canonical import jsonl_lines

    lines = jsonl_lines(query, scope)
    if out is None:
        sys.stdout.flush()
        _write_all(lines, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    count = _whole_file(out, lambda stream: _write_all(lines, stream))
    _say(f"wrote {count:,} rows to {out}")


def _parquet(query: "Query", scope: "Scope", out: Path) -> None:
    from contexta_processor.surfaces.export.canonical import write_parquet

    _require_new(out)
    with _writing(out):
        rows = write_parquet(query, scope, out)
    _say(f"wrote {sum(rows.values()):,} rows in {len(rows)} tables to {out}")


def _otlp(source: Source, query: "Query", scope: "Scope", out: Path) -> None:
    """One file per signal, each request behind its length: what `contexta import` and the inbox take."""
    from contexta_processor.surfaces.export.otlp import otlp_requests, wanted_of

    if source.server is not None or not source.data.journal.is_dir():
        raise ContextaError(
            "the original telemetry is not here",
            cause="it is in the journal of the data directory, and this command was pointed at a server",
            hint="run it where the directory is: contexta export --format otlp --data DIR",
        )
    _require_new(out)
    wanted = None if scope.everything else wanted_of(query, scope)
    with _writing(out):
        out.mkdir(parents=True, exist_ok=True)
    for signal in (Signal.TRACES, Signal.LOGS, Signal.METRICS):
        bodies = (
            delimited(body)
            for kind, body in otlp_requests(source.data.journal, wanted)
            if kind is signal
        )
        _signal_file(out / f"contexta.{signal.label}.otlp", bodies)
    _say(f"wrote OTLP to {out}; contexta import {out}/*.otlp takes it in")


def _signal_file(path: Path, bodies: Iterator[bytes]) -> None:
    """No file for a signal nothing was received of."""
    first = next(bodies, None)
    if first is not None:
        _whole_file(path, lambda stream: _write_all(chain((first,), bodies), stream))


def delimited(message: bytes) -> bytes:
    """A protobuf message with its length before it, as a varint."""
    from contexta_processor.receive.wire import encode_varint

    return encode_varint(len(message)) + message


def _write_all(pieces: Iterable[bytes], stream: BinaryIO) -> int:
    count = 0
    for piece in pieces:
        stream.write(piece)
        count += 1
    return count


def _whole_file(path: Path, write: Callable[[BinaryIO], int]) -> int:
    """The file is there when all of it is: written under another name, then renamed."""
    unfinished = path.with_name(f".{path.name}.part")
    with _writing(path):
        try:
            with unfinished.open("wb") as stream:
                count = write(stream)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return count


@contextmanager
def _writing(path: Path) -> Generator[None]:
    """Whatever keeps a file or directory from being written is said, with where."""
    try:
        yield
    except OSError as error:
        raise ContextaError(
            f"cannot write {path}",
            cause=error.strerror or str(error),
            hint="--out names another place",
        ) from error


def _require_new(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ContextaError(
            f"{out} exists",
            cause="an export never mixes with files that are there"
            if out.is_dir()
            else "it is not a directory",
            hint="--out with a new directory, or remove it first",
        )


def _say(text: str) -> None:
    Output.chosen(None).note(text)
