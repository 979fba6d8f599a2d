"""One sample through all runs: its status and scores in order of time, when it broke, and what was different then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Literal

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.conditions import compare_conditions
from contexta_processor.investigate.compare.differences import Difference
from contexta_processor.investigate.compare.samples import FAILED
from contexta_processor.investigate.results import Row, Rows, iso, rows_of

State = Literal["failing", "passing", "unknown"]
HISTORY_SHOWN = 50


@dataclass(frozen=True)
class Appearance:
    """What one run says of the sample in one stage; `present` False: it doesn't know the sample.

    status: passed, failed, error, skipped, or None where nobody said.
    """

    run_id: str
    name: str | None
    run_type: str | None
    occurred_at: int | None
    run_status: str | None
    stage: str | None
    present: bool
    has_samples: bool
    status: str | None
    failure_tags: tuple[str, ...]
    output_summary: str | None
    redacted: bool
    scores: Mapping[str, float]

    @classmethod
    def of(cls, row: Row) -> "Appearance":
        """From a row of `history.sql`."""
        same = ("run_id", "name", "run_type", "occurred_at", "run_status", "stage", "present")
        also = ("has_samples", "status", "output_summary", "redacted")
        return cls(
            **{name: row[name] for name in (*same, *also)},
            failure_tags=tuple(row["failure_tags"] or ()),
            scores=dict(zip(row["score_names"] or (), row["score_values"] or (), strict=True)),
        )

    def to_dict(self) -> dict[str, object]:
        """One element of `history`."""
        return {
            "run_id": self.run_id,
            "name": self.name,
            "run_type": self.run_type,
            "timestamp": iso(self.occurred_at),
            "run_status": self.run_status,
            "stage": self.stage,
            "present": self.present,
            "status": self.status,
            "failure_tags": list(self.failure_tags),
            "output_summary": self.output_summary,
            "redacted": self.redacted,
            "scores": dict(self.scores),
        }


@dataclass(frozen=True)
class Standing:
    """How the sample stands in one stage of one type of run, and since when.

    state: by the last run that judged it. since: the first run of the streak that still lasts. streak: runs in it that judged
    the sample. before: the run judged just before, which ended otherwise; None if it never did. unjudged: runs between
    `before` and now that lack the sample, skipped it or don't say: `gap` of them lie before `since`, where it may have turned.
    differences: what else differs between `before` and `since`, most telling first; not shown to be the cause.
    """

    stage: str | None
    run_type: str | None
    state: State
    since: Appearance | None
    streak: int
    before: Appearance | None
    unjudged: int
    gap: int
    differences: tuple[Difference, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """One element of `standing`."""
        return {
            "stage": self.stage,
            "run_type": self.run_type,
            "state": self.state,
            "since": None if self.since is None else self.since.to_dict(),
            "streak": self.streak,
            "before": None if self.before is None else self.before.to_dict(),
            "unjudged": self.unjudged,
            "gap": self.gap,
            "differences": [each.to_dict() for each in self.differences],
        }


@dataclass(frozen=True)
class SampleHistory:
    """A sample's appearances, oldest first; of `total` the newest are listed. Standings rest on all of them."""

    sample_id: str
    project: str | None
    appearances: tuple[Appearance, ...]
    total: int
    standings: tuple[Standing, ...]

    def to_dict(self) -> dict[str, object]:
        """`{"history": […], "standing": […]}`."""
        return {
            "sample_id": self.sample_id,
            "project": self.project,
            "history": [each.to_dict() for each in self.appearances],
            "total": self.total,
            "standing": [each.to_dict() for each in self.standings],
        }

    def score_names(self) -> tuple[str, ...]:
        """Every score it has anywhere, sorted."""
        return tuple(sorted({name for each in self.appearances for name in each.scores}))

    def rows(self) -> Rows:
        """One row per run and stage."""
        names = self.score_names()
        return Rows(
            ("timestamp", "run_id", "name", "run_type", "stage", "present", "status", "failure_tags",
             *(f"score.{name}" for name in names), "output_summary"),
            [
                (iso(each.occurred_at), each.run_id, each.name, each.run_type, each.stage, each.present, each.status,
                 ", ".join(each.failure_tags), *(each.scores.get(name) for name in names), each.output_summary)
                for each in self.appearances
            ],
            {"present": "boolean"},
        )  # fmt: skip


def sample_history(
    query: Query, sample_id: str, *, project: str | None = None, limit: int | None = HISTORY_SHOWN
) -> SampleHistory:
    """What became of a sample in every run of its project and run type, and when it broke.

    Raises: ContextaError with Exit.UNDECIDED if no run knows it, with Exit.USAGE if several projects do and none is named.
    """
    asked = {"sample_id": sample_id, "project": project}
    rows = rows_of(query.query(statement("investigate/samples/history"), asked))
    if not rows:
        raise _no_such_sample(query, sample_id, project)
    projects = sorted({row["project"] or "" for row in rows})
    if len(projects) > 1:
        raise _several_projects(sample_id, projects)
    appearances = [Appearance.of(row) for row in rows]
    places = dict.fromkeys((each.run_type, each.stage) for each in appearances if each.present)
    standings = [
        _standing(query, appearances, run_type, stage)
        for run_type, stage in sorted(places, key=lambda place: (place[0] or "", place[1] or ""))
    ]
    listed = appearances if limit is None else appearances[-limit:]
    return SampleHistory(
        sample_id, projects[0] or None, tuple(listed), len(appearances), tuple(standings)
    )


def _standing(
    query: Query, appearances: Iterable[Appearance], run_type: str | None, stage: str | None
) -> Standing:
    """How it stands in a stage. A run that knows the sample in another stage alone says nothing of this one."""
    own = [
        each
        for each in appearances
        if each.run_type == run_type and (not each.present or each.stage == stage)
    ]
    judged = [index for index, each in enumerate(own) if _state(each) != "unknown"]
    if not judged:
        return Standing(stage, run_type, "unknown", None, 0, None, len(own), 0)
    state = _state(own[judged[-1]])
    others = [index for index in judged if _state(own[index]) != state]
    before = others[-1] if others else None
    streak = [index for index in judged if before is None or index > before]
    start = 0 if before is None else before + 1
    unjudged = [index for index in range(start, len(own)) if _state(own[index]) == "unknown"]
    turned = None if before is None else own[before]
    since = own[streak[0]]
    return Standing(
        stage,
        run_type,
        state,
        since,
        len(streak),
        turned,
        len(unjudged),
        sum(index < streak[0] for index in unjudged),
        _differences(query, turned, since) if state == "failing" else (),
    )


def _state(each: Appearance) -> State:
    if each.status in FAILED:
        return "failing"
    return "passing" if each.status == "passed" else "unknown"


def _differences(
    query: Query, before: Appearance | None, since: Appearance
) -> tuple[Difference, ...]:
    if before is None:
        return ()
    params = {"baseline": before.run_id, "candidate": since.run_id}
    return compare_conditions(query, params).differences


def _no_such_sample(query: Query, sample_id: str, project: str | None) -> ContextaError:
    asked = {"sample_id": sample_id, "project": project}
    near = query.query(statement("investigate/samples/near_ids"), asked)
    ids: list[str] = near.column("sample_id").to_pylist()
    within = f" of project {project!r}" if project else ""
    return ContextaError(
        f"no run{within} knows a sample {sample_id!r}",
        cause=f"nearest: {', '.join(ids)}" if ids else "no run has samples",
        hint="contexta samples RUN   lists a run's",
        exit_code=Exit.UNDECIDED,
    )


def _several_projects(sample_id: str, projects: Sequence[str]) -> ContextaError:
    return ContextaError(
        f"several projects know a sample {sample_id!r}",
        cause=", ".join(name or "(runs without a project)" for name in projects),
        hint=f"contexta samples --history {quote(sample_id)} --project {quote(next(filter(None, projects)))}",
    )
