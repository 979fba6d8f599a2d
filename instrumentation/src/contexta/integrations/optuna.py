"""Optuna: a study is a stage, its trials are child runs with parameters, values and their end.

| in Optuna | in the evidence |
|---|---|
| `study.optimize` | a stage `optimize NAME` of the run around it |
| a trial | a run of type trial, child of that run: parameters as configuration, values as metrics |
| `trial.report` | a metric with its step |
| complete, pruned, failed | completed; cancelled, tagged `optuna.state=pruned`; failed, with the error |
| the best trial | a relation `best_trial` from the run to it, its value and parameters on the run |
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import ModuleType
from typing import Any, Final

from opentelemetry import context as otel_context

from contexta.base import coerce
from contexta.integrations.calls import place
from contexta.integrations.evidence import memory_of, plain
from contexta.integrations.instrumentor import Instrumentor, Patch
from contexta.integrations.patches import Begin, Patches, Told, argument, quietly
from contexta.scopes.run_scope import Run, current_run, run
from contexta.scopes.scope import Scope
from contexta.scopes.work import stage
from contexta_semconv import attributes as names

CAPTURED_BY: Final = "contexta.integrations.optuna"
_STATE: Final = f"{names.CONTEXTA_RUN_TAG_PREFIX}optuna.state"

_trial_run: Final[ContextVar[Run | None]] = ContextVar("contexta-optuna-trial", default=None)


class OptunaInstrumentor(Instrumentor):
    """Tells about studies and trials, whether by `optimize` or by `ask` and `tell`."""

    targets = ("optuna >= 3.6, < 6",)

    def hooks(self) -> Mapping[str, Patch]:
        """Studies and the trials that are handed to objectives."""
        return {"optuna.study.study": _patch_study, "optuna.trial._trial": _patch_trial}


def _patch_study(module: ModuleType, patches: Patches) -> None:
    patches.observe(module.Study, "optimize", _begin_optimize(patches))
    patches.observe(module.Study, "tell", _begin_tell)


def _patch_trial(module: ModuleType, patches: Patches) -> None:
    patches.observe(module.Trial, "report", _begin_report)


class Optimizing(Told):
    """One `study.optimize`."""

    def __init__(self, study: Any, around: Scope, own: Run | None) -> None:
        self._study = study
        self._around = around
        self._own = own
        name = f"optimize {study.study_name}"
        attempt = memory_of(around).next(f"stage {name}")
        self._stage = stage(name, attempt=attempt if attempt > 1 else None).start()
        self._context = otel_context.get_current()
        self.trials: dict[int, str] = {}

    def around(self, objective: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The objective, with a run around each call of it."""

        @functools.wraps(objective)
        def tried(trial: Any) -> Any:
            token = otel_context.attach(self._context)  # with n_jobs it is another thread
            told = quietly(self._open, trial)
            try:
                result = objective(trial)
            except BaseException as error:
                quietly(_end_trial, self._study, told, trial, None, error)
                raise
            else:
                quietly(_end_trial, self._study, told, trial, result, None)
                return result
            finally:
                otel_context.detach(token)

        return tried

    def _open(self, trial: Any) -> Run:
        one = _open_trial(self._study, trial.number)
        self.trials[trial.number] = one.id
        return one

    def done(self, result: Any) -> None:
        try:
            quietly(self._tell_best)
        finally:
            self._close(None)

    def failed(self, error: BaseException) -> None:
        self._close(error)

    def _close(self, error: BaseException | None) -> None:
        self._stage.end(error=error)
        if self._own is not None:
            self._own.end(error=error)

    def _tell_best(self) -> None:
        complete = [
            one for one in self._study.get_trials(deepcopy=False) if one.state.name == "COMPLETE"
        ]
        if not complete:
            return
        around = current_run()
        scope = self._around
        if len(self._study.directions) > 1:
            best = self._study.best_trials
        else:
            best = [self._study.best_trial]
            values = _named_values(self._study, best[0].values, "best_")
            for name, value, higher in values:
                scope.log_metric(name, value, higher_is_better=higher, captured_by=CAPTURED_BY)
            parameters = {key: plain(value) for key, value in best[0].params.items()}
            scope.log_configuration(
                {"optuna.best": {"trial": best[0].number, **parameters}},
                source=CAPTURED_BY,
                captured_by=CAPTURED_BY,
            )
        for one in best:
            trial_run = self.trials.get(one.number)
            if trial_run is not None and around is not None:
                scope.log_relation(
                    "best_trial",
                    around.id,
                    trial_run,
                    from_kind="run",
                    to_kind="run",
                    captured_by=CAPTURED_BY,
                )


def _begin_optimize(patches: Patches) -> Begin:
    def begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
        study = args[0]
        around, own = place(
            patches.open_runs, run_type="hyperparameter_search", name=str(study.study_name)
        )
        if around is None or current_run() is None:
            return None
        told = Optimizing(study, around, own)
        objective = argument(args, kwargs, 1, "func")
        told.args = (study, told.around(objective), *args[2:])
        told.kwargs = {key: value for key, value in kwargs.items() if key != "func"}
        return told

    return begin


def _open_trial(study: Any, number: int, started_at: Any = None) -> Run:
    parent = current_run()
    one = run(
        type="trial",
        name=f"{study.study_name} trial {number}",
        id=None if parent is None else f"{parent.id}.{memory_of(parent).next('trial') - 1}",
        tags={"optuna.study": study.study_name, "optuna.trial": number},
        environment=False,
        started_at=started_at,
    ).start()
    _trial_run.set(one)
    return one


def _end_trial(
    study: Any, one: Run | None, trial: Any, result: Any, error: BaseException | None
) -> None:
    if one is None:
        return
    _trial_run.set(None)
    _tell_parameters(one, trial.params)
    if error is not None and type(error).__name__ == "TrialPruned":
        one.span.set_attribute(_STATE, "pruned")
        one.end(status="cancelled")
    elif error is not None:
        one.span.set_attribute(_STATE, "fail")
        one.end(error=error)
    else:
        values = list(result) if len(study.directions) > 1 else [result]
        _tell_values(study, one, values)
        usable = all(_is_number(value) for value in values)
        one.span.set_attribute(_STATE, "complete" if usable else "fail")
        one.end(error=None if usable else "value_not_usable")


def _is_number(value: Any) -> bool:
    number = coerce.number(value)
    return number is not None and number == number


def _tell_parameters(one: Run, parameters: Mapping[str, Any]) -> None:
    settings = {key: plain(value) for key, value in parameters.items()}
    if settings:
        one.log_configuration(settings, source=CAPTURED_BY, captured_by=CAPTURED_BY)


def _tell_values(study: Any, one: Run, values: Any) -> None:
    for name, value, higher in _named_values(study, values, ""):
        if _is_number(value):
            one.log_metric(name, value, higher_is_better=higher, captured_by=CAPTURED_BY)


def _named_values(study: Any, values: Any, prefix: str) -> list[tuple[str, Any, bool]]:
    """Name, value and direction of every objective."""
    given = getattr(study, "metric_names", None)
    directions = study.directions
    usual = ["value"] if len(directions) == 1 else [f"value_{i}" for i in range(len(directions))]
    return [
        (f"{prefix}{name}", value, direction.name == "MAXIMIZE")
        for name, value, direction in zip(given or usual, values, directions, strict=False)
    ]


def _begin_report(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
    one = _trial_run.get()
    return None if one is None else Reporting(one, args[0].study, args, kwargs)


class Reporting(Told):
    """One `trial.report`."""

    def __init__(
        self, one: Run, study: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        self._run = one
        self._study = study
        self._value = argument(args, kwargs, 1, "value")
        self._step = argument(args, kwargs, 2, "step")

    def done(self, result: Any) -> None:
        for name, value, higher in _named_values(self._study, [self._value], "intermediate_"):
            self._run.log_metric(
                name, value, step=self._step, higher_is_better=higher, captured_by=CAPTURED_BY
            )


def _begin_tell(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
    return None if current_run() is None else Telling(args[0])


class Telling(Told):
    """One `study.tell`, of a trial that was asked for: told as a whole, with its own times."""

    def __init__(self, study: Any) -> None:
        self._study = study

    def done(self, result: Any) -> None:
        one = _open_trial(self._study, result.number, result.datetime_start)
        _trial_run.set(None)
        _tell_parameters(one, result.params)
        for step, value in result.intermediate_values.items():
            one.log_metric("intermediate_value", value, step=step, captured_by=CAPTURED_BY)
        state = result.state.name.lower()
        _tell_values(self._study, one, result.values or [])
        one.span.set_attribute(_STATE, state)
        status = {"complete": "completed", "pruned": "cancelled"}.get(state, "failed")
        one.end(status=status, at=result.datetime_complete)


__all__ = ["OptunaInstrumentor"]
