"""What integrations say about models, data and settings, said once a run and within bounds."""

from __future__ import annotations

import io
import os
import sys
import threading
import weakref
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import FunctionType
from typing import Any, Final, cast

from contexta.base import coerce
from contexta.base.coerce import Attributes
from contexta.base.misuse import guarded
from contexta.records import artifacts, events
from contexta.scopes.process_run import innermost
from contexta.scopes.run_scope import Run, current_run, run
from contexta.scopes.scope import Scope
from contexta_semconv import attributes as names
from contexta_semconv import events as event_names

MODEL_CLASS: Final = names.CONTEXTA_MODEL_CLASS
MODEL_FRAMEWORK: Final = names.CONTEXTA_MODEL_FRAMEWORK
MODEL_FRAMEWORK_VERSION: Final = names.CONTEXTA_MODEL_FRAMEWORK_VERSION

_TEXT_LIMIT: Final = 500
_ITEM_LIMIT: Final = 50
_KEY_LIMIT: Final = 200
_VARIANT_LIMIT: Final = 20
_DATASET_LIMIT: Final = 200
_CELL_LIMIT: Final = 5_000_000
_DEPTH_LIMIT: Final = 4
_HASH_NOW_BYTES: Final = 64 * 1024 * 1024


@dataclass(eq=False)
class Memory:
    """What was said in one run already."""

    counts: Counter[str] = field(default_factory=Counter[str])
    configurations: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    datasets: set[str] = field(default_factory=set[str])
    left_out: set[str] = field(default_factory=set[str])
    last_folds: tuple[object, Any] | None = None

    def next(self, what: str) -> int:
        """How often this was asked for in this run, from 1."""
        self.counts[what] += 1
        return self.counts[what]


_memories: Final[weakref.WeakKeyDictionary[Scope, Memory]] = weakref.WeakKeyDictionary()
_lock: Final = threading.Lock()


def memory_of(scope: Scope) -> Memory:
    """The memory of the run (or deployment) a scope is in."""
    with _lock:
        return _memories.setdefault(scope.root, Memory())


def open_run(wanted: bool, *, type: str, name: str) -> Run | None:
    """A started run for work outside any, if that is wanted. None: nothing is to be told."""
    return run(type=type, name=name).start() if wanted else None


# Settings


def plain(value: object, depth: int = 0) -> Any:
    """A setting as something short: numbers and text as they are, objects by their name."""
    if value is None:
        return "None"
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (str, bytes)):
        return coerce.text(value, _TEXT_LIMIT)
    if isinstance(value, (type, FunctionType)) or hasattr(value, "get_params"):
        return class_name(value)
    if isinstance(getattr(value, "shape", None), tuple) and cast("Any", value).shape:
        return f"{type(value).__name__}{tuple(cast('Any', value).shape)}"
    if depth >= _DEPTH_LIMIT:
        return f"{type(value).__name__}(…)"
    if isinstance(value, Mapping):
        entries = list(cast("Mapping[object, object]", value).items())[:_ITEM_LIMIT]
        return {coerce.text(key, _TEXT_LIMIT): plain(entry, depth + 1) for key, entry in entries}
    if isinstance(value, (list, tuple)):
        items = cast("list[object]", value)
        some = [plain(item, depth + 1) for item in items[:_ITEM_LIMIT]]
        return some if len(items) <= _ITEM_LIMIT else [*some, f"… [cut, {len(items)} items]"]
    return coerce.text(value, _TEXT_LIMIT)


def class_name(value: object) -> str:
    """Module and name of a class, a function, or of the class of anything else."""
    named = value if isinstance(value, (type, FunctionType)) else type(value)
    return f"{named.__module__}.{named.__qualname__}"


@guarded(None)
def tell_configuration(
    scope: Scope, subject: str, settings: Mapping[str, Any], *, captured_by: str
) -> None:
    """Settings under `subject.…`: equal ones once a run, others beside them as `subject#2.…`; those
    that are None, which is what libraries call not set, are left out."""
    given = {key: value for key, value in settings.items() if value is not None}
    entries = [(str(key), plain(value)) for key, value in list(given.items())[:_KEY_LIMIT]]
    digest = sha256(repr(entries).encode("utf-8", "backslashreplace")).hexdigest()
    memory = memory_of(scope)
    known = memory.configurations.setdefault(subject, [])
    if digest in known:
        return
    if len(known) >= _VARIANT_LIMIT:
        _say_left_out(scope, memory, "further_configurations_not_told", subject, _VARIANT_LIMIT)
        return
    known.append(digest)
    name = subject if len(known) == 1 else f"{subject}#{len(known)}"
    scope.log_configuration({name: dict(entries)}, source=captured_by, captured_by=captured_by)
    if len(given) > _KEY_LIMIT:
        reason = "further_settings_not_told"
        _say_left_out(scope, memory, reason, name, _KEY_LIMIT, expected=len(given))


def _say_left_out(
    scope: Scope, memory: Memory, reason: str, of: str, told: int, expected: int | None = None
) -> None:
    if f"{reason} {of}" not in memory.left_out:
        memory.left_out.add(f"{reason} {of}")
        scope.log_degraded(reason, severity="info", detail=of, observed=told, expected=expected)


# Data


@guarded(None)
def tell_dataset(data: Any, source: object, *, captured_by: str, default_name: str) -> None:
    """A data set that was read: fingerprint, path and rows, once a run for the same content.

    data: the frame; None, or one of more than five million cells, is told by its path alone.
    source: what it was read from, if that says where: a path, a URI, or an open file with a name.
    """
    scope = innermost()
    if scope is None:
        return
    memory = memory_of(scope)
    if len(memory.datasets) >= _DATASET_LIMIT:
        _say_left_out(scope, memory, "further_datasets_not_told", captured_by, _DATASET_LIMIT)
        return
    where = path_of(source)
    name = _stem(where) or default_name
    rows = artifacts.row_count(data)
    fingerprint = _fingerprint(data)
    if fingerprint is not None:
        dataset_id = artifacts.dataset_id(name, None, None, fingerprint)
    elif where is not None:
        dataset_id = artifacts.id_for(where, None)
    else:
        dataset_id = artifacts.dataset_id(name, None, None, None)
    if dataset_id in memory.datasets:
        return
    memory.datasets.add(dataset_id)
    known = events.artifact(dataset_id, where or "", kind="dataset_snapshot", role="consumed")
    known |= events.dataset(name, split=None, slices=None, rows=rows, fingerprint=fingerprint)
    _record_artifact(scope, known, where, captured_by)


def path_of(source: object) -> str | None:
    """The path or URI of something that was given to be read or written."""
    if isinstance(source, (str, os.PathLike)):
        text = os.fsdecode(cast("str | os.PathLike[str]", source))
        # What is read may be the content itself (a JSON text); no path has line ends.
        return None if "\n" in text or len(text) > 4_096 else artifacts.path_of(text)
    name = getattr(source, "name", None)
    return artifacts.path_of(name) if isinstance(name, str) else None


def _stem(path: str | None) -> str:
    base = (path or "").partition("?")[0].rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    return base.partition(".")[0]


def _fingerprint(data: Any) -> str | None:
    shape = getattr(data, "shape", None)
    if not isinstance(shape, tuple):
        return None
    cells = 1
    for length in cast("tuple[int, ...]", shape):
        cells *= int(length)
    if cells > _CELL_LIMIT:
        return None
    try:
        return artifacts.fingerprint(data)
    except (TypeError, ValueError, ImportError):
        return None  # Cells that cannot be hashed (lists, objects), or no pyarrow: the file is.


# Models


def library_of(model: object) -> str | None:
    """The known library a model is of, by its classes: sklearn, xgboost, lightgbm; else None."""
    roots = [one.__module__.partition(".")[0] for one in type(model).__mro__]
    return next((one for one in roots if one in ("sklearn", "xgboost", "lightgbm")), None)


@guarded("")
def tell_saved_model(model: object, target: object, *, captured_by: str) -> str:
    """A model was written to a path or an open file: an artifact `model_bundle`, with its class.

    Returns: the artifact's id; empty if nothing was told.
    """
    scope, path, library = innermost(), path_of(target), library_of(model)
    if scope is None or path is None or library is None:
        return ""
    facts: Attributes = {MODEL_CLASS: class_name(model), MODEL_FRAMEWORK: library}
    version = getattr(sys.modules.get(library), "__version__", None)
    if version is not None:
        facts[MODEL_FRAMEWORK_VERSION] = coerce.text(version)
    whole = _is_whole(target)
    artifact_id = artifacts.id_for(path, None)
    known = events.artifact(artifact_id, path, kind="model_bundle") | facts
    _record_artifact(scope, known, path if whole else None, captured_by)
    return artifact_id


def _is_whole(target: object) -> bool:
    """Whether all that was written is in the file: not while a compressor holds its end back."""
    if isinstance(target, (str, os.PathLike)):
        return True
    if isinstance(target, (io.BufferedWriter, io.BufferedRandom, io.FileIO)):
        target.flush()
        return True
    return False


@guarded("")
def tell_file(
    scope: Scope,
    local_path: str,
    *,
    kind: str,
    shown_as: str,
    captured_by: str,
    id: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> str:
    """A file or directory the library keeps elsewhere under `shown_as`; it may be gone once the call
    returns.

    id: the library's own for it, where it has one. attributes: what else is known of it.
    Returns: the artifact's id.
    """
    here = artifacts.local(local_path)
    facts: Attributes = {}
    if here is not None and _size(local_path) <= _HASH_NOW_BYTES:
        facts = artifacts.digest(here, lambda: False)
        here = None
    artifact_id = id or artifacts.id_for(local_path, None)
    known = events.artifact(artifact_id, shown_as, kind=kind, attributes=attributes) | facts
    _record_artifact(scope, known, None if here is None else local_path, captured_by)
    return artifact_id


def _size(path: str) -> int:
    here = artifacts.local(path)
    if here is None:
        return 0
    if here.is_file():
        return here.stat().st_size
    return sum(one.stat().st_size for one in here.rglob("*") if one.is_file())


def _record_artifact(scope: Scope, known: Attributes, hashed: str | None, captured_by: str) -> None:
    local = artifacts.local(hashed) if hashed else None
    if local is None:
        scope.record(event_names.ARTIFACT, known, None, captured_by)
        return
    scope.record_later(
        event_names.ARTIFACT,
        known,
        lambda given_up: artifacts.digest(local, given_up),
        None,
        captured_by,
        "artifact_hash_unfinished",
    )


def in_run() -> bool:
    """Whether a run is open here."""
    return current_run() is not None
