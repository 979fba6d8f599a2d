"""What went into two runs and came out of them, artifact by artifact: the same, another, bigger, gone?

Whether two artifacts are the same is decided by their digest, and the answer says what it rests on:
without digests the same id means the same thing, and another id under the same file name is not known.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of

Change = Literal["added", "removed", "changed", "same", "unknown"]
Basis = Literal["digest", "version", "size", "id"]

_IDENTIFYING = ("sha256", "fingerprint", "version")
_DETAILS = ("kind", "path", "size_bytes", *_IDENTIFYING)


@dataclass(frozen=True)
class ArtifactSide:
    """An artifact as one run has it; None for what nobody told.

    sha256: of the bytes of a file. fingerprint: `algorithm:hex` of the content of a data set.
    described_here: whether the run itself told a digest or a version; if not, what is shown of an input is
    the word of other runs.
    """

    artifact_id: str
    kind: str | None
    path: str | None
    sha256: str | None
    fingerprint: str | None
    size_bytes: int | None
    version: str | None
    described_here: bool

    def to_dict(self) -> dict[str, object]:
        """One side of an element of `comparison.artifacts`."""
        return {
            "artifact_id": self.artifact_id,
            "path": self.path,
            "sha256": self.sha256,
            "fingerprint": self.fingerprint,
            "size_bytes": self.size_bytes,
            "version": self.version,
            "described_here": self.described_here,
        }


@dataclass(frozen=True)
class ArtifactChange:
    """One artifact of the same role in two runs; a side is None where that run has no such artifact.

    role: produced, consumed, or the type of a relation the run told. key: what the two were matched by.
    basis: what `changed` or `same` rests on; None for added, removed and unknown.
    """

    role: str
    kind: str | None
    key: str
    change: Change
    basis: Basis | None
    baseline: ArtifactSide | None
    candidate: ArtifactSide | None

    @property
    def artifact_id(self) -> str:
        """The candidate's id, else the baseline's."""
        side = self.candidate or self.baseline
        return side.artifact_id if side else self.key

    @property
    def size_delta_bytes(self) -> int | None:
        """candidate − baseline in bytes; None unless both sizes are known."""
        sizes = self._sizes
        return sizes[1] - sizes[0] if sizes else None

    @property
    def size_delta_percent(self) -> float | None:
        """The same in percent of the baseline's size, to one place; None too where that is 0."""
        sizes = self._sizes
        return round((sizes[1] / sizes[0] - 1) * 100, 1) if sizes and sizes[0] else None

    @property
    def _sizes(self) -> tuple[int, int] | None:
        before = self.baseline.size_bytes if self.baseline else None
        after = self.candidate.size_bytes if self.candidate else None
        return None if before is None or after is None else (before, after)

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.artifacts`."""
        return {
            "role": self.role,
            "kind": self.kind,
            "key": self.key,
            "change": self.change,
            "basis": self.basis,
            "baseline": self.baseline.to_dict() if self.baseline else None,
            "candidate": self.candidate.to_dict() if self.candidate else None,
            "size_delta_bytes": self.size_delta_bytes,
            "size_delta_percent": self.size_delta_percent,
        }


def compare_artifacts(query: Query, params: Params) -> tuple[ArtifactChange, ...]:
    """The artifacts of two runs by role and kind: what was consumed first, then what was produced."""
    rows = rows_of(query.query(statement("investigate/compare/artifacts"), params))
    _describe(query, rows)
    found: list[ArtifactChange] = []
    for role in sorted({row["role"] for row in rows}):
        baseline, candidate = (
            [row for row in rows if row["role"] == role and row["run_id"] == params[side]]
            for side in ("baseline", "candidate")
        )
        found += [_change(role, *pair) for pair in _matched(baseline, candidate)]
    return tuple(sorted(found, key=lambda each: (each.role, each.kind or "", each.key)))


def _describe(query: Query, rows: Sequence[Row]) -> None:
    """Add what other runs say of the inputs that a run only names. What it produced, it alone can describe."""
    named: list[Row] = []
    sides = Counter((row["role"], row["artifact_id"]) for row in rows)
    for row in rows:
        row["described_here"] = any(row[name] is not None for name in _IDENTIFYING)
        if row["described_here"] or row["role"] == "produced":
            continue
        if row["kind"] is None or sides[row["role"], row["artifact_id"]] == 1:
            named.append(
                row
            )  # the same id on both sides is the same thing: nothing is missing but its kind
    if not named:
        return
    ids = sorted({row["artifact_id"] for row in named})
    told = query.query(statement("investigate/compare/artifact_descriptions"), {"ids": ids})
    known = {row["artifact_id"]: row for row in rows_of(told)}
    for row in named:
        for name in _DETAILS:
            if row[name] is None:
                row[name] = known.get(row["artifact_id"], {}).get(name)


def _matched(
    baseline: Sequence[Row], candidate: Sequence[Row]
) -> list[tuple[str, Row | None, Row | None]]:
    """Artifacts of two runs as pairs: the same id; else the same kind and file name; else the only one
    of its kind on both sides; what is left stands alone."""
    pairs: list[tuple[str, Row | None, Row | None]] = []
    left = (list(baseline), list(candidate))
    for key_of in (_by_id, _by_file, _by_kind):
        left = _paired_by(key_of, *left, pairs)
    pairs += [(_by_id(row), row, None) for row in left[0]]
    pairs += [(_by_id(row), None, row) for row in left[1]]
    return pairs


def _paired_by(
    key_of: Callable[[Row], str],
    baseline: list[Row],
    candidate: list[Row],
    pairs: list[tuple[str, Row | None, Row | None]],
) -> tuple[list[Row], list[Row]]:
    """Add the pairs that share a key nobody else on their side has; gives what is left of either side."""
    groups: defaultdict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((baseline, candidate)):
        for row in rows:
            groups[key_of(row)][side].append(row)
    left: tuple[list[Row], list[Row]] = ([], [])
    for key, (before, after) in groups.items():
        if len(before) == 1 and len(after) == 1:
            pairs.append((key, before[0], after[0]))
        else:
            left[0].extend(before)
            left[1].extend(after)
    return left


def _by_id(row: Row) -> str:
    return row["artifact_id"]


def _by_file(row: Row) -> str:
    name = PurePosixPath(row["path"]).name if row["path"] else row["artifact_id"]
    return f"{row['kind'] or 'artifact'} {name}"


def _by_kind(row: Row) -> str:
    return row["kind"] or "artifact"


def _change(role: str, key: str, before: Row | None, after: Row | None) -> ArtifactChange:
    change, basis = _judged(before, after)
    return ArtifactChange(
        role=role,
        kind=(after or before or {}).get("kind"),
        key=key,
        change=change,
        basis=basis,
        baseline=_side(before),
        candidate=_side(after),
    )


def _side(row: Row | None) -> ArtifactSide | None:
    if row is None:
        return None
    told = {name: row[name] for name in (*_DETAILS, "described_here")}
    return ArtifactSide(artifact_id=row["artifact_id"], **told)


def _judged(before: Row | None, after: Row | None) -> tuple[Change, Basis | None]:
    """Whether two artifacts are one and the same, and by what that is known."""
    if before is None or after is None:
        return ("added" if before is None else "removed"), None
    if before["artifact_id"] == after["artifact_id"] and not (
        before["described_here"] and after["described_here"]
    ):  # the digest of one side, borrowed by the other, would prove nothing
        sizes = before["size_bytes"], after["size_bytes"]
        return ("changed", "size") if _told_apart(*sizes) else ("same", "id")
    if before["sha256"] and after["sha256"]:
        return _equal(before["sha256"].lower() == after["sha256"].lower()), "digest"
    if _algorithm(before) is not None and _algorithm(before) == _algorithm(after):
        return _equal(before["fingerprint"] == after["fingerprint"]), "digest"
    if _told_apart(before["version"], after["version"]):
        return "changed", "version"
    if _told_apart(before["size_bytes"], after["size_bytes"]):
        return "changed", "size"
    if before["artifact_id"] == after["artifact_id"]:
        return "same", "id"
    return ("unknown", None) if _by_file(before) == _by_file(after) else ("changed", "id")


def _told_apart(before: object, after: object) -> bool:
    return before is not None and after is not None and before != after


def _equal(equal: bool) -> Change:
    return "same" if equal else "changed"


def _algorithm(row: Row) -> str | None:
    """Only fingerprints of one algorithm can be held against each other."""
    return str(row["fingerprint"]).partition(":")[0] if row["fingerprint"] else None
