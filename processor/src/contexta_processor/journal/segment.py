"""Segment files: their names, their order, and how records are found in them."""

import mmap
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

from contexta_processor.journal.record import HEADER_SIZE, MAGIC, decode_header

SUFFIX = ".journal"
_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of the journal; `first` is the position of its first byte."""

    path: Path
    first: int

    @property
    def size(self) -> int:
        """Bytes in the file now."""
        return self.path.stat().st_size


def segment_path(directory: Path, first: int) -> Path:
    """Where the segment that starts at position `first` is."""
    return directory / f"{first:0{_DIGITS}d}{SUFFIX}"


def list_segments(directory: Path) -> list[Segment]:
    """All segments, oldest first; other files in the directory are none of our business."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    firsts = sorted(
        int(name[:_DIGITS])
        for name in names
        if name.endswith(SUFFIX)
        and len(name) == _DIGITS + len(SUFFIX)
        and name[:_DIGITS].isascii()
        and name[:_DIGITS].isdigit()
    )
    return [Segment(segment_path(directory, first), first) for first in firsts]


def find_record(data: bytes | mmap.mmap, first: int, offset: int) -> tuple[int, int] | None:
    """(start, end) of the next valid record at or after `offset` in `data`, which begins at position `first`.

    Only a record whose checksums fit its place counts, so journal bytes inside somebody's attribute are never taken for one.
    """
    with memoryview(data) as view:
        at = data.find(MAGIC, offset)
        while at >= 0:
            header = decode_header(view, at, first + at)
            end = at + HEADER_SIZE + (header.length if header else 0)
            if header and end <= len(view):
                with view[at + HEADER_SIZE : end] as body:
                    if zlib.crc32(body) == header.body_crc:
                        return at, end
            at = data.find(MAGIC, at + 1)
    return None


def last_record_end(path: Path, first: int) -> int:
    """Offset just behind the last valid record of a segment; 0 where there is none."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return 0
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            end = 0
            while found := find_record(data, first, end):
                end = found[1]
            return end
