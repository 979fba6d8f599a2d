"""When a run that was announced and not closed reads as interrupted."""

import math
import os
from typing import Final

VARIABLE: Final = "CONTEXTA_STALE_AFTER_S"
DEFAULT_S: Final = 60.0


def stale_after_s() -> float:
    """Seconds without any evidence of an open run after which it reads as interrupted.

    From CONTEXTA_STALE_AFTER_S; 60 (four heartbeats) where it is unset or no positive number.
    """
    try:
        seconds = float(os.environ.get(VARIABLE, "") or DEFAULT_S)
    except ValueError:
        return DEFAULT_S
    return seconds if math.isfinite(seconds) and seconds > 0 else DEFAULT_S
