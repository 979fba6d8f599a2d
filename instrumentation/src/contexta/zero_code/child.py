"""Running a command as if nobody stood between it and its caller: how it ended, and the way to do it.

There are two ways. `child_posix` knows where each signal came from; it needs `posix_spawn` and
`sigtimedwait`, which Linux has. `child_portable` is made of `subprocess` and ordinary signal handlers,
for macOS, Windows and the rest. CONTEXTA_RUN_PORTABLE=1 chooses the second where the first could be
had, which is how it is tested.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from contexta.zero_code.child_result import Result

_PORTABLE: Final = "CONTEXTA_RUN_PORTABLE"
_NEEDED: Final = ((os, "posix_spawnp"), (signal, "sigtimedwait"), (signal, "pthread_sigmask"))


class Way(Protocol):
    """How commands are run here: a module."""

    def signals_held(self) -> AbstractContextManager[Any]:
        """From here on signals are for the command; gives what `run` needs of that."""
        ...

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        held: Any,
        *,
        keep_output: bool = True,
    ) -> Result:
        """Run `command` to its end."""
        ...


def way() -> Way:
    """The better of the two that this platform has."""
    asked = os.environ.get(_PORTABLE, "").strip().lower() in ("1", "true", "yes", "on")
    if not asked and all(hasattr(owner, name) for owner, name in _NEEDED):
        from contexta.zero_code import child_posix

        return child_posix
    from contexta.zero_code import child_portable

    return child_portable


def leave_by(number: int) -> None:
    """End this process by the signal that ended the command. Returns only if that is not possible."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
