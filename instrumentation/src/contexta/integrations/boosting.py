"""What XGBoost and LightGBM have in common: a training with settings, rounds and evaluations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from contexta.integrations.calls import Call, active, begun, is_worth_telling, place
from contexta.integrations.evidence import (
    library_of,
    memory_of,
    tell_configuration,
    tell_saved_model,
)
from contexta.integrations.patches import Begin, Patches, Told, argument
from contexta.scopes.process_run import innermost
from contexta.scopes.run_scope import Run
from contexta.scopes.scope import Scope
from contexta_semconv import attributes as names


class TrainingCall(Call):
    """One `train` or `cv`. Inside an estimator of the same library the estimator's operation is it."""

    def __init__(
        self, outer: Call | None, around: Scope, own_run: Run | None, library: str
    ) -> None:
        super().__init__(self, outer, around, own_run)
        self.framework = library
        self.captured_by = f"contexta.integrations.{library}"
        self.inside_estimator = outer is not None and library_of(outer.subject) == library
        # Where runs are compared: around the estimator's call, unless that is part of another one.
        whole = outer is not None and self.inside_estimator and outer.depth == 0
        self.told_on: Scope = outer.surrounding if outer is not None and whole else around
        place_of_curve = (self.told_on.address.stage, self.told_on.address.batch)
        training = memory_of(around).next(f"{library} training in {place_of_curve}")
        self.prefix = "" if training == 1 else f"training_{training}."
        """Later trainings at the same place have curves of their own."""

    def begin(self, name: str, settings: Mapping[str, Any]) -> None:
        """Open its operation, tell its settings."""
        if not self.inside_estimator:
            self.run_as(
                f"{self.framework}.{name}", "fit", {names.CONTEXTA_MODEL_FRAMEWORK: self.framework}
            )
            tell_configuration(
                self.scope, f"{self.framework}.{name}", settings, captured_by=self.captured_by
            )

    def evaluated(
        self,
        data: str,
        metric: str,
        value: Any,
        step: int,
        *,
        higher_is_better: bool | None = None,
        stddev: Any = None,
    ) -> None:
        """One value of one evaluation after one round. step: the round, from 0."""
        self.told_on.log_metric(
            f"{self.prefix}{data}.{metric}",
            value,
            step=step,
            higher_is_better=higher_is_better,
            stddev=stddev,
            captured_by=self.captured_by,
        )

    def tell(self, result: Any) -> None:
        best = getattr(result, "best_iteration", None)
        if isinstance(best, int) and best > 0:
            self.told_on.log_metric(
                f"{self.prefix}best_iteration", best, captured_by=self.captured_by
            )

    def _close(self, error: BaseException | None) -> None:
        if self.scopes:
            super()._close(error)


def patch_boosting(
    library: str,
    package: ModuleType,
    engine: ModuleType,
    patches: Patches,
    callback: Callable[[TrainingCall], Any],
    *,
    callbacks_index: Mapping[str, int] | None = None,
) -> None:
    """Training, under all its names, and saving.

    engine: the module `train` and `cv` are defined in. callback: what tells about each round of a call.
    callbacks_index: where callbacks may be given by place; what is given so stays the caller's.
    """
    for name in ("train", "cv"):
        last = (callbacks_index or {}).get(name)
        patches.observe(engine, name, _begin_training(library, name, patches, callback, last))
        for place_of_name in (package, sys.modules.get(f"{library}.sklearn")):
            if place_of_name is not None and name in vars(place_of_name):
                patches.replace(place_of_name, name, vars(engine)[name])
    patches.observe(
        package.Booster, "save_model", _begin_saving(f"contexta.integrations.{library}")
    )


def _begin_training(
    library: str,
    name: str,
    patches: Patches,
    callback: Callable[[TrainingCall], Any],
    callbacks_index: int | None,
) -> Begin:
    def begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
        call = _training(library, name, patches)
        if call is None:
            return None
        settings = dict(argument(args, kwargs, 0, "params") or {})
        rounds = argument(args, kwargs, 2, "num_boost_round")
        if rounds is not None:
            settings["num_boost_round"] = rounds
        begun(call, call.begin, name, settings)
        if callbacks_index is None or len(args) <= callbacks_index:
            given = kwargs.get("callbacks") or ()
            call.kwargs = {**kwargs, "callbacks": [*given, callback(call)]}
        return call

    return begin


def _training(library: str, name: str, patches: Patches) -> TrainingCall | None:
    """A training that is to be told about, or None."""
    outer = active()
    if isinstance(outer, TrainingCall):
        return None
    inside = outer is not None and library_of(outer.subject) == library
    if not inside and not is_worth_telling(_training, (library, name)):
        return None
    around, own = place(patches.open_runs, run_type="training", name=f"{library}.{name}")
    return None if around is None else TrainingCall(outer, around, own, library)


class Saving(Told):
    """A booster on its way to a file."""

    def __init__(self, model: object, target: object, captured_by: str) -> None:
        self._model = model
        self._target = target
        self._captured_by = captured_by

    def done(self, result: Any) -> None:
        tell_saved_model(self._model, self._target, captured_by=self._captured_by)


def _begin_saving(captured_by: str) -> Begin:
    """For `Booster.save_model(path)`."""

    def begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
        if innermost() is None:
            return None
        return Saving(args[0], argument(args, kwargs, 1, "fname", "filename"), captured_by)

    return begin
