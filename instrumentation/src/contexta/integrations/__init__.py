"""Evidence from ML libraries, without a line in the job: one OpenTelemetry instrumentor a library.

    pip install "contexta[sdk,instruments]"
    opentelemetry-instrument python train.py          # or, in the job, before the work begins:

    from contexta.integrations import instrument
    instrument()                                      # every library that is installed
    instrument("sklearn", "optuna", open_runs=True)

Nothing is imported that the job does not import itself, nothing is told outside a run unless asked
(`open_runs`), and nothing of ours is ever raised into the library's caller.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from contexta.integrations.instrumentor import Instrumentor

_INSTRUMENTORS: Final = {
    "sklearn": "SklearnInstrumentor",
    "pandas": "PandasInstrumentor",
    "polars": "PolarsInstrumentor",
    "mlflow": "MlflowInstrumentor",
    "xgboost": "XgboostInstrumentor",
    "lightgbm": "LightgbmInstrumentor",
    "optuna": "OptunaInstrumentor",
}

NAMES: Final = tuple(_INSTRUMENTORS)
"""What there is an instrumentor for."""


def instrumentor_of(name: str) -> Instrumentor:
    """The one instrumentor of a library.

    Raises: KeyError if there is none of that name; ImportError without `contexta[instruments]`.
    """
    module = importlib.import_module(f"{__name__}.{name}")
    return getattr(module, _INSTRUMENTORS[name])()


def instrument(*names: str, open_runs: bool | None = None) -> tuple[str, ...]:
    """Instrument these libraries, or all; those that are not installed are left out.

    open_runs: give work outside any run a run of its own; each library's default unless given.
    Returns: the names of those that are instrumented now.
    Raises: KeyError for a name there is no instrumentor for; ImportError without
        `contexta[instruments]`.
    """
    done: list[str] = []
    for name in names or NAMES:
        one = instrumentor_of(name)
        if one.instrument_if_installed(open_runs=open_runs):
            done.append(name)
    return tuple(done)


def uninstrument(*names: str) -> None:
    """Put these libraries, or all, back as they were."""
    for name in names or NAMES:
        one = instrumentor_of(name)
        if one.is_instrumented_by_opentelemetry:
            one.uninstrument()


__all__ = ["NAMES", "instrument", "instrumentor_of", "uninstrument"]
