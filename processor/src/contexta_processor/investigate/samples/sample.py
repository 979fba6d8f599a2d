"""One sample as a run knows it."""

from dataclasses import dataclass
from typing import Any

from contexta_processor.investigate.results import Row, from_json, iso


@dataclass(frozen=True)
class Sample:
    """One sample of a run. `failed`: its status says so, or it has none and carries a failure tag."""

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
        """From a row of `listing.sql`."""
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
