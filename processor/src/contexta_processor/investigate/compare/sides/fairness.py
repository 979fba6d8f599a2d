"""May the runs of two sides be held against each other? Every run that is not like the others is said by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contexta_processor.investigate.compare.degraded import Degraded, losses_in
from contexta_processor.investigate.compare.differences import Difference
from contexta_processor.investigate.compare.fairness import (
    Fairness,
    Reason,
    by_severity,
    condition_reasons,
    data_refusal,
    scorer_reasons,
    unknown_reasons,
)
from contexta_processor.investigate.compare.runs import SIDES, ComparedRun
from contexta_processor.investigate.compare.scorers import sampling_changes, scorer_change
from contexta_processor.investigate.compare.sides.conditions import SideConditions
from contexta_processor.investigate.compare.sides.members import Members, by_value, named
from contexta_processor.investigate.compare.sides.samples import SideSamples
from contexta_processor.investigate.compare.sides.stages import SideStages

FEWEST = 4
"""Runs a side below which no order of them is rare."""


@dataclass(frozen=True)
class SideCircumstances:
    """What fairness is judged by. scorers_told: metric → the scorer each run's own record names."""

    members: Members
    stages: SideStages
    samples: SideSamples
    conditions: SideConditions
    doubts: Sequence[tuple[str, Degraded]]
    metrics: frozenset[str]
    scorers_told: Mapping[str, Mapping[str, str]]


def judge_side_fairness(about: SideCircumstances) -> Fairness:
    """Every doubt about holding the two sides against each other, the gravest first."""
    differences = about.conditions.differences
    told = {name: _told_scorers(runs, about.members) for name, runs in about.scorers_told.items()}
    scorers = scorer_change(differences, about.metrics, told)
    changes = about.samples.changes
    refused = data_refusal(changes, differences)
    lost = _samples_lost(about)
    machines = [each for each in differences if each.cause == "hardware"]
    reasons = [
        *([Reason("different_data_and_samples", refused, "error", ("any verdict",))] if refused else []),
        *_stages(about.stages),
        *scorer_reasons(scorers),
        *([Reason("samples_lost", lost, "error", ("a verdict on samples",))] if lost else []),
        *_sizes(about.members),
        *_runs(about.members),
        *condition_reasons(differences, _sampling(about)),
        *_samples(about.samples),
        *_evidence(about),
        *unknown_reasons(about.conditions.unknown),
    ]  # fmt: skip
    return Fairness(
        reasons=by_severity(reasons),
        scorers=scorers,
        refused=refused,
        samples_lost=lost,
        machines=f"measured on other hardware: {machines[0].named}" if machines else None,
    )


def _told_scorers(told: Mapping[str, str], members: Members) -> tuple[str | None, str | None]:
    """The scorers of either side in words, by run where they differ; nothing where one scorer judged all."""
    if len(set(told.values())) < 2:
        return None, None
    baseline, candidate = (
        by_value({run: told[run] for run in members.of(side) if run in told}) for side in SIDES
    )
    return baseline, candidate


def _sampling(about: SideCircumstances) -> list[str]:
    """Rates that are not the same in all runs; each run's is asked, since a side's text may name several."""
    return [
        f"{each.difference.key} {each.difference.baseline or 'none'} → {each.difference.candidate or 'none'}"
        for each in about.conditions.varying
        if sampling_changes(_as_pairs(each.difference, each.values.values()))
    ]


def _as_pairs(difference: Difference, values: Iterable[str | None]) -> list[Difference]:
    return [
        Difference(difference.cause, difference.key, value, None) for value in dict.fromkeys(values)
    ]


def _stages(stages: SideStages) -> Iterable[Reason]:
    for each in stages.over_runs:
        short = each.short
        if not short or not each.whole:
            continue
        detail = ", ".join(f"{status or 'missing'} in {run}" for run, status in short.items())
        forbids = (f"calling figures of stage {each.stage} better or the same",)
        if each.pair.obstacle:
            forbids = (f"any verdict on figures of stage {each.stage}",)
        yield Reason("stage_not_whole", f"stage {each.stage} is {detail}", "error", forbids)


def _sizes(members: Members) -> Iterable[Reason]:
    sizes = members.sizes
    for side, size in zip(SIDES, sizes, strict=True):
        if size == 1:
            detail = f"one run of the {side}: how far its repeats would lie apart is taken from the other side"
            yield Reason("one_run", detail, forbids=(f"telling the {side} from its seed",))
    if 1 < min(sizes) < FEWEST:
        detail = f"{sizes[0]} and {sizes[1]} runs: so few that hardly any order of them is rare"
        yield Reason("few_runs", detail)


def _runs(members: Members) -> Iterable[Reason]:
    for what in ("project", "run_type"):
        values = {run: getattr(members.known[run], what) for run in members.runs}
        if len(set(values.values())) > 1:
            yield Reason(f"different_{what}", f"{what.replace('_', ' ')}: {by_value(values)}")
    expected = {run: _expected(members.known[run]) for run in members.runs}
    told = {run: each for run, each in expected.items() if each is not None}
    if len(set(told.values())) > 1:
        yield Reason("different_expected_stages", f"expected stages: {by_value(told)}")
    for side in SIDES:
        for run in members.of(side):
            status = members.known[run].status
            if status != "completed":
                forbids = ("calling what is absent unchanged",)
                yield Reason(f"{side}_not_completed", f"{run} is {status}", forbids=forbids)


def _expected(run: ComparedRun) -> str | None:
    stages = run.expected_stages
    return None if stages is None else ", ".join(sorted(stages)) or "none"


def _samples(samples: SideSamples) -> Iterable[Reason]:
    if samples.not_shared:
        short = ", ".join(f"{run} lacks {count}" for run, count in samples.lacking.items() if count)
        detail = f"{samples.changes.paired} of {samples.total} samples are in every run: {short}"
        forbids = ("comparing whole-run figures as if of the same samples",)
        yield Reason("different_samples", detail, forbids=forbids)
    for count, code, what in (
        (samples.changes.other_input, "different_sample_inputs", "input"),
        (samples.changes.other_expected, "different_sample_expectations", "expected output"),
    ):
        if count:
            yield Reason(code, f"{count} samples have another {what} under the same id")


def _samples_lost(about: SideCircumstances) -> str | None:
    """Runs that lack samples and lost evidence: which samples are missing may not be chance."""
    lacking = {run for run, count in about.samples.lacking.items() if count}
    lost = {
        f"{each.reason} in {run}"
        for run, each in about.doubts
        if run in lacking and losses_in([each], frozenset({*about.samples.stages, None}))
    }
    return (
        f"samples are missing where evidence was lost: {', '.join(sorted(lost))}" if lost else None
    )


def _evidence(about: SideCircumstances) -> Iterable[Reason]:
    members = about.members
    for side in SIDES:
        known = {run: members.known[run].completeness for run in members.of(side)}
        for word in sorted({*known.values()} - {"complete"}):
            runs = named(run for run, each in known.items() if each == word)
            forbids = ("calling what is absent unchanged",)
            yield Reason(
                f"{side}_evidence_{word}", f"what is known of {runs} is {word}", forbids=forbids
            )
    for what in ("environment", "configuration"):
        silent = [run for run in members.runs if not getattr(members.known[run], f"has_{what}")]
        if silent:
            forbids = ("calling the conditions the same",)
            detail = f"{named(silent)}: no {what} record"
            yield Reason(f"no_{what}_record", detail, forbids=forbids)
    told: dict[str, Reason] = {}
    for run, each in about.doubts:
        detail = f"{run}: {each.reason}" + (f" in {each.stage}" if each.stage else "")
        severity = "error" if each.severity == "error" else "warning"
        told.setdefault(detail, Reason("degraded_evidence", detail, severity, each.forbids))
    yield from told.values()
