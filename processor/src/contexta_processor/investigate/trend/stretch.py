"""`A..B`: a stretch of a series, between two runs, two steps or two times."""

from datetime import UTC, datetime

from contexta_processor.base.errors import ContextaError
from contexta_processor.base.query import Query
from contexta_processor.investigate.run_names import resolve_run
from contexta_processor.investigate.trend.asked import Asked
from contexta_processor.investigate.trend.series import Series


def stretch(query: Query, asked: Asked, text: str, series: Series) -> tuple[int, int] | None:
    """Indices of the first and the last point between A and B, both included; None where there is none.

    An end that is left out is that of the series. Raises: ContextaError for an end that is nothing.
    """
    begin, _, end = text.partition("..")
    if series.over == "runs":
        places = _between_runs(query, asked, begin, end, series)
    elif series.over == "steps":
        places = _between_numbers(_step(begin), _step(end), [point.step for point in series.points])
    else:
        times = [point.occurred_at for point in series.points]
        places = _between_numbers(_time(begin, False), _time(end, True), times)
    return (places[0], places[-1]) if places else None


def _between_runs(query: Query, asked: Asked, begin: str, end: str, series: Series) -> list[int]:
    where = {point.run_id: index for index, point in enumerate(series.points)}
    first, last = 0, len(series.points) - 1
    if begin:
        first = where.get(resolve_run(query, begin, project=asked.project), len(where))
    if end:
        last = where.get(resolve_run(query, end, project=asked.project), -1)
    return list(range(first, last + 1))


def _between_numbers(begin: int | None, end: int | None, places: list[int | None]) -> list[int]:
    return [
        index
        for index, place in enumerate(places)
        if place is not None and (begin is None or begin <= place) and (end is None or place <= end)
    ]


def _step(text: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise _not_understood(text, "a step is a whole number: 0..100") from error


def _time(text: str, is_end: bool) -> int | None:
    """Unix nanoseconds of a day or time, UTC; a day as an end includes itself."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _not_understood(
            text, "a time is written 2026-05-03 or 2026-05-03T09:00:00Z"
        ) from error
    at = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * 10**9
    return at + (86_400 * 10**9 - 1 if is_end and len(text) == len("2026-05-03") else 0)


def _not_understood(text: str, hint: str) -> ContextaError:
    return ContextaError(
        f"{text!r} is no end of a stretch of this trend",
        cause="over runs the ends are runs, over steps steps, over time times",
        hint=hint,
    )
