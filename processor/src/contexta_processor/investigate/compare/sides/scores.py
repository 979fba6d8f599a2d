"""Scores that the runs of two sides gave to samples, as arrays: one block per score and stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import pyarrow as pa

from contexta_processor.investigate.compare.scores import (
    PASSED,
    Floats,
    Indices,
    Mask,
    coded,
    renumbered,
    score_columns,
    slices_of,
)
from contexta_processor.investigate.compare.sides.members import Members
from contexta_processor.investigate.compare.sides.samples import PassShares, SideSampleTable


@dataclass(frozen=True)
class SideBlock:
    """One score in one stage. members: which samples, ascending.

    values: shape (runs, samples), the baseline's runs first; NaN: not scored there, or NaN.
    """

    name: str
    stage: str | None
    members: Indices
    values: Floats

    @cached_property
    def shared(self) -> Mask:
        """Which samples have a finite number in every run."""
        return np.logical_and.reduce(np.isfinite(self.values), axis=0)


@dataclass(frozen=True)
class SideScores:
    """All scores. ids: samples by number; slices: slice → samples in it; groups: as for two runs' ScoreTable."""

    ids: Sequence[str]
    blocks: tuple[SideBlock, ...]
    slices: Mapping[str, Indices]
    groups: Mapping[int, str]
    members: Members

    def inside(self, block: SideBlock, slice_: str | None) -> Mask:
        """Which samples of the block are in a slice; all without one."""
        if slice_ is None:
            return np.ones(len(block.members), np.bool_)
        return np.isin(block.members, self.slices[slice_])

    def groups_of(self, members: Indices) -> list[str | None] | None:
        """The group of each of some samples, None for a sample without; None if nothing groups them."""
        return [self.groups.get(each) for each in members.tolist()] if self.groups else None

    @property
    def slices_of_ids(self) -> dict[str, list[str]]:
        """Sample id → the slices it is in."""
        found: dict[str, list[str]] = {}
        for name, members in self.slices.items():
            for member in cast("list[int]", members.tolist()):
                found.setdefault(self.ids[member], []).append(name)
        return found

    @property
    def passed(self) -> PassShares:
        """In how many runs of either side a sample passed that every run judged with 0 or 1."""
        first = len(self.members.baseline.runs)
        sides: tuple[dict[tuple[str | None, str], int], ...] = ({}, {})
        for block in self.blocks:
            chosen = np.flatnonzero(block.shared) if block.name == PASSED else ()
            for index in chosen:
                place = (block.stage, self.ids[int(block.members[index])])
                column = block.values[:, index] == 1.0
                sides[0][place] = int(column[:first].sum())
                sides[1][place] = int(column[first:].sum())
        return PassShares(*sides)


def load_side_scores(
    scores: pa.Table, slices: pa.Table, samples: SideSampleTable, members: Members
) -> SideScores:
    """Rows of scores.sql and slices.sql as arrays."""
    score_ids, score_rows = coded(scores, "sample_id")
    slice_ids, slice_rows = coded(slices, "sample_id")
    ids = sorted({*samples.sample_id, *score_ids, *slice_ids})
    number = {name: index for index, name in enumerate(ids)}
    rows = renumbered(score_ids, number)[score_rows]
    blocks = tuple(
        SideBlock(
            told.name, told.stage, told.members, np.stack([values for values, _ in told.runs])
        )
        for told in score_columns(scores, rows, len(ids), members.runs)
    )
    return SideScores(
        ids=ids,
        blocks=blocks,
        slices=dict(slices_of(slices, renumbered(slice_ids, number)[slice_rows])),
        groups={
            number[id]: group
            for id, group in zip(samples.sample_id, samples.group, strict=True)
            if group is not None
        },
        members=members,
    )
