"""A digest of what is in a checkout and in no commit: equal digests, equal code.

It covers what the working tree holds, not how git would show it: no setting of git's changes it, and
nothing but the digest leaves the machine.

    for each path that differs from HEAD or is neither tracked nor ignored, in order of its bytes:
        path NUL kind NUL content NUL
    kind     f, x (executable), l (symbolic link), s (submodule), - (gone), o (anything else)
    content  SHA-256 of the file; of a link where it points to; of a submodule its commit; else nothing
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_FILES: Final = 5_000
LONGEST_S: Final = 5.0
_PIECE: Final = 1024 * 1024

Git: TypeAlias = Callable[..., bytes]
"""Asks git in the root of the checkout; raises where it gives no answer."""


class UnreadableError(Exception):
    """The changes could not be read whole; says why."""


class Bounds:
    """How much is read at most, and how long."""

    def __init__(self, given_up: Callable[[], bool]) -> None:
        self._given_up = given_up
        self._deadline = time.monotonic() + LONGEST_S
        self._left = MOST_BYTES

    def spend(self, size: int) -> None:
        """`size` more bytes are read.

        Raises: UnreadableError where that is too much, too late, or nobody waits any longer.
        """
        self._left -= size
        if self._left < 0:
            raise UnreadableError(f"the changes are larger than {MOST_BYTES >> 20} MiB")
        if time.monotonic() > self._deadline or self._given_up():
            raise UnreadableError(f"reading the changes took longer than {LONGEST_S:g} s")


def digest(root: bytes, changed: bytes, git: Git, bounds: Bounds, apart: tuple[bytes, ...]) -> str:
    """The digest as lower-case hex.

    root: of the checkout. changed: what `git status --porcelain=v2 -z` says of tracked files.
    apart: directories that are none of the code's (where this library itself writes), each with a
        slash at its end. So is any `.contexta`, where evidence is kept unless told otherwise.
    Raises: UnreadableError if it cannot cover everything.
    """
    untracked = git("ls-files", "--others", "--exclude-standard", "-z")
    kinds = dict(_changed(changed))
    kinds.update((path, b"") for path in untracked.split(b"\0") if path)
    paths = [path for path in sorted(kinds) if not _is_apart(root, path, apart)]
    if len(paths) > MOST_FILES:
        raise UnreadableError(f"{len(paths)} files are in no commit")
    whole = hashlib.sha256()
    for path in paths:
        kind, content = _content(os.path.join(root, path), kinds[path], git, path, bounds)
        whole.update(b"\0".join((path, kind, content, b"")))
    return whole.hexdigest()


def _is_apart(root: bytes, path: bytes, apart: tuple[bytes, ...]) -> bool:
    return os.path.join(root, path).startswith(apart) or b".contexta" in path.split(b"/")[:-1]


def _changed(status: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Path → what git says of it as a submodule (`N...` for what is none)."""
    fields = iter(status.split(b"\0"))
    for entry in fields:
        match entry[:1]:
            case b"1":
                yield entry.split(b" ", 8)[8], entry.split(b" ", 3)[2]
            case b"2":  # renamed: what it was called before follows
                yield entry.split(b" ", 9)[9], entry.split(b" ", 3)[2]
                yield next(fields), b"N..."
            case b"u":
                yield entry.split(b" ", 10)[10], entry.split(b" ", 3)[2]
            case _:
                pass


def _content(
    file: bytes, submodule: bytes, git: Git, path: bytes, bounds: Bounds
) -> tuple[bytes, bytes]:
    bounds.spend(len(path))
    if submodule.startswith(b"S"):
        return b"s", _submodule(submodule, git, path)
    try:
        found = os.lstat(file)
        if stat.S_ISLNK(found.st_mode):
            return b"l", hashlib.sha256(os.readlink(file)).hexdigest().encode()
        if not stat.S_ISREG(found.st_mode):
            return b"o", b""
        kind = b"x" if found.st_mode & stat.S_IXUSR else b"f"
        return kind, _of_file(file, bounds)
    except FileNotFoundError:
        return b"-", b""
    except OSError as reason:
        raise UnreadableError(f"a changed file cannot be read: {reason.strerror}") from reason


def _submodule(state: bytes, git: Git, path: bytes) -> bytes:
    if state[2:] != b"..":
        raise UnreadableError("a submodule has changes of its own that are in no commit")
    return git("-C", os.fsdecode(path), "rev-parse", "--verify", "HEAD").strip()


def _of_file(file: bytes, bounds: Bounds) -> bytes:
    content = hashlib.sha256()
    # A file that has become a pipe meanwhile must not be waited for.
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb", buffering=0) as stream:
        while piece := stream.read(_PIECE):
            bounds.spend(len(piece))
            content.update(piece)
    return content.hexdigest().encode()
