"""One cross-validation or search: its folds, and those that were worked on where nobody told."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from contexta.base import coerce
from contexta.integrations.evidence import memory_of, plain
from contexta.integrations.sklearn.naming import score_name, scores_by_name
from contexta.scopes.run_scope import run_around
from contexta.scopes.scope import Scope
from contexta.scopes.work import Batch, batch

_CAPTURED_BY: Final = "contexta.integrations.sklearn"
_LATE_LIMIT: Final = 1_000

_around: Final[ContextVar[Rounds | None]] = ContextVar("contexta-sklearn-rounds", default=None)


def rounds_around() -> Rounds | None:
    """The cross-validation this is part of."""
    return _around.get()


def loose_rounds(scope: Scope, scorer: object) -> Rounds:
    """Folds of a cross-validation whose beginning was not seen (the function was imported before it
    was instrumented): those with the same scorer, one after the other, are of the same one."""
    memory = memory_of(scope)
    last = memory.last_folds
    if last is None or last[0] is not scorer:
        last = memory.last_folds = (scorer, Rounds(scope))
    return last[1]


class Rounds:
    """Names and counts the folds of one cross-validation: `cv1.fold_0`, `cv1.candidate_2.fold_0`."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.label = f"cv{memory_of(scope).next('cv')}"
        self._told: set[str] = set()
        self._next = 0
        self._outer: Rounds | None = None
        self._names: dict[str, str] | None = None

    def enter(self) -> None:
        """Be the one that folds belong to."""
        self._outer = _around.get()
        _around.set(self)

    def leave(self) -> None:
        """No longer be that."""
        if _around.get() is self:
            _around.set(self._outer)

    def fold(self, split: int | None, candidate: int | None, size: int | None) -> Batch:
        """The batch of one fold. split: its index, else the next. size: its training samples."""
        if split is None:
            split, self._next = self._next, self._next + 1
        part = "" if candidate is None else f".candidate_{candidate}"
        name = f"{self.label}{part}.fold_{split}"
        again = 2
        while name in self._told:  # a halving search numbers its candidates anew each iteration
            name = f"{self.label}{part}.fold_{split}.{again}"
            again += 1
        self._told.add(name)
        return batch(name, type="fold", index=split, size=size)

    def named(self, scores: Any, scorer: Any, estimator: Any) -> dict[str, float]:
        """The scores of one fold under their names, which are those of the first: finding them out
        asks the whole estimator what it is."""
        if self._names is not None and hasattr(scores, "items"):
            known = self._names
            if all(name in known for name in scores):
                return {known[name]: value for name, value in scores.items()}
        told = scores_by_name(scores, scorer, estimator)
        if hasattr(scores, "items"):
            self._names = dict(zip(scores, told, strict=True))
        return told

    def tell_results(self, results: Mapping[str, Any], names: Mapping[str, str]) -> None:
        """Folds of `cross_validate` that ran in other processes: their scores, as they came back.

        names: the metric of each `test_…` entry.
        """
        if self._told or "fit_time" not in results:
            return
        now = coerce.now()
        for index in range(min(len(results["fit_time"]), _LATE_LIMIT)):
            took = float(results["fit_time"][index]) + float(results["score_time"][index])
            scores = {name: results[key][index] for key, name in names.items()}
            self._tell_late(self.fold(index, None, None), scores, now, took)

    def tell_search(self, search: Any, told_on: Scope) -> None:
        """The best candidate, on the scope around the search; and the folds that ran elsewhere."""
        results: Mapping[str, Any] = getattr(search, "cv_results_", {})
        if not self._told and results:
            self._tell_late_candidates(results, int(search.n_splits_), score_name(search))
        best = getattr(search, "best_score_", None)
        if best is None:
            return
        told_on.log_metric(
            f"best_{score_name(search)}", best, higher_is_better=True, captured_by=_CAPTURED_BY
        )
        chosen = {
            key.replace("__", "."): plain(value) for key, value in search.best_params_.items()
        }
        self.scope.log_configuration(
            {f"{type(search).__name__}.best": chosen},
            source=_CAPTURED_BY,
            captured_by=_CAPTURED_BY,
        )

    def _tell_late_candidates(self, results: Mapping[str, Any], splits: int, usual: str) -> None:
        now = coerce.now()
        prefix = "split0_test_"
        metrics = [key.removeprefix(prefix) for key in results if key.startswith(prefix)]
        for candidate in range(len(results["params"])):
            took = float(
                results["mean_fit_time"][candidate] + results["mean_score_time"][candidate]
            )
            for split in range(splits):
                if len(self._told) >= _LATE_LIMIT:
                    return
                scores = {
                    usual if name == "score" else name: results[f"split{split}_test_{name}"][
                        candidate
                    ]
                    for name in metrics
                }
                self._tell_late(self.fold(split, candidate, None), scores, now, took)

    def _tell_late(self, fold: Batch, scores: Mapping[str, Any], now: int, took_s: float) -> None:
        """When it ran is not known, only for how long: it is told as if it had just ended."""
        if run_around(self.scope) is None:
            return
        fold.start(at=now - max(0, int(took_s * 1e9)))
        for name, value in scores.items():
            fold.log_metric(name, value, higher_is_better=True, at=now, captured_by=_CAPTURED_BY)
        fold.end(at=now)
