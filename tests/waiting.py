"""Waiting for what other processes and threads do: for the condition itself, never for a length of time."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 60.0
"""How long anything may take on a busy machine before it counts as never happening."""


def wait_until(condition: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
    """The first true value of `condition`; a failed test that says what was waited for, and what was seen last."""
    deadline = time.monotonic() + within_s
    while not (seen := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:g} s for {what}; last seen: {seen!r}")
        time.sleep(0.02)
    return seen
