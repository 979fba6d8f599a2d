"""Cutting a torn tail back to the last whole record, with the cut bytes kept beside it."""

import os
from dataclasses import dataclass
from pathlib import Path

from contexta_processor.base.durably import fsync_directory
from contexta_processor.journal.segment import Segment, last_record_end

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Repair:
    """What was cut: `bytes_cut` bytes from `position` on, now in the file `kept`."""

    position: int
    bytes_cut: int
    kept: Path


def repair_tail(segment: Segment) -> Repair | None:
    """Cut what follows the last valid record of the newest segment; None where nothing does.

    The copy is on disk before the cut, so that no crash in between loses the bytes. Damage *before* a valid record
    is left where it is: the reader skips and reports it.
    """
    end = last_record_end(segment.path, segment.first)
    size = segment.size
    if end == size:
        return None
    kept = _free_name(segment.path)
    _copy(segment.path, end, kept)
    fsync_directory(segment.path.parent)
    fd = os.open(segment.path, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.ftruncate(fd, end)
        os.fsync(fd)
    finally:
        os.close(fd)
    return Repair(segment.first + end, size - end, kept)


def _free_name(path: Path) -> Path:
    number = 1
    while (kept := path.with_name(f"{path.stem}.{number}.broken")).exists():
        number += 1
    return kept


def _copy(source: Path, offset: int, target: Path) -> None:
    with source.open("rb") as read, target.open("xb") as write:
        read.seek(offset)
        while chunk := read.read(_CHUNK):
            write.write(chunk)
        write.flush()
        os.fsync(write.fileno())
