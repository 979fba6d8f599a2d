"""What to do about a comparison's findings: one sentence each, with the command that does it where there is one."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from contexta_processor.investigate.compare.findings import Finding

_DOUBTS: Mapping[str, str] = {
    "redaction": "partial redaction",
    "sampling": "sampling",
    "transport": "lost telemetry",
    "interruption": "the interruption",
    "retention": "evidence that was removed",
}


@dataclass(frozen=True)
class Step:
    """A sentence; the command that takes the step, if there is one; the type of finding it comes from."""

    sentence: str
    command: str | None
    because: str

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.next_steps`."""
        return {"step": self.sentence, "command": self.command, "because": self.because}


@dataclass(frozen=True)
class _Settling:
    """What would settle an undecided metric: samples, runs a side, or both."""

    samples: Mapping[str, int]
    runs: Mapping[str, int]

    def __contains__(self, metric: object) -> bool:
        return metric in self.samples or metric in self.runs

    def sentence(self, metric: str) -> str:
        """What to measure before deciding."""
        samples, runs = self.samples.get(metric), self.runs.get(metric)
        told = [
            *([f"on about {samples:,} samples"] if samples else []),
            *([f"in about {runs:,} runs a side"] if runs else []),
        ]
        return f"Measure {metric} {' and '.join(told)} before deciding."


def next_steps(
    findings: Iterable[Finding],
    *,
    runs: tuple[str, str],
    has_retrieval: bool,
    more_samples: Mapping[str, int],
    more_runs: Mapping[str, int] | None = None,
) -> tuple[Step, ...]:
    """Each step once, in the order of the findings.

    more_samples: metric → samples that would settle it, for those that are undecided. more_runs: likewise runs a
    side, where sides are several runs.
    """
    settling = _Settling(more_samples, more_runs or {})
    steps: dict[str, Step] = {}
    told = list(findings)
    lone = [str(each["metric"]) for each in told if _is_lone(each, settling)]
    for finding in told:
        found = _repeat(lone) if _is_lone(finding, settling) else ()
        for sentence, command in found or _steps(finding, runs, has_retrieval, settling):
            steps.setdefault(sentence, Step(sentence, command, finding["type"]))
    return tuple(steps.values())


def doubt(finding: Finding) -> str:
    """What makes evidence doubtful, in words: by its category where that says it, else its reason."""
    return _DOUBTS.get(finding["category"]) or str(finding["reason"]).replace("_", " ")


def _steps(
    finding: Finding, runs: tuple[str, str], has_retrieval: bool, settling: "_Settling"
) -> Iterator[tuple[str, str | None]]:
    kind, candidate = finding["type"], runs[1]
    if kind == "stage_not_whole":
        what = f"stage {finding['stage']} is {finding['candidate'] or 'missing'}"
        yield f"Find out why {what} in {candidate}.", _command("show", candidate)
    elif kind == "slice_regression":
        slice_ = str(finding["slice"])
        yield f"Inspect failed {slice_} samples.", _samples_of(candidate, slice_)
        if has_retrieval:
            what = f"prompts with {finding['metric']} regression"
            yield f"Compare retrieval outputs for {what}.", None
    elif kind == "metric_regression":
        yield from _about_metric(finding, candidate, settling)
    elif kind == "metric_missing":
        what = f"Find out why {finding['metric']} was not measured in {candidate}."
        yield what, _command("records", candidate, "--type", "metric")
    elif kind == "samples_broke":
        yield "Inspect the samples that broke.", _command("samples", candidate, "--failed")
    elif kind == "samples_skipped":
        yield f"Find out why {candidate} skipped samples.", _command("samples", candidate)
    elif kind in ("slower", "more_errors"):
        what = finding["operation"] or f"stage {finding['stage']}"
        word = "takes longer" if kind == "slower" else "fails more often"
        yield f"Find out why {what} {word}.", _command("records", candidate, "--type", "span")
    elif kind == "artifact_growth":
        yield f"Check whether the growth of {finding['artifact']} is meant.", None
    elif kind == "artifact_shrinkage":
        yield f"Check whether {finding['artifact']} is whole.", _command("artifacts", candidate)
    elif kind == "artifact_missing":
        what = f"Find out why {candidate} produced no {finding['kind'] or 'artifact'} like {finding['artifact']}."
        yield what, _command("artifacts", candidate)
    elif kind == "degraded_evidence":
        what = f"Review whether {doubt(finding)} limits promotion confidence."
        run = runs[0] if finding["side"] == "baseline" else candidate
        yield what, _command("records", run, "--type", "degraded_marker")


def _about_metric(
    finding: Finding, candidate: str, settling: "_Settling"
) -> Iterator[tuple[str, str | None]]:
    name = str(finding["metric"])
    if finding["verdict"] == "worse":
        if finding["scope"] == "sample":
            yield f"Inspect the samples that lost {name}.", _command("samples", candidate)
    elif name in settling:
        yield settling.sentence(name), None


def _is_lone(finding: Finding, settling: "_Settling") -> bool:
    """A whole figure that lost, with nothing to tell a loss from chance and no number of samples that would."""
    undecided = finding["type"] == "metric_regression" and finding["verdict"] == "inconclusive"
    return undecided and finding["metric"] not in settling


def _repeat(metrics: list[str]) -> list[tuple[str, str | None]]:
    """One step for all of them."""
    names = ", ".join(sorted(set(metrics)))
    return [(f"Repeat both runs: nothing tells whether {names} moved by chance.", None)]


def _samples_of(run: str, slice_: str) -> str | None:
    """A slice that is an intersection has no flag of its own."""
    return None if " & " in slice_ else _command("samples", run, "--failed", "--slice", slice_)


def _command(*words: str) -> str:
    """A command as one would type it; an id that looks like an option goes after `--`."""
    verb, run, *options = words
    last = ["--", run] if run.startswith("-") else []
    return shlex.join(["contexta", verb, *([] if last else [run]), *options, *last])
