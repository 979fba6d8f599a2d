"""`contexta-run`: any command as a run, without changing it.

    contexta-run --project digits --type training -- python train.py --lr 0.1

The command is started as it would be without us: same arguments, directory, standard input and
terminal; signals are passed on and its exit, by code or by signal, becomes ours. Whatever fails on
our side, the command runs.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from contexta.base import secrets
from contexta.base.misuse import note_internal_error
from contexta.zero_code import child
from contexta.zero_code.child_result import Result, signal_name

if TYPE_CHECKING:
    from contexta.scopes.run_scope import Run
    from contexta.scopes.work import Stage

_STAGE: Final = "CONTEXTA_STAGE"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; leaves with its exit code, or by the signal that ended it."""
    given = _parse(sys.argv[1:] if arguments is None else list(arguments))
    way = child.way()
    with way.signals_held() as held:
        begun = time.monotonic()
        evidence = _Evidence()
        evidence.begin(given)
        result = way.run(
            given.command, {**os.environ, **evidence.for_child}, held, keep_output=given.output
        )
        if result.problem:
            print(f"contexta-run: {result.problem}", file=sys.stderr)
        evidence.end(result, time.monotonic() - begun)
    if result.signal is not None:
        child.leave_by(result.signal)
    return result.code


@dataclass
class _Evidence:
    """The run around the command. Nothing in here reaches the command if it fails."""

    run: Run | None = None
    stage: Stage | None = None
    for_child: dict[str, str] = field(default_factory=dict[str, str])

    def begin(self, given: argparse.Namespace) -> None:
        """Open the run, say what was started, and prepare what the child joins it with."""
        try:
            import contexta
            from contexta.scopes import joining

            self.run = contexta.run(
                given.project, type=given.type, name=given.name, id=given.id, tags=given.tags
            ).start()
            if not self.run.is_open:
                return
            self.for_child = joining.environment_for(self.run, self.run.project, self.run.type)
            self.run.log_configuration(configuration(given.command), source="argv")
            if given.stage:
                self.stage = contexta.stage(given.stage).start()
                self.for_child = {**contexta.child_env(), _STAGE: given.stage}
        except Exception as fault:
            note_internal_error("contexta-run", fault)

    def end(self, result: Result, duration_s: float) -> None:
        """Say how the command ended, and close the run with that."""
        try:
            if self.run is None or not self.run.is_open:
                return
            name = None if result.signal is None else signal_name(result.signal)
            failed = result.signal is not None or result.code != 0
            inner = self.stage if self.stage is not None else self.run
            ended: dict[str, object] = {
                "process.exit.code": result.code,
                "duration_s": round(duration_s, 3),
            }
            if name is not None:
                ended["signal"] = name
            inner.log_event("process_exited", ended, severity="error" if failed else "info")
            if failed:
                self._tell_output(inner, result)
            status = (
                "interrupted" if result.was_interrupted else "failed" if failed else "completed"
            )
            error = (name or f"exit_code_{result.code}") if failed else None
            if self.stage is not None:
                self.stage.end(status, error)
            self.run.end(status, error)
        except Exception as fault:
            note_internal_error("contexta-run", fault)

    def _tell_output(self, scope: Run | Stage, result: Result) -> None:
        for stream, tail in result.tails.items():
            if tail.total:
                scope.log_event(
                    "output_tail",
                    {
                        "stream": stream,
                        "text": secrets.without_secrets(tail.text()),
                        "total_bytes": tail.total,
                    },
                    severity="error",
                )


def configuration(command: Sequence[str]) -> dict[str, object]:
    """A command line as configuration: the whole of it as `command`, options by name, masked.

    `--lr 0.1`, `--lr=0.1` and `lr=0.1` become `lr`, a bare `--flag` is true, numbers are numbers;
    what comes before the first option of its own stays in `command`.
    """
    shown = secrets.masked_argv(command)
    values: dict[str, object] = {"command": shlex.join(shown)}
    index = 1
    while index < len(shown):
        word = shown[index]
        name, equals, value = word.lstrip("-").partition("=")
        following = shown[index + 1] if index + 1 < len(shown) else "-"
        if equals and name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            values[name] = _number(value)
        elif word.startswith("--") and name:
            if not following.startswith("-") or _is_number(following):
                values[name] = _number(following)
                index += 1
            else:
                values[name] = True
        index += 1
    return values


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _is_number(text: str) -> bool:
    return not isinstance(_number(text), str)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="contexta-run",
        description="Run a command as a run: its environment, code revision, arguments, exit and "
        "duration are recorded, and what it records itself belongs to it.",
        epilog="Everything after -- is the command. Its exit code and signals are kept.",
        allow_abbrev=False,
    )
    parser.add_argument("--project", help="the project; else CONTEXTA_PROJECT")
    parser.add_argument("--type", default="run", help="training, evaluation, …")
    parser.add_argument("--name", help="a name for people")
    parser.add_argument("--id", help="the run's id; a new one unless given")
    parser.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE", dest="tag")
    parser.add_argument("--stage", help="a stage around the command, for pipelines of commands")
    parser.add_argument(
        "--no-output",
        dest="output",
        action="store_false",
        help="leave the command's output alone; without it there is no output tail on failure",
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND …")
    given = parser.parse_args(arguments)
    given.command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not given.command:
        parser.error("no command given; put it after --")
    given.tags = {
        key: value or "true" for key, _, value in (one.partition("=") for one in given.tag)
    }
    return given


if __name__ == "__main__":
    sys.exit(main())
