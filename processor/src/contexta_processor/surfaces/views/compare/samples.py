"""What became of the samples: counts first, then those that broke and those that were fixed, worst first."""

from collections.abc import Sequence

from contexta_processor.investigate.compare.result import Comparison
from contexta_processor.investigate.compare.samples import ChangedSample
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text

SHOWN = 10
_SHOWN_FIXED = 5
_LONGEST = 60


def sample_blocks(result: Comparison) -> list[Block]:
    """Nothing where neither run has a sample."""
    found = result.samples
    if not found.total:
        return []
    told = [f"{found.paired:,} of {found.total:,} paired"]
    counts = (
        (found.broke_count, "broke"),
        (found.fixed_count, "fixed"),
        (found.same_passed, "passed in both"),
        (found.same_failed, "failed in both"),
    )
    if any(count for count, _ in counts):
        told += [f"{count:,} {word}" for count, word in counts]
    rest = (
        (found.only_baseline, "only in the baseline"),
        (found.only_candidate, "only in the candidate"),
        (found.skipped, "skipped by the candidate"),
        (found.undecided, "without a status"),
    )
    told += [f"{count:,} {word}" for count, word in rest if count]
    told += [f"in {found.groups:,} groups"] if found.groups else []
    return [
        Line.of(Cell("Samples  ", "strong"), " · ".join(told)),
        *_unpaired(found.only_baseline_ids, found.only_baseline, "baseline"),
        *_unpaired(found.only_candidate_ids, found.only_candidate, "candidate"),
        *_changed("BROKE", found.broke[:SHOWN], found.broke_count),
        *_changed("FIXED", found.fixed[:_SHOWN_FIXED], found.fixed_count),
    ]


def _unpaired(ids: Sequence[str], count: int, side: str) -> list[Block]:
    if not count:
        return []
    listed = ids[:SHOWN]
    more = f" and {count - len(listed):,} more" if count > len(listed) else ""
    return [Line.of(Cell(f"only in the {side}: {', '.join(listed)}{more}", "dim"))]


def _changed(title: str, samples: Sequence[ChangedSample], count: int) -> list[Block]:
    if not samples:
        return []
    outputs = any(each.baseline_output or each.candidate_output for each in samples)
    columns = [
        Column(title, wrap=True),
        Column("SLICES", wrap=True),
        Column("FAILURE TAGS", wrap=True),
    ]
    if outputs:
        columns += [
            Column("BASE OUTPUT", wrap=True, optional=1),
            Column("CAND OUTPUT", wrap=True, optional=1),
        ]
    rows: list[list[Text]] = []
    for each in samples:
        row: list[Text] = [each.sample_id, ", ".join(each.slices), ", ".join(each.failure_tags)]
        if outputs:
            row += [_short(each.baseline_output), _short(each.candidate_output)]
        rows.append(row)
    blocks: list[Block] = [Table(tuple(columns), rows)]
    if count > len(rows):
        blocks.append(
            Line.of(Cell(f"{count - len(rows):,} more: --json --samples 0 has all", "dim"))
        )
    return blocks


def _short(text: str | None) -> str:
    told = text or "–"
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"
