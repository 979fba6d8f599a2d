"""XGBoost: settings as configuration, evaluations as curves, saved models as artifacts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final, cast

from contexta.integrations.boosting import TrainingCall, patch_boosting
from contexta.integrations.instrumentor import Instrumentor, Patch
from contexta.integrations.patches import Patches, quietly

_LIBRARY: Final = "xgboost"


class XgboostInstrumentor(Instrumentor):
    """Tells about `xgboost.train`, `xgboost.cv`, its scikit-learn estimators, and saved boosters."""

    targets = ("xgboost >= 2, < 4", "xgboost-cpu >= 2, < 4")

    def hooks(self) -> Mapping[str, Patch]:
        """Training, under all its names, and saving."""
        return {_LIBRARY: _patch}


def _patch(package: ModuleType, patches: Patches) -> None:
    patch_boosting(_LIBRARY, package, sys.modules["xgboost.training"], patches, _callback)


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
