"""Emit ML evidence as plain OpenTelemetry.

    import contexta

    with contexta.run("rag-support-bot", type="evaluation"):
        with contexta.stage("evaluate"):
            contexta.log_metric("faithfulness", 0.72, slice="refund_questions")

Scopes are nouns (they open and close), records are `log_…` (they happen). Everything leaves as
finished spans over OTLP, to `CONTEXTA_ENDPOINT` or where the `OTEL_EXPORTER_OTLP_*` variables say.
Nothing here raises into the job, and importing it starts nothing.
"""

from contexta.base.misuse import ContextaUsageError
from contexta.base.version import VERSION as __version__
from contexta.emitter.lifecycle import configure, dropped, flush, shutdown
from contexta.scopes.deployment_scope import deployment
from contexta.scopes.every_scope import answer_for_open_scopes
from contexta.scopes.innermost import (
    child_env,
    log_artifact,
    log_code,
    log_configuration,
    log_dataset,
    log_degraded,
    log_environment,
    log_event,
    log_metric,
    log_metrics,
    log_promotion,
    log_relation,
    log_sample,
    log_series,
)
from contexta.scopes.run_scope import current_run, run
from contexta.scopes.work import batch, operation, sample, stage

answer_for_open_scopes()

__all__ = [
    "ContextaUsageError",
    "__version__",
    "batch",
    "child_env",
    "configure",
    "current_run",
    "deployment",
    "dropped",
    "flush",
    "log_artifact",
    "log_code",
    "log_configuration",
    "log_dataset",
    "log_degraded",
    "log_environment",
    "log_event",
    "log_metric",
    "log_metrics",
    "log_promotion",
    "log_relation",
    "log_sample",
    "log_series",
    "operation",
    "run",
    "sample",
    "shutdown",
    "stage",
]
