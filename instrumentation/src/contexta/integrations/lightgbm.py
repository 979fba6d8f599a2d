"""LightGBM: settings as configuration, evaluations as curves, saved models as artifacts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

from contexta.integrations.boosting import TrainingCall, begin_saving, begin_training
from contexta.integrations.calls import begun
from contexta.integrations.instrumentor import Instrumentor, Patch
from contexta.integrations.patches import Begin, Patches, Told, argument, quietly

CAPTURED_BY: Final = "contexta.integrations.lightgbm"
_LIBRARY: Final = "lightgbm"
_BEFORE_EARLY_STOPPING: Final = 15
_CALLBACKS_INDEX: Final = {"train": 8}


class LightgbmInstrumentor(Instrumentor):
    """Tells about `lightgbm.train`, `lightgbm.cv`, its scikit-learn estimators, and saved boosters."""

    targets = ("lightgbm >= 4, < 5",)

    def hooks(self) -> Mapping[str, Patch]:
        """Training, under all its names, and saving."""
        return {_LIBRARY: _patch}


def _patch(package: ModuleType, patches: Patches) -> None:
    engine = sys.modules["lightgbm.engine"]
    for name in ("train", "cv"):
        patches.observe(engine, name, _begin(name, patches))
        for place in (package, sys.modules.get("lightgbm.sklearn")):
            if place is not None and name in vars(place):
                patches.replace(place, name, vars(engine)[name])
    patches.observe(package.Booster, "save_model", begin_saving(CAPTURED_BY))


def _begin(name: str, patches: Patches) -> Begin:
    def begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
        call = begin_training(_LIBRARY, name, patches)
        if call is None:
            return None
        settings = dict(argument(args, kwargs, 0, "params") or {})
        rounds = argument(args, kwargs, 2, "num_boost_round")
        if rounds is not None:
            settings["num_boost_round"] = rounds
        begun(call, call.begin, name, settings)
        if len(args) <= _CALLBACKS_INDEX.get(name, len(args)):  # given by place, it stays theirs
            given = kwargs.get("callbacks") or ()
            call.kwargs = {**kwargs, "callbacks": [*given, _callback(call)]}
        return call

    return begin


def _callback(call: TrainingCall) -> Callable[[Any], None]:
    """A callback that tells what every round was evaluated as, before one can stop the training."""

    def evaluations(environment: Any) -> None:
        quietly(_tell_round, call, environment)

    vars(evaluations).update(order=_BEFORE_EARLY_STOPPING, before_iteration=False)
    return evaluations


def _tell_round(call: TrainingCall, environment: Any) -> None:
    for entry in environment.evaluation_result_list or ():
        data, metric, value, higher_is_better = entry[:4]
        call.evaluated(
            data,
            metric,
            value,
            environment.iteration,
            higher_is_better=higher_is_better,
            # `cv` gives the standard deviation over its folds besides.
            stddev=entry[4] if len(entry) > 4 else None,
        )


__all__ = ["LightgbmInstrumentor"]
