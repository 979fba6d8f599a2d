"""One story per code: what a run must have done to earn it, and a healthy history where it takes one."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from diagnose.telling import (
    DAY,
    FIRST_DAY_NS,
    STAGES,
    Run,
    conditions,
    figures,
    healthy,
    history,
    model,
)

NOW = 7
"""The day of the run that is judged, where earlier ones make a history."""

SUBJECT = "run-of"


ALONE = "alone"
"""The project of all stories that need no other run: they begin at one moment, so none is another's history."""


@dataclass(frozen=True)
class Story:
    """What is told, and the finding it must lead to.

    history: how many healthy runs went before. own: whether it needs a project of its own, as those with a
    history do.
    """

    severity: str
    subject: str
    tell: Callable[[str, str], Run | list[Run]]
    history: int = 0
    own: bool = False

    @property
    def alone(self) -> bool:
        """Whether it shares a project with others."""
        return not (self.history or self.own)

    def runs(self, name: str) -> list[Run]:
        """Everything that is told."""
        told = self.tell(f"{SUBJECT}-{name}", ALONE if self.alone else name)
        return [*history(name, self.history), *(told if isinstance(told, list) else [told])]


def fine(id: str, project: str, **more: Any) -> Run:
    """A healthy run on the day that is judged."""
    return healthy(id, project, NOW, **more)


def staged(id: str, project: str, *stages: str, **more: Any) -> Run:
    """A run with its conditions and these stages, and nothing measured."""
    run = conditions(Run(id, project, NOW, **more))
    for index, stage in enumerate(stages):
        run.stage(stage, index)
    return run


def measured_badly(id: str, project: str) -> Run:
    """Accuracy far from every earlier run."""
    run = conditions(Run(id, project, NOW))
    for index, name in enumerate(STAGES):
        run.stage(name, index)
    return model(figures(run, accuracy=0.4).samples(8))


def rows_told(id: str, project: str, *counts: tuple[str, str, float]) -> Run:
    """A run whose stages count rows: (stage, metric, value)."""
    run = conditions(Run(id, project, NOW))
    for index, name in enumerate(STAGES):
        run.stage(name, index)
    run.metric("loss", 0.3, stage="train").metric("accuracy", 0.91, stage="evaluate")
    for stage, name, value in counts:
        run.metric(name, value, stage=stage)
    return model(run.samples(8))


def paced(id: str, project: str, day: int, took: float) -> Run:
    """A run whose batches and evaluation take so many seconds each."""
    run = conditions(Run(id, project, day))
    run.stage("prepare", 0).stage("train", 1).stage("evaluate", 2, took=took * 10)
    for index in range(4):
        run.batch(f"fold_{index}", index=index, took=took + index / 100)
    return model(figures(run).samples(8))


def paced_history(project: str, usual: float = 5) -> list[Run]:
    """Six runs at a steady pace."""
    return [paced(f"{project}-past-{day}", project, day, usual + day / 100) for day in range(6)]


def checked(run: Run, result: str, day: int) -> Run:
    """A check of the run's model, with the marker that goes with a bad one."""
    at = day * 86_400.0
    told = {"contexta.artifact.id": f"{run.id}-model", "contexta.verification.result": result}
    run.event("contexta.verification", told, at=at)
    if result in ("mismatch", "missing"):
        reason = "artifact_hash_mismatch" if result == "mismatch" else "artifact_missing"
        told = {
            "contexta.degraded.reason": reason,
            "contexta.degraded.category": "verification",
            "contexta.degraded.severity": "error",
            "contexta.degraded.subject": f"{run.id}-model",
        }
        run.event("contexta.degraded", told, at=at)
    return run


def promoted(run: Run, decision: str) -> Run:
    """A decision on the run's model for production, two hours after the run's end."""
    told = {
        "contexta.artifact.id": f"{run.id}-model",
        "contexta.promotion.to": "production",
        "contexta.promotion.decision": decision,
        "contexta.promotion.by": "release board",
    }
    return run.event("contexta.promotion", told, at=run.seconds + 7200)


def fed_by(id: str, project: str, status: str) -> list[Run]:
    """A run that consumed the model of a run that ended so."""
    upstream = healthy(f"{id}-upstream", project, NOW - 1, status=status)
    return [
        upstream,
        fine(id, project).artifact(f"{id}-upstream-model", "model_bundle", role="consumed"),
    ]


def quarantined(id: str, project: str) -> list[Run]:
    """A run that consumed a model whose verification failed."""
    upstream = checked(healthy(f"{id}-upstream", project, NOW - 1), "mismatch", 1)
    return [
        upstream,
        fine(id, project).artifact(f"{id}-upstream-model", "model_bundle", role="consumed"),
    ]


def quarantine(run: Run, thing: str) -> Run:
    """Somebody says that a thing is not to be relied on."""
    told = {
        "contexta.relation.type": "quarantined_by",
        "contexta.relation.from": thing,
        "contexta.relation.to": "incident-7",
        "contexta.relation.evidence": "labels leaked",
    }
    return run.event("contexta.relation", told)


def gone_without_end(id: str, project: str) -> Run:
    """A run that was announced long ago and never closed."""
    return fine(id, project, announced=True, ledger=False, own_span=False)


def still_open(id: str, project: str) -> Run:
    """A run that was announced a moment ago."""
    days = (time.time_ns() - FIRST_DAY_NS) // DAY + 1
    return Run(id, project, days, announced=True, ledger=False, own_span=False).stage("prepare", 0)


def out_of_order(id: str, project: str) -> Run:
    """Training began before the data was prepared."""
    run = conditions(Run(id, project, NOW))
    run.stage("train", at=0).stage("prepare", at=100).stage("evaluate", at=200)
    return model(figures(run).samples(8))


def retried(id: str, project: str) -> Run:
    """A stage that failed once and completed at the second attempt."""
    run = conditions(Run(id, project, NOW))
    run.stage("prepare", 0).stage("train", 1, status="failed", attempt=1)
    run.stage("train", 1, at=170, attempt=2).stage("evaluate", 2, at=250)
    return model(figures(run).samples(8))


def straggling(id: str, project: str) -> Run:
    """Nine folds alike, and one that took ten times as long."""
    run = fine(id, project)
    for index in range(9):
        run.batch(f"fold_{index}", index=index, took=5 + index / 100)
    return run.batch("fold_9", index=9, took=50)


def mentioned_batch(id: str, project: str) -> Run:
    """A metric of a batch whose span never came."""
    return fine(id, project).metric("fold_loss", 0.2, stage="train", batch="fold_0")


def blown_up(id: str, project: str) -> Run:
    """A loss that fell, and then rose far beyond where it began."""
    falling = [2.0 - 0.05 * step + 0.01 * (step % 3) for step in range(30)]
    return fine(id, project).curve("train_loss", falling + [0.6 * 1.4**step for step in range(12)])


def without_model(id: str, project: str, **artifact: Any) -> Run:
    """A healthy run but for its model, which is told so."""
    run = conditions(Run(id, project, NOW))
    for index, name in enumerate(STAGES):
        run.stage(name, index)
    return figures(run).samples(8).artifact("model", "model_bundle", **artifact)


def lacking(id: str, project: str, **what: Any) -> Run:
    """A healthy run whose conditions lack something."""
    run = conditions(Run(id, project, NOW), **what)
    for index, name in enumerate(STAGES):
        run.stage(name, index)
    return model(figures(run).samples(8))


def seen_only(id: str, project: str) -> Run:
    """A stage that only a metric names."""
    run = conditions(Run(id, project, NOW))
    run.stage("prepare", 0).stage("train", 1)
    return model(figures(run).samples(8))


def inferred(id: str, project: str) -> Run:
    """A deployment somebody concluded from a file name."""
    told = {
        "contexta.relation.type": "derived_from",
        "contexta.relation.from": f"{id}-model",
        "contexta.relation.to": f"{id}-live",
        "contexta.relation.confidence": "inferred",
        "contexta.relation.evidence": "the same file name",
    }
    return fine(id, project).deployment(f"{id}-live", report="r").event("contexta.relation", told)


def loss_gone(id: str, project: str) -> Run:
    """A run that measures everything its history does, but for the loss."""
    run = staged(id, project, *STAGES).samples(8)
    run.metric("rows_in", 1000, stage="prepare").metric("rows_out", 900, stage="prepare")
    run.metric("rows", 900, stage="train").metric("accuracy", 0.912, stage="evaluate")
    return model(run)


def ranked(id: str, project: str, heard: Sequence[int], world: int, **more: Any) -> Run:
    """A run that these ranks of a world told of, each from a producer of its own."""
    run = fine(id, project, rank=heard[0], world=world, **more)
    for rank in heard[1:]:
        run.rank_tells(rank, world)
    return run


STORIES: dict[str, Story] = {
    "D101": Story("error", "run", lambda i, p: fine(i, p, status="failed")),
    "D102": Story("error", "run", gone_without_end),
    "D103": Story("warning", "run", lambda i, p: fine(i, p, status="cancelled")),
    "D104": Story("info", "run", still_open, own=True),
    "D105": Story("warning", "run", lambda i, p: fine(i, p, own_span=False), own=True),
    "D106": Story("warning", "run", lambda i, p: Run(i, p, NOW, expected=None)),
    "D110": Story("error", "stage evaluate", lambda i, p: staged(i, p, "prepare", "train")),
    "D111": Story("warning", "stage evaluate", lambda i, p: staged(i, p, "prepare", "train", expected=None), 6),
    "D112": Story("error", "stage export", lambda i, p: fine(i, p, expected=None).stage("export", 3, status="failed")),
    "D113": Story("error", "stage export", lambda i, p: fine(i, p, expected=None).stage("export", 3, status="interrupted")),
    "D114": Story("warning", "stage export", lambda i, p: fine(i, p, expected=[*STAGES, "export"]).stage("export", 3, status="skipped")),
    "D115": Story("warning", "stage evaluate", seen_only),
    "D116": Story("warning", "stage train", out_of_order),
    "D117": Story("info", "stage export", lambda i, p: fine(i, p).stage("export", 3)),
    "D118": Story("warning", "stage train", retried),
    "D201": Story("error", "stage prepare", lambda i, p: rows_told(i, p, ("prepare", "rows_in", 1000), ("prepare", "rows_out", 0))),
    "D202": Story("error", "stage prepare", lambda i, p: rows_told(i, p, ("prepare", "rows_in", 1000), ("prepare", "rows_out", 380)), 6),
    "D203": Story("error", "stage prepare", lambda i, p: rows_told(i, p, ("prepare", "rows_in", 300)), 6),
    "D204": Story("error", "stage evaluate", lambda i, p: figures(staged(i, p, *STAGES)), 6),
    "D205": Story("warning", "stage train", lambda i, p: staged(i, p, *STAGES).metric("rows_in", 1000, stage="prepare"), 6),
    "D206": Story("error", "run", lambda i, p: staged(i, p, *STAGES, type="evaluation")),
    "D207": Story("warning", "stage evaluate", lambda i, p: fine(i, p).samples(2, status="error", score=None, first=90)),
    "D208": Story("warning", "stage prepare", lambda i, p: rows_told(i, p, ("prepare", "rows_in", 1000), ("prepare", "rows_out", 2700)), 6),
    "D210": Story("error", "operation fetch", lambda i, p: fine(i, p).operation("fetch", stage="prepare", error="Timeout")),
    "D211": Story("error", "batches of stage train", lambda i, p: fine(i, p).batch("fold_0").batch("fold_1", status="failed")),
    "D212": Story("info", "batches of stage train", straggling),
    "D213": Story("warning", "batches of stage train", lambda i, p: [*paced_history(p), paced(i, p, NOW, 40)], own=True),
    "D214": Story("warning", "stage evaluate", lambda i, p: [*paced_history(p), paced(i, p, NOW, 40)], own=True),
    "D215": Story("info", "stage evaluate", lambda i, p: [*paced_history(p, 60), paced(i, p, NOW, 1)], own=True),
    "D216": Story("info", "batches of stage train", mentioned_batch),
    "D301": Story("warning", "stage train", lambda i, p: fine(i, p).degraded("gradients_not_captured", stage="train")),
    "D302": Story("error", "run", lambda i, p: fine(i, p).degraded("queue_overflow", "error", "transport")),
    "D303": Story("info", "run", lambda i, p: fine(i, p).degraded("samples_thinned", "info", "sampling", expected_count=100, observed_count=10)),
    "D304": Story("warning", "stage evaluate", lambda i, p: fine(i, p).degraded("outputs_redacted", "warning", "redaction", stage="evaluate")),
    "D305": Story("warning", "run", lambda i, p: fine(i, p).degraded("tags_left_out", "warning", "import")),
    "D306": Story("warning", "run", lambda i, p: fine(i, p).degraded("seed_not_pinned", "warning", "replay")),
    "D307": Story("warning", "run", lambda i, p: fine(i, p).degraded("artifact_not_verifiable", "warning", "verification")),
    "D308": Story("error", "run", lambda i, p: fine(i, p).degraded("spans_removed", "error", "retention")),
    "D309": Story("error", "run", lambda i, p: fine(i, p).degraded("preempted", "critical", "interruption")),
    "D310": Story("warning", "run", lambda i, p: fine(i, p).degraded("labels_disputed", "warning", "labelling")),
    "D320": Story("warning", "run", lambda i, p: fine(i, p, lost=3)),
    "D401": Story("warning", "producer", lambda i, p: fine(i, p, ledger=False)),
    "D402": Story("error", "producer", lambda i, p: fine(i, p, lost=3)),
    "D403": Story("error", "producer", lambda i, p: fine(i, p, dropped=5)),
    "D404": Story("info", "run", lambda i, p: fine(i, p, numbered=False)),
    "D405": Story("warning", "rank 2", lambda i, p: ranked(i, p, (0, 1, 3), 4)),
    "D406": Story("info", "run", lambda i, p: ranked(i, p, (0,), 4)),
    "D501": Story("error", "metric grad_norm", lambda i, p: fine(i, p).metric("grad_norm", float("nan"), stage="train")),
    "D502": Story("warning", "metric accuracy", measured_badly, 6),
    "D503": Story("error", "metric train_loss", blown_up),
    "D504": Story("warning", "metric loss", loss_gone, 6),
    "D601": Story("warning", "environment", lambda i, p: lacking(i, p, environment=False)),
    "D602": Story("warning", "configuration", lambda i, p: lacking(i, p, configuration=False)),
    "D603": Story("warning", "data", lambda i, p: lacking(i, p, data=False)),
    "D604": Story("warning", "code", lambda i, p: lacking(i, p, revision=None)),
    "D605": Story("warning", "code", lambda i, p: lacking(i, p, dirty=True)),
    "D610": Story("warning", "artifact model", without_model),
    "D611": Story("warning", "artifact weights", lambda i, p: fine(i, p).artifact("weights", "checkpoint", role="consumed")),
    "D612": Story("error", "artifact run-of-D612-model", lambda i, p: checked(fine(i, p), "mismatch", 1)),
    "D613": Story("info", "artifact run-of-D613-model", lambda i, p: checked(checked(fine(i, p), "mismatch", 1), "match", 2)),
    "D701": Story("error", "deployment run-of-D701-live", lambda i, p: fine(i, p).deployment(f"{i}-live", after_days=-1, report="r")),
    "D702": Story("warning", "deployment run-of-D702-live", lambda i, p: fine(i, p).deployment(f"{i}-live")),
    "D703": Story("error", "deployment run-of-D703-live", lambda i, p: fine(i, p).deployment(f"{i}-live", report="r", smoke="failed")),
    "D704": Story("warning", "deployment run-of-D704-live", lambda i, p: fine(i, p).deployment(f"{i}-live", report="r", smoke="so-so")),
    "D705": Story("warning", "deployment run-of-D705-live", inferred),
    "D706": Story("warning", "deployment run-of-D706-live", lambda i, p: fine(i, p).deployment(f"{i}-live", report="r", status="rolled_back")),
    "D707": Story("warning", "deployment run-of-D707-live", lambda i, p: fine(i, p).deployment(f"{i}-live", report="r", environment=None)),
    "D708": Story("error", "deployment run-of-D708-live", lambda i, p: fine(i, p, status="failed").deployment(f"{i}-live", report="r")),
    "D709": Story("error", "deployment run-of-D709-live", lambda i, p: promoted(fine(i, p).deployment(f"{i}-live", report="r"), "rejected")),
    "D801": Story("error", "run-of-D801-upstream-model", quarantined, own=True),
    "D802": Story("warning", "artifact run-of-D802-upstream-model", lambda i, p: fed_by(i, p, "failed"), own=True),
    "D803": Story("error", "artifact run-of-D803-model", lambda i, p: quarantine(fine(i, p), f"{i}-model")),
}  # fmt: skip
"""By code; the run that is judged is `run-of-CODE`."""
