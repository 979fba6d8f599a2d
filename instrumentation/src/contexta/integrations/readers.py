"""Functions of data frame libraries that read: each result is a data set the run consumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from types import ModuleType
from typing import Any, Final

from contexta.integrations.evidence import tell_dataset
from contexta.integrations.patches import Begin, Patches, Told, argument
from contexta.scopes.process_run import innermost

_reading: Final[ContextVar[bool]] = ContextVar("contexta-reading", default=False)


class Reading(Told):
    """One read; those that the library makes inside it are part of it."""

    def __init__(self, name: str, source: object, captured_by: str) -> None:
        self._name = name
        self._source = source
        self._captured_by = captured_by
        _reading.set(True)

    def done(self, result: Any) -> None:
        _reading.set(False)
        # A reader of chunks or a lazy frame has read nothing yet: it is told by its path.
        frame = result if type(result).__name__ in ("DataFrame", "Series") else None
        tell_dataset(
            frame,
            self._source,
            captured_by=self._captured_by,
            default_name=self._name.partition("_")[2],
        )

    def failed(self, error: BaseException) -> None:
        _reading.set(False)


def patch_readers(
    module: ModuleType, patches: Patches, names: Iterable[str], captured_by: str
) -> None:
    """Tell about the functions of `module` with these names, as far as it has them."""
    for name in names:
        patches.observe(module, name, _begin(name, captured_by))


def _begin(name: str, captured_by: str) -> Begin:
    def begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
        if _reading.get() or innermost() is None:
            return None
        source = argument(
            args, kwargs, 0, "filepath_or_buffer", "path", "io", "path_or_buf", "source"
        )
        return Reading(name, source, captured_by)

    return begin
