"""PyTorch Lightning: a callback for the trainer.

    Trainer(max_epochs=3, callbacks=[ContextaCallback()]).fit(model, data)

Epochs are batches; what is logged are metrics with the global step; hyperparameters and the trainer's
settings are configuration; checkpoints are artifacts. Of several ranks only the first tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contexta.integrations.patches import quietly
from contexta.integrations.training_loop import TrainingLoop

if TYPE_CHECKING:

    class _Callback:
        pass
else:
    try:
        from lightning.pytorch.callbacks import Callback as _Callback
    except ModuleNotFoundError:
        from pytorch_lightning.callbacks import Callback as _Callback


class ContextaCallback(_Callback):
    """Tells about a Lightning training. open_run: give one outside any run a run of its own."""

    def __init__(self, *, open_run: bool = False) -> None:
        super().__init__()
        self._loop = TrainingLoop("lightning", open_run=open_run)

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Open the operation."""
        if trainer.is_global_zero:
            self._loop.begin("lightning.fit", quietly(_settings, trainer, pl_module) or {})

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Open the epoch."""
        self._loop.begin_epoch(trainer.current_epoch)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """What was logged in the epoch, its validation included."""
        self._loop.log(
            dict(trainer.callback_metrics),
            step=trainer.global_step,
            epoch=float(trainer.current_epoch + 1),
        )
        self._loop.end_epoch()

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """Checkpoints that were kept, and the end."""
        for path in quietly(_checkpoints, trainer) or ():
            self._loop.saved(path)
        self._loop.end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """The training failed, or was interrupted."""
        self._loop.end(exception)


def _settings(trainer: Any, module: Any) -> dict[str, Any]:
    return {
        "max_epochs": trainer.max_epochs,
        "precision": trainer.precision,
        "accumulate_grad_batches": trainer.accumulate_grad_batches,
        "gradient_clip_val": trainer.gradient_clip_val,
        "strategy": type(trainer.strategy).__name__,
        "devices": trainer.num_devices,
        "parameters": sum(one.numel() for one in module.parameters()),
        "hyperparameters": dict(getattr(module, "hparams", {})),
    }


def _checkpoints(trainer: Any) -> list[str]:
    """The best and the last of each checkpoint callback."""
    found: dict[str, None] = {}
    for one in trainer.checkpoint_callbacks:
        for path in (one.best_model_path, getattr(one, "last_model_path", "")):
            if path:
                found[path] = None
    return list(found)


__all__ = ["ContextaCallback"]
