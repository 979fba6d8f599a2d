"""What a person sees when a command fails: three lines, and an exit code that says whose fault it was."""

import errno
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Final

import click

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.surfaces.render.text import safe

INTERRUPTED = 130


class UnknownCommand(click.UsageError):
    """A first word that is no command; `near` are commands spelled like it."""

    def __init__(self, name: str, near: list[str], context: click.Context) -> None:
        super().__init__(f"there is no command {name!r}", context)
        self.near = near


def debugging(arguments: list[str]) -> tuple[list[str], bool]:
    """Take `--debug` out of a command line wherever it stands (before a `--`)."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [word for word in arguments[:end] if word != "--debug"]
    return kept + arguments[end:], len(kept) < end


def require_text(arguments: list[str]) -> None:
    """Refuse words that are not UTF-8: no name in the evidence is, and neither database nor server takes them.

    Raises: ContextaError naming the word.
    """
    for word in arguments:
        try:
            word.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ContextaError(
                f"{word!a} is not text",
                cause=f"character {error.start + 1} of it is not UTF-8",
                hint="names and paths are given in UTF-8",
            ) from error


def exit_code_of(error: BaseException) -> int:
    """The exit code of the contract for anything that can leave a command."""
    if isinstance(error, ContextaError):
        return int(error.exit_code)
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        return Exit.USAGE
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else Exit.OK
    return Exit.UNREACHABLE if is_full_disk(error) else Exit.OUR_BUG


def say(error: BaseException, arguments: Sequence[str], *, debug: bool) -> None:
    """Three lines on standard error; the traceback only with `--debug`.

    arguments: the command line that failed. A hint that begins with a reading command is about the same evidence.
    """
    if isinstance(error, click.exceptions.Exit | SystemExit):
        return
    if debug:
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        sys.stderr.write("interrupted\n")
        return
    what, cause, hint = _told(error)
    if isinstance(error, ContextaError):
        hint = at_same_place(hint, arguments)
    sys.stderr.write(three_lines(what, cause, hint))


def three_lines(what: str, cause: str, hint: str) -> str:
    """The form of every error."""
    return f"error: {safe(what)}\ncause: {safe(cause)}\nhint:  {safe(hint)}\n"


def at_same_place(hint: str, arguments: Sequence[str]) -> str:
    """A hint whose command is told where the evidence is, as the failed one was by `--data` or `--server`."""
    words = _place_words(arguments)
    command = _READS.match(hint)
    if not words or command is None or "--data" in hint or "--server" in hint:
        return hint
    return f"{command[0]} {words}{hint[command.end() :]}"


_READS: Final = re.compile(
    r"contexta (?!serve|demo|import|export)[a-z]+\b(?:(?!   |, |; | \(|$).)*", re.DOTALL
)
"""A command that reads, from the beginning of a hint to where the hint goes on in words."""


def _place_words(arguments: Sequence[str]) -> str:
    for index, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if word == "--":
            return ""
        if name in ("--data", "--server"):
            given = value if equals else "".join(arguments[index + 1 : index + 2])
            return f"{name} {quote(given)}"
    return ""


def _told(error: BaseException) -> tuple[str, str, str]:
    if isinstance(error, ContextaError):
        return error.what, error.cause, error.hint
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return "no command given", "contexta does one thing per call", "contexta --help"
    if isinstance(error, click.ClickException):
        return _usage(error)
    if is_full_disk(error):
        return "cannot write the output", str(error), "make room, or write somewhere else"
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f"{Path(last[0].filename).name}:{last[0].lineno}" if last else "unknown place"
    return (
        "contexta itself failed; this is a bug of ours",
        f"{type(error).__name__} at {place}: {error}",
        "run it again with --debug and report what it prints",
    )


def _usage(error: click.ClickException) -> tuple[str, str, str]:
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "contexta"
    usage = context.command.collect_usage_pieces(context) if context else []
    cause = f"it is used as: {' '.join([command, *usage])}"
    hint = f"{command} --help"
    message = error.format_message().strip().rstrip(".")
    if isinstance(error, UnknownCommand) and error.near:
        cause, hint = f"nearest: {', '.join(error.near)}", f"contexta {error.near[0]} --help"
    if isinstance(error, click.NoSuchOption):
        message = f"no such option: {error.option_name}"
        if error.possibilities:
            cause = f"nearest: {', '.join(sorted(error.possibilities))}"
    return message[:1].lower() + message[1:], cause, hint


def is_full_disk(error: BaseException) -> bool:
    """Whether something could not be written because there is no room, or the disk fails."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO)
