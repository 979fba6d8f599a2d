"""The version of this library, as it appears on the instrumentation scope."""

from typing import Final

VERSION: Final = "2.0.0"
