"""What `contexta doctor` looks at, one function a matter. Each gives what it found and how to mend it."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from typing import Any

from contexta_processor import __version__
from contexta_processor.base.data_dir import DataDir
from contexta_processor.cli.checks.check import Check
from contexta_processor.cli.checks.counters import check_counters
from contexta_processor.cli.checks.environment import Doors, check_environment
from contexta_processor.cli.checks.evidence import check_store
from contexta_processor.cli.checks.network import check_free_ports, check_server
from contexta_processor.cli.checks.space import check_space
from contexta_processor.cli.checks.spool import check_spools
from contexta_processor.cli.connect import Source


def check_all(source: Source) -> list[Check]:
    """Every check: the directory, who owns it, what is in it, the server, and the way to it."""
    return list(_checks(source))


def _checks(source: Source) -> Iterator[Check]:
    if source.server is not None:
        yield from _named_server(source, source.server)
        return
    data = source.data
    running = _told_by_server(data)
    alive = source.server_url() is not None
    yield from _directory(data)
    if data.root.is_dir() and os.access(data.root, os.R_OK | os.X_OK):
        yield from _owner(data, running, alive=alive)
        yield from check_space(data)
        yield from check_store(source)
    if alive and running is not None:
        yield from check_server(str(running["web"]), running)
        yield from check_counters(str(running["web"]))
        yield from _version(running)
    else:
        yield Check(
            "server",
            "warning",
            "no server runs here",
            f"contexta serve --data {data.root}   (not needed for file:DIR endpoints and imports)",
        )
        yield from check_free_ports(data)
    doors = Doors.of(running) if alive and running is not None else None
    yield from check_environment(os.environ, doors, data)
    yield from check_spools(os.environ)


def _told_by_server(data: DataDir) -> Mapping[str, Any] | None:
    try:
        return data.read_serve()
    except OSError:  # no permission: said by the check of the directory
        return None


def _named_server(source: Source, address: str) -> Iterator[Check]:
    """A server that was named, wherever it runs: what can be seen of it from here."""
    from contexta_processor.cli.server_status import running_at

    running = running_at(address)
    yield from check_server(address, running)
    if running is not None:
        yield from check_store(source)
        yield from check_counters(address)
        yield from _version(running)
        yield from check_environment(os.environ, Doors.of(running), source.data)


def _directory(data: DataDir) -> Iterator[Check]:
    root = data.root
    if not root.exists():
        yield Check(
            "directory",
            "warning",
            f"{root} does not exist: nothing was received there yet",
            f"contexta serve --data {root}",
        )
    elif not root.is_dir():
        yield Check(
            "directory",
            "error",
            f"{root} is not a directory",
            "--data DIR names the data directory",
        )
    elif not os.access(root, os.R_OK | os.X_OK):
        yield Check(
            "directory", "error", f"{root} cannot be read: permission denied", f"chmod u+rx {root}"
        )
    elif not os.access(root, os.W_OK):
        yield Check(
            "directory",
            "error",
            f"{root} cannot be written: permission denied",
            f"chmod u+w {root}",
        )
    else:
        yield Check("directory", "ok", f"{root} can be read and written")


def _owner(data: DataDir, running: Mapping[str, Any] | None, *, alive: bool) -> Iterator[Check]:
    holder = lock_holder(data)
    if holder and running is None:
        yield Check(
            "owner",
            "warning",
            f"held by {holder}, which does not say where it listens",
            "wait for it to be ready, or stop it",
        )
    elif holder:
        yield Check("owner", "ok", f"held by {holder}")
    elif running is not None and not alive:
        pid = running.get("pid")
        yield Check(
            "owner",
            "warning",
            f"serve.json is left from a server that is gone (pid {pid}); it is ignored",
            f"contexta serve --data {data.root}",
        )
    elif running is not None:
        yield Check(
            "owner",
            "error",
            f"a server (pid {running.get('pid')}) says it serves this directory but does not hold it",
            f"stop it, then contexta serve --data {data.root}",
        )
    else:
        yield Check("owner", "ok", "held by nobody")


def lock_holder(data: DataDir) -> str | None:
    """Who owns the directory, or None. Takes the lock for no longer than it takes to ask."""
    try:
        fd = os.open(data.lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(fd, 4096, 0).decode("utf-8", "replace").strip() or "another process"
    finally:
        os.close(fd)
    return None


def _version(running: Mapping[str, Any]) -> Iterator[Check]:
    theirs = running.get("version")
    if theirs == __version__:
        yield Check("version", "ok", f"server and command are {__version__}")
    else:
        yield Check(
            "version",
            "warning",
            f"the server is {theirs}, this command {__version__}",
            "restart the server with this version",
        )
