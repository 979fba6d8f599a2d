"""A run's samples against another run's: which broke, which were fixed, which are the same, which are on one side alone."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.options import GROUP
from contexta_processor.investigate.compare.samples import FAILED, JUDGED, SampleTable, load_samples
from contexta_processor.investigate.results import Row, Rows, rows_of
from contexta_processor.investigate.samples.listing import EVERY, Picked

Outcome = Literal[
    "broke", "fixed", "only_baseline", "only_candidate", "skipped", "undecided", "same_failed", "same_passed",
]  # fmt: skip
OUTCOMES: Final[tuple[Outcome, ...]] = (
    "broke", "only_baseline", "skipped", "undecided", "same_failed", "fixed", "only_candidate", "same_passed",
)  # fmt: skip
"""In the order they are listed: what may be worse first.

broke: passed in the baseline and failed in the candidate. fixed: the other way round. skipped: the baseline judged it and the
candidate skipped it. undecided: one side doesn't say whether it passed. The counts are those of `compare`.
"""

CHANGED: Final[tuple[Outcome, ...]] = tuple(name for name in OUTCOMES if name not in ("same_failed", "same_passed"))  # fmt: skip
"""What is listed when nobody says what to list."""

ASKED: Final[Mapping[str, tuple[Outcome, ...]]] = {
    "broke": ("broke",),
    "fixed": ("fixed",),
    "same": ("same_passed", "same_failed"),
    "missing": ("only_baseline", "only_candidate"),
}
"""The words people ask with."""


@dataclass(frozen=True)
class SampleSide:
    """What one run says of a sample; output None where not captured, or redacted."""

    status: str | None
    output_summary: str | None
    scores: Mapping[str, float]
    failure_tags: tuple[str, ...]
    redacted: bool

    def to_dict(self) -> dict[str, object]:
        """`baseline` or `candidate` of a sample."""
        return {
            "status": self.status,
            "output_summary": self.output_summary,
            "scores": dict(self.scores),
            "failure_tags": list(self.failure_tags),
            "redacted": self.redacted,
        }


@dataclass(frozen=True)
class SampleChange:
    """One sample in both runs; a side is None where the run doesn't know it.

    input_summary, expected_summary: None where not captured, or where either side withheld its text.
    deltas: candidate minus baseline of the scores that both have.
    """

    sample_id: str
    stage: str | None
    outcome: Outcome
    slices: tuple[str, ...]
    input_summary: str | None
    expected_summary: str | None
    baseline: SampleSide | None
    candidate: SampleSide | None

    @property
    def deltas(self) -> dict[str, float]:
        """By score."""
        if self.baseline is None or self.candidate is None:
            return {}
        before, after = self.baseline.scores, self.candidate.scores
        return {name: _rounded(after[name] - before[name]) for name in sorted({*before} & {*after})}

    @property
    def redacted(self) -> bool:
        """Whether text of it was withheld by either side."""
        return any(side is not None and side.redacted for side in (self.baseline, self.candidate))

    def to_dict(self) -> dict[str, object]:
        """One element of `samples`."""
        return {
            "sample_id": self.sample_id,
            "stage": self.stage,
            "outcome": self.outcome,
            "slices": list(self.slices),
            "input_summary": self.input_summary,
            "expected_summary": self.expected_summary,
            "redacted": self.redacted,
            "baseline": None if self.baseline is None else self.baseline.to_dict(),
            "candidate": None if self.candidate is None else self.candidate.to_dict(),
            "deltas": self.deltas,
        }


@dataclass(frozen=True)
class SamplesAgainst:
    """Two runs, sample by sample. counts: of every outcome that fits the slice, tag and stage asked for, listed or not.

    outcomes: those listed. total: how many samples have one of them. partial: why samples of a run may be missing here
    that its job had, by run.
    """

    baseline: str
    candidate: str
    counts: Mapping[Outcome, int]
    outcomes: tuple[Outcome, ...]
    samples: tuple[SampleChange, ...]
    total: int
    partial: Mapping[str, str]

    def to_dict(self) -> dict[str, object]:
        """`{"counts": {…}, "samples": […]}`."""
        return {
            "baseline": self.baseline,
            "candidate": self.candidate,
            "counts": {name: self.counts.get(name, 0) for name in OUTCOMES},
            "outcomes": list(self.outcomes),
            "samples": [sample.to_dict() for sample in self.samples],
            "total": self.total,
            "incomplete": dict(self.partial),
        }

    def score_names(self) -> tuple[str, ...]:
        """Every score any listed sample has on either side, sorted."""
        sides = (side for each in self.samples for side in (each.baseline, each.candidate) if side)
        return tuple(sorted({name for side in sides for name in side.scores}))

    def rows(self) -> Rows:
        """One row per sample; three columns per score."""
        names = self.score_names()
        columns = [
            f"{name}.{what}" for name in names for what in ("baseline", "candidate", "delta")
        ]
        return Rows(
            ("outcome", "stage", "sample_id", "slices", "baseline_status", "candidate_status", "failure_tags",
             *columns, "redacted", "input_summary", "expected_summary", "baseline_output", "candidate_output"),
            [self._row(each, names) for each in self.samples],
            dict.fromkeys(columns, "number"),
        )  # fmt: skip

    def _row(self, each: SampleChange, names: tuple[str, ...]) -> tuple[object, ...]:
        before, after = each.baseline, each.candidate
        figures = [
            figure
            for name in names
            for figure in (
                before.scores.get(name) if before else None,
                after.scores.get(name) if after else None,
                each.deltas.get(name),
            )
        ]
        return (
            each.outcome,
            each.stage,
            each.sample_id,
            " & ".join(each.slices) or None,
            before.status if before else None,
            after.status if after else None,
            ", ".join(after.failure_tags) if after else None,
            *figures,
            each.redacted,
            each.input_summary,
            each.expected_summary,
            before.output_summary if before else None,
            after.output_summary if after else None,
        )


def samples_against(
    query: Query,
    candidate: str,
    baseline: str,
    picked: Picked = EVERY,
    *,
    outcomes: Collection[Outcome] = (),
    limit: int | None = None,
) -> SamplesAgainst:
    """The samples of `candidate` held against those of `baseline`, both run ids.

    picked: a slice or tag on either side, a stage, ids. outcomes: only these are listed; none given: all but the same.
    Raises: ContextaError with Exit.UNDECIDED as `list_samples` does.
    """
    params = {"baseline": baseline, "candidate": candidate}
    table = load_samples(query, params, GROUP)
    fits = _fitting(query, table, params, picked)
    told: dict[int, Outcome] = {
        index: _outcome(table, index) for index in range(len(table)) if fits(index)
    }
    if not told:
        picked.require_known(query, candidate)
    wanted: Collection[Outcome] = outcomes or CHANGED
    shown: tuple[Outcome, ...] = tuple(one for one in OUTCOMES if one in wanted)

    def order(index: int) -> tuple[int, bool, str, str]:
        errors = "error" in (table.baseline[index], table.candidate[index])
        return (OUTCOMES.index(told[index]), not errors, table.sample_id[index], table.stage[index] or "")  # fmt: skip

    chosen = sorted((index for index, outcome in told.items() if outcome in shown), key=order)
    listed = chosen[:limit]
    details = _details(query, params, sorted({table.sample_id[index] for index in listed}))
    delivery = rows_of(query.query(statement("investigate/samples/delivery"), params))
    return SamplesAgainst(
        baseline,
        candidate,
        Counter(told.values()),
        shown,
        tuple(_change(table, index, told[index], details, params) for index in listed),
        len(chosen),
        {row["run_id"]: row["detail"] for row in delivery},
    )  # fmt: skip


def _fitting(
    query: Query, table: SampleTable, params: Mapping[str, object], picked: Picked
) -> Callable[[int], bool]:
    asked = {"slice": picked.in_slice, "tag": picked.tag, "stage": picked.stage, "ids": None if picked.ids is None else list(picked.ids)}  # fmt: skip
    if all(value is None for value in asked.values()):
        return lambda _: True
    rows = rows_of(query.query(statement("investigate/samples/fitting"), {**params, **asked}))
    places = {(row["stage"], row["sample_id"]) for row in rows}
    return lambda index: (table.stage[index], table.sample_id[index]) in places


def _outcome(table: SampleTable, index: int) -> Outcome:
    if not table.in_candidate[index]:
        return "only_baseline"
    if not table.in_baseline[index]:
        return "only_candidate"
    before, after = table.baseline[index], table.candidate[index]
    if before in JUDGED and after == "skipped":
        return "skipped"
    if before not in JUDGED or after not in JUDGED:
        return "undecided"
    if before in FAILED:
        return "same_failed" if after in FAILED else "fixed"
    return "broke" if after in FAILED else "same_passed"


def _details(
    query: Query, params: Mapping[str, object], ids: list[str]
) -> dict[tuple[str, str | None, str], Row]:
    if not ids:
        return {}
    rows = rows_of(query.query(statement("investigate/samples/sides"), {**params, "ids": ids}))
    return {(row["run_id"], row["stage"], row["sample_id"]): row for row in rows}


def _change(
    table: SampleTable,
    index: int,
    outcome: Outcome,
    details: Mapping[tuple[str, str | None, str], Row],
    params: Mapping[str, str],
) -> SampleChange:
    stage, sample_id = table.stage[index], table.sample_id[index]
    rows = [details.get((params[side], stage, sample_id)) for side in ("baseline", "candidate")]
    told = [row for row in reversed(rows) if row is not None]  # the candidate's word first
    withheld = any(row["redacted"] for row in told)

    def text(name: str) -> str | None:
        said = [row[name] for row in told if row[name] is not None]
        return None if withheld or not said else said[0]

    return SampleChange(
        sample_id=sample_id,
        stage=stage,
        outcome=outcome,
        slices=tuple(sorted({name for row in told for name in row["slices"]})),
        input_summary=text("input_summary"),
        expected_summary=text("expected_summary"),
        baseline=_side(rows[0], table.baseline[index]),
        candidate=_side(rows[1], table.candidate[index]),
    )


def _side(row: Row | None, status: str | None) -> SampleSide | None:
    if row is None:
        return None
    return SampleSide(
        status=status,
        output_summary=None if row["redacted"] else row["output_summary"],
        scores=dict(zip(row["score_names"] or (), row["score_values"] or (), strict=True)),
        failure_tags=tuple(sorted(row["failure_tags"])),
        redacted=row["redacted"],
    )


def _rounded(value: float) -> float:
    """Without what subtracting doubles adds: 0.1, not 0.09999999999999998."""
    return float(f"{value:.12g}")
