"""Files as people have them, made into files that can be taken in.

What a file is, its first bytes say, not its name: gzip is unpacked, JSON is read as JSON whatever it is
called, one protobuf request without a length before it gets one. A directory, a pipe, an archive or an
empty file is refused before anything is read from it.
"""

import gzip
import mmap
import shutil
import stat
import zlib
from pathlib import Path
from typing import IO, NoReturn

from contexta_processor.base.errors import ContextaError

MAX_INFLATED_BYTES = 4 * 1024 * 1024 * 1024
_HEAD = 4096
_GZIP = b"\x1f\x8b"
_ARCHIVES = {b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_FIRST_FIELD = 0x0A
"""Tag of field 1, length-delimited: what every OTLP request consists of, repeated."""


def prepare(path: Path, workspace: Path) -> Path:
    """The file to take in for `path`: itself, or a plain copy of it in `workspace`.

    Raises: ContextaError if it is no file of OTLP requests, by its kind or its first bytes.
    """
    _require_regular(path)
    head = _head(path)
    if head.startswith(_GZIP):
        path = _inflated(path, workspace)
        head = _head(path)
    for magic, name in _ARCHIVES.items():
        if head.startswith(magic):
            _refuse(
                path,
                f"it is a {name} archive",
                "unpack it, then import what was in it (.gz is unpacked for you)",
            )
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"["):
        _refuse(
            path, "it is a JSON array", 'OTLP/JSON has one object per line: {"resourceSpans": …}'
        )
    if text.startswith(b"{"):
        return path if path.name.lower().endswith(_JSON_SUFFIXES) else _renamed(path, workspace)
    if path.name.lower().endswith(_JSON_SUFFIXES):
        _refuse(
            path,
            "its name says JSON, its content does not",
            "contexta import takes OTLP/JSON, or protobuf in files of another name",
        )
    if _is_single_request(path):
        return _framed(path, workspace)
    return path


def _require_regular(path: Path) -> None:
    try:
        status = path.stat()
    except OSError as error:
        _refuse(path, error.strerror or str(error))
    if stat.S_ISDIR(status.st_mode):
        _refuse(path, "it is a directory", f"name the files in it: contexta import {path}/*")
    if not stat.S_ISREG(status.st_mode):
        _refuse(path, "it is not a regular file", "write what comes from it to a file first")
    if status.st_size == 0:
        _refuse(path, "it is empty")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        _refuse(path, error.strerror or str(error))
    if not head:
        _refuse(path, "it is empty")
    return head


def _inflated(path: Path, workspace: Path) -> Path:
    """The unpacked file, under the name without its `.gz`."""
    target = workspace / path.name.removesuffix(".gz").removesuffix(".GZ")
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as plain:
            _copy_bounded(path, packed, plain)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        _refuse(
            path, f"its gzip is damaged: {error}", "fetch or pack it again; nothing of it was taken"
        )
    return target


def _copy_bounded(path: Path, packed: gzip.GzipFile, plain: IO[bytes]) -> None:
    size = 0
    while block := packed.read(1024 * 1024):
        size += len(block)
        if size > MAX_INFLATED_BYTES:
            _refuse(path, f"it unpacks to more than {MAX_INFLATED_BYTES >> 30} GiB", "split it")
        plain.write(block)


def _renamed(path: Path, workspace: Path) -> Path:
    """JSON under a name that says so; the signal in the name stays."""
    target = workspace / f"{path.name}.jsonl"
    if path.parent == workspace:
        return path.rename(target)
    target.symlink_to(path.resolve())
    return target


def _framed(path: Path, workspace: Path) -> Path:
    """One request with its length before it, as a varint."""
    from contexta_processor.receive.wire import encode_varint

    target = workspace / f"{path.name}.framed"
    with path.open("rb") as source, target.open("wb") as framed:
        framed.write(encode_varint(path.stat().st_size))
        shutil.copyfileobj(source, framed)
    return target


def _is_single_request(path: Path) -> bool:
    """Whether the file is one request (field 1 again and again to its end) and not a row of framed ones."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return (
            data[0] == _FIRST_FIELD and _walks(data, tagged=True) and not _walks(data, tagged=False)
        )


def _walks(data: mmap.mmap, *, tagged: bool) -> bool:
    """Whether lengths (each after the tag of field 1, if tagged) lead exactly to the end."""
    at, end = 0, len(data)
    while at < end:
        if tagged:
            if data[at] != _FIRST_FIELD:
                return False
            at += 1
        length = shift = 0
        while True:
            if at >= end or shift > 63:
                return False
            byte = data[at]
            length |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                break
        at += length
    return at == end


def _refuse(
    path: Path,
    cause: str,
    hint: str = "contexta import takes files of OTLP requests: JSON lines or protobuf, plain or .gz",
) -> NoReturn:
    raise ContextaError(f"cannot import {path}", cause=cause, hint=hint)
