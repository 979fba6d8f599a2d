"""What is known of points from elsewhere: deployments that went live between them, and what taints their runs."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from contexta_processor.base.query import Query
from contexta_processor.investigate.lineage.taint import Taint, tainted
from contexta_processor.investigate.trend.asked import Asked
from contexta_processor.investigate.trend.releases import Release, live_now
from contexta_processor.investigate.trend.series import Mark, Point, Series

WENT_LIVE = frozenset({"succeeded", "rolled_back"})


def with_marks(
    query: Query, asked: Asked, found: list[Series], known: Sequence[Release]
) -> list[Series]:
    """The series with the deployments of their project and environment. One whose run is not known is of any project only
    where there is but one."""
    went_live = [each for each in known if each.live_at is not None and each.status in WENT_LIVE]
    if asked.environment is not None:
        went_live = [each for each in went_live if each.environment == asked.environment]
    if not went_live:
        return found
    live = live_now(query)
    marks = [_mark(each, each.deployment_id in live) for each in went_live]
    one_project = len({series.address.project for series in found}) == 1
    return [
        series if series.over == "steps" else replace(series, marks=_of(series, marks, one_project))
        for series in found
    ]


def _mark(release: Release, active: bool) -> Mark:
    assert release.live_at is not None, release.deployment_id
    return Mark(
        deployment_id=release.deployment_id,
        environment=release.environment,
        status=release.status,
        live_at=release.live_at,
        active=active,
        promoted_artifact=release.promoted_artifact,
        source_run=release.source_run,
        project=release.project,
    )


def _of(series: Series, marks: Sequence[Mark], one_project: bool) -> tuple[Mark, ...]:
    own = [mark for mark in marks if _belongs(series, mark, one_project)]
    places = _Places(series.points) if own else None
    return tuple(places.placed(mark) for mark in own) if places else ()


def _belongs(series: Series, mark: Mark, one_project: bool) -> bool:
    where = series.address
    if series.over == "time" and any(
        point.deployment_id == mark.deployment_id for point in series.points
    ):
        return True
    if series.over == "time" and (
        where.deployment_id is not None or mark.environment != where.environment
    ):
        return False
    return mark.project == where.project or (mark.project is None and one_project)


class _Places:
    """Where in a series a moment is, and where a run."""

    def __init__(self, points: Sequence[Point]) -> None:
        timed = sorted(
            (at, index) for index, point in enumerate(points) if (at := point.at) is not None
        )
        self._times = [at for at, _ in timed]
        # A point is seldom out of order; then the last place until a moment, and the first one after it, count.
        self._last_until = list(accumulate((index for _, index in timed), max))
        self._first_from = list(accumulate((index for _, index in reversed(timed)), min))[::-1]
        self._runs = {point.run_id: index for index, point in enumerate(points) if point.run_id}

    def placed(self, mark: Mark) -> Mark:
        """The mark with the points around it, and that of the run it came from."""
        until = bisect_right(self._times, mark.live_at)
        return replace(
            mark,
            after=self._last_until[until - 1] if until else None,
            before=self._first_from[until] if until < len(self._times) else None,
            source=self._runs.get(mark.source_run) if mark.source_run else None,
        )


def with_taint(query: Query, found: list[Series]) -> list[Series]:
    """The series with every point marked whose run or deployment rests on something quarantined or damaged."""
    ids = {
        name
        for series in found
        for point in series.points
        for name in (point.run_id, point.deployment_id)
        if name is not None
    }
    taints = tainted(query, ids)
    return [_with_taint(series, taints) for series in found] if taints else found


def _with_taint(series: Series, taints: Mapping[str, Taint]) -> Series:
    points = tuple(
        replace(point, tainted=taint)
        if (taint := taints.get(point.run_id or point.deployment_id or "")) is not None
        else point
        for point in series.points
    )
    amount = sum(point.tainted is not None and point.gap is None for point in points)
    return replace(series, points=points, left_out=series.left_out | {"tainted": amount})
