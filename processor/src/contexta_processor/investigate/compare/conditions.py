"""What else differs between two runs: code, data, environment, configuration, hardware.

Nothing here is called the cause of anything. What differs is ordered by what is known to change results
(`differences.RANKING`), and what cannot be held against each other is said as well (`Unknown`).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.artifacts import (
    ArtifactChange,
    ArtifactSide,
    compare_artifacts,
)
from contexta_processor.investigate.compare.code import FACTS as CODE_FACTS
from contexta_processor.investigate.compare.code import code_differences, code_unknowns
from contexta_processor.investigate.compare.differences import (
    Difference,
    Unknown,
    ranked,
    untold,
)
from contexta_processor.investigate.compare.versions import is_ml, version_change, went_up
from contexta_processor.investigate.results import from_json, rows_of

INPUTS = frozenset({"consumed", "trained_on", "evaluated_on"})
"""Roles that say a run used an artifact."""

_EXPECTED = ("python", "platform", "hardware")
"""Facts every environment has: where one side alone tells it, the other is not known, and not different."""

_HARDWARE = re.compile(r"^(hardware$|cuda$|rocm$|driver|gpu|cpu|accelerator|hw\.|host\.(cpu|arch))")
_INCIDENTAL = re.compile(
    r"^SLURM_(JOB_ID|JOB_NAME|PROCID|LOCALID|NODEID)$|^(LOCAL_)?RANK$|_PORT$|_PID$"
)
"""Variables that differ between any two jobs."""

_VERSION_WEIGHTS = {"major": 0, "minor": 1, "other": 2, "patch": 3, "removed": 4, "added": 5}
_NO_VERSION = "(version not told)"

Section = Mapping[str, str | None]
Sections = Mapping[str, tuple[Section, Section]]


@dataclass(frozen=True)
class Growth:
    """An artifact whose size changed, in percent of the baseline's."""

    artifact: str
    kind: str
    size_delta_percent: float


@dataclass(frozen=True)
class Conditions:
    """Everything that is not a figure: what differs, most telling first; what cannot be said; and the artifacts."""

    differences: tuple[Difference, ...]
    unknown: tuple[Unknown, ...]
    artifacts: tuple[ArtifactChange, ...]

    @property
    def growth(self) -> tuple[Growth, ...]:
        """Artifacts that grew or shrank, the largest change first."""
        found = {
            each.artifact_id: Growth(
                each.artifact_id, each.kind or "artifact", each.size_delta_percent
            )
            for each in self.artifacts
            if each.size_delta_percent
        }
        return tuple(
            sorted(found.values(), key=lambda each: (-abs(each.size_delta_percent), each.artifact))
        )


def compare_conditions(query: Query, params: Params) -> Conditions:
    """What differs between the runs `baseline` and `candidate` of `params`, ranked."""
    artifacts = compare_artifacts(query, params)
    sections = _sections(query, params)
    inputs = [each for each in artifacts if each.role in INPUTS]
    differences = [
        *_data(inputs),
        *_code(sections),
        *_configuration(sections),
        *_packages(sections),
        *_environment(sections),
        *_variables(sections),
    ]
    return Conditions(
        differences=ranked(differences),
        unknown=(*_unknown_data(inputs), *_unknown(sections)),
        artifacts=artifacts,
    )


def _sections(query: Query, params: Params) -> Sections:
    """(baseline's, candidate's) captured keys and values by section."""
    found: defaultdict[str, tuple[dict[str, str | None], dict[str, str | None]]] = defaultdict(
        lambda: ({}, {})
    )
    for row in rows_of(query.query(statement("investigate/compare/conditions"), params)):
        for side, name in enumerate(("baseline", "candidate")):
            if row["run_id"] == params[name]:
                found[row["section"]][side][row["key"]] = row["value"]
    for side in (0, 1):
        variables = from_json(found["environment"][side].pop("variables", None))
        if isinstance(variables, Mapping):
            told = cast("Mapping[str, object]", variables)
            found["variable"][side].update(
                (name, value if isinstance(value, str) else json.dumps(value, sort_keys=True))
                for name, value in told.items()
            )
    return found


def _data(inputs: Iterable[ArtifactChange]) -> list[Difference]:
    """Inputs that are not the same on both sides; those that a run measures on limit what deltas mean."""
    return [
        Difference(
            "data",
            each.key,
            _named(each.baseline),
            _named(each.candidate),
            limits=_is_data(each),
            group="data",
            weight=0 if _is_data(each) else 1,
            note="whether their content differs is not known" if each.change == "unknown" else None,
        )
        for each in inputs
        if each.change != "same"
    ]


def _is_data(change: ArtifactChange) -> bool:
    """Whether an input is what a run measures on, and not (like a model) what it measures."""
    kind = (change.kind or "data").lower()
    return "data" in kind or "feature" in kind


def _named(side: ArtifactSide | None) -> str | None:
    if side is None:
        return None
    digest = side.sha256 or (side.fingerprint or "").rpartition(":")[2]
    return " ".join(filter(None, (side.artifact_id, digest[:12] or side.version)))


def _unknown_data(inputs: Iterable[ArtifactChange]) -> tuple[Unknown, ...]:
    told = [each for each in inputs if _is_data(each)]
    sides = any(each.baseline for each in told), any(each.candidate for each in told)
    return untold("data", "inputs", "the data", sides)


def _code(sections: Sections) -> list[Difference]:
    return code_differences(*sections["environment"])


def _configuration(sections: Sections) -> list[Difference]:
    """Keys whose value is another; nothing where a side has no configuration at all."""
    baseline, candidate = sections["configuration"]
    if not baseline or not candidate:
        return []
    return [
        Difference(
            "configuration", key, baseline.get(key), candidate.get(key), group="configuration"
        )
        for key in _unlike(baseline, candidate)
    ]


def _packages(sections: Sections) -> list[Difference]:
    """Packages of another version, or on one side alone; nothing where a side listed none at all."""
    baseline, candidate = sections["package"]
    if not baseline or not candidate:
        return []
    return [_package(name, baseline, candidate) for name in _unlike(baseline, candidate)]


def _package(name: str, baseline: Section, candidate: Section) -> Difference:
    before, after = (
        (side[name] or _NO_VERSION) if name in side else None for side in (baseline, candidate)
    )
    change = version_change(before, after)
    return Difference(
        "environment",
        f"package:{name}",
        before,
        after,
        group="ml_package" if is_ml(name) else "other",
        weight=_VERSION_WEIGHTS[change] + (0 if is_ml(name) else 10),
        note=_version_note(before, after),
    )


def _version_note(baseline: str | None, candidate: str | None) -> str | None:
    """`major version, up`; None where one side doesn't have it or the numbers say nothing."""
    change = version_change(baseline, candidate)
    if baseline is None or candidate is None or change == "other":
        return None
    return f"{change} version, {'up' if went_up(baseline, candidate) else 'down'}"


def _environment(sections: Sections) -> list[Difference]:
    """Python, platform, hardware and whatever else was told, where both sides have an environment."""
    baseline, candidate = sections["environment"]
    if not baseline or not candidate:
        return []
    return [
        _fact(key, baseline.get(key), candidate.get(key))
        for key in _unlike(baseline, candidate)
        if key not in CODE_FACTS and not (key in _EXPECTED and None in _pair(key, sections))
    ]


def _fact(key: str, baseline: str | None, candidate: str | None) -> Difference:
    note = _version_note(baseline, candidate) if key in ("python", "cuda") else None
    if _HARDWARE.match(key):
        return Difference("hardware", key, baseline, candidate, group="hardware", note=note)
    weight = 0 if key in _EXPECTED else 5
    return Difference("environment", key, baseline, candidate, weight=weight, note=note)


def _variables(sections: Sections) -> list[Difference]:
    baseline, candidate = sections["variable"]
    if not sections["environment"][0] or not sections["environment"][1]:
        return []
    return [
        Difference(
            "environment",
            f"variable:{name}",
            baseline.get(name),
            candidate.get(name),
            weight=30 if _INCIDENTAL.search(name) else 2,
            note="differs between any two jobs" if _INCIDENTAL.search(name) else None,
        )
        for name in _unlike(baseline, candidate)
    ]


def _unknown(sections: Sections) -> list[Unknown]:
    """What either side didn't tell of its conditions."""
    environment = sections["environment"]
    found: list[Unknown] = []
    told = bool(environment[0]), bool(environment[1])
    if not all(told):
        found += untold(
            "environment", "environment", "the environment, with code and machine,", told
        )
    else:
        found += code_unknowns(*environment)
        for key in _EXPECTED:
            sides = environment[0].get(key) is not None, environment[1].get(key) is not None
            if any(sides):
                cause = "hardware" if key == "hardware" else "environment"
                found += untold(cause, key, key, sides)
        packages = bool(sections["package"][0]), bool(sections["package"][1])
        found += untold("environment", "packages", "the list of packages", packages)
    settings = bool(sections["configuration"][0]), bool(sections["configuration"][1])
    return [*found, *untold("configuration", "configuration", "the configuration", settings)]


def _pair(key: str, sections: Sections) -> tuple[str | None, str | None]:
    baseline, candidate = sections["environment"]
    return baseline.get(key), candidate.get(key)


def _unlike(baseline: Section, candidate: Section) -> list[str]:
    """Keys that one side alone has, or that have another value."""
    keys = sorted({*baseline, *candidate})
    return [
        key
        for key in keys
        if (key in baseline) != (key in candidate) or baseline.get(key) != candidate.get(key)
    ]
