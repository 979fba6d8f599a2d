"""scikit-learn: fitting, predicting and scoring as operations, folds as batches, saved models.

| in scikit-learn | in the evidence |
|---|---|
| `fit`, `predict`, `score`, `transform`, … | operations (type fit, predict, score, transform) |
| parameters of what is fitted | configuration `LogisticRegression.C`, … |
| `.score(…)` | a metric: accuracy, r2, or the scorer's |
| `cross_validate`, `cross_val_score`, `GridSearchCV`, … | an operation, with its folds as batches with their scores |
| a `Pipeline` that is fitted at the level of the run | its steps as stages (elsewhere: operations) |
| `joblib.dump`, `pickle.dump` to a file | an artifact `model_bundle` |
"""

from __future__ import annotations

from collections.abc import Mapping

from contexta.integrations.instrumentor import Instrumentor, Patch
from contexta.integrations.sklearn.estimators import patch_estimators
from contexta.integrations.sklearn.folds import patch_searches, patch_validation
from contexta.integrations.sklearn.saving import patch_dump


class SklearnInstrumentor(Instrumentor):
    """Tells about scikit-learn, and about estimators of other libraries that are made like its own."""

    targets = ("scikit-learn >= 1.4, < 2",)

    def hooks(self) -> Mapping[str, Patch]:
        """Estimators, cross-validation, and writing models."""
        return {
            "sklearn.base": patch_estimators,
            "sklearn.model_selection": patch_validation,
            "sklearn.model_selection._search": patch_searches,
            "joblib": patch_dump,
            "pickle": patch_dump,
        }


__all__ = ["SklearnInstrumentor"]
