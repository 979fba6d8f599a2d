"""Is there room on the disk, and what takes it?"""

import os
from collections.abc import Iterator
from pathlib import Path

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.quarantine import DEFAULT_MAX_BYTES
from contexta_processor.cli.checks.check import Check

LITTLE_SPACE, NO_SPACE = 2 * 1000**3, 200 * 1000**2
_FEW_FILES, _NO_FILES = 10_000, 100
_MUCH_TAKEN = 1000**3


def check_space(data: DataDir) -> Iterator[Check]:
    """Bytes and files left, and how large each part of the directory is."""
    disk = os.statvfs(data.root)
    free = disk.f_bavail * disk.f_frsize
    text = f"{free / 1000**3:,.1f} GB free where {data.root} is"
    yield _left("disk", text, free, LITTLE_SPACE, NO_SPACE)
    if disk.f_files and disk.f_favail < _FEW_FILES:
        files = f"{disk.f_favail:,} files can still be made where {data.root} is"
        yield _left("disk", files, disk.f_favail, _FEW_FILES, _NO_FILES)
    yield from _sizes(data)


def _left(name: str, text: str, free: int, little: int, none: int) -> Check:
    if free < none:
        fix = "make room: the server stops taking telemetry when the disk is full"
        return Check(name, "error", text, fix)
    if free < little:
        return Check(name, "warning", text, "make room before the disk is full")
    return Check(name, "ok", text)


def _sizes(data: DataDir) -> Iterator[Check]:
    taken, quarantine = _size(data.taken), _size(data.quarantine)
    parts = {
        "journal": _size(data.journal),
        "database": _file_size(data.database)
        + _file_size(data.database.with_suffix(".duckdb.wal")),
        "quarantine": quarantine,
        "files taken from the inbox": taken,
    }
    text = ", ".join(f"{name} {size / 1000**2:,.1f} MB" for name, size in parts.items())
    if quarantine > DEFAULT_MAX_BYTES * 0.9:
        fix = f"look at what is in it, then: rm {data.quarantine}/*"
        yield Check("size", "warning", f"{text}; a full quarantine keeps no bytes, only notes", fix)
    elif taken > _MUCH_TAKEN:
        yield Check("size", "warning", f"{text}; these are in the journal", f"rm {data.taken}/*")
    else:
        yield Check("size", "ok", text)


def _size(directory: Path) -> int:
    """Bytes of the files in a directory; 0 where it isn't there."""
    try:
        return sum(_file_size(path) for path in directory.iterdir())
    except OSError:
        return 0


def _file_size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
