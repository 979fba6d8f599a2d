"""The process that owns the database: tails the journal, reconstructs, answers questions.

    python -m contexta_processor.server.store_process --data DIR --web-fd N [--any-host] [--allowed-host NAME]…
        [--keep-unclaimed-s SECONDS] [--careful] [--pass-over POSITION]

Started and started again by `supervisor`; not for people. Its stdin and stdout are the control channel.
"""

import argparse
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import duckdb

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError
from contexta_processor.receive.local_only import HostRule
from contexta_processor.server.control import (
    FAILED_RECORD,
    FAILED_STORAGE,
    FAILED_TO_OPEN,
    Message,
    read_messages,
    write_message,
)
from contexta_processor.server.web import WebServer
from contexta_processor.store.ingest import Ingest, Step

BATCH_BYTES = 32 * 1024 * 1024
_BUSY_POLL_S = 0.01
_IDLE_POLL_S = 0.05
_IDLE_AFTER_S = 1.0
_OPEN_TRIES_S = 10.0
_PRUNE_EVERY_S = 6 * 3600.0
_STORAGE_ERRORS = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,  # a commit that finds no room on the disk
    OSError,
    MemoryError,
)


_COUNTERS = (
    "reconstructed_records",
    "reconstructed_bytes",
    "reconstructed_rows",
    "journal_damaged_bytes",
    "pruned_rows",
)


def failure_kind(error: Exception) -> str:
    """Whether the disk or the memory was at fault, or what was to be applied: only the latter may be passed over."""
    return FAILED_STORAGE if isinstance(error, _STORAGE_ERRORS) else FAILED_RECORD


class StoreProcess:
    """One life of the store, from opening the database to closing it."""

    def __init__(
        self, data_dir: DataDir, out: IO[bytes], *, careful: bool, keep_unclaimed_s: float
    ) -> None:
        self._data_dir = data_dir
        self._out = out
        self._batch_bytes = 1 if careful else BATCH_BYTES
        self._keep_unclaimed_s = keep_unclaimed_s
        self._prune_every_s = min(_PRUNE_EVERY_S, keep_unclaimed_s / 4)
        self._prune_at = time.monotonic() + self._prune_every_s
        self._status: Message = {}
        self._stop_at: int | None = None
        self._stop_deadline = float("inf")
        self._receiver_gone = False
        self._counters = dict.fromkeys(_COUNTERS, 0)

    def run(self, web_fd: int, host_rule: HostRule, pass_over: int | None) -> int:
        """Open, serve questions, follow the journal until told to stop. Returns the exit code."""
        try:
            ingest = self._open()
        except ContextaError as error:
            self._tell_failure(FAILED_TO_OPEN, error)
            return int(error.exit_code)
        except Exception as error:
            self._tell_failure(FAILED_TO_OPEN, error)
            return 1
        if pass_over is not None:
            ingest.pass_over(pass_over)
        web = WebServer(self._data_dir, ingest, lambda: self._status, web_fd, host_rule)
        web.start()
        write_message(self._out, {"ready": {"position": ingest.position}})
        try:
            self._follow(ingest)
        except BrokenPipeError:
            self._receiver_gone = True
        except Exception as error:
            self._tell_failure(failure_kind(error), error)
            return 1
        finally:
            web.stop()
            ingest.close()
        if not self._receiver_gone:
            write_message(self._out, {"stopped": {"position": ingest.position}})
        return 0

    def listen(self, source: int) -> None:
        """Take the receiver's messages, on a thread of its own, until it is gone."""
        for message in read_messages(source):
            if "status" in message:
                self._status = message["status"]
            if "careful" in message:
                self._batch_bytes = 1 if message["careful"] else BATCH_BYTES
            if "stop" in message:
                self._stop_deadline = time.monotonic() + message["stop"]["seconds"]
                self._stop_at = message["stop"]["until"]
        self._receiver_gone = True

    def _open(self) -> Ingest:
        # A store whose receiver was killed may need a moment to let go of the file.
        deadline = time.monotonic() + _OPEN_TRIES_S
        while True:
            try:
                return Ingest(self._data_dir)
            except (ContextaError, duckdb.IOException) as error:
                if "set lock" not in str(error).lower() or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _follow(self, ingest: Ingest) -> None:
        last_news = time.monotonic()
        while not self._receiver_gone and time.monotonic() < self._stop_deadline:
            before, stop_at = ingest.position, self._stop_at
            step = ingest.step(max_bytes=self._batch_bytes, patient=stop_at is None)
            if step is not None:
                last_news = time.monotonic()
                self._count(step, ingest.position - before)
                write_message(self._out, {"position": ingest.position, "counters": self._counters})
            elif stop_at is not None and ingest.position >= stop_at:
                return  # all is taken in, and all that follows from it computed
            else:
                self._prune(ingest)
                idle = time.monotonic() - last_news > _IDLE_AFTER_S
                time.sleep(_IDLE_POLL_S if idle else _BUSY_POLL_S)

    def _prune(self, ingest: Ingest) -> None:
        """Now and then, when there is nothing else to do."""
        if math.isinf(self._keep_unclaimed_s) or time.monotonic() < self._prune_at:
            return
        removed = ingest.prune_unclaimed(self._keep_unclaimed_s)
        self._prune_at = time.monotonic() + self._prune_every_s
        if removed:
            self._counters["pruned_rows"] += sum(removed.values())
            write_message(self._out, {"position": ingest.position, "counters": self._counters})
            told = ", ".join(f"{count} {kind}" for kind, count in removed.items())
            print(f"contexta: removed what no run claimed: {told}", file=sys.stderr, flush=True)

    def _count(self, step: Step, bytes_taken: int) -> None:
        self._counters["reconstructed_records"] += step.records
        self._counters["reconstructed_bytes"] += bytes_taken
        self._counters["reconstructed_rows"] += (
            step.spans + step.events + step.metrics + step.samples
        )
        self._counters["journal_damaged_bytes"] += step.damaged_bytes

    def _tell_failure(self, kind: str, error: Exception) -> None:
        told: Message = {"kind": kind, "cause": f"{type(error).__name__}: {error}"}
        if isinstance(error, ContextaError):
            told = {"kind": kind, "what": error.what, "cause": error.cause, "hint": error.hint}
            told["exit_code"] = int(error.exit_code)
        write_message(self._out, {"failed": told})


def main() -> int:
    """Run as a child of the receiver."""
    parser = argparse.ArgumentParser(prog="contexta store process")
    parser.add_argument("--data", required=True)
    parser.add_argument("--web-fd", type=int, required=True)
    parser.add_argument("--any-host", action="store_true", help="bound to be reached by others")
    parser.add_argument("--allowed-host", action="append", default=[])
    parser.add_argument("--keep-unclaimed-s", type=float, default=math.inf)
    parser.add_argument("--careful", action="store_true", help="one record a step, until told")
    parser.add_argument("--pass-over", type=int, help="first commit this position without rows")
    arguments = parser.parse_args()
    _ignore_terminal_signals()
    store = StoreProcess(
        DataDir(Path(arguments.data)),
        _private_stdout(),
        careful=arguments.careful,
        keep_unclaimed_s=arguments.keep_unclaimed_s,
    )
    _start_thread(lambda: store.listen(sys.stdin.fileno()))
    host_rule = HostRule(check_host=not arguments.any_host, allowed_hosts=arguments.allowed_host)
    return store.run(arguments.web_fd, host_rule, arguments.pass_over)


def _private_stdout() -> IO[bytes]:
    """The control channel, with file descriptor 1 sent to stderr: a library that prints must not speak on it."""
    channel = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(channel, "wb")


def _ignore_terminal_signals() -> None:
    """Ctrl-C goes to the whole process group; the receiver decides when the store ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _start_thread(run: Callable[[], None]) -> None:
    threading.Thread(target=run, daemon=True, name="control").start()


if __name__ == "__main__":
    sys.exit(main())
