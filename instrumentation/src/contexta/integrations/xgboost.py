"""XGBoost: settings as configuration, evaluations as curves, saved models as artifacts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final, cast

from contexta.integrations.boosting import TrainingCall, begin_saving, begin_training
from contexta.integrations.calls import begun
from contexta.integrations.instrumentor import Instrumentor, Patch
from contexta.integrations.patches import Begin, Patches, Told, argument, quietly

CAPTURED_BY: Final = "contexta.integrations.xgboost"
_LIBRARY: Final = "xgboost"


class XgboostInstrumentor(Instrumentor):
    """Tells about `xgboost.train`, `xgboost.cv`, its scikit-learn estimators, and saved boosters."""

    targets = ("xgboost >= 2, < 4", "xgboost-cpu >= 2, < 4")

    def hooks(self) -> Mapping[str, Patch]:
        """Training, under all its names, and saving."""
        return {_LIBRARY: _patch}


def _patch(package: ModuleType, patches: Patches) -> None:
    training = sys.modules["xgboost.training"]
    for name in ("train", "cv"):
        patches.observe(training, name, _begin(name, patches))
        for place in (package, sys.modules.get("xgboost.sklearn")):
            if place is not None and name in vars(place):
                patches.replace(place, name, vars(training)[name])
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
        given = kwargs.get("callbacks") or ()
        call.kwargs = {**kwargs, "callbacks": [*given, _callback(call)]}
        return call

    return begin


def _callback(call: TrainingCall) -> Any:
    """A callback of the library's own kind, which tells what every round was evaluated as."""
    base: Any = sys.modules["xgboost.callback"].TrainingCallback

    class Evaluations(base):
        def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
            quietly(_tell_round, call, epoch, evals_log)
            return False

    return Evaluations()


def _tell_round(call: TrainingCall, step: int, log: Mapping[str, Mapping[str, Any]]) -> None:
    for data, metrics in log.items():
        for metric, values in metrics.items():
            mean, stddev = _mean_and_stddev(values[-1])
            call.evaluated(data, metric, mean, step, stddev=stddev)


def _mean_and_stddev(value: Any) -> tuple[Any, Any]:
    """`cv` gives both, over its folds; `train` one value."""
    return cast("tuple[Any, Any]", value) if isinstance(value, tuple) else (value, None)


__all__ = ["XgboostInstrumentor"]
