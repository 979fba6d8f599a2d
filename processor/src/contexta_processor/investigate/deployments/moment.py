"""A moment as people write it, in one form."""

from datetime import UTC, datetime

from contexta_processor.base.errors import ContextaError


def moment_of(text: str) -> str:
    """`2026-05-01`, `2026-05-01T12:00Z`, `2026-05-01 14:00+02:00` as `2026-05-01T12:00:00.000000` in UTC.

    Without an offset it is UTC; a date alone is its beginning. Raises: ContextaError.
    """
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ContextaError(
            f"{text!r} is not a moment",
            cause=str(error),
            hint="write it as 2026-05-01, 2026-05-01T12:00Z or 2026-05-01T14:00+02:00",
        ) from error
    at = read.replace(tzinfo=UTC) if read.tzinfo is None else read
    try:
        return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    except OverflowError as error:
        raise ContextaError(
            f"{text!r} is out of range",
            cause="it is before the year 1 or after 9999 in UTC",
            hint="write it as 2026-05-01T12:00Z",
        ) from error
