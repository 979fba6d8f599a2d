"""Two evaluations of a support bot, told in full: what a comparison has to say something about."""

import random
from typing import Any

import numpy as np
from compare.emission import SECOND, START_NS, Run

BASELINE, CANDIDATE, THIRD = "eval_april", "eval_may", "eval_may_fixed"
SLICES = ("billing", "refunds", "login")
SHIFTS = {
    BASELINE: {"billing": 0.0, "refunds": 0.0, "login": 0.0},
    CANDIDATE: {"billing": 0.01, "refunds": -0.12, "login": 0.08},
    THIRD: {"billing": 0.03, "refunds": 0.02, "login": 0.06},
}
HISTORY = 12


def story(id: str) -> Run:
    """One evaluation; the same samples in each, but for a few."""
    # Started in this order, so that none is in another's history but the April one.
    place = list(SHIFTS).index(id)
    run = Run(id, name=f"{id}_run", start=START_NS + place * SECOND)
    run.environment(
        revision=f"{place}" * 40, python="3.11.8", platform="linux-x86_64", hardware="cpu-8",
        packages=["torch==2.4.1", f"tokenizers==0.{20 + place}.1"],
    )  # fmt: skip
    run.configuration(top_k=8 if place else 6, temperature=0.0)
    for index, stage in enumerate(("prepare", "retrieve", "evaluate")):
        run.stage(stage, index)
    _artifacts(run, place)
    _durations(run, place)
    _figures(run, place, _samples(run))
    if id == CANDIDATE:
        reason = "sample_outputs_partially_redacted"
        told = {"contexta.degraded.reason": reason, "contexta.degraded.category": "redaction"}
        run.event("contexta.degraded", {"contexta.stage.name": "evaluate", **told})
    return run


def earlier() -> list[Run]:
    """Runs of the weeks before, one a day, with the figure that has no samples."""
    rng = random.Random(1)
    runs: list[Run] = []
    for day in range(HISTORY):
        run = Run(f"eval_earlier_{day:02}", start=START_NS - (HISTORY - day) * 86_400 * SECOND)
        run.stage("evaluate", 2).metric(
            "bleu", round(0.31 + rng.gauss(0, 0.003), 6), stage="evaluate", higher_is_better=True
        )
        runs.append(run)
    return runs


def _artifacts(run: Run, place: int) -> None:
    run.artifact(
        "support_eval", "dataset_snapshot", role="consumed", sha256="d" * 64, size_bytes=4096
    )
    run.artifact(
        f"bot_v{place}",
        "model_bundle",
        sha256=f"{place}" * 64,
        size_bytes=155_000_000 + 28_000_000 * place,
    )
    if place == 0:
        run.artifact("index_report", "report_bundle", sha256="e" * 64, size_bytes=900)


def _durations(run: Run, place: int) -> None:
    rng = random.Random(50)
    for _ in range(120):
        run.operation(
            "rerank", round(40 + 15 * place + rng.expovariate(1 / 8), 3), stage="retrieve"
        )


def _samples(run: Run) -> dict[str, Any]:
    """120 samples but for some that only one side has; gives what was measured, by sample."""
    rng = random.Random(7)
    noise = random.Random(run.id)
    shifts = SHIFTS[run.id]
    took: list[float] = []
    passed: list[bool] = []
    faith: dict[str, list[float]] = {slice_: [] for slice_ in SLICES}
    for number in range(120):
        base, slice_, hard = 0.6 + rng.gauss(0, 0.12), SLICES[number % 3], rng.random()
        slow = 180 + rng.expovariate(1 / 30)
        if (run.id, number // 3) in ((BASELINE, 39), (CANDIDATE, 0)):
            continue
        score = round(base + shifts[slice_] + noise.gauss(0, 0.03), 6)
        fine = hard - 0.8 * shifts[slice_] < 0.85
        latency = round(slow + noise.gauss(0, 3), 3)
        about = {
            "contexta.sample.output_summary": f"answer {number} of {run.id}",
            "contexta.sample.redacted": True if number % 20 == 1 and run.id == CANDIDATE else None,
            "contexta.sample.retrieval.top_document_ids": [f"doc_{number % 7}"],
        }
        run.sample(
            f"prompt_{number:03}", slices=[slice_], status="passed" if fine else "failed",
            tags=[] if fine else ["unsupported_claim"], about=about, faithfulness=score, latency=latency,
        )  # fmt: skip
        took.append(latency)
        passed.append(fine)
        faith[slice_].append(score)
    return {"took": took, "passed": passed, "faith": faith}


def _figures(run: Run, place: int, told: dict[str, Any]) -> None:
    everything = [score for scores in told["faith"].values() for score in scores]
    run.metric("faithfulness", float(np.mean(everything)), stage="evaluate", higher_is_better=True)
    for slice_, scores in told["faith"].items():
        run.metric(
            "faithfulness", round(float(np.mean(scores)), 6), stage="evaluate", slice=slice_, higher_is_better=True
        )  # fmt: skip
    run.metric("accuracy", float(np.mean(told["passed"])), higher_is_better=True)
    run.metric(
        "latency",
        float(np.quantile(told["took"], 0.95)),
        unit="ms",
        aggregation="p95",
        higher_is_better=False,
    )
    run.metric("bleu", (0.312, 0.27, 0.315)[place], stage="evaluate", higher_is_better=True)
    run.metric(
        "cost",
        (1.2, 1.25, 1.21)[place],
        unit="{usd}",
        stddev=0.1,
        sample_count=117,
        higher_is_better=False,
    )
    run.metric("documents", (5000, 3100, 5000)[place], stage="prepare")
    for step, value in enumerate((0.9, 0.5, 0.4 + 0.05 * place)):
        run.metric("train_loss", value, stage="prepare", step=step, higher_is_better=False)
    if place != 1:
        run.metric("toxicity", 0.01, stage="evaluate", higher_is_better=False)
