"""What else differs between two runs: code, data, environment, configuration, hardware."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of

CAUSES = ("code", "data", "environment", "configuration", "hardware")


@dataclass(frozen=True)
class Difference:
    """One condition that is another one in the candidate; None where a side doesn't have it.

    limits: the figures were not taken under the same conditions (other data), so deltas mean less.
    """

    cause: str
    key: str
    baseline: str | None
    candidate: str | None
    limits: bool = False

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.differences`."""
        return {
            "cause": self.cause,
            "key": self.key,
            "baseline": self.baseline,
            "candidate": self.candidate,
        }


@dataclass(frozen=True)
class Growth:
    """An artifact of the same kind whose size changed, in percent of the baseline's."""

    artifact: str
    kind: str
    size_delta_percent: float


@dataclass(frozen=True)
class Conditions:
    """Everything that is not a figure."""

    differences: tuple[Difference, ...]
    growth: tuple[Growth, ...]


def compare_conditions(query: Query, params: Params) -> Conditions:
    """What differs, ordered by cause and key, and which artifacts grew or shrank."""
    told = rows_of(query.query(statement("investigate/compare/conditions"), params))
    artifacts = rows_of(query.query(statement("investigate/compare/artifacts"), params))
    baseline, candidate = (
        [row for row in artifacts if row["run_id"] == params[side]]
        for side in ("baseline", "candidate")
    )
    found = [
        Difference(row["cause"], row["key"], row["baseline"], row["candidate"]) for row in told
    ]
    found += _data(baseline, candidate)
    found.sort(key=lambda each: (CAUSES.index(each.cause), each.key))
    return Conditions(tuple(found), tuple(_growth(baseline, candidate)))


def _data(baseline: list[Row], candidate: list[Row]) -> list[Difference]:
    """Consumed artifacts that are not the same on both sides, matched by `_matched`."""
    pairs = _matched(
        [row for row in baseline if row["relation"] == "consumed"],
        [row for row in candidate if row["relation"] == "consumed"],
    )
    return [
        Difference("data", key, _named(before), _named(after), limits=_is_data(before, after))
        for key, before, after in pairs
        if _identity(before) != _identity(after)
    ]


def _is_data(before: Row | None, after: Row | None) -> bool:
    """Whether an input is what a run measures on, and not (like a model) what it measures."""
    kind = ((after or before or {}).get("kind") or "data").lower()
    return "data" in kind or "feature" in kind


def _matched(baseline: list[Row], candidate: list[Row]) -> list[tuple[str, Row | None, Row | None]]:
    """Artifacts of two runs as pairs: the same id; else the same kind and file name; else the only one
    of its kind on both sides; what is left stands alone."""
    pairs: list[tuple[str, Row | None, Row | None]] = []
    for key_of in (_by_id, _by_file, _by_kind):
        groups: defaultdict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
        for side, rows in enumerate((baseline, candidate)):
            for row in rows:
                groups[key_of(row)][side].append(row)
        for key, (before, after) in groups.items():
            if len(before) == 1 and len(after) == 1:
                pairs.append((key, before[0], after[0]))
                baseline = [row for row in baseline if row is not before[0]]
                candidate = [row for row in candidate if row is not after[0]]
    pairs += [(_by_id(row), row, None) for row in baseline]
    pairs += [(_by_id(row), None, row) for row in candidate]
    return pairs


def _by_id(row: Row) -> str:
    return row["artifact_id"]


def _by_file(row: Row) -> str:
    name = PurePosixPath(row["path"]).name if row["path"] else row["artifact_id"]
    return f"{row['kind'] or 'artifact'} {name}"


def _by_kind(row: Row) -> str:
    return row["kind"] or "artifact"


def _identity(row: Row | None) -> tuple[object, ...] | None:
    """What makes an artifact the same: its digest where there is one, else its id and version."""
    if row is None:
        return None
    return (row["sha256"],) if row["sha256"] else (row["artifact_id"], row["version"])


def _named(row: Row | None) -> str | None:
    if row is None:
        return None
    digest = f" {row['sha256'][:12]}" if row["sha256"] else ""
    return f"{row['artifact_id']}{digest}"


def _growth(baseline: list[Row], candidate: list[Row]) -> list[Growth]:
    """Artifacts whose size is known on both sides and is not the same, the largest change first."""
    found: dict[str, Growth] = {}
    for _, before, after in _matched(_once(baseline), _once(candidate)):
        if before and after and before["size_bytes"] and after["size_bytes"] is not None:
            percent = round((after["size_bytes"] / before["size_bytes"] - 1) * 100, 1)
            if percent:
                kind = after["kind"] or "artifact"
                found[after["artifact_id"]] = Growth(after["artifact_id"], kind, percent)
    return sorted(found.values(), key=lambda each: (-abs(each.size_delta_percent), each.artifact))


def _once(rows: list[Row]) -> list[Row]:
    """Each artifact once, however many relations it has with the run."""
    return list({row["artifact_id"]: row for row in rows}.values())
