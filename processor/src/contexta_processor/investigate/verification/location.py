"""Where, below one directory, is a recorded artifact? Never anywhere else."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit


class NotVerifiable(Exception):
    """An artifact that cannot be checked.

    reason: a value of `contexta.verification.reason`; detail: the same in a sentence.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class NothingThere(Exception):
    """The place is inside the directory, and empty."""


def locate(recorded: str | None, root: Path) -> Path:
    """The file or directory a recorded path means, links resolved.

    recorded: a path relative to `root`, an absolute path inside it, or a `file://` URI of one.
    root: an existing directory, itself resolved (`Path.resolve`).
    Raises: NotVerifiable if the path is none of this machine, or leads out of `root` (by itself, by `..`
        or through a link); NothingThere if it leads to nothing.
    """
    path = _local(recorded)
    try:
        place = Path(os.path.realpath(root / path))
    except ValueError as error:  # a null character
        raise NotVerifiable("unreadable", f"it has no usable path: {error}") from error
    if not place.is_relative_to(root):
        raise NotVerifiable("outside_root", f"{path} leads out of the directory that is checked")
    try:
        place.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NothingThere from error
    except OSError as error:
        raise NotVerifiable("unreadable", error.strerror or str(error)) from error
    if not place.is_file() and not place.is_dir():
        raise NotVerifiable("unreadable", "it is neither a file nor a directory")
    return place


def _local(recorded: str | None) -> str:
    if not recorded:
        raise NotVerifiable("no_path", "no path was recorded")
    if recorded.startswith("file://"):
        parts = urlsplit(recorded)
        if parts.netloc in ("", "localhost"):
            return unquote(parts.path)
    if "://" in recorded:
        scheme = recorded.partition("://")[0]
        raise NotVerifiable("remote", f"it is not in the file system ({scheme}://)")
    return recorded
