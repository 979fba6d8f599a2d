"""How a command ended, whichever way it was run."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import Final

from contexta.zero_code.child_output import Tail

_ENDING: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL", "SIGBREAK")
_CONTROL_C_EXIT: Final = 0xC000013A
"""The exit code of a process of Windows that was interrupted."""


@dataclass
class Result:
    """How the command ended. `code` is its exit code, or 128 + signal."""

    code: int
    signal: int | None = None
    tails: dict[str, Tail] = field(default_factory=dict[str, Tail])
    problem: str = ""

    @property
    def was_interrupted(self) -> bool:
        """Whether somebody ended it, rather than itself."""
        if self.signal is None:
            return os.name == "nt" and self.code & 0xFFFFFFFF == _CONTROL_C_EXIT
        return signal_name(self.signal) in _ENDING


def signal_name(number: int) -> str:
    """`SIGTERM`, or `SIG99` for one without a name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"
