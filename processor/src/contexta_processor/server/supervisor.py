"""Keeping the store process alive, and getting it past a record that kills it.

    starting ── ready ──► following ── told to stop ──► caught up, ended
        ▲                     │ dies
        └── backoff ──────────┤
                              │ three times at one position
                              ▼
                          careful: one record a step ── dies twice at one record, and not for want of disk or memory ──►
                              that record to quarantine, passed over

Acknowledging goes on meanwhile; admission sees the lag grow.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from signal import SIGKILL
from typing import IO, Any

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.server.control import (
    FAILED_RECORD,
    Message,
    MessagePipe,
    read_messages,
)

START_SECONDS = 60.0
_BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_GRACE_S = 5.0
_DEATHS_BEFORE_CARE = 3
_DEATHS_BEFORE_QUARANTINE = 2
_MODULE = "contexta_processor.server.store_process"


@dataclass
class _Poison:
    """Where the store died and how often: what decides when to go carefully, and when to pass over."""

    position: int = -1
    deaths: int = 0
    careful_until: int = -1

    @property
    def careful(self) -> bool:
        return self.careful_until >= 0

    def died_at(self, position: int) -> None:
        self.deaths = self.deaths + 1 if position == self.position else 1
        self.position = position


@dataclass
class _Life:
    """One run of the store process."""

    process: subprocess.Popen[bytes]
    pipe: MessagePipe
    failed: Message | None = None
    stopped: bool = False
    counters: dict[str, int] = field(default_factory=dict[str, int])


class StoreSupervisor:
    """Starts the store, starts it again, knows how far it is.

    web_fd: the listening socket the store answers on; it stays open here, so that the port survives a restart.
    arguments: further options of the store process.
    set_aside: puts the record at a position into quarantine and returns the position behind it; None: not now.
    journal_end: where the journal ends now.
    say: one line for the log.
    """

    def __init__(
        self,
        data_dir: DataDir,
        web_fd: int,
        *,
        arguments: Sequence[str] = (),
        set_aside: Callable[[int, str], int | None],
        journal_end: Callable[[], int],
        say: Callable[[str], None],
    ) -> None:
        self._data_dir = data_dir
        self._web_fd = web_fd
        self._arguments = arguments
        self._set_aside = set_aside
        self._journal_end = journal_end
        self._say = say
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._life: _Life | None = None
        self._error: ContextaError | None = None
        self._before: dict[str, int] = {}
        self._poison = _Poison()
        self._pass_over: int | None = None
        self._thread = threading.Thread(target=self._keep_alive, daemon=True, name="store")
        self.position = 0
        """Committed journal position, as last told."""
        self.up = False
        self.restarts = 0

    def start(self) -> None:
        """Start the store and wait until its database is open.

        Raises: ContextaError where it can't be opened.
        """
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            self._error = ContextaError(
                f"the store in {self._data_dir.root} does not start",
                cause=f"its process said nothing for {START_SECONDS:.0f} s",
                hint=f"contexta doctor --data {self._data_dir.root}",
                exit_code=Exit.UNREACHABLE,
            )
        if self._error is not None:
            self.stop(0, 0)
            raise self._error

    @property
    def counters(self) -> dict[str, int]:
        """What all lives of the store did together."""
        with self._lock:
            now = self._life.counters if self._life else {}
            return {
                name: self._before.get(name, 0) + now.get(name, 0)
                for name in self._before.keys() | now.keys()
            }

    def send_status(self, status: Message) -> None:
        """Give the store what its own pages show."""
        self._send({"status": status}, droppable=True)

    def stop(self, until: int, seconds: float) -> int:
        """Let the store catch up to `until`, `seconds` long at most, then end it. Returns how far it came."""
        self._stopping.set()
        self._send({"stop": {"until": until, "seconds": seconds}})
        life = self._life
        if life is not None:
            self._wait_for_end(life, seconds + _GRACE_S)
        if self._thread.is_alive():
            self._thread.join(_GRACE_S)
        return self.position

    def _wait_for_end(self, life: _Life, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                life.process.wait(0.1)
            except subprocess.TimeoutExpired:
                with self._lock:
                    if self._life is life:
                        life.pipe.flush()
            else:
                return
        life.process.kill()

    def _keep_alive(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            reached = self.position
            life = self._live_once()
            self._bury(life)
            if self._stopping.is_set() or not self._ready.is_set():
                break
            self.restarts += 1
            attempt = 0 if self.position > reached else attempt + 1
            self._consider_poison(life)
            self._stopping.wait(_BACKOFF_S[min(attempt, len(_BACKOFF_S) - 1)])
        self._ready.set()

    def _live_once(self) -> _Life:
        process = subprocess.Popen(
            self._command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[self._web_fd]
        )
        assert process.stdin is not None
        assert process.stdout is not None
        life = _Life(process, MessagePipe(process.stdin))
        with self._lock:
            self._life = life
        for message in read_messages(process.stdout.fileno()):
            self._hear(life, message)
        process.wait()
        return life

    def _command(self) -> Sequence[str]:
        # -P: a module in the user's working directory must not be taken for one of ours.
        command = [sys.executable, "-P", "-m", _MODULE, "--data", str(self._data_dir.root)]
        command += ["--web-fd", str(self._web_fd), *self._arguments]
        if self._poison.careful:
            command.append("--careful")
        if self._pass_over is not None:
            command += ["--pass-over", str(self._pass_over)]
        return command

    def _hear(self, life: _Life, message: Message) -> None:
        told: dict[str, Any] = message.get("ready") or message.get("stopped") or message
        if "position" in told:
            self.position = told["position"]
        if "counters" in message:
            life.counters = message["counters"]
        if "ready" in message:
            self._pass_over = None
            self.up = True
            self._ready.set()
        life.stopped = life.stopped or "stopped" in message
        life.failed = message.get("failed") or life.failed
        if self._poison.careful and self.position > self._poison.careful_until:
            self._poison = _Poison()
            self._send({"careful": False})  # one record at a time is slow

    def _bury(self, life: _Life) -> None:
        self.up = False
        with self._lock:
            for name, count in life.counters.items():
                self._before[name] = self._before.get(name, 0) + count
            self._life = None
        for pipe in (life.process.stdin, life.process.stdout):
            if pipe is not None:
                _close(pipe)
        if life.stopped or self._stopping.is_set():
            return
        cause = (life.failed or {}).get("cause") or f"exit code {life.process.returncode}"
        self._say(f"the store ended at position {self.position}: {cause}")
        if not self._ready.is_set():
            self._error = _start_error(self._data_dir, life)

    def _consider_poison(self, life: _Life) -> None:
        crashed = life.process.returncode < 0 and life.process.returncode != -SIGKILL
        by_record = crashed or (life.failed or {}).get("kind") == FAILED_RECORD
        if self.position >= self._journal_end() or (self._poison.careful and not by_record):
            return
        self._poison.died_at(self.position)
        if not self._poison.careful and self._poison.deaths >= _DEATHS_BEFORE_CARE:
            self._poison = _Poison(careful_until=self._journal_end() - 1)
            self._say("the store goes on one record at a time, to find the one that ends it")
        elif self._poison.careful and self._poison.deaths >= _DEATHS_BEFORE_QUARANTINE:
            cause = (life.failed or {}).get("cause") or f"signal {-life.process.returncode}"
            self._pass_over = self._set_aside(self.position, cause)
            if self._pass_over is not None:
                self._say(f"the record at position {self.position} is in quarantine, passed over")

    def _send(self, message: Message, *, droppable: bool = False) -> None:
        """To the present life, if there is one; the next is told anew."""
        with self._lock:
            if self._life is not None:
                self._life.pipe.send(message, droppable=droppable)


def _start_error(data_dir: DataDir, life: _Life) -> ContextaError:
    failed = life.failed or {}
    return ContextaError(
        failed.get("what") or f"the store in {data_dir.root} does not start",
        cause=failed.get("cause") or f"its process ended with exit code {life.process.returncode}",
        hint=failed.get("hint") or f"contexta doctor --data {data_dir.root}",
        exit_code=Exit(failed.get("exit_code", Exit.UNREACHABLE)),
    )


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        return  # bytes left in it for a process that is gone
