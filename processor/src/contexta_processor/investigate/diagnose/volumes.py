"""How many rows went in and came out: figures that count rows, the steps between them, and data sets.

A figure counts rows if its unit says so (`{row}`, `{record}`, `{sample}`, … as UCUM writes annotations), or its name does:
`rows`, `rows_out`, `input_records`, `n_samples`. Names of what was set aside (`rows_dropped`, `rejected_records`) or
of a rate (`rows_per_second`) do not. Words like in, read, input, before are about what went in; out, written, output,
after, kept, joined about what came out.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from contexta_processor.investigate.diagnose.evidence import Rows
from contexta_processor.investigate.diagnose.finding import Evidence, row_of
from contexta_processor.investigate.results import Row

Direction = Literal["in", "out", "at"]

_NOUNS: Final = {
    f"{noun}s": noun
    for noun in ("row", "record", "sample", "example", "document", "item", "observation", "image", "line")
}  # fmt: skip
"""Plural → singular. A singular counts rows only beside a word that counts: `row_count`, not `line_coverage`."""

_IN: Final = frozenset({"in", "input", "inputs", "read", "loaded", "received", "before", "source"})
_OUT: Final = frozenset(
    {"out", "output", "outputs", "written", "after", "kept", "passed", "joined", "matched", "selected", "emitted", "saved"}
)  # fmt: skip
_COUNTING: Final = frozenset({"n", "num", "number", "count", "total", "of"})
_NOT_PASSED_ON: Final = frozenset(
    {
        "rate", "ratio", "share", "pct", "percent", "fraction", "per", "s", "sec", "second",
        "seconds", "ms", "dropped", "drop", "rejected", "removed", "filtered", "failed",
        "skipped", "ignored", "null", "nulls", "nan", "nans", "missing", "duplicate",
        "duplicates", "dup", "dups", "dropout", "error", "errors", "invalid", "bad", "size",
        "bytes", "length", "width", "loss", "score", "weight", "unmatched", "empty", "lost",
        "mean", "avg", "average", "std", "min", "max", "median", "p50", "p95", "p99",
        "recall", "precision", "f1", "auc", "ndcg", "mrr", "hit", "hits", "similarity", "coverage",
        "relevance", "distance", "quality", "price", "version", "id", "duration", "latency", "accuracy",
    }
)  # fmt: skip

Key = tuple[str, str, str | None, str | None, str | None]


@dataclass(frozen=True)
class Volume:
    """How many rows there were at one step of a run.

    key: what the same figure of another run has too. simple: nothing in the name but counting, the noun and
    a direction, so that it is about all rows of the step. row: the evidence.
    """

    key: Key
    stage: str | None
    noun: str
    direction: Direction
    simple: bool
    value: float
    name: str
    row: Evidence


def volumes(figures: Rows, artifacts: Rows) -> tuple[Volume, ...]:
    """Every count of rows that a run reports, in the order of its figures; data sets last."""
    counted = [volume for row in figures if (volume := _of_figure(row)) is not None]
    return (*counted, *(volume for row in artifacts if (volume := _of_dataset(row)) is not None))


def _of_figure(row: Row) -> Volume | None:
    value = row["value"]
    if value is None or value < 0 or not float(value).is_integer() or row["slice"] is not None:
        return None
    words = [word for word in re.split(r"[^a-z0-9]+", row["name"].lower()) if word]
    noun = _noun(words) or _unit_noun(row["unit"])
    if noun is None or _NOT_PASSED_ON.intersection(words):
        return None
    left = [word for word in words if word not in _NOUNS and word not in (noun, *_COUNTING)]
    return Volume(
        key=("metrics", row["name"], row["stage"], row["operation"], row["aggregation"]),
        stage=row["stage"],
        noun=noun,
        direction=_direction(left),
        simple=row["operation"] is None and all(word in _IN | _OUT for word in left),
        value=float(value),
        name=row["name"],
        row=row_of("metrics", row, "run_id", "stage", "operation", "name", "value"),
    )


def _noun(words: Sequence[str]) -> str | None:
    """What a name counts, as one of it; None if it counts nothing that we know."""
    plural = next((_NOUNS[word] for word in words if word in _NOUNS), None)
    if plural is not None or not _COUNTING.intersection(words):
        return plural
    return next((word for word in words if word in _NOUNS.values()), None)


def _unit_noun(unit: str | None) -> str | None:
    annotated = re.fullmatch(r"\{(\w+?)s?\}", unit or "")
    noun = annotated.group(1).lower() if annotated else None
    return noun if noun in _NOUNS.values() else None


def _direction(words: Iterable[str]) -> Direction:
    told = set(words)
    if told & _IN:
        return "in"
    return "out" if told & _OUT else "at"


def _of_dataset(row: Row) -> Volume | None:
    if row["row_count"] is None:
        return None
    name = row["dataset"] or row["artifact_id"]
    part = f"{name} ({row['split']})" if row["split"] else name
    return Volume(
        key=("artifacts", name, row["role"], row["split"], None),
        stage=row["stage"],
        noun="row",
        direction="in" if row["role"] == "consumed" else "out",
        simple=False,
        value=float(row["row_count"]),
        name=f"data set {part}",
        row=row_of("artifacts", row, "artifact_id", "dataset", "split", "row_count"),
    )


@dataclass(frozen=True)
class Step:
    """Two counts of the same noun that follow one another; `ratio` is what came through."""

    before: Volume
    after: Volume

    @property
    def ratio(self) -> float:
        """after ÷ before; `before` is never 0."""
        return self.after.value / self.before.value

    @property
    def key(self) -> tuple[Key, Key]:
        """What the same step of another run has too."""
        return self.before.key, self.after.key


_WITHIN: Final[Mapping[Direction, int]] = {"in": 0, "at": 1, "out": 2}


def steps(found: Iterable[Volume], places: Mapping[str, int]) -> tuple[Step, ...]:
    """The steps of a pipeline: within a stage from what went in to what came out, and from what came out
    of a stage to what the next one that counts the same noun has. Only figures about all rows."""
    staged = [each for each in found if each.simple and each.stage in places]
    taken: list[Step] = []
    for noun in dict.fromkeys(each.noun for each in staged):
        line = sorted(
            (each for each in staged if each.noun == noun),
            key=lambda each: (places[each.stage or ""], _WITHIN[each.direction], each.name),
        )
        taken += [Step(a, b) for a, b in pairwise(line) if a.value > 0 and _follows(a, b)]
    return tuple(taken)


def _follows(before: Volume, after: Volume) -> bool:
    """Two figures of one stage and one direction are two counts of something, not a step."""
    return before.stage != after.stage or before.direction != after.direction
