"""Where evidence belongs: run, stage, operation, batch, sample. It travels with every item."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from contexta.base.coerce import Attributes
from contexta_semconv import attributes as names


@dataclass(frozen=True, slots=True)
class Address:
    """One place in the evidence. Narrower places are made with `inside`."""

    run_id: str | None = None
    project: str | None = None
    stage: str | None = None
    operation: str | None = None
    batch: str | None = None
    sample: str | None = None
    deployment: str | None = None
    attributes: Attributes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        parts = (
            self.run_id,
            self.project,
            self.stage,
            self.operation,
            self.batch,
            self.sample,
            self.deployment,
        )
        present: Attributes = {
            key: part for key, part in zip(_KEYS, parts, strict=True) if part is not None
        }
        object.__setattr__(self, "attributes", present)

    def in_run(self, run_id: str, project: str | None) -> Address:
        """The address of a run of its own: nothing narrower is inherited."""
        return Address(run_id=run_id, project=project)

    def in_stage(self, stage: str) -> Address:
        """A stage of this run; operation, batch and sample start anew."""
        return Address(run_id=self.run_id, project=self.project, stage=stage)

    def in_operation(self, operation: str) -> Address:
        """The innermost operation is the one that is named."""
        return Address(
            self.run_id,
            self.project,
            self.stage,
            operation,
            self.batch,
            self.sample,
            self.deployment,
        )

    def in_batch(self, batch: str) -> Address:
        """A batch inside this stage."""
        return replace(self, batch=batch)

    def in_sample(self, sample: str) -> Address:
        """A sample inside this batch or stage."""
        return replace(self, sample=sample)

    def in_deployment(self, deployment: str) -> Address:
        """A deployment; it keeps the run it is made from, if there is one around it."""
        return replace(self, deployment=deployment)


_KEYS: Final = (
    names.CONTEXTA_RUN_ID,
    names.CONTEXTA_PROJECT_NAME,
    names.CONTEXTA_STAGE_NAME,
    names.CONTEXTA_OPERATION_NAME,
    names.CONTEXTA_BATCH_ID,
    names.CONTEXTA_SAMPLE_ID,
    names.DEPLOYMENT_ID,
)

NOWHERE: Final = Address()
