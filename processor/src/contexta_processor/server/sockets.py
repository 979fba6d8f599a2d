"""Listening sockets, and who has a port that is taken."""

import errno
import os
import socket
from pathlib import Path

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.server.options import Address

_BACKLOG = 512


def listen(address: Address, option: str) -> socket.socket:
    """A listening socket.

    Raises: ContextaError saying which port is taken, by whom, and how to choose another.
    """
    sock = _bind(address, option)
    sock.listen(_BACKLOG)
    sock.setblocking(False)
    return sock


def check_free(address: Address, option: str) -> None:
    """Raise ContextaError if the address can't be bound now. Port 0 always can."""
    _bind(address, option).close()


def bound_address(sock: socket.socket, asked: Address) -> Address:
    """The address in force: the port the kernel picked, the host as it was asked for."""
    return Address(asked.host, sock.getsockname()[1])


def _bind(address: Address, option: str) -> socket.socket:
    try:
        family, _, _, _, target = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _refused(address, option, str(error.strerror)) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(target)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise taken(address, option) from error
        raise _refused(address, option, os.strerror(error.errno or 0)) from error
    return sock


def taken(address: Address, option: str) -> ContextaError:
    """The error for a port that somebody else listens on."""
    owner = find_listener(address.port)
    return ContextaError(
        f"port {address.port} is taken",
        cause=f"{owner} listens on it" if owner else "another process listens on it",
        hint=f"choose another with {option} {Address(address.host, 0)} (0 picks a free one), or stop that process",
        exit_code=Exit.UNREACHABLE,
    )


def _refused(address: Address, option: str, cause: str) -> ContextaError:
    return ContextaError(
        f"cannot listen on {address}",
        cause=cause,
        hint=f"choose another address with {option} 127.0.0.1:0",
        exit_code=Exit.UNREACHABLE,
    )


def find_listener(port: int) -> str | None:
    """`name (pid N)` of the process that listens on a TCP port of this machine; None where that can't be seen."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            for link in (process / "fd").iterdir():
                if os.readlink(link) in inodes:
                    name = (process / "comm").read_text().strip()
                    return f"{name} (pid {process.name})"
        except OSError:
            continue  # gone, or not ours to look into
    return None


def _listening_inodes(port: int) -> frozenset[str]:
    found: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if columns[3] == "0A" and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{columns[9]}]")
    return frozenset(found)
