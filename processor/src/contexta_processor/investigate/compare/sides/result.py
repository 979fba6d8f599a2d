"""The answer to what changed between several runs and several others."""

from collections.abc import Mapping
from dataclasses import dataclass

from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.overall import Overall
from contexta_processor.investigate.compare.result import Comparison
from contexta_processor.investigate.compare.sides.conditions import Varying
from contexta_processor.investigate.compare.sides.durations import DurationOverRuns
from contexta_processor.investigate.compare.sides.figures import FigureOverRuns, spread_of
from contexta_processor.investigate.compare.sides.members import Members
from contexta_processor.investigate.compare.sides.samples import SideSamples
from contexta_processor.investigate.compare.sides.stages import StageOverRuns
from contexta_processor.investigate.results import Kind, Rows, whole

KINDS: Mapping[str, Kind] = {
    "baseline_n_runs": "integer",
    "candidate_n_runs": "integer",
    "n_runs_needed": "integer",
    "baseline_stddev": "number",
    "candidate_stddev": "number",
    "single_run_reach": "number",
}
"""What several runs a side add to the columns of figures."""


@dataclass(frozen=True)
class SideComparison:
    """The answer to `contexta compare` where a side is several runs. See `to_dict` for its public shape.

    told: what it comes to, in the shape of two runs: figures are means over a side's runs. figures: the same figures,
    in the same order, with every run's value.
    """

    told: Comparison
    members: Members
    figures: tuple[FigureOverRuns, ...]
    samples: SideSamples
    stages: tuple[StageOverRuns, ...]
    durations: tuple[DurationOverRuns, ...]
    varying: tuple[Varying, ...]

    @property
    def baseline_run(self) -> str:
        """The baseline as it was named."""
        return self.told.baseline_run

    @property
    def candidate_run(self) -> str:
        """The candidate as it was named."""
        return self.told.candidate_run

    @property
    def metrics(self) -> tuple[MetricDelta, ...]:
        """The figures as those of two runs."""
        return self.told.metrics

    @property
    def overall(self) -> Overall:
        """What it comes to."""
        return self.told.overall

    def to_dict(self) -> dict[str, object]:
        """The shape of two runs' comparison, with what several runs add."""
        return {"comparison": self.document()}

    def document(self) -> dict[str, object]:
        """What `comparison` holds; `artifacts` are those of single runs, and are not in it."""
        told = self.told.document()
        del told["artifacts"]
        return {
            **told,
            "baseline_runs": list(self.members.baseline.runs),
            "candidate_runs": list(self.members.candidate.runs),
            "metrics": [each.to_dict() for each in self.figures],
            "samples": self.samples.to_dict(),
            "stages": [each.to_dict() for each in self.stages],
            "durations": [each.to_dict() for each in self.durations],
            "differences": [each.to_dict() for each in self.varying],
        }

    def rows(self) -> Rows:
        """The figures, each with its place, interval and verdict, and how far the runs lie apart."""
        table = self.told.rows()
        more = [_more(each) for each in self.figures]
        values = [(*row, *rest) for row, rest in zip(table.values, more, strict=True)]
        return Rows((*table.columns, *KINDS), values, {**table.kinds, **KINDS})


def _more(each: FigureOverRuns) -> tuple[object, ...]:
    return (
        len(each.baseline),
        len(each.candidate),
        each.row.n_runs_needed,
        whole(spread_of(each.baseline.values())),
        whole(spread_of(each.candidate.values())),
        whole(each.single_run_reach),
    )


AnyComparison = Comparison | SideComparison
"""Of one run with one, or of several."""
