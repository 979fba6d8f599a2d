"""Models that are written by `joblib.dump` or `pickle.dump` to a file."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from contexta.integrations.evidence import library_of, tell_saved_model
from contexta.integrations.patches import Patches, Told, argument
from contexta.scopes.process_run import innermost

CAPTURED_BY: Final = "contexta.integrations.sklearn"


def patch_dump(module: ModuleType, patches: Patches) -> None:
    """`dump` of joblib or pickle."""
    patches.observe(module, "dump", _begin)


class Saving(Told):
    """A model on its way to a file."""

    def __init__(self, model: object, target: object) -> None:
        self._model = model
        self._target = target

    def done(self, result: Any) -> None:
        tell_saved_model(self._model, self._target, captured_by=CAPTURED_BY)


def _begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
    model = argument(args, kwargs, 0, "value", "obj")
    if innermost() is None or library_of(model) is None:
        return None
    return Saving(model, argument(args, kwargs, 1, "filename", "file"))
