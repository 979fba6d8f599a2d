"""For every area: where jobs keep what they cannot deliver, how wide the terminal is, and how many examples a
property is tried on.

`HYPOTHESIS_PROFILE=thorough` tries many more, for a change to what a property is about.
"""

from __future__ import annotations

import os
import tempfile

from hypothesis import settings

_state = tempfile.TemporaryDirectory(prefix="contexta-tests-")
os.environ["XDG_STATE_HOME"] = _state.name
os.environ["COLUMNS"] = "160"

settings.register_profile("quick", max_examples=25)
settings.register_profile("thorough", max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
