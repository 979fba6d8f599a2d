"""D5: figures that are no numbers, unlike those of earlier runs, or gone; and curves that blew up."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.curves import divergence
from contexta_processor.investigate.diagnose.evidence import Past, RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.diagnose.history import LEAST_RUNS
from contexta_processor.investigate.diagnose.pipeline import completed_stages
from contexta_processor.investigate.diagnose.results import amount
from contexta_processor.investigate.diagnose.usual import (
    SHARE,
    enough,
    history_row,
    off_by,
    usual_band,
    usual_words,
)
from contexta_processor.investigate.diagnose.volumes import volumes
from contexta_processor.investigate.diagnose.words import count, figure, listed
from contexta_processor.investigate.results import Row

NOTABLE: Final = 0.02
"""A figure nearer than this to what is usual is not worth a finding, however narrow its band."""

_KEY: Final = ("name", "scope", "stage", "operation", "slice", "unit", "aggregation")
Key = tuple[str | None, ...]


def metric_findings(known: RunEvidence) -> Iterator[Finding]:
    """Every finding about measured figures."""
    yield from not_finite(known)
    yield from beside_history(known)
    yield from diverged(known)
    yield from missing_metrics(known)


def not_finite(known: RunEvidence) -> Iterator[Finding]:
    """Metrics and scores with NaN or infinite values."""
    for row in known.nonfinite:
        bad = row["nans"] + row["infinities"]
        of_scores = row["source"] == "sample_scores"
        final = bad == row["points"] if of_scores else row["last_is"]
        kinds = [f"{row['nans']:,} NaN"] if row["nans"] else []
        kinds += [f"{row['infinities']:,} infinite"] if row["infinities"] else []
        words = (
            f"{' and '.join(kinds)} of {count(row['points'], 'score' if of_scores else 'value')}"
        )
        words += f", first at step {row['first_step']:,}" if row["first_step"] is not None else ""
        words += (
            ", the last one among them" if final and not of_scores and row["points"] > 1 else ""
        )
        severity: Severity = "error" if final else "warning"
        yield finding(
            "D501",
            _named("score" if of_scores else "metric", row["name"], row["slice"]),
            words,
            [_row(row["source"], row)],
            run=known.run_id,
            severity=severity,
            stage=row["stage"],
            name=row["name"],
        )


def beside_history(known: RunEvidence) -> Iterator[Finding]:
    """Final figures outside the usual band; slices of one metric are told together."""
    counted = {volume.row.get("name") for volume in volumes(known.figures, ())}
    before = _earlier(known.past)
    judged = sum(len(before.get(_key(row), ())) >= LEAST_RUNS for row in known.figures)
    groups: dict[tuple[str, str | None, bool, Severity], list[tuple[Row, Sequence[float]]]] = {}
    for row in known.figures:
        values = before.get(_key(row), ())
        severity = _unusual(row, values, among=judged)
        if severity is not None and row["name"] not in counted:
            group = (row["name"], row["stage"], row["slice"] is not None, severity)
            groups.setdefault(group, []).append((row, values))
    for (name, stage, sliced, severity), found in groups.items():
        words = listed(_figure_words(row, values) for row, values in found)
        rows: list[Evidence] = [_row("metrics", row) for row, _ in found]
        low, high = min(found[0][1]), max(found[0][1])
        rows.append(history_row(known.past, runs_with_it=len(found[0][1]), low=low, high=high))
        yield finding(
            "D502",
            f"metric {name}" + (" by slice" if sliced else ""),
            words,
            rows,
            run=known.run_id,
            severity=severity,
            stage=stage,
            past=known.past[0].run_id,
        )


def _unusual(row: Row, before: Sequence[float], *, among: int) -> Severity | None:
    value, usual = row["value"], usual_band(before, among=max(among, 1))
    if usual is None or value is None or value != value or abs(value) == float("inf"):
        return None
    if usual.holds(value) or off_by(value, usual) <= NOTABLE:
        return None
    higher = row["higher_is_better"]
    better = higher is not None and higher == (value > usual.center)
    return "info" if better else "warning"


def _figure_words(row: Row, before: Sequence[float]) -> str:
    where = f"{row['slice']} " if row["slice"] is not None else ""
    kind = f" {row['aggregation']}" if row["aggregation"] else ""
    unit = f" {row['unit']}" if row["unit"] and row["unit"] != "1" else ""
    return f"{where}{figure(row['value'])}{unit}{kind} ({usual_words(before)})"


def diverged(known: RunEvidence) -> Iterator[Finding]:
    """Curves that blew up. A plateau is none."""
    for row in known.curves:
        higher = _direction(row)
        found = None if higher is None else divergence(row["values"], higher_is_better=higher)
        if found is None:
            continue
        at = row["steps"][found.best_at]
        words = (
            f"ends at {figure(found.end)}, began at {figure(found.start)}; the best was {figure(found.best)}"
            f" at step {at:,} of {row['steps'][-1]:,}"
        )
        rows = [{**_row("metrics", row), "points": len(row["values"]), "best_step": at}]
        yield finding(
            "D503",
            _named("metric", row["name"], row["slice"]),
            words,
            rows,
            run=known.run_id,
            stage=row["stage"],
            name=row["name"],
        )


def _direction(row: Row) -> bool | None:
    """As declared; a loss or perplexity is better lower, by its name; else unknown, and not judged."""
    if row["higher_is_better"] is not None:
        return bool(row["higher_is_better"])
    words = row["name"].lower().replace("-", "_").replace("/", "_").replace(".", "_").split("_")
    return False if {"loss", "perplexity", "nll"} & set(words) else None


def missing_metrics(known: RunEvidence) -> Iterator[Finding]:
    """Metrics that earlier runs have and this one lacks, in stages that completed and measured something."""
    if not known.completed:
        return
    mine = {_key(row) for row in known.figures}
    done = {stage for stage in completed_stages(known) if amount(known.content, stage, "metrics")}
    having = Counter(key for past in known.past for key in {_key(row) for row in past.figures})
    groups: dict[tuple[str | None, str | None], list[Key]] = {}
    for key in sorted(having, key=str):
        stage = key[_KEY.index("stage")]
        judged = stage in done if stage is not None else bool(known.figures)
        expected = enough(known.past) and having[key] >= SHARE * len(known.past)
        if judged and expected and key not in mine:
            groups.setdefault((key[0], stage), []).append(key)
    for (name, stage), keys in groups.items():
        slices = [text for key in keys if (text := key[_KEY.index("slice")])]
        runs = min(having[key] for key in keys)
        words = f"{runs} of {count(len(known.past), 'earlier run')} report it"
        words += f", on {listed(slices)}" if slices else ""
        row = {
            "table": "metrics",
            "role": "missing",
            "run_id": known.run_id,
            "stage": stage,
            "name": name,
        }
        yield finding(
            "D504",
            f"metric {name}",
            words,
            [row, history_row(known.past, runs_with_it=runs)],
            run=known.run_id,
            stage=stage,
            past=known.past[0].run_id,
        )


def _earlier(past: Sequence[Past]) -> dict[Key, tuple[float, ...]]:
    """Each figure's finite values in earlier runs, newest first."""
    found: dict[Key, list[float]] = {}
    for each in past:
        for row in each.figures:
            value = row["value"]
            if value is not None and value == value and abs(value) != float("inf"):
                found.setdefault(_key(row), []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def _key(row: Row) -> Key:
    return tuple(row[name] for name in _KEY)


def _named(what: str, name: str, slice: str | None) -> str:
    return f"{what} {name}" + (f" on {slice}" if slice is not None else "")


def _row(table: str, row: Row) -> Evidence:
    renamed = {**row, "score_name": row["name"]} if table == "sample_scores" else row
    return row_of(
        table, renamed, "run_id", "stage", "operation", "score_name" if table == "sample_scores" else "name",
        "scope", "slice", "aggregation", "value", "nans", "infinities", "points", "first_step",
    )  # fmt: skip
