"""The table of codes: what each finding is called, means, and asks of the reader (`codes.toml`)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal, cast

Severity = Literal["error", "warning", "info"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""Worst first."""


@dataclass(frozen=True)
class Code:
    """One kind of finding. `severity`: those it can have; `rule`: when it has which, where there are several.

    means, matters, do: sentences for people. next: the command or action to take now, with `{words}` of
    the finding to be filled in.
    """

    code: str
    title: str
    severity: tuple[Severity, ...]
    rule: str | None
    means: str
    matters: str
    do: str
    next: str


@cache
def codes() -> Mapping[str, Code]:
    """Every code, in the order of the table."""
    text = resources.files(__package__ or "").joinpath("codes.toml").read_text(encoding="utf-8")
    table = cast("dict[str, dict[str, str | list[str]]]", tomllib.loads(text))
    return {code: _code(code, entry) for code, entry in table.items()}


def _code(code: str, entry: Mapping[str, str | list[str]]) -> Code:
    told = {name: value for name, value in entry.items() if isinstance(value, str)}
    return Code(
        code=code,
        title=told["title"],
        severity=tuple(each for each in SEVERITIES if each in entry["severity"]),
        rule=told.get("rule"),
        means=told["means"],
        matters=told["matters"],
        do=told["do"],
        next=told["next"],
    )


def worst(*severities: Severity) -> Severity:
    """The most severe of some."""
    return min(severities, key=SEVERITIES.index)


def at_least(severity: Severity, threshold: Severity) -> bool:
    """Whether one severity is as bad as another, or worse."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(threshold)
