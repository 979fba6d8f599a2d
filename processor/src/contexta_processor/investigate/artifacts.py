"""What did a run produce, and what did it consume?"""

from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.lineage.taint import Taint, tainted
from contexta_processor.investigate.results import Rows, iso, present, rows_of


@dataclass(frozen=True)
class Artifact:
    """One artifact as one run has to do with it; `role` is produced or consumed.

    sha256: of the bytes of a file. fingerprint: `algorithm:hex` of the content of a data set in memory.
    verified: what its last check found (match, mismatch, missing, not_verifiable); None: it was never checked.
    tainted: why it may not be relied on, or None.
    """

    role: str
    artifact_id: str
    kind: str | None
    produced_by_run: str | None
    stage: str | None
    path: str | None
    sha256: str | None
    fingerprint: str | None
    size_bytes: int | None
    version: str | None
    summarizes_run: str | None
    derived_from: tuple[str, ...]
    occurred_at: int | None
    completeness: str
    captured_by: str | None
    confidence: str
    verified: str | None = None
    verified_at: int | None = None
    verified_reason: str | None = None
    observed_sha256: str | None = None
    tainted: Taint | None = None

    def to_dict(self) -> dict[str, object]:
        """One element of `artifacts` or `consumed`; what is not known is left out."""
        return present(
            artifact_id=self.artifact_id,
            kind=self.kind,
            produced_by_stage=self.stage,
            produced_by_run=self.produced_by_run if self.role == "consumed" else None,
            path=self.path,
            sha256=self.sha256,
            fingerprint=self.fingerprint,
            size_bytes=self.size_bytes,
            version=self.version,
            summarizes_run=self.summarizes_run,
            derived_from=list(self.derived_from) or None,
            timestamp=iso(self.occurred_at),
            completeness=self.completeness,
            captured_by=self.captured_by,
            confidence=self.confidence,
            verification=self._verification(),
            tainted=self.tainted.to_dict() if self.tainted else None,
        )

    def _verification(self) -> dict[str, object] | None:
        if self.verified is None:
            return None
        return present(
            result=self.verified,
            verified_at=iso(self.verified_at),
            reason=self.verified_reason,
            observed_sha256=self.observed_sha256,
        )


@dataclass(frozen=True)
class Artifacts:
    """What a run produced, then what it consumed."""

    run_id: str
    produced: tuple[Artifact, ...]
    consumed: tuple[Artifact, ...]

    def to_dict(self) -> dict[str, object]:
        """`{"run_id": …, "artifacts": [what it produced], "consumed": […]}`."""
        return {
            "run_id": self.run_id,
            "artifacts": [artifact.to_dict() for artifact in self.produced],
            "consumed": [artifact.to_dict() for artifact in self.consumed],
        }

    def rows(self) -> Rows:
        """One row per artifact."""
        columns = ("role", "artifact_id", "kind", "stage", "path", "sha256", "size_bytes")
        also = ("fingerprint", "version", "summarizes_run", "captured_by", "confidence", "verified")
        return Rows(
            (*columns, *also, "verified_at"),
            [
                [
                    *(getattr(artifact, column) for column in (*columns, *also)),
                    iso(artifact.verified_at),
                ]
                for artifact in (*self.produced, *self.consumed)
            ],
        )


def list_artifacts(query: Query, run_id: str) -> Artifacts:
    """Artifacts of a run."""
    rows = rows_of(query.query(statement("investigate/artifacts"), {"run_id": run_id}))
    marks = tainted(query, [row["artifact_id"] for row in rows])
    for row in rows:
        row["derived_from"] = tuple(row["derived_from"] or ())
        row["tainted"] = marks.get(row["artifact_id"])
    found = tuple(Artifact(**row) for row in rows)
    return Artifacts(
        run_id,
        tuple(artifact for artifact in found if artifact.role == "produced"),
        tuple(artifact for artifact in found if artifact.role == "consumed"),
    )
