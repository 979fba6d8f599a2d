"""The digest of an artifact as it is on disk: the definition in `contexta.artifact.sha256`.

A file: SHA-256 of its bytes. A directory: SHA-256 over its files, each as its path relative to the
directory in UTF-8 with `/` between the parts, a zero byte, and the 32 bytes of its own SHA-256; in
the order of their paths compared part by part. A link to a file counts as the file, links to
directories are not followed, empty directories do not count. Whoever records artifacts computes the
same; tests hold the two equal.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contexta_processor.investigate.verification.location import NothingThere, NotVerifiable

_CHUNK = 1 << 20

Heard = Callable[[int], None]
"""Told how many bytes were read, each time some were."""


class Hash(Protocol):
    """What takes bytes in."""

    def update(self, data: bytes, /) -> None:
        """Some more of them."""
        ...


@dataclass(frozen=True)
class Digest:
    """sha256: 64 hex digits. settled: nothing changed while it was read."""

    sha256: str
    size_bytes: int
    settled: bool


def digest_of(place: Path, root: Path, heard: Heard) -> Digest:
    """Read everything at `place`, in pieces of a mebibyte.

    root: the directory nothing may be read outside of; both without links (`Path.resolve`).
    Raises: NotVerifiable where a link inside a directory leads out of `root`, or something cannot be read;
        NothingThere if it goes away meanwhile.
    """
    total = hashlib.sha256()
    try:
        if place.is_file():
            size, settled = _read_file(place, total, heard)
            return Digest(total.hexdigest(), size, settled)
        files = list(_files(place))
        size, settled = 0, True
        for file in files:
            read, still = _read_member(place, file, root, total, heard)
            size, settled = size + read, settled and still
        settled = settled and files == list(_files(place))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NothingThere from error
    except OSError as error:
        where = Path(os.fsdecode(error.filename)).name if error.filename else place.name
        raise NotVerifiable("unreadable", f"{where}: {error.strerror or error}") from error
    return Digest(total.hexdigest(), size, settled)


def _read_member(
    directory: Path, file: tuple[str, ...], root: Path, into: Hash, heard: Heard
) -> tuple[int, bool]:
    there = Path(os.path.realpath(directory.joinpath(*file)))
    name = "/".join(file)
    if not there.is_relative_to(root):
        raise NotVerifiable(
            "outside_root", f"{name} is a link out of the directory that is checked"
        )
    inner = hashlib.sha256()
    size, settled = _read_file(there, inner, heard)
    into.update(name.encode("utf-8", "surrogateescape") + b"\0" + inner.digest())
    return size, settled


def _files(directory: Path) -> Iterator[tuple[str, ...]]:
    """The parts of every file's path relative to the directory, in order."""

    def failed(error: OSError) -> None:
        raise error

    found: list[tuple[str, ...]] = []
    for place, _, names in os.walk(directory, onerror=failed):
        parts = Path(place).relative_to(directory).parts
        found += [(*parts, name) for name in names if Path(place, name).is_file()]
    yield from sorted(found)


def _read_file(path: Path, into: Hash, heard: Heard) -> tuple[int, bool]:
    """Bytes read, and whether the file stayed the same meanwhile."""
    size = 0
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise NotVerifiable("unreadable", f"{path.name} is no regular file")
        while chunk := file.read(_CHUNK):
            into.update(chunk)
            size += len(chunk)
            heard(len(chunk))
    after = path.stat()
    return size, _state(before) == _state(after)


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns
