"""For every area: jobs that tests start keep what they cannot deliver in a directory of the test run."""

from __future__ import annotations

import os
import tempfile

_state = tempfile.TemporaryDirectory(prefix="contexta-tests-")
os.environ["XDG_STATE_HOME"] = _state.name
