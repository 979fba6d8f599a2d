"""What every instrumentor of ours is: patches put in place when the library is imported, and undone.

not instrumented ──instrument──► waiting ──the job imports the library──► patched
       ▲                            │                                        │
       └────────────────────────uninstrument─────────────────────────────────┘
"""

from __future__ import annotations

import abc
import os
from collections.abc import Callable, Collection, Mapping
from types import ModuleType
from typing import Any, ClassVar, Final

from contexta.base.misuse import note_internal_error
from contexta.integrations.patches import Patches

try:
    import wrapt
    from opentelemetry.instrumentation.dependencies import get_dependency_conflicts
    from opentelemetry.instrumentation.instrumentor import BaseInstrumentor
except ImportError as missing:
    raise ImportError(
        "contexta.integrations needs the package opentelemetry-instrumentation, which is not "
        'installed; pip install "contexta[instruments]"',
        name=missing.name,
    ) from missing

_OPEN_RUNS: Final = "CONTEXTA_OPEN_RUNS"

Patch = Callable[[ModuleType, Patches], None]


class Instrumentor(BaseInstrumentor):
    """One library. `targets` are the versions it is made for: any one of them is enough."""

    targets: ClassVar[tuple[str, ...]]
    opens_runs_by_default: ClassVar[bool] = False
    _patches: Patches | None = None

    @abc.abstractmethod
    def hooks(self) -> Mapping[str, Patch]:
        """What to patch as soon as a module of the library is imported."""

    def instrumentation_dependencies(self) -> Collection[str]:
        """The versions of the library it is made for."""
        return self.targets

    def _check_dependency_conflicts(self) -> Any:
        return get_dependency_conflicts((), self.targets)

    def instrument_if_installed(self, *, open_runs: bool | None = None) -> bool:
        """Instrument, unless it is already or the library is not there. Whether it is now."""
        if not self.is_instrumented_by_opentelemetry and not self._check_dependency_conflicts():
            self.instrument(open_runs=open_runs)
        return bool(self.is_instrumented_by_opentelemetry)

    def _instrument(self, **options: Any) -> None:
        if self._patches is not None and self._patches.active:
            return
        patches = Patches(open_runs=self._opens_runs(options.get("open_runs")))
        self._patches = patches
        for module, patch in self.hooks().items():
            wrapt.register_post_import_hook(_when_imported(patch, patches), module)

    def _uninstrument(self, **options: Any) -> None:
        if self._patches is not None:
            self._patches.undo()
            self._patches = None

    def _opens_runs(self, asked: bool | None) -> bool:
        """As asked in code, else in the environment, else as is usual for this library."""
        if asked is not None:
            return asked
        said = os.environ.get(_OPEN_RUNS, "").strip().lower()
        return said in ("1", "true", "yes", "on") if said else self.opens_runs_by_default


def _when_imported(patch: Patch, patches: Patches) -> Callable[[ModuleType], None]:
    """A hook that outlives an uninstrument, and then does nothing."""

    def hook(module: ModuleType) -> None:
        try:
            if patches.active:
                patch(module, patches)
        except Exception as fault:
            note_internal_error(f"instrumenting {module.__name__}", fault)

    return hook
