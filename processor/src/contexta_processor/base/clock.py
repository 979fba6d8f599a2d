"""Wall-clock time, for bookkeeping only: evidence carries its own times."""

import time


def now_ns() -> int:
    """Unix time in nanoseconds."""
    return time.time_ns()
