"""Who owns a data directory: one process at a time, proven by the kernel.

`flock` on a file that is never removed: a removed and recreated file would have two owners. The text inside says who, for
people; only the lock decides. It goes with its process, however that ends.
"""

import fcntl
import os
from pathlib import Path


class LockHeld(Exception):
    """Somebody else owns the directory; `holder` is what they wrote about themselves."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class DirectoryLock:
    """The lock of one data directory, held from `acquire` to `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    @property
    def held(self) -> bool:
        """Whether this object owns the directory now."""
        return self._fd >= 0

    def acquire(self, who: str) -> None:
        """Own the directory, or raise LockHeld at once.

        who: one line about this process (command, pid, addresses), for whoever is refused later.
        """
        while True:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(fd, 4096, 0).decode("utf-8", "replace").strip()
                os.close(fd)
                raise LockHeld(holder or "another process") from None
            if self._is_at_path(fd):
                break
            os.close(fd)  # somebody removed the file between open and lock
        self._fd = fd
        self.describe(who)
        os.register_at_fork(after_in_child=self._forget)

    def describe(self, who: str) -> None:
        """Replace the text about the owner."""
        text = (who.strip() + "\n").encode()
        os.pwrite(self._fd, text, 0)
        os.ftruncate(self._fd, len(text))

    def release(self) -> None:
        """Give the directory up; the file stays."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1

    def _is_at_path(self, fd: int) -> bool:
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            return False
        mine = os.fstat(fd)
        return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)

    def _forget(self) -> None:
        """In a forked child: let go, or the child would keep the directory after its parent is gone."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
