"""Being part of a run that another process began: what a parent hands its child, and ranks.

A child process finds CONTEXTA_RUN_ID and TRACEPARENT in its environment; its `run()` then emits a
run span of its own with the same run id, as a child of the parent's span.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context
from opentelemetry.trace import get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from contexta.base.coerce import Attributes
from contexta_semconv import attributes as names

if TYPE_CHECKING:
    from contexta.scopes.scope import Scope

_RUN_ID: Final = "CONTEXTA_RUN_ID"
_RUN_TYPE: Final = "CONTEXTA_RUN_TYPE"
_PROJECT: Final = "CONTEXTA_PROJECT"
_TRACEPARENT: Final = "TRACEPARENT"
_TRACESTATE: Final = "TRACESTATE"

_propagator: Final = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class Outside:
    """The run of the process that started this one."""

    run_id: str
    run_type: str | None
    project: str | None
    carrier: dict[str, str]


def outside() -> Outside | None:
    """The run in the environment, if there is one."""
    run_id = os.environ.get(_RUN_ID, "").strip()
    if not run_id:
        return None
    present = ((key.lower(), os.environ.get(key)) for key in (_TRACEPARENT, _TRACESTATE))
    return Outside(
        run_id,
        os.environ.get(_RUN_TYPE) or None,
        os.environ.get(_PROJECT) or None,
        {key: value for key, value in present if value},
    )


def under(run: Outside, context: Context) -> Context:
    """`context` below the span of the other process; a span that is current here already stays."""
    if get_current_span(context).get_span_context().is_valid:
        return context
    return _propagator.extract(run.carrier, context)


def environment_for(run: Scope, project: str | None, run_type: str) -> dict[str, str]:
    """The variables with which a child process joins `run`."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    variables = {_RUN_ID: run.id, _RUN_TYPE: run_type}
    if project:
        variables[_PROJECT] = project
    return {**variables, **{key.upper(): value for key, value in carrier.items()}}


def rank() -> Attributes:
    """Rank and world size as the launcher put them in the environment; both or neither, and always
    from one launcher: torchrun inside a Slurm step is torchrun's."""
    for rank_variable, size_variable in _LAUNCHERS:
        rank = os.environ.get(rank_variable, "").strip()
        size = os.environ.get(size_variable, "").strip()
        if rank.isdecimal() and size.isdecimal() and int(rank) < int(size) <= _MOST_RANKS:
            return {
                names.CONTEXTA_PROCESS_RANK: int(rank),
                names.CONTEXTA_PROCESS_WORLD_SIZE: int(size),
            }
    return {}


_LAUNCHERS: Final = (
    ("RANK", "WORLD_SIZE"),  # torchrun, accelerate, deepspeed, Kubeflow
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),  # Open MPI
    ("PMI_RANK", "PMI_SIZE"),  # MPICH, Intel MPI
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),  # MVAPICH2
    ("HOROVOD_RANK", "HOROVOD_SIZE"),
    ("FLUX_TASK_RANK", "FLUX_JOB_SIZE"),
    # A batch script has SLURM_PROCID=0 and SLURM_NTASKS=N too, alone as it is; only a step counts.
    ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
)
_MOST_RANKS: Final = 10_000_000
