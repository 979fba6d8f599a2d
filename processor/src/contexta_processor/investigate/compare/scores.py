"""Scores of the same samples in two runs, as arrays: one block per score and stage."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.compare.samples import JUDGED, SampleTable

if TYPE_CHECKING:
    import pyarrow as pa

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

PASSED = "passed"
"""The name of pass or fail itself as a figure, 1 for a sample that passed."""


@dataclass(frozen=True)
class Block:
    """One score in one stage. members: which samples, ascending; NaN in a side: not scored there, or NaN.

    Shapes: (samples scored in either run,).
    """

    name: str
    stage: str | None
    members: Indices
    baseline: Floats
    candidate: Floats
    in_baseline: Mask
    in_candidate: Mask

    @property
    def paired(self) -> Mask:
        """Which members have a finite number on both sides."""
        return np.isfinite(self.baseline) & np.isfinite(self.candidate)


@dataclass(frozen=True)
class ScoreTable:
    """All scores. Samples are numbered by id: `ids[index]`.

    slices: slice → samples in it, ascending. groups: one number per sample, -1 where none is told; None if
    nothing groups them. shared: which samples both runs have.
    """

    ids: Sequence[str]
    blocks: tuple[Block, ...]
    slices: Mapping[str, Indices]
    groups: Indices | None
    shared: Mask

    def slice_mask(self, block: Block, name: str) -> Mask:
        """Which members of the block are in a slice."""
        inside = np.zeros(len(self.ids), dtype=np.bool_)
        inside[self.slices[name]] = True
        return inside[block.members]

    def groups_of(self, members: Indices) -> list[int | None] | None:
        """The group of each of some samples, None for a sample without; None if nothing groups them."""
        if self.groups is None:
            return None
        return [None if group < 0 else group for group in self.groups[members].tolist()]


FEW_ROWS = 10_000
"""Below, a dict is faster than pyarrow.compute, whose import takes 20 ms of a command's time."""


def load_scores(
    scores: "pa.Table", slices: "pa.Table", samples: SampleTable, *, baseline: str, candidate: str
) -> ScoreTable | None:
    """Rows of scores.sql and slices.sql as arrays, pass or fail added as a score; None without any.

    baseline, candidate: run ids.
    """
    score_ids, score_rows = coded(scores, "sample_id")
    slice_ids, slice_rows = coded(slices, "sample_id")
    ids = sorted({*samples.sample_id, *score_ids, *slice_ids})
    number = {name: index for index, name in enumerate(ids)}
    members = renumbered(score_ids, number)[score_rows]
    blocks = list(_blocks(scores, members, len(ids), (baseline, candidate)))
    if not any(block.name == PASSED for block in blocks):
        blocks += _pass_blocks(samples, number)
    if not blocks:
        return None
    of_samples = renumbered(samples.sample_id, number)
    both = np.asarray(samples.in_baseline, np.bool_) & np.asarray(samples.in_candidate, np.bool_)
    shared = np.zeros(len(ids), dtype=np.bool_)
    shared[of_samples[both]] = True
    return ScoreTable(
        ids=ids,
        blocks=tuple(blocks),
        slices=dict(slices_of(slices, renumbered(slice_ids, number)[slice_rows])),
        groups=_groups(samples, of_samples, len(ids)),
        shared=shared,
    )


def coded(table: "pa.Table", column: str) -> tuple[list[Any], Indices]:
    """A column as its distinct values, and the place among them of each row (-1 for none)."""
    if len(table) < FEW_ROWS:
        places: dict[Any, int] = {}
        values = table.column(column).to_pylist()
        codes = [-1 if value is None else places.setdefault(value, len(places)) for value in values]
        return list(places), np.array(codes, dtype=np.int64)
    coded = table.column(column).combine_chunks().dictionary_encode()
    chunk: Any = coded.chunk(0) if hasattr(coded, "chunk") else coded
    rows = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return chunk.dictionary.to_pylist(), rows


def renumbered(ids: Sequence[str], number: Mapping[str, int]) -> Indices:
    """The number of each id."""
    return np.fromiter((number[name] for name in ids), dtype=np.int64, count=len(ids))


def _runs_of(*codes: Indices) -> Iterator[tuple[int, int]]:
    """Stretches of rows, from and up to, in which all codes stay what they are."""
    count = len(codes[0])
    if not count:
        return
    turns = np.zeros(count - 1, dtype=np.bool_)
    for code in codes:
        turns |= code[1:] != code[:-1]
    ends = [*(np.flatnonzero(turns) + 1).tolist(), count]
    yield from zip([0, *ends[:-1]], ends, strict=True)


def _blocks(
    scores: "pa.Table", members: Indices, count: int, runs: tuple[str, str]
) -> Iterator[Block]:
    """One block per name and stage, in that order; members: the sample of each row, below `count`."""
    for told in score_columns(scores, members, count, runs):
        (before, has_before), (after, has_after) = told.runs
        yield Block(
            name=told.name,
            stage=told.stage,
            members=told.members,
            baseline=before,
            candidate=after,
            in_baseline=has_before,
            in_candidate=has_after,
        )


@dataclass(frozen=True)
class ScoreColumns:
    """One score in one stage: which samples, ascending, and for each run its values (NaN: none) and where it has one."""

    name: str
    stage: str | None
    members: Indices
    runs: tuple[tuple[Floats, Mask], ...]


def score_columns(
    scores: "pa.Table", members: Indices, count: int, runs: Sequence[str]
) -> Iterator[ScoreColumns]:
    """Rows of scores.sql by name and stage, in that order; members: the sample of each row, below `count`."""
    names, of_name = coded(scores, "name")
    stages, of_stage = coded(scores, "stage")
    run_ids, of_run = coded(scores, "run_id")
    values: Floats = scores.column("value").to_numpy()
    told = [of_run == (run_ids.index(run) if run in run_ids else -2) for run in runs]
    kinds = of_name * (len(stages) + 1) + of_stage + 1
    places, row_of = np.unique(kinds * count + members, return_inverse=True)
    means = [_means(values[run], row_of[run], len(places)) for run in told]
    found = [
        (names[kind // (len(stages) + 1)], [None, *stages][kind % (len(stages) + 1)], start, end)
        for start, end in _runs_of(places // max(count, 1))
        for kind in (int(places[start]) // count,)
    ]
    for name, stage, start, end in sorted(found, key=lambda one: (one[0], one[1] or "")):
        yield ScoreColumns(
            name=name,
            stage=stage,
            members=places[start:end] % count,
            runs=tuple((mean[start:end], present[start:end]) for mean, present in means),
        )


def _means(values: Floats, places: Indices, count: int) -> tuple[Floats, Mask]:
    """The mean of the values at each place, NaN where there is none; and where there is one."""
    told = np.bincount(places, minlength=count)
    sums = np.bincount(places, weights=values, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(told > 0, sums / told, np.nan), told > 0


def _pass_blocks(samples: SampleTable, number: Mapping[str, int]) -> Iterator[Block]:
    """1 for passed, 0 for failed or error, per stage; samples nobody judged are not in it."""
    stages = sorted({*samples.stage}, key=lambda stage: (stage is not None, stage or ""))
    for stage in stages:
        rows = [
            row
            for row in range(len(samples))
            if samples.stage[row] == stage
            and (samples.baseline[row] in JUDGED or samples.candidate[row] in JUDGED)
        ]
        if rows:
            before, after = (
                np.array([_passed(side[row]) for row in rows], dtype=np.float64)
                for side in (samples.baseline, samples.candidate)
            )
            yield Block(
                name=PASSED,
                stage=stage,
                members=renumbered([samples.sample_id[row] for row in rows], number),
                baseline=before,
                candidate=after,
                in_baseline=~np.isnan(before),
                in_candidate=~np.isnan(after),
            )


def _passed(status: str | None) -> float:
    return float("nan") if status not in JUDGED else float(status == PASSED)


def slices_of(slices: "pa.Table", members: Indices) -> Iterator[tuple[str, Indices]]:
    """Each slice with its samples, ascending; members: the sample of each row of slices.sql."""
    names, of_name = coded(slices, "slice")
    for start, end in _runs_of(of_name):
        yield names[int(of_name[start])], np.sort(members[start:end])


def _groups(samples: SampleTable, of_samples: Indices, count: int) -> Indices | None:
    names = sorted({group for group in samples.group if group is not None})
    if not names:
        return None
    number = {name: index for index, name in enumerate(names)}
    groups = np.full(count, -1, dtype=np.int64)
    groups[of_samples] = [-1 if group is None else number[group] for group in samples.group]
    return groups
