"""Making files and their names outlive a power loss."""

import os
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Write a file whose content is on disk on return; its name may not be yet."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def fsync_directory(directory: Path) -> None:
    """Make created, renamed and removed names in `directory` durable."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
