"""Options that every reading command shares."""

from collections.abc import Callable, Mapping
from functools import wraps
from shlex import quote
from typing import TYPE_CHECKING, Any, cast

import click

if TYPE_CHECKING:
    from contexta_processor.surfaces.render.output import Format

Command = Callable[..., Any]

FORMATS = ("table", "json", "csv", "md")


def evidence_options(command: Command) -> Command:
    """`--data` and `--server`, handed to the command as `source: Source`."""
    return _with_source(command, plain=False)


def plain_evidence_options(command: Command) -> Command:
    """The same for a command that shows what it reads and computes nothing of it: it starts without numpy."""
    return _with_source(command, plain=True)


def _with_source(command: Command, *, plain: bool) -> Command:
    @wraps(command)
    def with_source(*args: Any, data: str | None, server: str | None, **kwargs: Any) -> Any:
        from contexta_processor.cli.connect import Source

        return command(*args, source=Source.chosen(data, server, plain=plain), **kwargs)

    with_data = data_option(with_source)
    return click.option(
        "--server",
        metavar="URL",
        help="Read from this server's web address instead of a directory.",
    )(with_data)


def data_option(command: Command) -> Command:
    """`--data`: the data directory."""
    return click.option(
        "--data",
        metavar="DIR",
        help="Data directory.  [default: $CONTEXTA_DATA, else ./.contexta]",
    )(command)


def output_options(command: Command) -> Command:
    """`--json`, `--csv`, `--md`, `--table`, handed to the command as `output: Output`."""

    @wraps(command)
    def with_output(*args: Any, **kwargs: Any) -> Any:
        from contexta_processor.surfaces.render.output import Output

        asked = [name for name in FORMATS if kwargs.pop(f"as_{name}")]
        if len(asked) > 1:
            raise click.UsageError(
                f"{' and '.join(f'--{name}' for name in asked)} exclude each other"
            )
        chosen = cast("Format", asked[0]) if asked else None
        place = place_in(click.get_current_context().params)
        return command(*args, output=Output.chosen(chosen, place=place), **kwargs)

    helps = {
        "md": "Markdown, safe to paste into an issue.",
        "csv": "CSV, safe to open in a spreadsheet.",
        "json": "JSON: sorted keys, the same bytes for the same evidence.",
        "table": "The table of a terminal, also in a pipe.",
    }
    for name, text in helps.items():
        with_output = click.option(f"--{name}", f"as_{name}", is_flag=True, help=text)(with_output)
    return with_output


def place_in(params: Mapping[str, Any]) -> str:
    """The words that name the same evidence again, quoted for a shell; empty where nothing was said."""
    for name in ("data", "server"):
        if params.get(name):
            return f"--{name} {quote(str(params[name]))}"
    return ""


def project_option(command: Command) -> Command:
    """`--project`: which project's runs `latest`, `prev` and names are looked up in."""
    return click.option(
        "--project", "-p", metavar="P", help="Only runs of this project (also for latest and prev)."
    )(command)


def limit_option(default: int) -> Callable[[Command], Command]:
    """`-n`: how many at most; 0 for all."""
    return click.option(
        "-n",
        "--limit",
        type=click.IntRange(0, 2**31 - 1),
        default=default,
        show_default=True,
        metavar="N",
        help="At most this many; 0 for all.",
    )
