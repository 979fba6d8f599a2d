"""How far the journal is on disk: one number the writer publishes and every reader asks.

The file is never synced. After a kill it is as written; after a power loss it can only be older than the data it speaks of,
and whoever opens the journal for writing repairs and publishes anew.
"""

import os
import struct
from pathlib import Path

NAME = "durable"
_PAIR = struct.Struct("<QQ")
_ALL_ONES = 0xFFFF_FFFF_FFFF_FFFF
_TRIES = 1000


class DurableMark:
    """The writer's end: publishes the position up to which everything is synced."""

    def __init__(self, directory: Path) -> None:
        self._fd = os.open(directory / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def publish(self, position: int) -> None:
        """Tell readers that all before `position` is durable."""
        os.pwrite(self._fd, _PAIR.pack(position, position ^ _ALL_ONES), 0)

    def close(self) -> None:
        """Stop publishing; the last value stays."""
        os.close(self._fd)


def read_durable(directory: Path) -> int | None:
    """The published position; None where no writer ever opened this journal."""
    try:
        fd = os.open(directory / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        for _ in range(_TRIES):
            data = os.pread(fd, _PAIR.size, 0)
            if len(data) == _PAIR.size:
                position, inverse = _PAIR.unpack(data)
                if position ^ _ALL_ONES == inverse:
                    return position
    finally:
        os.close(fd)
    return None
