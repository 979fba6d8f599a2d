"""Were both runs judged by the same scorer, and sampled at the same rate? Read from their configuration.

The convention: a configuration key with a part `judge`, `scorer`, `evaluator`, `grader` or `rubric`
(`judge.model`, `evaluation.scorer.version`) says how samples were judged; if it also has the parts of a metric's
name (`judge.faithfulness.prompt`), it says so of that metric alone. Keys that only say how fast it went
(`judge.timeout`) do not count. A key that ends in a sampling rate (`sampling.rate`, `eval_sample_fraction`) says
how much of the data was measured.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contexta_processor.investigate.compare.differences import Difference

_JUDGES = {"judge", "judges", "scorer", "scorers", "evaluator", "evaluators", "grader", "graders", "rubric"}  # fmt: skip
_HOW_FAST = {
    "batch", "size", "concurrency", "threads", "workers", "timeout", "retries", "cache", "key", "url", "endpoint",
    "parallelism", "device", "verbose", "log",
}  # fmt: skip
_MEASURED = re.compile(
    r"(^|[._ /-])(latency|duration|runtime|elapsed|time|seconds|cost|price|tokens?|bytes|memory|throughput|qps|rps|count)($|[._ /-])",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"(^|[._-])sampl(e|ing)[._-](rate|ratio|fraction|probability|limit)$", re.IGNORECASE
)
_SAMPLER = re.compile(r"^variable:(OTEL_TRACES_SAMPLER(_ARG)?|CONTEXTA_SAMPL\w*)$")


@dataclass(frozen=True)
class ScorerChange:
    """How the judging differs, in words. of: metric → change; general: changes that name no metric."""

    of: Mapping[str, str]
    general: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.of or self.general)

    def obstacle(self, metric: str) -> str | None:
        """Why figures of this metric were not judged alike; None: nothing says they weren't.

        What is measured rather than judged (latency, cost, tokens) is not touched by another judge.
        """
        if metric in self.of:
            return f"judged by another scorer: {self.of[metric]}"
        if self.general and not _MEASURED.search(metric):
            return f"judged by another scorer: {'; '.join(self.general)}"
        return None


def scorer_change(
    differences: Iterable[Difference],
    metrics: Iterable[str],
    told: Mapping[str, tuple[str | None, str | None]],
) -> ScorerChange:
    """What of the configuration that judges samples is another one.

    metrics: every name figures have. told: metric → the scorer each side's own records name.
    """
    parts_of = {name: _parts(name) for name in metrics}
    of: dict[str, list[str]] = {}
    general: list[str] = []
    for each in differences:
        parts = _parts(each.key)
        if each.cause != "configuration" or not _JUDGES & set(parts) or parts[-1] in _HOW_FAST:
            continue
        change = _change(each.key, each.baseline, each.candidate)
        about = [name for name, wanted in parts_of.items() if _holds(parts, wanted)]
        for name in about:
            of.setdefault(name, []).append(change)
        if not about:
            general.append(change)
    for name, (before, after) in told.items():
        if before != after:
            of.setdefault(name, []).append(_change("scorer", before, after))
    return ScorerChange({name: "; ".join(changes) for name, changes in of.items()}, tuple(general))


def sampling_changes(differences: Iterable[Difference]) -> list[str]:
    """Sampling rates that are not the same on both sides, in words."""
    return [
        _change(each.key, each.baseline, each.candidate)
        for each in differences
        if (each.cause == "configuration" and _is_rate(each)) or _SAMPLER.match(each.key)
    ]


def _is_rate(each: Difference) -> bool:
    """An audio file's sample rate of 16000 is no share of the samples; a limit may be any number."""
    if not _RATE.search(each.key):
        return False
    return each.key.lower().endswith("limit") or any(
        _share(value) for value in (each.baseline, each.candidate)
    )


def _share(value: str | None) -> bool:
    try:
        return value is not None and (value.endswith("%") or 0 <= float(value) <= 1)
    except ValueError:
        return False


def _change(key: str, before: str | None, after: str | None) -> str:
    return f"{key} {'none' if before is None else before} → {'none' if after is None else after}"


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[^a-z0-9]+", text.lower()) if part] or [""]


def _holds(parts: list[str], wanted: list[str]) -> bool:
    """Whether the parts of a name stand in a key one after another."""
    size = len(wanted)
    return any(parts[start : start + size] == wanted for start in range(len(parts) - size + 1))
