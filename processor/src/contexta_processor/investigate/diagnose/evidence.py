"""Everything a diagnosis rests on, of one run: what rules take."""

from dataclasses import dataclass
from typing import Final

from contexta_processor.investigate.lineage.taint import Taint
from contexta_processor.investigate.results import Row

LEAST_POINTS: Final = 10
"""A metric with fewer points over steps is no curve."""

Rows = tuple[Row, ...]


@dataclass(frozen=True)
class Past:
    """An earlier completed run of the same project and type: what of it says what is usual."""

    run_id: str
    stages: Rows
    content: Rows
    figures: Rows
    artifacts: Rows
    batch_pace: Rows


@dataclass(frozen=True)
class RunEvidence:
    """What is known of one run: rows of the statement of each field's name. past: newest first.

    deployments: those of this run, or of what it produced; checks, links, promotions: theirs.
    taints: of the run, of what it consumed and of what it produced. alike: what the past runs have in common with it.
    """

    run: Row
    stages: Rows = ()
    content: Rows = ()
    figures: Rows = ()
    nonfinite: Rows = ()
    curves: Rows = ()
    markers: Rows = ()
    operations: Rows = ()
    batches: Rows = ()
    batch_pace: Rows = ()
    producers: Rows = ()
    ranks: Rows = ()
    rank_siblings: Rows = ()
    completeness: Rows = ()
    context: Row | None = None
    artifacts: Rows = ()
    verifications: Rows = ()
    same_content: Rows = ()
    deployments: Rows = ()
    checks: Rows = ()
    links: Rows = ()
    promotions: Rows = ()
    taints: tuple[Taint, ...] = ()
    past: tuple[Past, ...] = ()
    alike: tuple[str, ...] = ()

    @property
    def run_id(self) -> str:
        """The run that is judged."""
        return self.run["run_id"]

    @property
    def ended(self) -> bool:
        """Whether it is over, however it ended: only then is what is missing judged."""
        return self.run["status"] != "running"

    @property
    def completed(self) -> bool:
        """Whether it says that it did all it meant to."""
        return self.run["status"] == "completed"
