"""The `contexta` command: its table of commands, and what happens when one of them fails.

A command's module is imported when it is run, never to list it: `contexta --help` costs click alone.
"""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import FileIO, TextIOWrapper
from typing import Final

import click

from contexta_processor import __version__
from contexta_processor.base.errors import Exit
from contexta_processor.base.without_pandas import do_without_pandas
from contexta_processor.cli.failures import (
    UnknownCommand,
    debugging,
    exit_code_of,
    is_full_disk,
    require_text,
    say,
)

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "serve": ("serve", "Receive OpenTelemetry and keep it as evidence."),
    "demo": ("demo", "Make a small store of real evidence to try the other commands on."),
    "runs": ("runs", "List runs, newest first."),
    "show": ("show", "One run in full: stages, metrics, failures, artifacts, what is missing."),
    "records": ("records", "The events, metrics, spans and degraded markers of a run."),
    "samples": ("samples", "The samples of a run, with scores and failure tags."),
    "artifacts": ("artifacts", "What a run produced and consumed; verify: its files."),
    "environment": ("environment", "Where and with what configuration a run ran."),
    "lineage": ("lineage", "What a run, artifact, report or deployment is connected to."),
    "quarantine": (
        "quarantine",
        "Say that a thing, and all that came from it, may not be relied on.",
    ),
    "release": ("release", "Take a quarantine back."),
    "deployments": ("deployments", "What was deployed, from which run, on which evidence."),
    "compare": ("compare", "What changed between two runs."),
    "diagnose": ("diagnose", "What is wrong with a run, and what to do about it."),
    "trend": ("trend", "How a figure moves: over runs, over steps, in production."),
    "sql": ("sql", "Ask the evidence anything, in SQL."),
    "import": ("import_", "Take in OTLP files: JSON lines or length-delimited protobuf."),
    "export": ("export", "Write runs out: canonical JSON lines, Parquet or OTLP."),
    "doctor": ("doctor", "Check the store, the server and the way to them."),
}
"""Command name → (module below `contexta_processor.cli`, one line of help), in the order of `--help`.
The function in the module has the module's name."""


_OBJECTS_BEFORE_COLLECTING: Final = 50_000
"""Instead of Python's 700: what a command imports is no garbage, and looking for some in it takes 20 ms and more."""


class LazyCommands(click.Group):
    """A group that knows its commands by name and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = COMMANDS[cmd_name][0]
        command: click.Command = getattr(import_module(f"contexta_processor.cli.{module}"), module)
        from contexta_processor.cli.examples import epilog

        command.epilog = epilog(cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            raise UnknownCommand(name, get_close_matches(name, COMMANDS, cutoff=0.5), ctx)
        return super().resolve_command(ctx, args)


@click.command(
    cls=LazyCommands,
    name="contexta",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A run may be named by id, unique prefix, name, `latest`, `prev` or `tag:NAME`.",
)
@click.version_option(__version__, "--version", prog_name="contexta")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def contexta(debug: bool) -> None:
    """ML evidence from OpenTelemetry: what ran, what came out, and how far to trust it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script. Ends the process with the contract's exit codes."""
    _buffer_output()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    do_without_pandas()
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING)
    if "_CONTEXTA_COMPLETE" in os.environ:
        contexta.main(prog_name="contexta", complete_var="_CONTEXTA_COMPLETE")
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def _buffer_output() -> None:
    """Write all of the output, or fail.

    With PYTHONUNBUFFERED, as in many images, Python passes over in silence what a pipe or a disk takes only in part.
    """
    out = sys.stdout
    if isinstance(getattr(out, "buffer", None), FileIO):
        sys.stdout = open(  # noqa: SIM115  # it stays open as long as the process
            out.fileno(), "w", encoding=out.encoding, errors=out.errors, closefd=False
        )


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit code; whatever goes wrong has been said on stderr."""
    arguments, debug = debugging(arguments)
    try:
        require_text(arguments)
        with contexta.make_context("contexta", arguments) as context:
            code = contexta.invoke(context)
        sys.stdout.flush()
        return code if isinstance(code, int) else Exit.OK
    except BrokenPipeError:
        # The reader of our output has gone (`| head`). 141 is what a shell gives for it: never 0, so
        # that a verdict nobody received is not taken for a good one.
        _give_up_output()
        return 141
    except BaseException as error:
        code = exit_code_of(error)
        say(error, arguments, debug=debug)
        if is_full_disk(error):
            _give_up_output()
        return code


def _give_up_output() -> None:
    """What is still in the buffer goes nowhere: Python would try it again at its end, and exit with 120."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
