"""The transformers callback, with a real training of a tiny model made on the spot."""

from __future__ import annotations

from pathlib import Path

import torch
from integrations.conftest import Told
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

import contexta
from contexta.integrations.transformers import ContextaCallback


class Sentences(torch.utils.data.Dataset):
    """Eight sentences of four words."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {"input_ids": torch.tensor([1, 2, 3, index]), "labels": torch.tensor(index % 2)}


def train(directory: Path) -> None:
    """Two epochs of two steps."""
    config = BertConfig(
        vocab_size=16,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
    )
    arguments = TrainingArguments(
        output_dir=str(directory / "out"),
        num_train_epochs=2,
        per_device_train_batch_size=4,
        logging_steps=1,
        save_strategy="epoch",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    Trainer(
        BertForSequenceClassification(config),
        arguments,
        train_dataset=Sentences(),
        callbacks=[ContextaCallback()],
    ).train()


def test_a_training_is_told(told: Told, tmp_path: Path) -> None:
    """Logged losses with their step, epochs, arguments, checkpoints."""
    with contexta.run("bert", type="training"):
        train(tmp_path)
    losses = "SELECT step FROM metrics WHERE name = 'loss' ORDER BY step"
    assert told.values(losses) == [1, 2, 3, 4]
    epochs = "SELECT batch_type, batch_index, status FROM batches ORDER BY batch_index"
    assert told.rows(epochs) == [("epoch", 0, "completed"), ("epoch", 1, "completed")]
    settings = dict(told.rows("SELECT key, value FROM configuration"))
    assert settings["transformers.train.num_train_epochs"] == "2"
    assert settings["transformers.train.logging_steps"] == "1"
    kinds = "SELECT kind, count(*), count(sha256) FROM artifacts GROUP BY kind"
    assert told.rows(kinds) == [("checkpoint", 2, 2)]
    assert told.values("SELECT status FROM operations") == ["completed"]


def test_outside_a_run_it_is_silent(told: Told, tmp_path: Path) -> None:
    """The callback may stay in the code."""
    train(tmp_path)
    assert told.is_empty()
