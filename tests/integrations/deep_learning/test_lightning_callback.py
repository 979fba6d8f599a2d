"""The PyTorch Lightning callback, with a real training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from integrations.conftest import Told
from lightning.pytorch import LightningModule, Trainer
from torch.utils.data import DataLoader, TensorDataset

import contexta
from contexta.integrations.lightning import ContextaCallback


class Line(LightningModule):
    """One weight."""

    def __init__(self, rate: float = 0.1, fails: bool = False) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch: Any, index: int) -> Any:
        if self.hparams["fails"]:
            raise RuntimeError("diverged")
        loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.hparams["rate"])


def train(directory: Path, module: Line) -> Trainer:
    """Two epochs of two steps."""
    x = torch.linspace(0, 1, 8).reshape(-1, 1)
    trainer = Trainer(
        max_epochs=2,
        accelerator="cpu",
        callbacks=[ContextaCallback()],
        default_root_dir=str(directory),
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, DataLoader(TensorDataset(x, 2 * x), batch_size=4))
    return trainer


def test_a_training_is_told(told: Told, tmp_path: Path) -> None:
    """Epochs, metrics with their step, hyperparameters, and the checkpoint."""
    with contexta.run("line", type="training"):
        trainer = train(tmp_path, Line(rate=0.05))
    epochs = "SELECT batch_type, batch_index, status FROM batches ORDER BY batch_index"
    assert told.rows(epochs) == [("epoch", 0, "completed"), ("epoch", 1, "completed")]
    losses = told.rows("SELECT step, value FROM metrics WHERE name = 'train_loss' ORDER BY step")
    assert [step for step, _ in losses] == [2, 4]
    assert losses[-1][1] == pytest.approx(float(trainer.callback_metrics["train_loss"]))
    settings = dict(told.rows("SELECT key, value FROM configuration"))
    assert settings["lightning.fit.hyperparameters.rate"] == "0.05"
    assert settings["lightning.fit.max_epochs"] == "2"
    ((kind, path, sha256),) = told.rows("SELECT kind, path, sha256 FROM artifacts")
    assert (kind, Path(path).suffix) == ("checkpoint", ".ckpt")
    assert sha256


def test_a_training_that_raises_has_failed(told: Told, tmp_path: Path) -> None:
    """The operation says so; the exception arrives."""
    with contexta.run("line"), pytest.raises(RuntimeError, match="diverged"):
        train(tmp_path, Line(fails=True))
    failed = "SELECT status, error_type FROM operations"
    assert told.rows(failed) == [("failed", "RuntimeError")]
