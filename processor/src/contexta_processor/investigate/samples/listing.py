"""Which samples does a run know, and which of them failed?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.known_names import require_known
from contexta_processor.investigate.results import Rows, rows_of
from contexta_processor.investigate.samples.sample import Sample


@dataclass(frozen=True)
class Picked:
    """Which samples are asked about; None for any. failed: only those that failed or carry a failure tag."""

    failed: bool = False
    in_slice: str | None = None
    tag: str | None = None
    stage: str | None = None
    ids: Sequence[str] | None = None

    def params(self, run_id: str) -> Mapping[str, object]:
        """As the statements of this package take it."""
        return {
            "run_id": run_id,
            "failed": self.failed,
            "slice": self.in_slice,
            "tag": self.tag,
            "stage": self.stage,
            "ids": None if self.ids is None else list(self.ids),
        }

    def require_known(self, query: Query, run_id: str) -> None:
        """Where nothing fits: refuse a slice or stage that no run of the project has. A failure tag may well be one that
        nothing ever got.

        Raises: ContextaError with Exit.UNDECIDED.
        """
        asked = {"slice": self.in_slice, "stage": self.stage}
        require_known(query, run_id, asked, see=f"contexta samples {run_id}")


EVERY = Picked()


@dataclass(frozen=True)
class Samples:
    """Samples by stage, batch and id; `total` and `failed_total` count those that fit, shown or not.

    missing: ids that were asked for and that the run does not know at all.
    """

    run_id: str
    samples: tuple[Sample, ...]
    total: int
    failed_total: int
    missing: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """`{"samples": […]}`."""
        return {
            "run_id": self.run_id,
            "samples": [sample.to_dict() for sample in self.samples],
            "total": self.total,
            "failed_total": self.failed_total,
            **({"missing": list(self.missing)} if self.missing else {}),
        }

    def score_names(self) -> tuple[str, ...]:
        """Every score any of the samples has, sorted."""
        return tuple(sorted({name for sample in self.samples for name in sample.scores}))

    def rows(self) -> Rows:
        """One row per sample, a column per score."""
        names = self.score_names()
        columns = ("stage", "batch_id", "sample_id", "slice", "status", "failed", "failure_tags")
        texts = ("input_summary", "output_summary", "expected_summary")
        return Rows(
            (*columns, *(f"score.{name}" for name in names), *texts),
            [
                (
                    *(getattr(sample, column) for column in columns[:-1]),
                    ", ".join(sample.failure_tags),
                    *(sample.scores.get(name) for name in names),
                    *(getattr(sample, text) for text in texts),
                )
                for sample in self.samples
            ],
        )


def list_samples(
    query: Query, run_id: str, picked: Picked = EVERY, *, limit: int | None = None
) -> Samples:
    """Samples of a run, at most `limit` of them.

    Raises: ContextaError with Exit.UNDECIDED if none fits and no run of the project knows such a slice or stage.
    """
    given = {**picked.params(run_id), "limit": limit}
    rows = rows_of(query.query(statement("investigate/samples/listing"), given))
    samples = tuple(Sample.of(run_id, row) for row in rows)
    if not rows and limit != 0:
        picked.require_known(query, run_id)
    first = rows[0] if rows else {"total": 0, "failed_total": 0}
    missing = () if picked.ids is None else _missing(query, run_id, picked.ids)
    return Samples(run_id, samples, first["total"], first["failed_total"], missing)


def _missing(query: Query, run_id: str, ids: Sequence[str]) -> tuple[str, ...]:
    asked = {"run_id": run_id, "ids": list(ids)}
    known = query.query(statement("investigate/samples/known_ids"), asked)
    return tuple(sorted({*ids} - {*known.column("sample_id").to_pylist()}))
