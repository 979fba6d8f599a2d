"""`contexta.log_…`: the same calls as on a scope, on the innermost one that is open here."""

from __future__ import annotations

from typing import Final

from contexta.base.misuse import guarded, misuse
from contexta.emitter.lifecycle import is_off
from contexta.records.records import Records, Sink
from contexta.scopes import process_run
from contexta.scopes.joining import environment_for
from contexta.scopes.run_scope import current_run


class _Innermost(Records):
    def _sink(self, call: str) -> Sink | None:
        scope = process_run.innermost()
        if scope is None and not is_off():
            misuse(
                "outside",
                f"{call} outside any run: nothing is recorded; "
                'put it inside `with contexta.run("project"):`',
                everywhere=True,
            )
        return scope


_innermost: Final = _Innermost()

log_metric = _innermost.log_metric
log_metrics = _innermost.log_metrics
log_series = _innermost.log_series
log_event = _innermost.log_event
log_sample = _innermost.log_sample
log_artifact = _innermost.log_artifact
log_dataset = _innermost.log_dataset
log_environment = _innermost.log_environment
log_code = _innermost.log_code
log_configuration = _innermost.log_configuration
log_relation = _innermost.log_relation
log_promotion = _innermost.log_promotion
log_degraded = _innermost.log_degraded


@guarded(dict[str, str]())
def child_env() -> dict[str, str]:
    """Variables with which a subprocess joins the run around here: its `run()` becomes part of it.

    Use it as `env={**os.environ, **contexta.child_env()}`. Empty outside any run.
    """
    run = current_run()
    return {} if run is None else environment_for(run, run.project, run.type)
