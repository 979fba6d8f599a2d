"""transformers: a callback for the `Trainer`.

    Trainer(model, arguments, train_dataset=data, callbacks=[ContextaCallback()]).train()

Epochs are batches; logs are metrics with the global step; arguments that differ from their defaults
are configuration; checkpoints are artifacts. Of several ranks only the first tells.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contexta.integrations.patches import quietly
from contexta.integrations.training_loop import TrainingLoop
from contexta_semconv import attributes as names

if TYPE_CHECKING:

    class _Callback:
        pass
else:
    from transformers import TrainerCallback as _Callback


class ContextaCallback(_Callback):
    """Tells about a `Trainer`. open_run: give a training outside any run a run of its own."""

    def __init__(self, *, open_run: bool = False) -> None:
        super().__init__()
        self._loop = TrainingLoop("transformers", open_run=open_run)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Open the operation."""
        if state.is_world_process_zero:
            settings: dict[str, Any] = quietly(_settings, args, kwargs.get("model")) or {}
            self._loop.begin("transformers.train", settings)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Open the epoch."""
        self._loop.begin_epoch(int(state.epoch or 0))

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the epoch."""
        self._loop.end_epoch()

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Losses, learning rates and evaluations, as the trainer logs them."""
        logs: Mapping[str, Any] = kwargs.get("logs") or {}
        values = {name: value for name, value in logs.items() if name != "epoch"}
        self._loop.log(values, step=state.global_step, epoch=state.epoch)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A checkpoint was written."""
        path = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and path.is_dir():
            self._loop.saved(path)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the operation."""
        self._loop.end()


def _settings(args: Any, model: Any) -> dict[str, Any]:
    """Arguments that were given (but not tokens), and the model's size."""
    given: dict[str, Any] = {}
    for one in dataclasses.fields(args):
        value = getattr(args, one.name, None)
        usual = None if one.default is dataclasses.MISSING else one.default
        if value != usual and "token" not in one.name:
            given[one.name] = value
    if model is not None:
        given["parameters"] = sum(one.numel() for one in model.parameters())
        given[names.CONTEXTA_MODEL_CLASS] = type(model).__name__
    return given


__all__ = ["ContextaCallback"]
