"""For every area: where jobs keep what they cannot deliver, how wide the terminal is, how many examples a
property is tried on, and that nothing is left running.

`HYPOTHESIS_PROFILE=thorough` tries many more examples, other ones each time, for a change to what a property is
about; without it the same examples are tried everywhere, as long as they take.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator

import leftovers
import pytest
from hypothesis import HealthCheck, settings

_state = tempfile.TemporaryDirectory(prefix="contexta-tests-")
os.environ["XDG_STATE_HOME"] = _state.name
os.environ["COLUMNS"] = "160"

# Started in the background of a script, pytest ignores SIGINT, and so would every process it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _patient, max_examples=25, derandomize=True)
settings.register_profile("thorough", _patient, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running() -> Iterator[None]:
    """No server, job or reader outlives the tests, not even those that failed."""
    leftovers.mark_children()
    yield
    leftovers.end_them()
