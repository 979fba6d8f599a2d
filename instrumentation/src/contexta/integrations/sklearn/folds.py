"""Cross-validation as an operation with its folds as batches."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from contexta.integrations.calls import Call, active, begun, is_worth_telling, place
from contexta.integrations.evidence import class_name, in_run, plain
from contexta.integrations.patches import Begin, Patches, Told, argument
from contexta.integrations.sklearn.naming import score_name, scorer_name
from contexta.integrations.sklearn.rounds import Rounds, loose_rounds, rounds_around
from contexta.scopes.run_scope import Run
from contexta.scopes.scope import Scope
from contexta.scopes.surrounding import current_scope
from contexta.scopes.work import Batch
from contexta_semconv import attributes as names

CAPTURED_BY: Final = "contexta.integrations.sklearn"


def patch_validation(package: ModuleType, patches: Patches) -> None:
    """`cross_validate` and `cross_val_score` under both their names, and the folds inside them."""
    validation = sys.modules["sklearn.model_selection._validation"]
    for name in ("cross_validate", "cross_val_score"):
        patches.observe(validation, name, _begin_validation(name, patches))
        patches.replace(package, name, vars(validation)[name])
    patches.observe(validation, "_fit_and_score", _begin_fold)


def patch_searches(search: ModuleType, patches: Patches) -> None:
    """The folds of grid, random and halving searches."""
    patches.observe(search, "_fit_and_score", _begin_fold)


class ValidationCall(Call):
    """One `cross_validate` or `cross_val_score` while it runs."""

    def __init__(
        self, estimator: Any, outer: Call | None, around: Scope, own_run: Run | None, scoring: Any
    ) -> None:
        super().__init__(self, outer, around, own_run)
        self.estimator = estimator
        self.scoring = scoring
        self.rounds: Rounds | None = None

    def begin(self, name: str, kwargs: Mapping[str, Any]) -> None:
        """Open its operation and begin counting folds."""
        attributes = {names.CONTEXTA_MODEL_CLASS: class_name(self.estimator)}
        if self.scoring is not None:
            attributes["sklearn.scoring"] = str(plain(self.scoring))
        if kwargs.get("cv") is not None:
            attributes["sklearn.cv"] = str(plain(kwargs["cv"]))
        self.run_as(name, "cross_validation", attributes)
        self.rounds = Rounds(self.scope)
        self.rounds.enter()

    def tell(self, result: Any) -> None:
        if self.rounds is not None and hasattr(result, "keys"):
            names = {
                key: self._metric(key.removeprefix("test_"))
                for key in result
                if key.startswith("test_")
            }
            self.rounds.tell_results(result, names)

    def _metric(self, name: str) -> str:
        if name != "score":
            return name
        if isinstance(self.scoring, str):
            return self.scoring
        if hasattr(self.scoring, "get"):
            return scorer_name(self.scoring.get("score"), self.estimator)
        return score_name(self.estimator)

    def _close(self, error: BaseException | None) -> None:
        if self.rounds is not None:
            self.rounds.leave()
        super()._close(error)


def _begin_validation(name: str, patches: Patches) -> Begin:
    def begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
        outer = active()
        if isinstance(outer, ValidationCall) or not is_worth_telling(begin, name):
            return None  # cross_val_score calls cross_validate
        estimator = argument(args, kwargs, 0, "estimator")
        around, own = place(
            patches.open_runs, run_type="evaluation", name=f"{name} {type(estimator).__name__}"
        )
        if around is None:
            return None
        call = ValidationCall(estimator, outer, around, own, kwargs.get("scoring"))
        return begun(call, call.begin, name, kwargs)

    return begin


class Fold(Told):
    """One fold while it is fitted and scored."""

    def __init__(
        self, rounds: Rounds, scope: Batch, scorer: Any, estimator: Any, tested: int | None
    ) -> None:
        self._rounds = rounds
        self._batch = scope
        self._scorer = scorer
        self._estimator = estimator
        self._tested = tested

    def done(self, result: Any) -> None:
        fault = result.get("fit_error")
        scores = self._rounds.named(result.get("test_scores", {}), self._scorer, self._estimator)
        for name, value in scores.items():
            self._batch.log_metric(
                name,
                value,
                higher_is_better=True,
                sample_count=self._tested,
                captured_by=CAPTURED_BY,
            )
        if fault:
            last = str(fault).strip().rpartition("\n")[2]
            self._batch.end(status="failed", error=last.partition(":")[0] or "fit failed")
        else:
            self._batch.end()

    def failed(self, error: BaseException) -> None:
        self._batch.end(error=error)


def _begin_fold(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
    scope = current_scope()
    if scope is None or not in_run():
        return None
    rounds = rounds_around() or loose_rounds(scope, kwargs.get("scorer"))
    estimator = argument(args, kwargs, 0, "estimator")
    fold = rounds.fold(
        _first(kwargs.get("split_progress")),
        _first(kwargs.get("candidate_progress")),
        _length(kwargs.get("train")),
    )
    fold.start()
    parameters = kwargs.get("parameters")
    if parameters:
        settings = {key.replace("__", "."): plain(value) for key, value in parameters.items()}
        fold.log_event("fold_parameters", settings)
    return Fold(rounds, fold, kwargs.get("scorer"), estimator, _length(kwargs.get("test")))


def _first(progress: Any) -> int | None:
    return int(progress[0]) if progress else None


def _length(indices: Any) -> int | None:
    try:
        return len(indices)
    except TypeError:
        return None
