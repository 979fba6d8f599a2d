"""LightGBM: settings as configuration, evaluations as curves, saved models as artifacts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

from contexta.integrations.boosting import TrainingCall, patch_boosting
from contexta.integrations.instrumentor import Instrumentor, Patch
from contexta.integrations.patches import Patches, quietly

_LIBRARY: Final = "lightgbm"
_BEFORE_EARLY_STOPPING: Final = 15


class LightgbmInstrumentor(Instrumentor):
    """Tells about `lightgbm.train`, `lightgbm.cv`, its scikit-learn estimators, and saved boosters."""

    targets = ("lightgbm >= 4, < 5",)

    def hooks(self) -> Mapping[str, Patch]:
        """Training, under all its names, and saving."""
        return {_LIBRARY: _patch}


def _patch(package: ModuleType, patches: Patches) -> None:
    engine = sys.modules["lightgbm.engine"]
    patch_boosting(_LIBRARY, package, engine, patches, _callback, callbacks_index={"train": 8})


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
