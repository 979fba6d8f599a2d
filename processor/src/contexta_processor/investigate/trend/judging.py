"""What stands out of a series: the usual band, lasting changes of level, spikes of a curve."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from contexta_processor.investigate.statistics.changes import change_points
from contexta_processor.investigate.statistics.history import MAD_TO_SD, Band, band
from contexta_processor.investigate.trend.asked import Asked
from contexta_processor.investigate.trend.series import ChangePoint, Point, Series, Spike, Verdict

RECENT = 20
"""How many earlier values a band is made of: what was usual long ago is not usual now."""
MOST_FOR_CHANGES = 2_000
SPIKE_WINDOW = 5
SPIKE_SPREAD = 6.0
_ROUNDING = 1e-9


def judged(series: Series, asked: Asked) -> Series:
    """The series with its change points and band, or, over steps, its spikes."""
    found = _with_changes(series, asked)
    if series.over == "steps":
        return replace(found, spikes=tuple(_spikes(series)))
    return _with_band(found, asked.spread)


def _with_changes(series: Series, asked: Asked) -> Series:
    if not asked.looks_for_changes(series.over):
        return series
    if len(series.counted) > MOST_FOR_CHANGES:
        note = f"change points are looked for in up to {MOST_FOR_CHANGES:,} values; narrow it with --last"
        return replace(series, notes=(*series.notes, note))
    return replace(series, changes=tuple(_changes(series)))


def _with_band(series: Series, spread: float) -> Series:
    """Each point beside the band of the values before it on its level; the series' band is the one its newest value is
    held to. The point that changes the level is held to the level before: what is usual on the new one takes values of it."""
    points = list(series.points)
    changed = {change.index for change in series.changes}
    earlier: list[float] = []
    last: Band | None = None
    for index, point in enumerate(points):
        if point.gap is None and point.value is not None:
            usual = band(earlier[-RECENT:], spread=spread) if earlier else None
            if usual is not None:
                points[index] = replace(point, outside=not usual.holds(point.value))
            if point.counts:
                last = usual
                earlier = [*([] if index in changed else earlier), point.value]
    return replace(series, points=tuple(points), band=last)


def _changes(series: Series) -> list[ChangePoint]:
    counted = series.counted
    found = change_points([value for _, value in counted])
    return [
        ChangePoint(
            index=counted[change.index][0],
            previous=counted[change.index - 1][0],
            before=change.before,
            after=change.after,
            shift=change.shift,
            strength=change.strength,
            verdict=_verdict(change.shift, series.higher_is_better),
        )
        for change in found
    ]


def _verdict(shift: float, higher_is_better: bool | None) -> Verdict:
    if higher_is_better is None:
        return "no_direction"
    return "better" if (shift > 0) == higher_is_better else "worse"


def _spikes(series: Series) -> list[Spike]:
    """Points of a curve far from the median of the eleven around them (Hampel's identifier)."""
    counted = series.counted
    width = 2 * SPIKE_WINDOW + 1
    if len(counted) < width:
        return []
    values = np.array([value for _, value in counted])
    padded = np.pad(values, SPIKE_WINDOW, mode="reflect", reflect_type="odd")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)
    residuals = values - around
    noise = MAD_TO_SD * float(np.median(np.abs(residuals)))
    noise = max(noise, _ROUNDING * float(np.max(np.abs(values))))
    if noise == 0.0:
        return []
    far = np.flatnonzero(np.abs(residuals) > SPIKE_SPREAD * noise)
    return [
        Spike(counted[i][0], float(around[i]), float(residuals[i] / noise)) for i in map(int, far)
    ]


def finite_values(points: Sequence[Point]) -> list[float]:
    """The figures that statistics rest on."""
    return [point.value for point in points if point.counts and point.value is not None]
