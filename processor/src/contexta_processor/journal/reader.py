"""Reading records from a position on, while another process may be appending."""

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contexta_processor.journal.durable import read_durable
from contexta_processor.journal.record import HEADER_SIZE, Header, Record, decode_header, to_record
from contexta_processor.journal.segment import Segment, find_record, list_segments


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of the journal that holds no valid record: `skipped_bytes` from `position` on."""

    position: int
    skipped_bytes: int

    @property
    def end(self) -> int:
        """Position behind it."""
        return self.position + self.skipped_bytes


def read_records(
    directory: Path,
    position: int,
    *,
    max_bytes: int,
    on_damage: Callable[[Damage], None] | None = None,
) -> list[Record]:
    """Whole, durable records from `position` on, in order, at most `max_bytes` of them but at least one.

    position: 0, or a `next_position` from before; anywhere else counts as damage up to the next valid record.
    on_damage: told once per call of each stretch that had to be skipped, or whose file is gone. A stretch behind the last
        record of this call is told again by the next one, since the position can't advance past it: what counts damage
        leaves out what does not end before that record.
    Returns: an empty list where nothing new is durable.
    """
    end = end_position(directory)
    records: list[Record] = []
    left = max_bytes
    if position >= end:
        return records
    segments = list_segments(directory)
    for index, segment in enumerate(segments):
        following = segments[index + 1].first if index + 1 < len(segments) else end
        stop = min(following, segment.first + segment.size, end)
        if stop <= position:
            continue
        start = max(position, segment.first)
        if position < start and on_damage is not None:
            on_damage(Damage(position, start - position))  # a file that is gone, or lost its end
        for found in _Stretch(segment, start, stop, left, bool(records)).read(on_damage):
            records.append(found)
            left -= found.next_position - found.position
        position = records[-1].next_position if records else stop
        if records and (left <= 0 or position < stop):
            break
    return records


def end_position(directory: Path) -> int:
    """Where the durable part of the journal ends; 0 for a journal that doesn't exist.

    Without a published mark (a journal nobody opened for writing, a copy) it is the end of the newest segment.
    """
    published = read_durable(directory)
    if published is not None:
        return published
    segments = list_segments(directory)
    return segments[-1].first + segments[-1].size if segments else 0


def read_damaged(directory: Path, damage: Damage, *, most: int) -> bytes:
    """What is left of a damaged stretch, at most `most` bytes of it; empty where its file is gone."""
    for segment in list_segments(directory):
        if segment.first <= damage.position < segment.first + segment.size:
            with segment.path.open("rb") as file:
                file.seek(damage.position - segment.first)
                return file.read(min(most, damage.skipped_bytes))
    return b""


class _Stretch:
    """The records of one segment between two positions."""

    def __init__(
        self, segment: Segment, start: int, stop: int, max_bytes: int, bounded: bool
    ) -> None:
        self._segment = segment
        self._start = start
        self._stop = stop
        self._left = max_bytes
        self._bounded = bounded
        """Whether `max_bytes` holds for the first record too: some other segment gave one already."""

    def read(self, on_damage: Callable[[Damage], None] | None) -> list[Record]:
        records: list[Record] = []
        fd = os.open(self._segment.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            position = self._start
            # One read for a whole batch; a record that it cuts is read by itself below.
            window = self._pread(
                fd, position, min(max(self._left, HEADER_SIZE), self._stop - position)
            )
            window_start = position
            while position < self._stop:
                found = self._at(fd, position, window, window_start)
                if found is None:
                    next_valid = self._resync(fd, position)
                    if on_damage is not None:
                        on_damage(Damage(position, next_valid - position))
                    position = next_valid
                    continue
                header, body = found
                size = HEADER_SIZE + header.length
                if size > self._left and (records or self._bounded):
                    break
                records.append(to_record(header, position, body))
                self._left -= size
                position += size
                if self._left <= 0:
                    break
        finally:
            os.close(fd)
        return records

    def _at(
        self, fd: int, position: int, window: bytes, window_start: int
    ) -> tuple[Header, bytes] | None:
        offset = position - window_start
        header = (
            decode_header(window, offset, position)
            if offset + HEADER_SIZE <= len(window)
            else decode_header(self._pread(fd, position, HEADER_SIZE), 0, position)
        )
        if header is None or header.length > self._stop - position - HEADER_SIZE:
            return None
        body_at = offset + HEADER_SIZE
        if body_at + header.length <= len(window):
            body = window[body_at : body_at + header.length]
        else:
            body = self._pread(fd, position + HEADER_SIZE, header.length)
        return (header, body) if zlib.crc32(body) == header.body_crc else None

    def _resync(self, fd: int, position: int) -> int:
        rest = self._pread(fd, position, self._stop - position)
        found = find_record(rest, position, 1)
        return self._stop if found is None else position + found[0]

    def _pread(self, fd: int, position: int, length: int) -> bytes:
        chunks: list[bytes] = []
        at = position - self._segment.first
        while length > 0:
            chunk = os.pread(fd, min(length, 1 << 30), at)
            if not chunk:
                break
            chunks.append(chunk)
            at += len(chunk)
            length -= len(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)
