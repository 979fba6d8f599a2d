"""The evaluations of the support bot: one before the training run, one after it."""

import random
from dataclasses import dataclass
from typing import Any

from demo_names import AFTER, FAITHFULNESS, PER_SLICE, QUESTIONS, REPORT, SLICES
from demo_recorder import Producer, Scope, at, open_run

from contexta_semconv import events


@dataclass(frozen=True)
class Scored:
    """One prompt with what the evaluation made of it."""

    id: str
    slice: str
    relevance: float
    faithfulness: float

    @property
    def tags(self) -> list[str]:
        """Why it failed; empty when it passed."""
        missing = ["missing_required_policy_context"] if self.relevance < 0.5 else []
        return missing + (["unsupported_claim"] if self.faithfulness < 0.5 else [])


def scored_samples(run_id: str) -> list[Scored]:
    """A hundred and twenty prompts, the same in every evaluation; each slice has exactly its mean faithfulness."""
    found: list[Scored] = []
    for index, name in enumerate(SLICES):
        noise = random.Random(f"{name}")
        shift = random.Random(f"{name} {run_id}")
        ids = [f"prompt_{index * PER_SLICE + number:03d}" for number in range(PER_SLICE)]
        scores = [round(noise.betavariate(6, 2) + shift.gauss(0, 0.03), 2) for _ in ids]
        relevance = [
            round(min(0.99, max(0.05, score + shift.gauss(0.02, 0.05))), 2) for score in scores
        ]
        if name == "refund_questions":
            ids[-1], scores[-1], relevance[-1] = "prompt_042", 0.82, 0.80
            if run_id == AFTER:
                scores[-1], relevance[-1] = 0.33, 0.41
        elif "prompt_042" in ids:
            ids[ids.index("prompt_042")] = f"prompt_{PER_SLICE - 1:03d}"
        _to_mean(
            scores,
            FAITHFULNESS[run_id][name],
            fixed=ids.index("prompt_042") if "prompt_042" in ids else None,
        )
        found += [
            Scored(*row) for row in zip(ids, [name] * PER_SLICE, relevance, scores, strict=True)
        ]
    return found


def _to_mean(scores: list[float], mean: float, fixed: int | None) -> None:
    """Move scores (but the fixed one) by hundredths until their mean is the given one."""
    missing = round((mean * len(scores) - sum(scores)) * 100)
    free = [place for place in range(len(scores)) if place != fixed]
    while missing:
        for place in free:
            step = (missing > 0) - (missing < 0)
            moved = round(scores[place] + step / 100, 2)
            if step and 0.05 <= moved <= 0.99:
                scores[place], missing = moved, missing - step


def evaluation(run_id: str, start: str, model: str, latency_p95: float, revision: str) -> bytes:
    """An evaluation with its samples; the newer one has partly redacted outputs and writes a report."""
    producer = Producer(f"{run_id}-p0", "support-bot-eval")
    names = ("prepare", "retrieve", "evaluate")
    t = [at(start, second) for second in (0, 26, 337, 679)]
    with open_run(producer, run_id, "evaluation", names, t[0], t[3], revision) as run:
        configuration = {
            "retriever": "hybrid_bm25_dense",
            "top_k": 8 if run_id == AFTER else 6,
            "reranker": "cross_encoder_v3" if run_id == AFTER else "cross_encoder_v2",
            "temperature": 0.0,
            "evaluation_set": "support_eval_2026_04",
        }
        run.event(
            events.CONFIGURATION,
            t[0],
            {f"contexta.config.{key}": item for key, item in configuration.items()},
        )
        size = 184_221_903 if run_id == AFTER else 155_592_823
        for artifact, kind, bytes_ in (
            (model, "model_bundle", size),
            ("dataset_support_eval_2026_04", "dataset_snapshot", 412_880),
        ):
            run.event(
                events.ARTIFACT,
                t[0],
                {
                    "contexta.artifact.id": artifact,
                    "contexta.artifact.kind": kind,
                    "contexta.artifact.role": "consumed",
                    "contexta.artifact.size_bytes": bytes_,
                },
            )
        with run.stage("prepare", 0, t[0], t[1]):
            pass
        with run.stage("retrieve", 1, t[1], t[2]) as retrieve:
            retrieve.operation("embed_queries", "embedding", t[1], 912.0)
            retrieve.operation(
                "search_index", "retrieval", t[1] + 10**9, 2310.0 if run_id == AFTER else 2204.0
            )
            retrieve.operation(
                "rerank_documents",
                "rerank",
                t[1] + 4 * 10**9,
                1842.0 if run_id == AFTER else 1533.0,
            )
        with run.stage("evaluate", 2, t[2], t[3]) as evaluate:
            _evaluate(evaluate, run_id, t[2], t[3])
        run.metric("latency_p95", latency_p95, t[3], unit="ms", higher_is_better=False, scope="run")
        samples = scored_samples(run_id)
        passed = sum(not sample.tags for sample in samples) / len(samples)
        faithfulness = sum(sample.faithfulness for sample in samples) / len(samples)
        for name, value in (("accuracy", passed), ("faithfulness", faithfulness)):
            run.metric(
                name,
                round(value, 4),
                t[3],
                scope="run",
                higher_is_better=True,
                sample_count=len(samples),
            )
        if run_id == AFTER:
            run.event(
                events.RELATION,
                t[3],
                {
                    "contexta.relation.type": "summarized_by",
                    "contexta.relation.from": run_id,
                    "contexta.relation.from_kind": "run",
                    "contexta.relation.to": REPORT,
                    "contexta.relation.to_kind": "artifact",
                    "contexta.captured_by": "report_generator",
                },
            )
    return producer.encoded()


def _evaluate(stage: Scope, run_id: str, start: int, end: int) -> None:
    stage.event("evaluation_started", start)
    samples = scored_samples(run_id)
    for number, sample in enumerate(samples):
        attributes: dict[str, Any] = {
            "contexta.batch.id": f"fold_{number % 5:02d}"
            if sample.id != "prompt_042"
            else "fold_03",
            "contexta.sample.id": sample.id,
            "contexta.slice": sample.slice,
            "contexta.sample.status": "failed" if sample.tags else "passed",
            "contexta.sample.input_summary": QUESTIONS[sample.slice],
            "contexta.sample.score.relevance": sample.relevance,
            "contexta.sample.score.faithfulness": sample.faithfulness,
        }
        if sample.tags:
            attributes["contexta.sample.failure_tags"] = sample.tags
        if sample.slice == "refund_questions":
            found = ["doc_policy_general", "doc_pricing_faq"]
            if not sample.tags:
                found.insert(0, "doc_refund_policy_2026")
            attributes["contexta.sample.retrieval.top_document_ids"] = found
            attributes["contexta.sample.retrieval.expected_document_id"] = "doc_refund_policy_2026"
        stage.event(events.SAMPLE, start + (number + 1) * 25 * 10**8, attributes)
    for name in SLICES:
        mine = [sample.faithfulness for sample in samples if sample.slice == name]
        value = round(sum(mine) / len(mine), 4)
        stage.metric(
            "faithfulness",
            value,
            end,
            slice=name,
            scope="slice",
            higher_is_better=True,
            sample_count=len(mine),
        )
    if run_id == AFTER:
        stage.event(
            events.DEGRADED,
            end,
            {
                "contexta.degraded.reason": "sample_outputs_partially_redacted",
                "contexta.degraded.severity": "warning",
                "contexta.degraded.category": "redaction",
            },
        )
