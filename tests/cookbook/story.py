"""The spring of a shop's product search: what the cookbook's questions are asked of, told in OTLP.

March: `train-march` makes model_v1, and `train-march-again` with the same settings a twin of it; `eval-march` finds it good, and it goes live on the 10th. April: `train-april` makes
model_v2 on another data set, `eval-april` finds it better on average and worse on rare queries; it goes live on the 10th, drifts, and is
rolled back on the 14th, its data quarantined. May: `train-may` fails, `eval-may` was never closed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from compare.emission import SECOND, Run
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status
from otlp_values import pairs

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.signal import Signal
from contexta_processor.server.embedded import own

EVAL_SET = "dataset_queries_v3"
PROD = "production"


def moment(text: str) -> int:
    """`2026-03-01 10:00` in Unix nanoseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def begun(name: str, at: str, type: str, **more: Any) -> Run:
    """A run of the search project."""
    start = moment(at)
    return Run(name, type=type, project="shop-search", name=name, start=start, at=start, **more)


def stages(run: Run, minutes: Mapping[str, int], **statuses: str) -> Run:
    """Stages one after the other, each of so many minutes."""
    at = run.start
    for index, (name, length) in enumerate(minutes.items()):
        run.at = at
        run.stage(name, index, statuses.get(name, "completed"))
        at += length * 60 * SECOND
        run.spans[-1].end_time_unix_nano = at
    run.at = at
    return run


def call(run: Run, name: str, ms: float, tokens: tuple[int, int], *, failed: bool = False) -> Run:
    """A model's answer with the tokens it took."""
    run.operation(name, ms, stage="score", failed=failed)
    told = {
        "contexta.operation.type": "generation",
        "gen_ai.request.model": "small-writer",
        "gen_ai.usage.input_tokens": tokens[0],
        "gen_ai.usage.output_tokens": tokens[1],
        "error.type": "TimeoutError" if failed else None,
    }
    run.spans[-1].attributes.extend(pairs(told))
    return run


def trained(
    name: str, at: str, model: str, data: str, losses: list[float], rate: float, code: str
) -> Run:
    """A training that made a model of a data set."""
    run = begun(name, at, "training")
    stages(run, {"load": 2, "train": 30, "package": 1})
    run.configuration(learning_rate=rate, epochs=len(losses), seed=13)
    run.environment(code, python="3.11.8", packages=["torch==2.4.1", f"numpy==2.{losses.index(min(losses))}.0"])  # fmt: skip
    run.artifact(data, "dataset_snapshot", role="consumed", sha256=digest(data), size_bytes=1_000_000)  # fmt: skip
    for step, loss in enumerate(losses):
        run.metric("loss", loss, stage="train", step=step, higher_is_better=False)
    run.artifact(model, "model_bundle", sha256=digest(model), size_bytes=50_000_000, path=f"s3://models/{model}")  # fmt: skip
    return run.artifact(f"words_{name}", "vocabulary", sha256=digest("the same words"))


def digest(text: str) -> str:
    """A sha256 to tell of an artifact."""
    return sha256(text.encode()).hexdigest()


SAMPLES: dict[str, tuple[str, float, float]] = {
    "q-shoes": ("common", 0.9, 0.95),
    "q-shirt": ("common", 0.8, 0.9),
    "q-lamp": ("common", 0.4, 0.7),
    "q-sextant": ("rare", 0.8, 0.3),
    "q-astrolabe": ("rare", 0.7, 0.2),
    "q-orrery": ("rare", 0.1, 0.2),
}
"""Slice, and score in March and in April."""


def evaluated(name: str, at: str, model: str, column: int) -> Run:
    """An evaluation of a model on six queries, in two chunks."""
    run = begun(name, at, "evaluation")
    stages(run, {"index": 1, "score": 4})
    run.configuration(top_k=10, retriever="bm25" if column == 0 else "dense", seed=13)
    run.environment(f"rev-{name}", python="3.11.8" if column == 0 else "3.12.1", packages=["torch==2.4.1"])  # fmt: skip
    run.artifact(model, "model_bundle", role="consumed", sha256=digest(model))
    run.artifact(EVAL_SET, "dataset_snapshot", role="consumed", sha256=digest(EVAL_SET))
    run.batch("chunk-1", "chunk", stage="score").batch("chunk-2", "chunk", stage="score")
    values: list[float] = []
    for index, (query, (part, *scores)) in enumerate(SAMPLES.items()):
        value = scores[column]
        values.append(value)
        run.sample(query, stage="score", slices=[part], status="passed" if value >= 0.5 else "failed", ndcg=value,
                   tags=[] if value >= 0.5 else ["nothing_relevant"], about={
                       "contexta.batch.id": f"chunk-{1 + index // 3}",
                       "contexta.sample.retrieval.top_document_ids": [f"doc-{query}" if value >= 0.5 else "doc-other"],
                       "contexta.sample.retrieval.expected_document_id": f"doc-{query}"})  # fmt: skip
    for part in ("common", "rare"):
        own = [value for value, (each, *_) in zip(values, SAMPLES.values(), strict=True) if each == part]  # fmt: skip
        run.metric("ndcg", sum(own) / len(own), stage="score", slice=part, higher_is_better=True, sample_count=len(own))  # fmt: skip
    run.metric("ndcg", sum(values) / len(values), higher_is_better=True, sample_count=len(values))
    run.metric("latency_p95", 120 + 30 * column, unit="ms", higher_is_better=False)
    if column == 0:
        run.metric("coverage", 0.97, higher_is_better=True)
    report = f"report_{name}"
    return run.artifact(report, "report_bundle", sha256=digest(report), summarizes_run=name)


def told_runs() -> list[Run]:
    """March, April and May."""
    march = evaluated("eval-march", "2026-03-08 10:00", "model_v1", 0)
    call(march, "rewrite_query", 100, (200, 20))
    call(march, "rewrite_query", 140, (220, 24))
    released(march, "model_v1", "search-march", "2026-03-10T08:00:00Z", "report_eval-march")
    april = evaluated("eval-april", "2026-04-08 10:00", "model_v2", 1)
    call(april, "rewrite_query", 200, (400, 40))
    call(april, "rewrite_query", 260, (440, 44))
    call(april, "rewrite_query", 9_000, (460, 0), failed=True)
    april.event("contexta.degraded", {
        "contexta.stage.name": "score", "contexta.degraded.reason": "outputs_redacted",
        "contexta.degraded.severity": "warning", "contexta.degraded.category": "redaction",
        "contexta.degraded.remedy": "keep summaries"})  # fmt: skip
    april.number += 3  # three records that never arrive
    released(april, "model_v2", "search-april", "2026-04-10T08:00:00Z", "report_eval-april")
    back = begun("rollback-april", "2026-04-14 09:00", "deployment")
    back.event("contexta.deployment", {
        "deployment.id": "search-april", "deployment.environment.name": PROD, "deployment.status": "rolled_back",
        "contexta.deployment.completed_at": "2026-04-14T09:30:00Z"})  # fmt: skip
    deployed(
        back,
        "search-march-again",
        "model_v1",
        "2026-04-14T09:30:00Z",
        "report_eval-march",
        "eval-march",
    )
    doubted(back)
    broken = begun("train-may", "2026-05-06 10:00", "training", status="failed")
    stages(broken, {"load": 2, "train": 5}, train="failed")
    broken.configuration(learning_rate=0.5, epochs=3, seed=13)
    broken.metric("loss", 0.9, stage="train", step=0).metric("loss", float("nan"), stage="train", step=1)  # fmt: skip
    return [
        trained("train-march", "2026-03-05 09:00", "model_v1", "dataset_clicks_march", [0.9, 0.5, 0.3], 0.1, "rev-march"),
        trained("train-march-again", "2026-03-06 09:00", "model_v1_twin", "dataset_clicks_march", [0.9, 0.5, 0.31], 0.1, "rev-march"),
        march,
        trained("train-april", "2026-04-05 09:00", "model_v2", "dataset_clicks_april", [0.8, 0.4, 0.2], 0.05, "rev-april"),
        april,
        back,
        broken,
    ]  # fmt: skip


def released(run: Run, model: str, deployment: str, at: str, report: str) -> None:
    """A promotion that was approved, and the deployment that followed."""
    run.event("contexta.promotion", {
        "contexta.artifact.id": model, "contexta.promotion.to": PROD, "contexta.promotion.from": "staging",
        "contexta.promotion.decision": "approved", "contexta.promotion.report_id": report,
        "contexta.promotion.by": "search board"})  # fmt: skip
    deployed(run, deployment, model, at, report, run.id)


def deployed(run: Run, deployment: str, model: str, at: str, report: str, source: str) -> None:
    """What went live, and the checks it passed."""
    told = {
        "deployment.id": deployment, "deployment.environment.name": PROD, "deployment.status": "succeeded",
        "contexta.deployment.artifact_id": model, "contexta.deployment.source_run_id": source,
        "contexta.deployment.report_id": report, "contexta.deployment.started_at": at,
        "contexta.deployment.completed_at": at, "contexta.deployment.check.smoke_test": "passed",
        "contexta.deployment.check.load_test": "failed" if deployment == "search-april" else "passed",
    }  # fmt: skip
    run.event("contexta.deployment", told)


def doubted(run: Run) -> None:
    """What was wrong with April: its data are quarantined, March's were for an hour, and its model is gone from where it was."""
    decided = [("quarantined_by", "dataset_clicks_march", "ana"), ("released_by", "dataset_clicks_march", "ana"),
               ("quarantined_by", "dataset_clicks_april", "incident-7")]  # fmt: skip
    then = run.at
    for hour, (type, data, who) in enumerate(decided):
        run.at = moment(f"2026-04-14 {9 + hour:02}:00")
        run.event("contexta.relation", {
            "contexta.relation.type": type, "contexta.relation.from": data, "contexta.relation.to": who,
            "contexta.relation.from_kind": "artifact", "contexta.relation.evidence": "bot traffic"})  # fmt: skip
    run.at = moment("2026-04-14 12:00")
    run.event("contexta.verification", {
        "contexta.artifact.id": "model_v2", "contexta.artifact.path": "models/model_v2", "contexta.verification.result": "missing",
        "contexta.verification.expected_sha256": digest("model_v2")})  # fmt: skip
    run.at = then


def unfinished() -> bytes:
    """An evaluation that announced itself and was never heard of again."""
    at = moment("2026-05-07 10:00")
    own = {"contexta.run.id": "eval-may", "contexta.producer.id": "eval-may-p"}
    announced = Span.Event(
        name="contexta.run.started",
        time_unix_nano=at,
        attributes=pairs({**own, "contexta.seq": 0, "contexta.project.name": "shop-search",
                          "contexta.run.type": "evaluation", "contexta.run.name": "eval-may",
                          "contexta.run.expected_stages": ["index", "score"]}),
    )  # fmt: skip
    carrier = Span(
        trace_id=digest("eval-may").encode()[:16],
        span_id=b"announce",
        name="announce",
        start_time_unix_nano=at,
        end_time_unix_nano=at,
        events=[announced],
    )
    return request({"service.name": "search-eval"}, carrier)


def served() -> bytes:
    """Five days of the April release in production: its spans, and how far its queries are from those it was trained on."""
    spans: list[Span] = []
    for day, (drift, failed) in enumerate([(0.02, 0), (0.05, 0), (0.11, 1), (0.21, 1), (0.34, 2)]):
        begin = moment("2026-04-10 12:00") + day * 86_400 * SECOND
        for number in range(4):
            status = Status(code=Status.STATUS_CODE_ERROR) if number < failed else None
            spans.append(
                Span(
                    trace_id=digest(f"served {day} {number}").encode()[:16],
                    span_id=digest(f"served {day} {number}").encode()[16:24],
                    name="GET /search",
                    kind=Span.SPAN_KIND_SERVER,
                    start_time_unix_nano=begin + number * SECOND,
                    end_time_unix_nano=begin + number * SECOND + (50 + 10 * number) * 1_000_000,
                    status=status,
                )
            )
        told = {"contexta.metric.name": "query_drift", "contexta.metric.value": drift,
                "contexta.metric.reference": "dataset_clicks_april"}  # fmt: skip
        spans[-1].events.append(Span.Event(name="contexta.metric", time_unix_nano=begin, attributes=pairs(told)))  # fmt: skip
    about = {"service.name": "search", "deployment.id": "search-april", "deployment.environment.name": PROD}  # fmt: skip
    return request(about, *spans)


def request(resource: Mapping[str, Any], *spans: Span) -> bytes:
    """One export request."""
    made = ExportTraceServiceRequest()
    told = made.resource_spans.add()
    told.resource.attributes.extend(pairs(resource))
    told.scope_spans.append(ScopeSpans(spans=spans))
    return made.SerializeToString()


def tell(data: Path) -> Path:
    """All of it, into a data directory."""
    with own(DataDir(data)) as embedded:
        for run in told_runs():
            embedded.append(Signal.TRACES, run.request())
        embedded.append(Signal.TRACES, unfinished())
        embedded.append(Signal.TRACES, served())
    return data
