"""What an artifact is on disk or in memory: path, size, digest, fingerprint, id."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, cast
from urllib.parse import urlsplit

from contexta.base import coerce, secrets
from contexta.base.coerce import Attributes
from contexta.base.sequence import new_ulid
from contexta.records.capture import GivenUp
from contexta_semconv import attributes as names

_CHUNK: Final = 1 << 20
_LIST_LIMIT: Final = 1_000_000
_known_files: Final[dict[tuple[str, int, int], str]] = {}


class Hash(Protocol):
    """What is needed of a digest under way."""

    def update(self, data: bytes | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...


def path_of(path_or_uri: str | os.PathLike[str]) -> str:
    """The path or URI as text, as it was given (credentials in a URI removed)."""
    text = coerce.text(os.fsdecode(path_or_uri))
    return secrets.without_secrets(text) if "://" in text else text


def local(path: str) -> Path | None:
    """The file or directory of that name, if there is one; `file://` is local too."""
    if not path:
        return None
    if path.startswith("file://"):
        path = urlsplit(path).path
    if "://" in path:
        return None
    there = Path(path).absolute()
    try:
        return there if there.exists() else None
    except OSError:
        return None


def id_for(path: str, sha256: str | None) -> str:
    """The id of an artifact that was given none: by its digest where known; else the one this
    process gave the same unchanged file before; else a new one."""
    if sha256 is not None:
        return f"artifact_{sha256.lower()[:32]}"
    there = local(path)
    if there is None or not there.is_file():
        return f"artifact_{new_ulid()}"
    state = there.stat()
    key = (str(there), state.st_mtime_ns, state.st_size)
    return _known_files.setdefault(key, f"artifact_{new_ulid()}")


def dataset_id(name: str, version: str | None, split: str | None, fingerprint: str | None) -> str:
    """Equal data under one name has one id in every process; without content or version, a new one."""
    mark = version or (fingerprint or "").rpartition(":")[2][:16] or new_ulid()
    return "_".join(coerce.text(part) for part in ("dataset", name, split, mark) if part)


class GaveUp(Exception):
    """Nobody waits for the digest any longer."""


def digest(path: Path, given_up: GivenUp) -> Attributes:
    """SHA-256 and size in bytes of a file, or of a directory's files by sorted relative path.

    Raises: GaveUp as soon as `given_up()` says so; OSError if it cannot be read.
    """
    total = hashlib.sha256()
    if path.is_file():
        size = _hash_file(path, total, given_up)
    else:
        size = 0
        for file in sorted(one for one in path.rglob("*") if one.is_file()):
            inner = hashlib.sha256()
            size += _hash_file(file, inner, given_up)
            total.update(file.relative_to(path).as_posix().encode("utf-8", "surrogateescape"))
            total.update(b"\0" + inner.digest())
    return {
        names.CONTEXTA_ARTIFACT_SHA256: total.hexdigest(),
        names.CONTEXTA_ARTIFACT_SIZE_BYTES: size,
    }


def _hash_file(path: Path, into: Hash, given_up: GivenUp) -> int:
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            into.update(chunk)
            size += len(chunk)
            if given_up():
                raise GaveUp
    return size


def fingerprint(data: Any) -> str | None:
    """A digest of the content of a frame, table, array or list, `algorithm:hex`; None if it is none.

    Equal content gives equal fingerprints within one library; a pandas frame and an Arrow table of
    the same rows differ.
    """
    library = type(data).__module__.partition(".")[0]
    total = hashlib.sha256()
    if library == "pandas" and hasattr(data, "columns"):
        _hash_pandas(data, total)
    elif library == "pandas" and hasattr(data, "to_frame"):
        _hash_pandas(data.to_frame(), total)
    elif library == "polars" and hasattr(data, "to_arrow"):
        _hash_arrow(data.to_arrow(), total)
    elif library == "pyarrow":
        _hash_arrow(data, total)
    elif hasattr(data, "dtype") and hasattr(data, "shape"):
        _hash_array(data, total)
    elif isinstance(data, (list, tuple)):
        _hash_list(cast("list[object] | tuple[object, ...]", data), total)
    else:
        return None
    return f"sha256-{library if library != 'builtins' else 'json'}:{total.hexdigest()}"


def row_count(data: Any) -> int | None:
    """Rows of a frame, table, array or list."""
    if data is None or isinstance(data, (str, bytes)):
        return None
    shape = getattr(data, "shape", None)
    if isinstance(shape, tuple) and shape:
        return int(cast("tuple[int, ...]", shape)[0])
    try:
        return len(data)
    except TypeError:
        return None


def _hash_pandas(frame: Any, total: Hash) -> None:
    hashed = sys.modules["pandas"].util.hash_pandas_object(frame, index=True)
    types = [(str(name), str(kind)) for name, kind in zip(frame.columns, frame.dtypes, strict=True)]
    total.update(json.dumps(types).encode())
    total.update(hashed.to_numpy().tobytes())


def _hash_arrow(table: Any, total: Hash) -> None:
    """Through the IPC format, one chunk per column, so that slicing and chunking don't matter."""
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is None:
        return
    if not hasattr(table, "schema"):
        table = pyarrow.table({"": table})
    whole = table.combine_chunks() if hasattr(table, "combine_chunks") else table
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, whole.schema) as writer:
        for batch in whole.to_batches() if hasattr(whole, "to_batches") else [whole]:
            writer.write_batch(batch)
    total.update(memoryview(sink.getvalue()))


def _hash_array(array: Any, total: Hash) -> None:
    total.update(f"{array.dtype}{tuple(array.shape)}".encode())
    if hasattr(array, "detach"):
        array = array.detach().cpu().numpy()
    if str(array.dtype) == "object":
        _hash_list(array.tolist(), total)
    else:
        total.update(array.tobytes())


def _hash_list(values: Sequence[Any], total: Hash) -> None:
    for value in _limited(values):
        total.update(str(coerce.attribute(value)).encode("utf-8", "backslashreplace") + b"\0")
    total.update(str(len(values)).encode())


def _limited(values: Sequence[Any]) -> Iterable[Any]:
    return values[:_LIST_LIMIT]
