"""Every name of the wire contract is registered: emitters in other languages rely on it.

A name may be added here, never taken out: whoever removes one breaks an emitter somewhere.
"""

import pytest

from contexta_semconv import events, spans, types, values

ADDRESS = """
contexta.run.id string
contexta.project.name string
contexta.stage.name string
contexta.operation.name string
contexta.batch.id string
contexta.sample.id string
contexta.slice string[]
contexta.producer.id string
contexta.seq int
contexta.event.id string
contexta.event.severity string
contexta.captured_by string
contexta.evidence.kind string
"""

SCOPES = """
contexta.run.type string
contexta.run.name string
contexta.run.parent_id string
contexta.run.attempt int
contexta.run.status string
contexta.run.expected_stages string[]
contexta.process.rank int
contexta.process.world_size int
contexta.stage.index int
contexta.stage.attempt int
contexta.stage.status string
contexta.operation.type string
contexta.batch.type string
contexta.batch.index int
contexta.batch.size int
contexta.batch.status string
contexta.segment.index int
"""

RECORDS = """
contexta.heartbeat.last_seq int
contexta.heartbeat.child_ids string[]
contexta.heartbeat.child_last_seqs int[]
contexta.ledger.last_seq int
contexta.ledger.dropped_count int
contexta.ledger.span_count int
contexta.ledger.event_count int
contexta.ledger.metric_count int
contexta.ledger.sample_count int
contexta.ledger.artifact_count int
contexta.ledger.degraded_count int
contexta.ledger.verification_count int
contexta.metric.name string
contexta.metric.value double
contexta.metric.unit string
contexta.metric.scope string
contexta.metric.step int
contexta.metric.epoch double
contexta.metric.aggregation string
contexta.metric.higher_is_better boolean
contexta.metric.sample_count int
contexta.metric.stddev double
contexta.metric.reference string
contexta.metric.values double[]
contexta.metric.steps int[]
contexta.sample.input_summary string
contexta.sample.output_summary string
contexta.sample.expected_summary string
contexta.sample.failure_tags string[]
contexta.sample.status string
contexta.sample.redacted boolean
contexta.sample.retrieval.top_document_ids string[]
contexta.sample.retrieval.expected_document_id string
contexta.artifact.id string
contexta.artifact.kind string
contexta.artifact.path string
contexta.artifact.sha256 string
contexta.artifact.size_bytes int
contexta.artifact.role string
contexta.artifact.version string
contexta.artifact.summarizes_run string
contexta.artifact.derived_from string[]
contexta.dataset.name string
contexta.dataset.split string
contexta.dataset.row_count int
contexta.dataset.fingerprint string
contexta.degraded.reason string
contexta.degraded.severity string
contexta.degraded.category string
contexta.degraded.detail string
contexta.degraded.expected_count int
contexta.degraded.observed_count int
contexta.degraded.remedy string
contexta.degraded.subject string
contexta.verification.result string
contexta.verification.expected_sha256 string
contexta.verification.observed_sha256 string
contexta.verification.observed_size_bytes int
contexta.verification.reason string
contexta.environment.python string
contexta.environment.platform string
contexta.environment.cuda string
contexta.environment.hardware string
contexta.environment.packages any
contexta.environment.variables any
contexta.environment.captured_at string
contexta.environment.vcs_dirty boolean
contexta.environment.vcs_diff_sha256 string
contexta.configuration.values any
contexta.configuration.source string
contexta.relation.type string
contexta.relation.from string
contexta.relation.to string
contexta.relation.from_kind string
contexta.relation.to_kind string
contexta.relation.confidence string
contexta.relation.evidence string
contexta.promotion.to string
contexta.promotion.from string
contexta.promotion.decision string
contexta.promotion.report_id string
contexta.promotion.by string
contexta.deployment.artifact_id string
contexta.deployment.source_run_id string
contexta.deployment.report_id string
contexta.deployment.started_at string
contexta.deployment.completed_at string
deployment.id string
deployment.environment.name string
deployment.status string
vcs.ref.head.revision string
error.type string
service.name string
"""

TEMPLATES = """
contexta.run.tag. string
contexta.sample.score. double
contexta.config. any
contexta.deployment.check. string
"""

EVENTS = """
contexta.run.started contexta.heartbeat contexta.ledger contexta.metric contexta.metric.series
contexta.sample contexta.artifact contexta.degraded contexta.environment contexta.configuration
contexta.relation contexta.promotion contexta.deployment contexta.verification
"""

SPAN_NAMES = {
    "run": "run {contexta.run.type}",
    "stage": "stage {contexta.stage.name}",
    "operation": "{contexta.operation.name}",
    "batch": "batch {contexta.batch.type}",
    "sample": "sample",
    "deployment": "deployment",
    "segment": "evidence segment",
}

KNOWN_VALUES = {
    values.RunType: "training evaluation inference batch_scoring prompt_assessment feature_build "
    "export",
    values.RunStatus: "completed failed interrupted cancelled",
    values.StageStatus: "completed failed skipped interrupted",
    values.BatchType: "epoch mini_batch fold file chunk",
    values.MetricScope: "run stage operation batch slice sample deployment",
    values.MetricAggregation: "last mean sum min max p50 p95",
    values.SampleStatus: "passed failed error skipped",
    values.ArtifactKind: "checkpoint model_bundle dataset_snapshot feature_set config_snapshot "
    "report_bundle export_package evidence_bundle debug_bundle",
    values.ArtifactRole: "produced consumed",
    values.DegradedSeverity: "info warning error",
    values.DegradedCategory: "capture transport sampling redaction import replay verification "
    "retention interruption",
    values.RelationType: "produced consumed derived_from trained_on evaluated_by summarized_by "
    "approved_for resumed_from supersedes monitors",
    values.RelationConfidence: "direct inferred",
    values.PromotionDecision: "approved rejected",
    values.DeploymentStatus: "pending succeeded failed rolled_back",
    values.Severity: "trace debug info warn error fatal",
}


def pairs(table: str) -> list[tuple[str, str]]:
    """The lines `name type` of a table."""
    return [(name, kind) for name, kind in (line.split() for line in table.strip().splitlines())]


@pytest.mark.parametrize(("key", "kind"), pairs(ADDRESS) + pairs(SCOPES) + pairs(RECORDS))
def test_attribute_is_registered(key: str, kind: str):
    """The attribute is there, with the type the contract gives it."""
    assert types.ATTRIBUTE_TYPES[key] == kind


@pytest.mark.parametrize(("prefix", "kind"), pairs(TEMPLATES))
def test_template_is_registered(prefix: str, kind: str):
    """The open-ended attribute is there, with the type of its values."""
    assert types.TEMPLATE_TYPES[prefix] == kind


@pytest.mark.parametrize("name", EVENTS.split())
def test_event_is_registered(name: str):
    """The event is there."""
    assert name in events.ALL


@pytest.mark.parametrize(("kind", "pattern"), SPAN_NAMES.items())
def test_span_is_registered(kind: str, pattern: str):
    """The kind of span is there, and named as the contract says."""
    assert spans.NAME_PATTERNS[kind] == pattern


@pytest.mark.parametrize("enum", KNOWN_VALUES, ids=lambda enum: enum.__name__)
def test_values_are_registered(enum):
    """Every value the contract lists is a known value."""
    assert set(KNOWN_VALUES[enum].split()) <= {member.value for member in enum}
