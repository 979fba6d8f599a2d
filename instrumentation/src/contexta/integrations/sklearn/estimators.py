"""Methods of estimators as operations: of every class there is, and of each one that comes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final, cast

from contexta.integrations.calls import Call, active, begun, is_worth_telling, place
from contexta.integrations.evidence import class_name, memory_of, tell_configuration
from contexta.integrations.patches import Begin, Patches, Told, argument, quietly
from contexta.integrations.sklearn.naming import score_name
from contexta.integrations.sklearn.rounds import Rounds, rounds_around
from contexta.scopes.run_scope import Run
from contexta.scopes.scope import Scope
from contexta.scopes.work import stage
from contexta_semconv import attributes as names

CAPTURED_BY: Final = "contexta.integrations.sklearn"

_TYPES: Final = {
    "fit": "fit",
    "partial_fit": "fit",
    "fit_transform": "fit",
    "fit_predict": "fit",
    "predict": "predict",
    "predict_proba": "predict",
    "transform": "transform",
    "score": "score",
}
_SET_OUTPUT: Final = ("transform", "fit_transform")


def patch_estimators(base: ModuleType, patches: Patches) -> None:
    """Every estimator class that exists or is made from now on."""
    root = base.BaseEstimator
    set_output = sys.modules["sklearn.utils._set_output"]._SetOutputMixin

    def from_base(made: type) -> None:
        # sklearn wraps these two after this hook, in the other one; ours go around its own.
        later = _SET_OUTPUT if issubclass(made, set_output) else ()
        _patch_class(made, patches, [one for one in _TYPES if one not in later])

    def from_set_output(made: type) -> None:
        if issubclass(made, root):
            _patch_class(made, patches, _SET_OUTPUT)

    for existing in _below(root):
        _patch_class(existing, patches, list(_TYPES))
    _follow_new_classes(root, patches, from_base)
    _follow_new_classes(set_output, patches, from_set_output)


def _below(root: type) -> set[type]:
    found: set[type] = set()
    waiting = [root]
    while waiting:
        for one in waiting.pop().__subclasses__():
            if one not in found:
                found.add(one)
                waiting.append(one)
    return found


def _patch_class(made: type, patches: Patches, methods: list[str] | tuple[str, ...]) -> None:
    """Its methods where they are defined: in itself, or in a mixin that is no estimator."""
    for owner in made.__mro__:
        for method in methods:
            patches.observe(owner, method, _begin(method, patches))


def _follow_new_classes(owner: type, patches: Patches, patch: Callable[[type], None]) -> None:
    original = vars(owner).get("__init_subclass__")

    def __init_subclass__(cls: type, **options: Any) -> None:
        if original is None:
            cast("Any", super(owner, cls)).__init_subclass__(**options)
        else:
            original.__func__(cls, **options)
        if patches.active:
            quietly(patch, cls)

    patches.replace(owner, "__init_subclass__", classmethod(__init_subclass__))


def _begin(method: str, patches: Patches) -> Begin:
    def begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
        estimator: object = args[0]
        made = type(estimator)
        if not is_worth_telling(estimator, (made, method)) or not hasattr(made, "get_params"):
            return None
        name = f"{made.__name__}.{method}"
        run_type = "training" if _TYPES[method] == "fit" else "inference"
        around, own = place(patches.open_runs, run_type=run_type, name=name)
        if around is None:
            return None
        call = EstimatorCall(estimator, active(), around, own, method)
        return begun(call, call.begin, args, kwargs)

    return begin


class EstimatorCall(Call):
    """One method of one estimator, while it runs."""

    def __init__(
        self,
        estimator: Any,
        outer: Call | None,
        around: Scope,
        own_run: Run | None,
        method: str,
    ) -> None:
        super().__init__(estimator, outer, around, own_run)
        self.estimator = estimator
        self.method = method
        self.kind = _TYPES[method]
        self.rows: int | None = None
        self.rounds: Rounds | None = None
        self._next_step = 0
        self.fits_stages = (
            outer is None
            and self.kind == "fit"
            and _is(estimator, "sklearn.pipeline", "Pipeline")
            and isinstance(around, Run)
        )

    def begin(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Open its operation (in the stage of a pipeline's step, if it is one), tell its settings."""
        outer = self.outer
        if isinstance(outer, EstimatorCall) and outer.fits_stages and self.kind == "fit":
            step = outer.step_of(self.estimator)
            if step is not None:
                attempt = memory_of(self.surrounding).next(f"stage {step}")
                self.open(stage(step, attempt=attempt if attempt > 1 else None))
        attributes: dict[str, Any] = {names.CONTEXTA_MODEL_CLASS: class_name(self.estimator)}
        shape = getattr(argument(args, kwargs, 1, "X"), "shape", None)
        if isinstance(shape, tuple) and shape:
            self.rows = int(cast("Any", shape)[0])
            attributes[names.CONTEXTA_DATASET_ROW_COUNT] = self.rows
            if len(cast("Any", shape)) > 1:
                attributes[names.CONTEXTA_DATASET_COLUMN_COUNT] = int(cast("Any", shape)[1])
        self.run_as(f"{type(self.estimator).__name__}.{self.method}", self.kind, attributes)
        if self.kind == "fit":
            if outer is None:
                self._tell_parameters()
            if _is(self.estimator, "sklearn.model_selection._search", "BaseSearchCV"):
                self.rounds = Rounds(self.scope)
                self.rounds.enter()

    def step_of(self, fitted: object) -> str | None:
        """The name of the step that is being fitted: the next one of its class (it may be a copy)."""
        steps = list(self.estimator.steps)
        for index in range(self._next_step, len(steps)):
            name, step = steps[index]
            if step is fitted or type(step) is type(fitted):
                self._next_step = index + 1
                return str(name)
        return None

    def tell(self, result: Any) -> None:
        if self.method == "score" and self.outer is None and rounds_around() is None:
            self.surrounding.log_metric(
                score_name(self.estimator),
                result,
                higher_is_better=True,
                sample_count=self.rows,
                captured_by=CAPTURED_BY,
            )
        if self.rounds is not None:
            self.rounds.tell_search(self.estimator, self.surrounding)

    def _close(self, error: BaseException | None) -> None:
        if self.rounds is not None:
            self.rounds.leave()
        super()._close(error)

    def _tell_parameters(self) -> None:
        parameters = {
            name.replace("__", "."): value
            for name, value in self.estimator.get_params(deep=True).items()
            if name != "steps"
        }
        name = type(self.estimator).__name__
        tell_configuration(self.scope, name, parameters, captured_by=CAPTURED_BY)


def _is(value: object, module: str, name: str) -> bool:
    """Whether it is an instance of a class, without importing that class."""
    made = getattr(sys.modules.get(module), name, None)
    return made is not None and isinstance(value, made)
