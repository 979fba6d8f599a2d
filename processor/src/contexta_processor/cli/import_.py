"""contexta import: take in OTLP files."""

import re
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import Exit
from contexta_processor.base.quarantine import SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options
from contexta_processor.cli.progress import Progress
from contexta_processor.investigate.results import Rows
from contexta_processor.surfaces.render.output import Output
from contexta_processor.surfaces.render.text import count
from contexta_processor.surfaces.render.view import Cell, Column, Line, Table, View

SIGNALS = ("traces", "logs", "metrics")
_RUN_ID = re.compile(rb"\x0a\x0fcontexta\.run\.id\x12[\x00-\xff]{1,2}\x0a([\x01-\x7f])", re.DOTALL)

Take = Callable[[Path, Signal | None], "TakenFile"]


@dataclass(frozen=True)
class TakenFile:
    """What one file gave. set_aside counts entries in quarantine, rejected the items in them."""

    path: str
    messages: int
    items: int
    rejected: int
    set_aside: int


@dataclass
class Imported:
    """What all files gave, and which runs they speak of."""

    files: list[TakenFile] = field(default_factory=list[TakenFile])
    runs: set[str] = field(default_factory=set[str])

    def to_dict(self) -> dict[str, object]:
        """`{"files": […], "runs": […]}`."""
        return {"files": [vars(each) for each in self.files], "runs": sorted(self.runs)}

    def rows(self) -> Rows:
        """One row per file."""
        columns = ("path", "messages", "items", "rejected", "set_aside")
        return Rows(columns, [tuple(vars(each)[name] for name in columns) for each in self.files])


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--signal",
    type=click.Choice(SIGNALS),
    help="What the files hold, where neither name nor content says it.",
)
@evidence_options
@output_options
@click.pass_context
def import_(
    context: click.Context,
    source: Source,
    output: Output,
    files: tuple[Path, ...],
    signal: str | None,
) -> None:
    """Take in OTLP files: JSON lines (a Collector's file exporter), length-delimited protobuf, or one
    request; plain or .gz.

    Goes to the running server of the data directory (or the one named by --server, by its web or its OTLP/HTTP
    address), else straight into the directory. What cannot be taken is set aside, and counted. Importing a
    file twice changes nothing. The exit code is 3 if a file held nothing that could be taken.
    """
    given = Signal[signal.upper()] if signal else None
    done = import_files(source, files, given)
    output.show(done, imported_view)
    empty = [each.path for each in done.files if not each.messages]
    if empty:
        output.note(f"nothing could be taken from {', '.join(empty)}")
        context.exit(Exit.UNDECIDED)


def import_files(source: Source, files: Sequence[Path], signal: Signal | None = None) -> Imported:
    """Take in files, in their order.

    Raises: ContextaError (Exit.USAGE) for a file that cannot be one before anything of any file is taken;
        (Exit.UNREACHABLE) where the directory or the server cannot take them.
    """
    from contexta_processor.cli.import_files import prepare

    done = Imported()
    with tempfile.TemporaryDirectory(prefix="contexta-import-") as workspace:
        plain: list[tuple[Path, Path]] = []
        for number, path in enumerate(files):
            place = Path(workspace, str(number))
            place.mkdir()
            plain.append((path, prepare(path, place)))
        with Progress() as progress, _taker(source, done, progress) as take:
            for path, file in plain:
                taken = take(file, signal)
                done.files.append(
                    TakenFile(
                        str(path), taken.messages, taken.items, taken.rejected, taken.set_aside
                    )
                )
    return done


def imported_view(done: Imported) -> View:
    """What was taken and set aside, file by file, and the runs."""
    columns = (
        Column("FILE", wrap=True),
        *(Column(name, right=True) for name in ("REQUESTS", "ITEMS", "REJECTED", "SET ASIDE")),
    )
    rows = [
        [
            each.path,
            f"{each.messages:,}",
            f"{each.items:,}",
            _bad(each.rejected),
            _bad(each.set_aside),
        ]
        for each in done.files
    ]
    runs = ", ".join(sorted(done.runs)[:8]) + (", …" if len(done.runs) > 8 else "")
    told = f"{count(len(done.runs), 'run')}: {runs}" if done.runs else "no run is named in it"
    aside = any(each.set_aside for each in done.files)
    return View(
        (Table(columns, rows), Line.of(told)),
        next='contexta sql "FROM quarantine"' if aside else "contexta runs",
    )


def _bad(number: int) -> Cell:
    return Cell(f"{number:,}", "warn" if number else "plain")


@contextmanager
def _taker(source: Source, done: Imported, progress: Progress) -> Generator[Take]:
    """Something that takes a file: the server's OTLP/HTTP door, or the directory itself."""
    door = otlp_door(source)
    if door is None:
        with _own_directory(source.data, done, progress) as take:
            yield take
        return
    from contexta_processor.cli.import_door import Door

    sender = Door(door)
    try:
        yield _taking(sender.append, sender.set_aside, done, progress)
    finally:
        sender.close()


def otlp_door(source: Source) -> str | None:
    """Address of the OTLP/HTTP door evidence goes through; None without a server."""
    if source.server is not None:
        from contexta_processor.cli.server_status import running_at

        running = running_at(source.server)
        return str(running["http"]) if running else source.server
    if source.server_url() is None:
        return None
    running = source.data.read_serve()
    address = running.get("http") if running else None
    return str(address) if address else None


@contextmanager
def _own_directory(data: DataDir, done: Imported, progress: Progress) -> Generator[Take]:
    from contexta_processor.server.embedded import own

    with own(data, told=progress.rows) as embedded:
        embedded.take_inbox()
        yield _taking(embedded.append, embedded.set_aside, done, progress)


def _taking(
    append: Callable[[Signal, bytes], object],
    set_aside: Callable[[SetAside], object],
    done: Imported,
    progress: Progress,
) -> Take:
    """Takes a file by handing on each request, noting the runs in it and how far it is."""
    from contexta_processor.server.inbox import import_file

    def take(path: Path, signal: Signal | None) -> TakenFile:
        def append_and_note(kind: Signal, body: bytes) -> None:
            append(kind, body)
            done.runs.update(_run_ids(body))
            progress.add(f"taking in {path.name}", len(body))

        told = import_file(path, append_and_note, set_aside, signal=signal)
        return TakenFile(str(path), told.messages, told.items, told.rejected, told.set_aside)

    return take


def _run_ids(body: bytes) -> Iterator[str]:
    """Run ids that stand in an OTLP request, found without decoding it."""
    for match in _RUN_ID.finditer(body):
        yield body[match.end() : match.end() + match.group(1)[0]].decode("utf-8", "replace")
