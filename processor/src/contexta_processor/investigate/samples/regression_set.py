"""Samples to keep an eye on, as JSON Lines: one object a sample, nothing before or after, the same bytes for the same evidence.

A line has id, stage, slices, outcome, input_summary, expected_summary, redacted (whether text was withheld: then it is null
here), and baseline and candidate, each with run_id, status, output_summary, scores, failure_tags and redacted, or null where
the run doesn't know the sample. Lines are ordered by id and stage, keys by name.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from contexta_processor.base.errors import ContextaError
from contexta_processor.investigate.results import Rows
from contexta_processor.investigate.samples.against import SampleChange, SamplesAgainst, SampleSide


@dataclass(frozen=True)
class RegressionSet:
    """Every sample of a comparison that it lists; made of one that was not cut."""

    against: SamplesAgainst

    def lines(self) -> Iterator[dict[str, object]]:
        """One object per sample, by id and stage."""
        ordered = sorted(self.against.samples, key=lambda each: (each.sample_id, each.stage or ""))
        return (self._line(each) for each in ordered)

    @property
    def redacted(self) -> int:
        """Of how many samples text is withheld."""
        return sum(each.redacted for each in self.against.samples)

    def to_dict(self) -> list[dict[str, object]]:
        """All lines."""
        return list(self.lines())

    def rows(self) -> Rows:
        """As `samples --against` gives them."""
        return self.against.rows()

    def _line(self, each: SampleChange) -> dict[str, object]:
        return {
            "id": each.sample_id,
            "stage": each.stage,
            "slices": list(each.slices),
            "outcome": each.outcome,
            "input_summary": each.input_summary,
            "expected_summary": each.expected_summary,
            "redacted": each.redacted,
            "baseline": _side(self.against.baseline, each.baseline),
            "candidate": _side(self.against.candidate, each.candidate),
        }


def ids_in(file: Path) -> tuple[str, ...]:
    """The sample ids of a regression set, each once, in the order of the file.

    A line is an object with an `id`, or the id alone; empty lines don't count.
    Raises: ContextaError if the file cannot be read, or a line holds no id.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContextaError(
            f"cannot read the regression set {file}",
            cause=str(getattr(error, "strerror", None) or error),
            hint="contexta samples RUN --against BASE --broke --export FILE   writes one",
        ) from error
    lines = enumerate(text.split("\n"), 1)
    return tuple(dict.fromkeys(_id(line, file, number) for number, line in lines if line.strip()))


def _id(line: str, file: Path, number: int) -> str:
    if not line.lstrip().startswith("{"):
        return line.strip()
    try:
        found = cast("dict[str, object]", json.loads(line)).get("id")
    except ValueError as error:
        raise _no_id(file, number, f"it is not JSON: {error}") from error
    if not isinstance(found, str) or not found:
        raise _no_id(file, number, "the object has no id")
    return found


def _no_id(file: Path, number: int, cause: str) -> ContextaError:
    return ContextaError(
        f"line {number} of {file} names no sample",
        cause=cause,
        hint="a line is an object with an id, or an id alone",
    )


def _side(run_id: str, side: SampleSide | None) -> dict[str, object] | None:
    return None if side is None else {"run_id": run_id, **side.to_dict()}
