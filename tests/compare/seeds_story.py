"""Two methods, five seeds each: trained and evaluated on the same forty samples."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from compare.emission import SECOND, START_NS, Run

SAMPLES = 40


def seed_run(
    method: str,
    seed: int,
    *,
    accuracy: float,
    samples: Sequence[int] = range(SAMPLES),
    status: str = "completed",
    metrics: Mapping[str, float] | None = None,
    **configuration: Any,
) -> Run:
    """A run of one method with one seed; accuracy: how likely a sample passes."""
    rng = random.Random(f"{method} {seed}")
    level = accuracy + rng.gauss(0, 0.02)
    run = Run(
        f"{method}_{seed}",
        type="training",
        status=status,
        at=START_NS + seed * 1000 * SECOND,
        start=START_NS + seed * 1000 * SECOND,
        tags={"method": method, "seed": str(seed)},
    )
    run.environment(python="3.11.8", platform="linux", hardware="gpu-a", packages=["torch==2.1.0"])
    run.configuration(seed=seed, learning_rate=0.1, **configuration)
    run.artifact("eval_set", "dataset_snapshot", role="consumed", sha256="d" * 64)
    run.stage("train", 0).stage("evaluate", 1)
    told = []
    for number in samples:
        hard = random.Random(number).random() * 0.3
        score = min(1.0, max(0.0, level - hard + rng.gauss(0, 0.05)))
        told.append(score)
        slices = ["short" if number % 2 else "long"]
        passed = "passed" if score > 0.55 else "failed"
        run.sample(f"q{number:02}", slices=slices, status=passed, score=score)
    run.metric("score", sum(told) / len(told), stage="evaluate", higher_is_better=True)
    run.metric("accuracy", level, higher_is_better=True)
    run.metric("loss", 1.2 - level + rng.gauss(0, 0.3), stage="train", higher_is_better=False)
    run.metric("parameters", 7_000_000)
    for name, value in (metrics or {}).items():
        run.metric(name, value, higher_is_better=True)
    return run


def methods(count: int = 5, *, fall: float = 0.08) -> list[Run]:
    """`count` seeds of method `base` and of method `new`, which is worse by `fall`."""
    return [
        seed_run(method, seed, accuracy=0.8 - (fall if method == "new" else 0.0))
        for seed in range(1, count + 1)
        for method in ("base", "new")
    ]
