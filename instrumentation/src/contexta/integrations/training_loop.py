"""What callbacks of deep-learning libraries have in common: epochs are batches, logs are metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contexta.base import coerce
from contexta.integrations.calls import place
from contexta.integrations.evidence import memory_of, tell_configuration, tell_file
from contexta.integrations.patches import quietly
from contexta.scopes.run_scope import Run
from contexta.scopes.scope import Scope
from contexta.scopes.work import Batch, Operation, batch, operation
from contexta_semconv import attributes as names

_SMALLER_IS_BETTER = ("loss", "error", "mse", "mae", "rmse", "perplexity")


class TrainingLoop:
    """One training as its callback sees it: an operation, with its epochs as batches.

    Outside any run it is silent, unless `open_run`. Nothing it does is raised.
    """

    def __init__(self, library: str, *, open_run: bool) -> None:
        self._framework = library
        self._captured_by = f"contexta.integrations.{library}"
        self._open_run = open_run
        self._around: Scope | None = None
        self._own: Run | None = None
        self._operation: Operation | None = None
        self._epoch: Batch | None = None
        self._prefix = ""

    def begin(self, name: str, settings: Mapping[str, Any]) -> None:
        """A training begins. settings: what it was configured with."""
        quietly(self._begin, name, settings)

    def begin_epoch(self, index: int) -> None:
        """An epoch begins, from 0; one that is open ends."""
        quietly(self._begin_epoch, index)

    def end_epoch(self) -> None:
        """The epoch is over."""
        quietly(self._end_epoch)

    def log(self, values: Mapping[str, Any], *, step: int | None, epoch: float | None) -> None:
        """Measured values; what is no number is left out."""
        quietly(self._log, values, step, epoch)

    def saved(self, path: object, kind: str = "checkpoint") -> None:
        """A model was written to a file or directory."""
        quietly(self._saved, path, kind)

    def end(self, error: BaseException | None = None) -> None:
        """The training is over."""
        quietly(self._end, error)

    @property
    def is_told(self) -> bool:
        """Whether a training is being told about."""
        return self._around is not None

    def _begin(self, name: str, settings: Mapping[str, Any]) -> None:
        if self._around is not None:
            self._end(None)
        self._around, self._own = place(self._open_run, run_type="training", name=name)
        if self._around is None:
            return
        training = memory_of(self._around).next(f"{self._framework} training")
        self._prefix = "" if training == 1 else f"training_{training}."
        attributes = {names.CONTEXTA_MODEL_FRAMEWORK: self._framework}
        self._operation = operation(name, type="fit", attributes=attributes).start()
        tell_configuration(self._operation, name, settings, captured_by=self._captured_by)

    def _begin_epoch(self, index: int) -> None:
        self._end_epoch()
        if self._operation is not None:
            name = f"{self._prefix}epoch_{index}"
            self._epoch = batch(name, type="epoch", index=index).start()

    def _end_epoch(self) -> None:
        if self._epoch is not None:
            self._epoch.end()
            self._epoch = None

    def _log(self, values: Mapping[str, Any], step: int | None, epoch: float | None) -> None:
        if self._around is None:
            return
        for name, value in values.items():
            number = coerce.number(value)
            if number is not None:
                # On the scope around the training, where runs are compared.
                self._around.log_metric(
                    f"{self._prefix}{name}",
                    number,
                    step=step,
                    epoch=epoch,
                    higher_is_better=_direction(name),
                    captured_by=self._captured_by,
                )

    def _saved(self, path: object, kind: str) -> None:
        if self._around is not None:
            tell_file(
                self._around,
                str(path),
                kind=kind,
                shown_as=str(path),
                captured_by=self._captured_by,
            )

    def _end(self, error: BaseException | None) -> None:
        self._end_epoch()
        if self._operation is not None:
            self._operation.end(error=error)
        if self._own is not None:
            self._own.end(error=error)
        self._around = self._own = self._operation = None


def _direction(name: str) -> bool | None:
    """Smaller is better for losses and errors; of the rest nothing is known."""
    last = name.lower().replace("/", "_").replace("-", "_").split("_")
    return False if any(part in _SMALLER_IS_BETTER for part in last) else None
