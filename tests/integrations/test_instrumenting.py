"""Instrumentors as such: found by OpenTelemetry, lazy, idempotent, and clear about what is missing."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

from contexta.integrations import NAMES, instrument, instrumentor_of, uninstrument


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def test_opentelemetry_finds_every_instrumentor() -> None:
    """Each is an entry point `contexta_…` that loads."""
    found = {
        one.name: one.load()
        for one in entry_points(group="opentelemetry_instrumentor")
        if one.name.startswith("contexta_")
    }
    assert found == {f"contexta_{name}": type(instrumentor_of(name)) for name in NAMES}


def test_instrumenting_imports_no_library() -> None:
    """They are patched when the job imports them; a job that does not pays nothing for them."""
    libraries = ("sklearn", "pandas", "polars", "mlflow", "xgboost", "lightgbm", "optuna", "numpy")
    printed = python(
        "import sys; from contexta.integrations import instrument; instrument(); "
        f"print([one for one in {libraries} if one in sys.modules])"
    )
    assert printed == "[]"


def test_instrumenting_twice_is_instrumenting_once() -> None:
    """And undoing it twice undoes it once."""
    import pickle

    before = pickle.dump
    assert instrument("pandas") == instrument("pandas")
    uninstrument()
    uninstrument()
    assert pickle.dump is before


def test_without_the_package_it_needs_it_says_what_to_install() -> None:
    """One sentence, no puzzle."""
    printed = python(
        "import sys; sys.modules['opentelemetry.instrumentation'] = None\n"
        "try:\n    from contexta.integrations import instrument; instrument()\n"
        "except ImportError as missing: print(missing)"
    )
    assert 'pip install "contexta[instruments]"' in printed


def test_a_library_that_is_not_there_is_left_out() -> None:
    """Without a word, and without being tried."""
    printed = python(
        "from contexta.integrations import instrument, instrumentor_of\n"
        "type(instrumentor_of('pandas')).targets = ('no-such-library >= 1',)\n"
        "print(instrument('pandas'))"
    )
    assert printed == "()"
