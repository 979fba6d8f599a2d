"""What a score is called: by its scorer, else by what `score` means for this kind of estimator."""

from __future__ import annotations

import sys
from typing import Any


def score_name(estimator: Any) -> str:
    """The metric that `estimator.score` returns."""
    base = sys.modules["sklearn.base"]
    scoring = getattr(estimator, "scoring", None)
    if isinstance(scoring, str):
        return scoring
    if base.is_classifier(estimator):
        return "accuracy"
    return "r2" if base.is_regressor(estimator) else "score"


def scores_by_name(scores: Any, scorer: Any, estimator: Any) -> dict[str, float]:
    """The scores of one fold under their names, which `cross_val_score` and the searches do not keep.

    scores: what sklearn calculated: a number, or numbers by name.
    """
    if not hasattr(scores, "items"):
        return {scorer_name(scorer, estimator): scores}
    inner: dict[str, Any] = getattr(scorer, "_scorers", {})
    return {
        scorer_name(inner.get(name), estimator) if name == "score" else str(name): value
        for name, value in scores.items()
    }


def scorer_name(scorer: Any, estimator: Any) -> str:
    """`accuracy`, `neg_mean_squared_error`, … as they are asked for in sklearn."""
    function = getattr(scorer, "_score_func", None)
    if function is None:
        return score_name(estimator)
    name = str(getattr(function, "__name__", "score")).removesuffix("_score")
    average = getattr(scorer, "_kwargs", {}).get("average")
    if isinstance(average, str):
        name = f"{name}_{average}"
    return f"neg_{name}" if getattr(scorer, "_sign", 1) < 0 else name
