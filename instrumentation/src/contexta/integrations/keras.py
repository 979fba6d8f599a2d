"""Keras: a callback for `model.fit`, `model.evaluate`.

    model.fit(x, y, epochs=3, callbacks=[ContextaCallback()])

Epochs are batches, their logs metrics with the epoch as step; settings of the fit and the optimizer
are configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from contexta.integrations.patches import quietly
from contexta.integrations.training_loop import TrainingLoop

if TYPE_CHECKING:

    class _Callback:
        model: Any
        params: Mapping[str, Any]
else:
    from keras.callbacks import Callback as _Callback


class ContextaCallback(_Callback):
    """Tells about a Keras training. open_run: give one outside any run a run of its own."""

    def __init__(self, *, open_run: bool = False) -> None:
        super().__init__()
        self._loop = TrainingLoop("keras", open_run=open_run)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Open the operation."""
        self._loop.begin("keras.fit", quietly(self._settings) or {})

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Open the epoch."""
        self._loop.begin_epoch(epoch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """What the epoch measured."""
        self._loop.log(logs or {}, step=epoch, epoch=float(epoch + 1))
        self._loop.end_epoch()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Close the operation."""
        self._loop.end()

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """What `evaluate` measured, unless it is the validation of an epoch, which tells it itself."""
        if self._loop.is_told:
            return
        from contexta.scopes.surrounding import current_scope

        scope = current_scope()
        values = {f"test_{name}": value for name, value in (logs or {}).items()}
        if scope is not None:
            scope.log_metrics(values, captured_by="contexta.integrations.keras")

    def _settings(self) -> dict[str, Any]:
        optimizer: Any = getattr(self.model, "optimizer", None)
        settings = {**self.params, "parameters": self.model.count_params()}
        if optimizer is not None:
            settings["optimizer"] = dict(optimizer.get_config())
        return settings


__all__ = ["ContextaCallback"]
