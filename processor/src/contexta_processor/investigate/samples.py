"""Which samples does a run know, and which of them failed?"""

from dataclasses import dataclass
from typing import Any

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, Rows, from_json, iso, rows_of


@dataclass(frozen=True)
class Sample:
    """One sample of a run. `failed`: its status says so, or it carries a failure tag."""

    run_id: str
    stage: str | None
    batch_id: str | None
    sample_id: str
    slices: tuple[str, ...]
    input_summary: str | None
    output_summary: str | None
    expected_summary: str | None
    status: str | None
    failed: bool
    failure_tags: tuple[str, ...]
    redacted: bool
    retrieval: Any
    scores: dict[str, float | None]
    attributes: Any
    occurred_at: int | None
    completeness: str
    captured_by: str | None
    confidence: str

    @classmethod
    def of(cls, run_id: str, row: Row) -> "Sample":
        """From a row of `samples.sql`."""
        same = ("stage", "batch_id", "sample_id", "input_summary", "output_summary")
        also = ("expected_summary", "status", "failed", "occurred_at", "completeness")
        from_where = ("captured_by", "confidence")
        return cls(
            run_id=run_id,
            **{name: row[name] for name in (*same, *also, *from_where)},
            slices=tuple(sorted(row["slices"] or ())),
            failure_tags=tuple(row["failure_tags"] or ()),
            redacted=bool(row["redacted"]),
            retrieval=from_json(row["retrieval"]),
            scores=dict(zip(row["score_names"] or (), row["score_values"] or (), strict=True)),
            attributes=from_json(row["attributes"]) or {},
        )

    @property
    def slice(self) -> str | None:
        """The slice, or several joined by ` & ` (their intersection), or None."""
        return " & ".join(self.slices) or None

    def to_dict(self) -> dict[str, object]:
        """One element of `{"samples": […]}`."""
        return {
            "run_id": self.run_id,
            "stage": self.stage,
            "batch_id": self.batch_id,
            "sample_id": self.sample_id,
            "slice": self.slice,
            "slices": list(self.slices),
            "input_summary": self.input_summary,
            "output_summary": self.output_summary,
            "expected_summary": self.expected_summary,
            "status": self.status,
            "failed": self.failed,
            "failure_tags": list(self.failure_tags),
            "redacted": self.redacted,
            "retrieval": self.retrieval,
            "scores": self.scores,
            "attributes": self.attributes,
            "timestamp": iso(self.occurred_at),
            "completeness": self.completeness,
            "captured_by": self.captured_by,
            "confidence": self.confidence,
        }


@dataclass(frozen=True)
class Samples:
    """Samples by stage, batch and id; `total` and `failed_total` count those that fit, shown or not."""

    run_id: str
    samples: tuple[Sample, ...]
    total: int
    failed_total: int

    def to_dict(self) -> dict[str, object]:
        """`{"samples": […]}`."""
        return {
            "run_id": self.run_id,
            "samples": [sample.to_dict() for sample in self.samples],
            "total": self.total,
            "failed_total": self.failed_total,
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
    query: Query,
    run_id: str,
    *,
    failed: bool = False,
    in_slice: str | None = None,
    tag: str | None = None,
    limit: int | None = None,
) -> Samples:
    """Samples of a run: all, or those that failed, are in a slice, carry a failure tag."""
    given = {"run_id": run_id, "failed": failed, "slice": in_slice, "tag": tag, "limit": limit}
    rows = rows_of(query.query(statement("investigate/samples"), given))
    samples = tuple(Sample.of(run_id, row) for row in rows)
    first = rows[0] if rows else {"total": 0, "failed_total": 0}
    return Samples(run_id, samples, first["total"], first["failed_total"])
