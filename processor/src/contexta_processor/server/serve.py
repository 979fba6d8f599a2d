"""`contexta serve`: open everything, receive until told to stop, leave nothing behind.

lock ─► ports ─► journal ─► store process ─► doors open ─► serve.json ─► … ─► doors close ─► store catches up ─► gone
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import Any

from contexta_processor import __version__
from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.lock import DirectoryLock, LockHeld
from contexta_processor.base.quarantine import Quarantine, Reason, SetAside
from contexta_processor.journal.reader import read_records
from contexta_processor.journal.writer import JournalFailed, JournalFull, JournalWriter
from contexta_processor.receive.counters import Counters
from contexta_processor.receive.grpc import build_server
from contexta_processor.receive.http import HttpDoor
from contexta_processor.receive.intake import Intake
from contexta_processor.receive.overload import Admission, Unavailable
from contexta_processor.server.banner import banner
from contexta_processor.server.inbox import InboxWatch
from contexta_processor.server.keeper import Keeper
from contexta_processor.server.options import Address, ServeOptions, parse_address
from contexta_processor.server.pages import Page, health_page, metrics_page, ready_page
from contexta_processor.server.sockets import bound_address, check_free, listen, taken
from contexta_processor.server.supervisor import StoreSupervisor

_STATUS_SECONDS = 1.0
_DOOR_SECONDS = 10.0


def serve(options: ServeOptions) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code: 0 after a clean stop.

    Raises: ContextaError where it can't start, or the journal failed.
    """
    with ExitStack() as stack:
        server = _Server(options, stack)
        server.open()
        return server.run()


def say(line: str) -> None:
    """One line of log, on stderr."""
    print(f"contexta: {line}", file=sys.stderr, flush=True)


class _Server:
    """Everything one `serve` holds; `stack` closes it in reverse."""

    def __init__(self, options: ServeOptions, stack: ExitStack) -> None:
        self._options = options
        self._data = options.data_dir
        self._stack = stack
        self._stop = threading.Event()
        self._journal_failure: Exception | None = None
        self._started_at = time.time()
        self._counters = Counters()
        self._addresses: dict[str, str] = {}

    def open(self) -> None:
        """Take the directory, the ports, the journal and the store, then open the doors."""
        asked = {
            "grpc": parse_address(self._options.grpc, "--grpc"),
            "http": parse_address(self._options.http, "--http"),
            "web": parse_address(self._options.web, "--web"),
        }
        self._create_directory()
        self._own_directory()
        check_free(asked["grpc"], "--grpc")
        http_socket = self._stack.enter_context(listen(asked["http"], "--http"))
        web_socket = self._stack.enter_context(listen(asked["web"], "--web"))
        self._open_journal()
        self._store = StoreSupervisor(
            self._data,
            web_socket.fileno(),
            arguments=[
                f"--keep-unclaimed-s={self._options.keep_unclaimed_s}",
                *self._host_arguments(asked["web"]),
            ],
            set_aside=self._set_aside_record,
            journal_end=lambda: self._writer.end_position,
            say=say,
        )
        self._admission = Admission(
            lambda: self._writer.end_position - self._store.position,
            max_lag_bytes=self._options.max_lag_bytes,
            max_in_flight_bytes=self._options.max_in_flight_bytes,
        )
        intake = Intake(
            self._keeper.append, self._keeper.set_aside, self._admission, self._counters
        )
        self._grpc = build_server(intake, max_message_bytes=self._options.max_request_bytes)
        grpc_port = self._bind_grpc(asked["grpc"])
        self._addresses = {
            "grpc": str(Address(asked["grpc"].host, grpc_port)),
            "http": str(bound_address(http_socket, asked["http"])),
            "web": str(bound_address(web_socket, asked["web"])),
        }
        self._lock.describe(self._who())
        self._start_store()
        self._http = HttpDoor(
            intake,
            http_socket,
            pages=self._pages(),
            max_body_bytes=self._options.max_request_bytes,
            max_held_bytes=self._options.max_in_flight_bytes,
            check_host=self._checks_host(asked["http"]),
            allowed_hosts=self._options.allowed_hosts,
        )
        self._inbox = InboxWatch(
            self._data,
            self._keeper.append,
            self._keeper.set_aside,
            self._counters,
            say,
            crowded=lambda: self._admission.crowded,
        )

    def run(self) -> int:
        """Receive until told to stop; then close the doors and let the store catch up."""
        with _StopOnSignal(self._stop):
            self._grpc.start()
            self._http.start()
            self._inbox.start()
            self._announce()
            try:
                while not self._stop.wait(_STATUS_SECONDS):
                    self._store.send_status(self._status())
            finally:
                left = self._drain()
        if self._journal_failure is not None:
            raise ContextaError(
                f"the journal in {self._data.journal} failed",
                cause=str(self._journal_failure),
                hint="everything acknowledged is kept; see to the disk, then start contexta serve again",
                exit_code=Exit.UNREACHABLE,
            ) from self._journal_failure
        if left:
            say(f"stopped; {left} bytes of the journal wait for the next start")
        return int(Exit.OK)

    def _checks_host(self, address: Address) -> bool:
        """Bound beyond this machine it is called by names we can't know, unless we were told them."""
        return address.is_loopback or bool(self._options.allowed_hosts)

    def _host_arguments(self, address: Address) -> list[str]:
        if not self._checks_host(address):
            return ["--any-host"]
        return [f"--allowed-host={name}" for name in self._options.allowed_hosts]

    def _create_directory(self) -> None:
        try:
            self._data.create()
        except OSError as error:
            raise _unusable(self._data, error) from error

    def _own_directory(self) -> None:
        self._lock = DirectoryLock(self._data.lock_file)
        try:
            self._lock.acquire(self._who())
        except LockHeld as held:
            raise ContextaError(
                f"{self._data.root} is in use",
                cause=f"{held.holder} holds it",
                hint="use that one, stop it, or serve another directory with --data DIR",
                exit_code=Exit.UNREACHABLE,
            ) from held
        except OSError as error:
            raise _unusable(self._data, error) from error
        self._stack.callback(self._lock.release)
        self._data.serve_file.unlink(missing_ok=True)  # of a server that was killed

    def _open_journal(self) -> None:
        try:
            self._open_journal_files()
        except (OSError, JournalFull, JournalFailed) as error:
            raise ContextaError(
                f"cannot open the journal in {self._data.journal}",
                cause=str(error),
                hint="make room on the disk and see that it can be written, then start again",
                exit_code=Exit.UNREACHABLE,
            ) from error

    def _open_journal_files(self) -> None:
        self._writer = JournalWriter(self._data.journal, segment_bytes=self._options.segment_bytes)
        self._stack.callback(self._writer.close)
        repair = self._writer.repaired
        if repair is not None:
            say(
                f"cut {repair.bytes_cut} unfinished bytes off the journal at {repair.position}, kept in {repair.kept.name}"
            )
        quarantine = Quarantine(
            self._data.root,
            self._data.quarantine,
            self._writer.append,
            max_bytes=self._options.max_quarantine_bytes,
        )
        self._keeper = Keeper(self._writer, quarantine, self._on_journal_failed)

    def _bind_grpc(self, asked: Address) -> int:
        try:
            return self._grpc.add_insecure_port(str(asked))
        except RuntimeError as error:
            raise taken(asked, "--grpc") from error

    def _start_store(self) -> None:
        self._store.start()
        if self._store.position > self._writer.end_position:
            say(
                f"the store is at {self._store.position}, the journal ends at {self._writer.end_position}: "
                "part of the journal is missing; going on behind the store"
            )
            self._writer.move_to(self._store.position)

    def _announce(self) -> None:
        told = {
            **self._addresses,
            "pid": os.getpid(),
            "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._started_at)),
            "version": __version__,
        }
        self._store.send_status(self._status())
        unfinished = self._data.serve_file.with_suffix(".json.part")
        unfinished.write_text(json.dumps(told, sort_keys=True) + "\n", encoding="utf-8")
        unfinished.rename(self._data.serve_file)
        text = banner(self._addresses, self._data.root, self._writer.end_position)
        print(text, file=sys.stderr, flush=True)

    def _drain(self) -> int:
        """Close the doors, finish what is inside, let the store catch up. Returns the bytes it left."""
        self._data.serve_file.unlink(missing_ok=True)
        self._inbox.stop()
        self._admission.stop(_DOOR_SECONDS)
        self._grpc.stop(_DOOR_SECONDS).wait(_DOOR_SECONDS)
        self._http.stop()
        end = self._writer.end_position
        return end - self._store.stop(end, self._options.drain_seconds)

    def _set_aside_record(self, position: int, cause: str) -> int | None:
        records = read_records(self._data.journal, position, max_bytes=1)
        if not records:
            return None
        record = records[0]
        detail = f"stopped the store again and again: {cause}"
        try:
            self._keeper.set_aside(
                SetAside(record.signal, Reason.POISON_RECORD, detail, record.body)
            )
        except Unavailable as refusal:
            say(f"the record at position {position} waits for its quarantine: {refusal.detail}")
            return None
        self._counters.add("quarantined", reason=Reason.POISON_RECORD.value)
        return record.next_position

    def _on_journal_failed(self, error: Exception) -> None:
        self._journal_failure = self._journal_failure or error
        self._stop.set()

    def _pages(self) -> dict[str, Callable[[], Page]]:
        return {
            "/healthz": health_page,
            "/readyz": lambda: ready_page(self._status()),
            "/metrics": lambda: metrics_page(self._status()),
        }

    def _status(self) -> dict[str, Any]:
        counters: dict[str, list[tuple[dict[str, str], int]]] = {
            name: [(dict(labels), count) for labels, count in series.items()]
            for name, series in self._counters.snapshot().items()
        }
        counters |= {name: [({}, count)] for name, count in self._store.counters.items()}
        counters["store_restarts"] = [({}, self._store.restarts)]
        not_ready = self._not_ready()
        return {
            "counters": counters,
            "not_ready": not_ready,
            "ready": int(not not_ready),
            "journal_end_position": self._writer.end_position,
            "store_position": self._store.position,
            "lag_bytes": max(0, self._writer.end_position - self._store.position),
            "store_up": int(self._store.up),
            "started_at_seconds": self._started_at,
            "addresses": self._addresses,
            "pid": os.getpid(),
            "version": __version__,
        }

    def _not_ready(self) -> list[str]:
        reasons = [
            self._admission.problem,
            None if self._store.up else "the store process is down and being started again",
            f"the journal failed: {self._writer.failure}" if self._writer.failure else None,
        ]
        return [reason for reason in reasons if reason]

    def _who(self) -> str:
        at = " ".join(f"{name} {address}" for name, address in self._addresses.items())
        return f"contexta serve (pid {os.getpid()}) {at}".strip()


def _unusable(data: DataDir, error: OSError) -> ContextaError:
    return ContextaError(
        f"cannot use {data.root} as data directory",
        cause=error.strerror or str(error),
        hint="contexta serve --data DIR with a directory that can be written",
        exit_code=Exit.UNREACHABLE,
    )


class _StopOnSignal:
    """SIGTERM and SIGINT ask for a stop; a second one is what it always was."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._ask)

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        self._stop.set()
        signal.signal(number, self._before[number])
