# DO NOT EDIT. Generated from semconv/registry by semconv/tools/generate.py:
# change the YAML, then `make semconv`.
"""Attribute keys of ML evidence on the wire, and those of OpenTelemetry it uses.

A constant that ends in `_PREFIX` is followed by a name of the emitter's choice:
`CONTEXTA_RUN_TAG_PREFIX + "team"`.
"""

from typing import Final

CONTEXTA_ARTIFACT_DERIVED_FROM: Final = "contexta.artifact.derived_from"
"""Ids of the artifacts it was made from.

Type: string[]. Examples: ["model_bundle_v16", "support_tickets_v3"].
"""

CONTEXTA_ARTIFACT_ID: Final = "contexta.artifact.id"
"""The artifact, the same wherever it is produced, used, promoted or deployed.

Type: string. Examples: "model_bundle_v17".
"""

CONTEXTA_ARTIFACT_KIND: Final = "contexta.artifact.kind"
"""What kind of thing it is.

Open; any further value is kept as it is.

Type: string, known values in `values.ArtifactKind`.
"""

CONTEXTA_ARTIFACT_PATH: Final = "contexta.artifact.path"
"""Where it is, as a path or URI.

Type: string. Examples: "reports/evaluation_v17.md", "s3://models/churn/17/model.onnx".
"""

CONTEXTA_ARTIFACT_ROLE: Final = "contexta.artifact.role"
"""What the run did with it.

Type: string, known values in `values.ArtifactRole`.
"""

CONTEXTA_ARTIFACT_SHA256: Final = "contexta.artifact.sha256"
"""SHA-256 of its bytes, in lower-case hex.

Of a directory: over its files, each as its path relative to the directory (in UTF-8, parts joined
by `/`), a zero byte, and the 32 bytes of its own SHA-256. Files come in the order of their paths,
compared part by part (`a/b` before `a.txt`); a link to a file counts as the file, links to
directories are not followed, empty directories do not count.

Type: string. Examples: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".
"""

CONTEXTA_ARTIFACT_SIZE_BYTES: Final = "contexta.artifact.size_bytes"
"""Its size in bytes.

Type: int. Examples: 48213.
"""

CONTEXTA_ARTIFACT_SUMMARIZES_RUN: Final = "contexta.artifact.summarizes_run"
"""Id of the run it reports on.

Type: string. Examples: "eval_run_v17".
"""

CONTEXTA_ARTIFACT_VERSION: Final = "contexta.artifact.version"
"""Its version.

Type: string. Examples: "v17", "2026-11-03".
"""

CONTEXTA_BATCH_ID: Final = "contexta.batch.id"
"""The batch, unique within its run.

Type: string. Examples: "fold_03", "epoch_12".
"""

CONTEXTA_BATCH_INDEX: Final = "contexta.batch.index"
"""Place of the batch among its like, from 0.

Type: int. Examples: 3.
"""

CONTEXTA_BATCH_SIZE: Final = "contexta.batch.size"
"""Number of samples in the batch.

Type: int. Examples: 64.
"""

CONTEXTA_BATCH_STATUS: Final = "contexta.batch.status"
"""How the batch ended.

Type: string, known values in `values.BatchStatus`.
"""

CONTEXTA_BATCH_TYPE: Final = "contexta.batch.type"
"""What makes the batch one.

Open; any further value is kept as it is.

Type: string, known values in `values.BatchType`.
"""

CONTEXTA_CAPTURED_BY: Final = "contexta.captured_by"
"""What captured the evidence.

A library, an integration, a mapping from other conventions, or an import. Form: `name` or
`kind:name`. Evidence without it was captured by the instrumentation scope it came in.

Type: string. Examples: "contexta", "integration:sklearn", "mapping:gen_ai", "import:jsonl".
"""

CONTEXTA_CONFIG_PREFIX: Final = "contexta.config."
"""One configured value, `<key>` being its path.

For emitters without maps; means the same as the key in `contexta.configuration.values`.

Type: any. Examples: 8, "cross_encoder_v3".
"""

CONTEXTA_CONFIGURATION_SOURCE: Final = "contexta.configuration.source"
"""Where the configuration came from.

Type: string. Examples: "config/eval.yaml", "argv".
"""

CONTEXTA_CONFIGURATION_VALUES: Final = "contexta.configuration.values"
"""The configuration as a map, nesting allowed.

A nested key is read as its path with dots, `reranker.name`.

Type: any. Examples: ["top_k=8"].
"""

CONTEXTA_DATASET_COLUMN_COUNT: Final = "contexta.dataset.column_count"
"""Number of columns.

Type: int. Examples: 64.
"""

CONTEXTA_DATASET_FINGERPRINT: Final = "contexta.dataset.fingerprint"
"""Digest of the content, equal for equal content wherever it is stored.

Form: `algorithm:hex`. Only digests of the same algorithm can be compared. Unlike
`contexta.artifact.sha256` it is not over the bytes of a file.

Type: string. Examples: "sha256-pandas:9f2c1d".
"""

CONTEXTA_DATASET_NAME: Final = "contexta.dataset.name"
"""Name of the data set, the same for all its versions and splits.

Type: string. Examples: "support_tickets".
"""

CONTEXTA_DATASET_ROW_COUNT: Final = "contexta.dataset.row_count"
"""Number of rows.

Type: int. Examples: 12000.
"""

CONTEXTA_DATASET_SPLIT: Final = "contexta.dataset.split"
"""Which part of the data set it is.

Type: string. Examples: "train", "validation", "test".
"""

CONTEXTA_DEGRADED_CATEGORY: Final = "contexta.degraded.category"
"""Where on the way it happened.

Type: string, known values in `values.DegradedCategory`.
"""

CONTEXTA_DEGRADED_DETAIL: Final = "contexta.degraded.detail"
"""What happened, in a sentence.

Type: string. Examples: "412 events were dropped: the queue held 2048 and the endpoint did not
answer".
"""

CONTEXTA_DEGRADED_EXPECTED_COUNT: Final = "contexta.degraded.expected_count"
"""How many items there should be.

Type: int. Examples: 500.
"""

CONTEXTA_DEGRADED_OBSERVED_COUNT: Final = "contexta.degraded.observed_count"
"""How many items there are.

Type: int. Examples: 88.
"""

CONTEXTA_DEGRADED_REASON: Final = "contexta.degraded.reason"
"""What happened, as a short code.

Type: string. Examples: "queue_full", "sample_capture_limited", "artifact_hash_mismatch".
"""

CONTEXTA_DEGRADED_REMEDY: Final = "contexta.degraded.remedy"
"""What to do about it.

Type: string. Examples: "Raise CONTEXTA_QUEUE_SIZE or set a spool directory".
"""

CONTEXTA_DEGRADED_SEVERITY: Final = "contexta.degraded.severity"
"""How far it weakens what rests on the evidence.

Type: string, known values in `values.DegradedSeverity`.
"""

CONTEXTA_DEGRADED_SUBJECT: Final = "contexta.degraded.subject"
"""Id of what it is about, where that is more than its address says.

An artifact, a dataset, a deployment.

Type: string. Examples: "model_bundle_v17".
"""

CONTEXTA_DEPLOYMENT_ARTIFACT_ID: Final = "contexta.deployment.artifact_id"
"""Id of the artifact that is deployed.

Type: string. Examples: "model_bundle_v17".
"""

CONTEXTA_DEPLOYMENT_CHECK_PREFIX: Final = "contexta.deployment.check."
"""Result of a check of the deployment, `<name>` being the check.

Type: string. Examples: "passed", "failed".
"""

CONTEXTA_DEPLOYMENT_COMPLETED_AT: Final = "contexta.deployment.completed_at"
"""When the deployment was done, as ISO 8601 in UTC.

Type: string. Examples: "2026-11-03T10:04:12Z".
"""

CONTEXTA_DEPLOYMENT_REPORT_ID: Final = "contexta.deployment.report_id"
"""Id of the report the deployment rests on.

Type: string. Examples: "evaluation_report_v17".
"""

CONTEXTA_DEPLOYMENT_SOURCE_RUN_ID: Final = "contexta.deployment.source_run_id"
"""Id of the run that made the artifact.

Type: string. Examples: "train_run_v17".
"""

CONTEXTA_DEPLOYMENT_STARTED_AT: Final = "contexta.deployment.started_at"
"""When the deployment began, as ISO 8601 in UTC.

Type: string. Examples: "2026-11-03T10:00:00Z".
"""

CONTEXTA_ENVIRONMENT_CAPTURED_AT: Final = "contexta.environment.captured_at"
"""When it was captured, as ISO 8601 in UTC.

Absent means the time of the event.

Type: string. Examples: "2026-11-03T08:15:00Z".
"""

CONTEXTA_ENVIRONMENT_CUDA: Final = "contexta.environment.cuda"
"""Version of CUDA.

Type: string. Examples: "12.4".
"""

CONTEXTA_ENVIRONMENT_HARDWARE: Final = "contexta.environment.hardware"
"""The hardware that matters, in words.

Type: string. Examples: "8 cores, 64 GiB, 1 x A100 80GB".
"""

CONTEXTA_ENVIRONMENT_PACKAGES: Final = "contexta.environment.packages"
"""Installed packages and their versions.

A map from name to version, or a string array of `name==version` for emitters without maps.

Type: any. Examples: ["scikit-learn==1.5.2", "numpy==2.1.3"].
"""

CONTEXTA_ENVIRONMENT_PLATFORM: Final = "contexta.environment.platform"
"""Operating system and machine type.

Type: string. Examples: "Linux-6.8-x86_64-with-glibc2.39".
"""

CONTEXTA_ENVIRONMENT_PYTHON: Final = "contexta.environment.python"
"""Version of Python.

Type: string. Examples: "3.11.9".
"""

CONTEXTA_ENVIRONMENT_VARIABLES: Final = "contexta.environment.variables"
"""Environment variables that matter, as a map.

Only those asked for; secrets are masked before they leave the process.

Type: any. Examples: ["CUDA_VISIBLE_DEVICES=0"].
"""

CONTEXTA_ENVIRONMENT_VCS_DIFF_SHA256: Final = "contexta.environment.vcs_diff_sha256"
"""SHA-256 over everything in the checkout that is in no commit.

Two runs of the same revision with the same digest ran the same code. It covers tracked files that
differ from `vcs.ref.head.revision` and files that are neither tracked nor ignored: names, kinds,
permissions to execute, contents. Only the digest leaves the machine. Left out where the checkout is
clean or could not be read whole; then a marker `code_diff_unfinished` says so.

Type: string. Examples: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".
"""

CONTEXTA_ENVIRONMENT_VCS_DIRTY: Final = "contexta.environment.vcs_dirty"
"""Whether the checkout has changes that are in no commit.

If so, `vcs.ref.head.revision` alone does not say what ran.

Type: boolean. Examples: false.
"""

CONTEXTA_EVENT_ID: Final = "contexta.event.id"
"""Unique id of an event, the same when the event is sent twice.

Type: string. Examples: "01JDC8R0M7ZC5A2W8S4YPNQ1EF".
"""

CONTEXTA_EVENT_SEVERITY: Final = "contexta.event.severity"
"""Severity of a narrative event that travels as a span event.

Span events have no severity of their own. A log record says it with its SeverityNumber instead,
which wins where both are given.

Type: string, known values in `values.Severity`.
"""

CONTEXTA_EVIDENCE_KIND: Final = "contexta.evidence.kind"
"""Which of the evidence scopes a span is.

A span without it is an ordinary span of somebody else: it is kept, and placed by its address if it
has one.

Type: string, known values in `values.EvidenceKind`.
"""

CONTEXTA_HEARTBEAT_CHILD_IDS: Final = "contexta.heartbeat.child_ids"
"""Producers that this process forked while the run was open and that have given out numbers.

A child that was killed before anything of it left is known by this alone. Only those whose number
has changed since the heartbeat before.

Type: string[]. Examples: ["01M852MY8EPSTZ5AVA8E809Z00", "01M852MY8EPSTZ5AVA8E809Z01"].
"""

CONTEXTA_HEARTBEAT_CHILD_LAST_SEQS: Final = "contexta.heartbeat.child_last_seqs"
"""The highest number each of `contexta.heartbeat.child_ids` had given out, in the same order.

Type: int[]. Examples: [54, 0].
"""

CONTEXTA_HEARTBEAT_LAST_SEQ: Final = "contexta.heartbeat.last_seq"
"""The highest number the producer had given out when the heartbeat was recorded.

What is missing at or below it has been lost or is still on its way.

Type: int. Examples: 1742.
"""

CONTEXTA_LEDGER_ARTIFACT_COUNT: Final = "contexta.ledger.artifact_count"
"""How many artifacts were recorded.

Type: int. Examples: 3.
"""

CONTEXTA_LEDGER_DEGRADED_COUNT: Final = "contexta.ledger.degraded_count"
"""How many degraded markers were recorded.

Type: int. Examples: 1.
"""

CONTEXTA_LEDGER_DROPPED_COUNT: Final = "contexta.ledger.dropped_count"
"""How many numbered items the producer knows it dropped.

Type: int. Examples: 0.
"""

CONTEXTA_LEDGER_EVENT_COUNT: Final = "contexta.ledger.event_count"
"""How many narrative events were recorded.

Type: int. Examples: 40.
"""

CONTEXTA_LEDGER_LAST_SEQ: Final = "contexta.ledger.last_seq"
"""The highest number the producer gave out, that of the span the ledger travels on included.

Numbers start at 0, so one more than this many items must arrive, less what is dropped.

Type: int. Examples: 2310.
"""

CONTEXTA_LEDGER_METRIC_COUNT: Final = "contexta.ledger.metric_count"
"""How many metric values were recorded, a curve counting as one.

Type: int. Examples: 1800.
"""

CONTEXTA_LEDGER_SAMPLE_COUNT: Final = "contexta.ledger.sample_count"
"""How many samples were recorded as events.

Type: int. Examples: 480.
"""

CONTEXTA_LEDGER_SPAN_COUNT: Final = "contexta.ledger.span_count"
"""How many evidence spans were finished.

Type: int. Examples: 12.
"""

CONTEXTA_LEDGER_VERIFICATION_COUNT: Final = "contexta.ledger.verification_count"
"""How many verifications were recorded.

Type: int. Examples: 4.
"""

CONTEXTA_METRIC_AGGREGATION: Final = "contexta.metric.aggregation"
"""How the value came from many.

Open; any further value, such as another percentile, is kept as it is.

Type: string, known values in `values.MetricAggregation`.
"""

CONTEXTA_METRIC_EPOCH: Final = "contexta.metric.epoch"
"""Epoch the value belongs to, fractions allowed.

Type: double. Examples: 2.5, 3.0.
"""

CONTEXTA_METRIC_HIGHER_IS_BETTER: Final = "contexta.metric.higher_is_better"
"""Which direction is an improvement.

Absent means undeclared; nothing is called better or worse then.

Type: boolean. Examples: true, false.
"""

CONTEXTA_METRIC_NAME: Final = "contexta.metric.name"
"""What was measured.

Type: string. Examples: "accuracy", "faithfulness", "latency_p95".
"""

CONTEXTA_METRIC_REFERENCE: Final = "contexta.metric.reference"
"""Id of the artifact or run the value is measured against.

This is what makes a metric a drift indicator.

Type: string. Examples: "churn_training_data_v3", "eval_run_v17".
"""

CONTEXTA_METRIC_SAMPLE_COUNT: Final = "contexta.metric.sample_count"
"""Number of samples the value was computed from.

Type: int. Examples: 480.
"""

CONTEXTA_METRIC_SCOPE: Final = "contexta.metric.scope"
"""What the value is about.

Absent means the narrowest address present.

Type: string, known values in `values.MetricScope`.
"""

CONTEXTA_METRIC_SCORER: Final = "contexta.metric.scorer"
"""Who or what judged, with its version, where the value is a judgement.

Values of two judges are not held against each other.

Type: string. Examples: "judge-small-2026-03", "exact_match_v2".
"""

CONTEXTA_METRIC_STDDEV: Final = "contexta.metric.stddev"
"""Standard deviation over those samples, in the same unit.

Type: double. Examples: 0.11.
"""

CONTEXTA_METRIC_STEP: Final = "contexta.metric.step"
"""Training step the value belongs to.

Type: int. Examples: 1200.
"""

CONTEXTA_METRIC_STEPS: Final = "contexta.metric.steps"
"""The step of each value, of the same length as the values.

Absent means 0, 1, 2, …

Type: int[]. Examples: [0, 100, 200].
"""

CONTEXTA_METRIC_UNIT: Final = "contexta.metric.unit"
"""Unit of the value, in UCUM.

Absent means not said; `1` means a plain ratio or count.

Type: string. Examples: "1", "ms", "{token}".
"""

CONTEXTA_METRIC_VALUE: Final = "contexta.metric.value"
"""The value, in `contexta.metric.unit`.

NaN and ±Inf are legal, since a diverged loss is evidence. An integer on the wire means the same
number.

Type: double. Examples: 0.72, 0.0013.
"""

CONTEXTA_METRIC_VALUES: Final = "contexta.metric.values"
"""The values of a curve, in order.

Type: double[]. Examples: [0.9, 0.5, 0.31].
"""

CONTEXTA_MODEL_CLASS: Final = "contexta.model.class"
"""Class of the model or estimator an operation or artifact is about.

Type: string. Examples: "sklearn.linear_model.LogisticRegression".
"""

CONTEXTA_MODEL_FRAMEWORK: Final = "contexta.model.framework"
"""Library the model is made with.

Type: string. Examples: "sklearn", "xgboost".
"""

CONTEXTA_MODEL_FRAMEWORK_VERSION: Final = "contexta.model.framework_version"
"""Version of that library.

Type: string. Examples: "1.9.1".
"""

CONTEXTA_OPERATION_NAME: Final = "contexta.operation.name"
"""The operation.

Low cardinality, since it is the span's name; what differs from call to call belongs into
attributes.

Type: string. Examples: "retrieve_documents", "fit", "tokenize".
"""

CONTEXTA_OPERATION_TYPE: Final = "contexta.operation.type"
"""What kind of work the operation does.

Open; any further value is kept as it is.

Type: string, known values in `values.OperationType`.
"""

CONTEXTA_PROCESS_RANK: Final = "contexta.process.rank"
"""Rank of the emitting process among those of the run, from 0.

Type: int. Examples: 0, 3.
"""

CONTEXTA_PROCESS_WORLD_SIZE: Final = "contexta.process.world_size"
"""Number of processes that take part in the run.

Type: int. Examples: 8.
"""

CONTEXTA_PRODUCER_ID: Final = "contexta.producer.id"
"""One emitting process.

Opaque, unique among all processes that ever emit, and taken anew after a fork, so that
`contexta.seq` counts within it without gaps.

Type: string. Examples: "01JDC8Q5T2N4E0W3B7V9KXH6RM".
"""

CONTEXTA_PROJECT_NAME: Final = "contexta.project.name"
"""The project a run belongs to.

Runs are listed, compared and trended within a project. Emitters without one fall back to
`service.name`.

Type: string. Examples: "rag-support-bot", "churn-model".
"""

CONTEXTA_PROMOTION_BY: Final = "contexta.promotion.by"
"""Who or what decided.

Type: string. Examples: "release-board", "gate:nightly".
"""

CONTEXTA_PROMOTION_DECISION: Final = "contexta.promotion.decision"
"""What was decided.

Type: string, known values in `values.PromotionDecision`.
"""

CONTEXTA_PROMOTION_FROM: Final = "contexta.promotion.from"
"""The environment the artifact comes from.

Type: string. Examples: "staging".
"""

CONTEXTA_PROMOTION_REPORT_ID: Final = "contexta.promotion.report_id"
"""Id of the report the decision rests on.

Type: string. Examples: "evaluation_report_v17".
"""

CONTEXTA_PROMOTION_TO: Final = "contexta.promotion.to"
"""The environment the decision is about.

Type: string. Examples: "production".
"""

CONTEXTA_RELATION_CONFIDENCE: Final = "contexta.relation.confidence"
"""How the relation is known.

Type: string, known values in `values.RelationConfidence`.
"""

CONTEXTA_RELATION_EVIDENCE: Final = "contexta.relation.evidence"
"""What the relation was concluded from.

Type: string. Examples: "same sha256 in run train_v17".
"""

CONTEXTA_RELATION_FROM: Final = "contexta.relation.from"
"""Id of the thing the relation starts at.

Type: string. Examples: "model_bundle_v17".
"""

CONTEXTA_RELATION_FROM_KIND: Final = "contexta.relation.from_kind"
"""What kind of thing `from` is.

Type: string. Examples: "run", "model_bundle".
"""

CONTEXTA_RELATION_TO: Final = "contexta.relation.to"
"""Id of the thing the relation leads to.

Type: string. Examples: "support_tickets_v3".
"""

CONTEXTA_RELATION_TO_KIND: Final = "contexta.relation.to_kind"
"""What kind of thing `to` is.

Type: string. Examples: "dataset_snapshot", "deployment".
"""

CONTEXTA_RELATION_TYPE: Final = "contexta.relation.type"
"""What `from` is to `to`.

Open; any further value is kept as it is.

Type: string, known values in `values.RelationType`.
"""

CONTEXTA_RUN_ATTEMPT: Final = "contexta.run.attempt"
"""Which attempt of the same work this is, from 1.

Type: int. Examples: 1, 2.
"""

CONTEXTA_RUN_EXPECTED_STAGES: Final = "contexta.run.expected_stages"
"""Names of the stages the run means to go through, in order.

What is announced here and never comes makes the run partial.

Type: string[]. Examples: ["prepare", "retrieve", "evaluate"].
"""

CONTEXTA_RUN_ID: Final = "contexta.run.id"
"""The run the evidence belongs to.

Opaque: chosen by the user, or a ULID. It is on every evidence span and event, never on the
Resource, because one process may hold many runs and one run many processes.

Type: string. Examples: "eval_run_v17", "01JDC8Q4WJ7Q8R2H5N6T9M3XKB".
"""

CONTEXTA_RUN_JOINED: Final = "contexta.run.joined"
"""Whether this span is that of a process that joined a run which another process began.

Such a span neither ends nor completes the run; only that of the process that began it does.

Type: boolean. Examples: true.
"""

CONTEXTA_RUN_NAME: Final = "contexta.run.name"
"""A name for people.

Type: string. Examples: "nightly evaluation", "baseline, no reranker".
"""

CONTEXTA_RUN_PARENT_ID: Final = "contexta.run.parent_id"
"""Id of the run this one is part of.

Type: string. Examples: "sweep_2026_11".
"""

CONTEXTA_RUN_STATUS: Final = "contexta.run.status"
"""How the run ended.

A run that has none, and whose span has not ended, is running, or interrupted once its heartbeats
have stopped.

Type: string, known values in `values.RunStatus`.
"""

CONTEXTA_RUN_TAG_PREFIX: Final = "contexta.run.tag."
"""A tag of the run, `<key>` being its name.

Type: string. Examples: "nightly", "team-search".
"""

CONTEXTA_RUN_TYPE: Final = "contexta.run.type"
"""What kind of work the run does.

Open; any further value is kept as it is.

Type: string, known values in `values.RunType`.
"""

CONTEXTA_SAMPLE_EXPECTED_SUMMARY: Final = "contexta.sample.expected_summary"
"""What should have come out, shortened for people.

Type: string. Examples: "Explains the 30 day limit".
"""

CONTEXTA_SAMPLE_FAILURE_TAGS: Final = "contexta.sample.failure_tags"
"""What is wrong with the sample's output, in words that can be counted.

Type: string[]. Examples: ["unsupported_claim", "wrong_language"].
"""

CONTEXTA_SAMPLE_GROUP: Final = "contexta.sample.group"
"""What this sample shares with others that are not independent of it, such as a document, a user or a
conversation.

Intervals of comparisons then count groups and not samples.

Type: string. Examples: "conversation_118".
"""

CONTEXTA_SAMPLE_ID: Final = "contexta.sample.id"
"""The sample, unique within its run.

The same example should have the same id in every run, or runs cannot be compared sample by sample.

Type: string. Examples: "prompt_042", "row-18273".
"""

CONTEXTA_SAMPLE_INPUT_SUMMARY: Final = "contexta.sample.input_summary"
"""What went in, shortened for people.

May hold personal data; leave it out or set `contexta.sample.redacted`.

Type: string. Examples: "Customer asks for a refund after 40 days".
"""

CONTEXTA_SAMPLE_OUTPUT_SUMMARY: Final = "contexta.sample.output_summary"
"""What came out, shortened for people.

May hold personal data; leave it out or set `contexta.sample.redacted`.

Type: string. Examples: "Promises a full refund".
"""

CONTEXTA_SAMPLE_REDACTED: Final = "contexta.sample.redacted"
"""Whether content was removed from the summaries before they were sent.

Type: boolean. Examples: true.
"""

CONTEXTA_SAMPLE_RETRIEVAL_EXPECTED_DOCUMENT_ID: Final = "contexta.sample.retrieval.expected_document_id"
"""Id of the document that should have been retrieved.

Type: string. Examples: "doc_91".
"""

CONTEXTA_SAMPLE_RETRIEVAL_TOP_DOCUMENT_IDS: Final = "contexta.sample.retrieval.top_document_ids"
"""Ids of the documents retrieved for the sample, best first.

Type: string[]. Examples: ["doc_17", "doc_03"].
"""

CONTEXTA_SAMPLE_SCORE_PREFIX: Final = "contexta.sample.score."
"""A score of the sample, `<name>` being the metric.

NaN says that scoring was tried and gave no number.

Type: double. Examples: 0.33, 1.0.
"""

CONTEXTA_SAMPLE_STATUS: Final = "contexta.sample.status"
"""How the sample came out.

Type: string, known values in `values.SampleStatus`.
"""

CONTEXTA_SEGMENT_INDEX: Final = "contexta.segment.index"
"""Place of the segment among those of its scope and producer, from 0.

Type: int. Examples: 0, 14.
"""

CONTEXTA_SEQ: Final = "contexta.seq"
"""Number of this evidence item within its producer, from 0, without gaps.

Taken when an event is recorded and when a span is finished, one counter for both. Whatever a hop on
the way loses shows as a missing number. An emitter that cannot number leaves it out; its
completeness is then unknown.

Type: int. Examples: 0, 1742.
"""

CONTEXTA_SLICE: Final = "contexta.slice"
"""Named subset(s) of the data the evidence is about.

A single string is legal on the wire and means a list of one. Several names on a sample say that it
is a member of each; several names on a metric say that it was measured on their intersection. Order
carries no meaning.

Type: string[]. Examples: ["refund_questions"], ["age_60_plus", "region_north"].
"""

CONTEXTA_STAGE_ATTEMPT: Final = "contexta.stage.attempt"
"""Which attempt at this stage within the run, from 1.

Type: int. Examples: 1.
"""

CONTEXTA_STAGE_INDEX: Final = "contexta.stage.index"
"""Place of the stage in the order of the run, from 0.

Type: int. Examples: 0, 2.
"""

CONTEXTA_STAGE_NAME: Final = "contexta.stage.name"
"""The stage inside the run.

Type: string. Examples: "prepare", "train", "evaluate".
"""

CONTEXTA_STAGE_STATUS: Final = "contexta.stage.status"
"""How the stage ended.

Type: string, known values in `values.StageStatus`.
"""

CONTEXTA_VERIFICATION_EXPECTED_SHA256: Final = "contexta.verification.expected_sha256"
"""The digest that was recorded.

As `contexta.artifact.sha256`.

Type: string. Examples: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".
"""

CONTEXTA_VERIFICATION_OBSERVED_SHA256: Final = "contexta.verification.observed_sha256"
"""The digest that was found.

As `contexta.artifact.sha256`.

Type: string. Examples: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752".
"""

CONTEXTA_VERIFICATION_OBSERVED_SIZE_BYTES: Final = "contexta.verification.observed_size_bytes"
"""The size that was found, in bytes.

Type: int. Examples: 48213.
"""

CONTEXTA_VERIFICATION_REASON: Final = "contexta.verification.reason"
"""Why it could not be checked.

Open; any further value is kept as it is.

Type: string, known values in `values.VerificationReason`.
"""

CONTEXTA_VERIFICATION_RESULT: Final = "contexta.verification.result"
"""What the check found.

Type: string, known values in `values.VerificationResult`.
"""

# --- OpenTelemetry's own names, defined in its registries ---

ARTIFACT_FILENAME: Final = "artifact.filename"
"""File name of the artifact.

Type: string. Defined by OpenTelemetry.
"""

ARTIFACT_HASH: Final = "artifact.hash"
"""Digest of the artifact.

Type: string. Defined by OpenTelemetry.
"""

ARTIFACT_VERSION: Final = "artifact.version"
"""Version of the artifact.

Type: string. Defined by OpenTelemetry.
"""

CICD_PIPELINE_NAME: Final = "cicd.pipeline.name"
"""Name of the pipeline.

Type: string. Defined by OpenTelemetry.
"""

CICD_PIPELINE_RUN_ID: Final = "cicd.pipeline.run.id"
"""The run of the pipeline.

Type: string. Defined by OpenTelemetry.
"""

CICD_PIPELINE_RUN_URL_FULL: Final = "cicd.pipeline.run.url.full"
"""URL of the run of the pipeline.

Type: string. Defined by OpenTelemetry.
"""

DEPLOYMENT_ENVIRONMENT_NAME: Final = "deployment.environment.name"
"""The environment, such as staging or production.

Type: string. Defined by OpenTelemetry.
"""

DEPLOYMENT_ID: Final = "deployment.id"
"""The deployment.

Type: string. Defined by OpenTelemetry.
"""

DEPLOYMENT_NAME: Final = "deployment.name"
"""Name of the deployment.

Type: string. Defined by OpenTelemetry.
"""

DEPLOYMENT_STATUS: Final = "deployment.status"
"""How the deployment stands.

Type: string, known values in `values.DeploymentStatus`. Defined by OpenTelemetry.
"""

ERROR_TYPE: Final = "error.type"
"""The class of error a span ended with.

Type: string. Defined by OpenTelemetry.
"""

EXCEPTION_MESSAGE: Final = "exception.message"
"""Message of the exception.

Type: string. Defined by OpenTelemetry.
"""

EXCEPTION_STACKTRACE: Final = "exception.stacktrace"
"""Stack trace of the exception.

Type: string. Defined by OpenTelemetry.
"""

EXCEPTION_TYPE: Final = "exception.type"
"""Type of the exception.

Type: string. Defined by OpenTelemetry.
"""

FEATURE_FLAG_KEY: Final = "feature_flag.key"
"""Name of the feature flag.

Type: string. Defined by OpenTelemetry.
"""

GEN_AI_EVALUATION_EXPLANATION: Final = "gen_ai.evaluation.explanation"
"""Why the score is what it is.

Type: string. Defined by OpenTelemetry.
"""

GEN_AI_EVALUATION_NAME: Final = "gen_ai.evaluation.name"
"""The metric an evaluation is about.

Type: string. Defined by OpenTelemetry.
"""

GEN_AI_EVALUATION_SCORE_LABEL: Final = "gen_ai.evaluation.score.label"
"""The score in words.

Type: string. Defined by OpenTelemetry.
"""

GEN_AI_EVALUATION_SCORE_VALUE: Final = "gen_ai.evaluation.score.value"
"""The score an evaluation gave.

Type: double. Defined by OpenTelemetry.
"""

GEN_AI_OPERATION_NAME: Final = "gen_ai.operation.name"
"""What was asked of the model.

Type: string. Defined by OpenTelemetry.
"""

GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
"""The model asked for.

Type: string. Defined by OpenTelemetry.
"""

GEN_AI_RESPONSE_MODEL: Final = "gen_ai.response.model"
"""The model that answered.

Type: string. Defined by OpenTelemetry.
"""

HOST_ARCH: Final = "host.arch"
"""Architecture of the host.

Type: string. Defined by OpenTelemetry.
"""

HOST_ID: Final = "host.id"
"""The host.

Type: string. Defined by OpenTelemetry.
"""

HOST_NAME: Final = "host.name"
"""Name of the host.

Type: string. Defined by OpenTelemetry.
"""

OS_TYPE: Final = "os.type"
"""Kind of operating system.

Type: string. Defined by OpenTelemetry.
"""

OS_VERSION: Final = "os.version"
"""Version of the operating system.

Type: string. Defined by OpenTelemetry.
"""

PROCESS_COMMAND_LINE: Final = "process.command_line"
"""The command the process was started with.

Type: string. Defined by OpenTelemetry.
"""

PROCESS_PID: Final = "process.pid"
"""Id of the process.

Type: int. Defined by OpenTelemetry.
"""

PROCESS_RUNTIME_NAME: Final = "process.runtime.name"
"""Name of the language runtime.

Type: string. Defined by OpenTelemetry.
"""

PROCESS_RUNTIME_VERSION: Final = "process.runtime.version"
"""Version of the language runtime.

Type: string. Defined by OpenTelemetry.
"""

SERVICE_INSTANCE_ID: Final = "service.instance.id"
"""The instance of the service.

Type: string. Defined by OpenTelemetry.
"""

SERVICE_NAME: Final = "service.name"
"""Name of the service that emits.

Type: string. Defined by OpenTelemetry.
"""

SERVICE_NAMESPACE: Final = "service.namespace"
"""What groups services of one owner.

Type: string. Defined by OpenTelemetry.
"""

SERVICE_VERSION: Final = "service.version"
"""Version of the service.

Type: string. Defined by OpenTelemetry.
"""

TEST_CASE_NAME: Final = "test.case.name"
"""Name of the test case.

Type: string. Defined by OpenTelemetry.
"""

TEST_SUITE_NAME: Final = "test.suite.name"
"""Name of the test suite.

Type: string. Defined by OpenTelemetry.
"""

VCS_REF_HEAD_NAME: Final = "vcs.ref.head.name"
"""The branch or tag the code is at.

Type: string. Defined by OpenTelemetry.
"""

VCS_REF_HEAD_REVISION: Final = "vcs.ref.head.revision"
"""The commit the code is at.

Type: string. Defined by OpenTelemetry.
"""

VCS_REF_HEAD_TYPE: Final = "vcs.ref.head.type"
"""Whether it is a branch or a tag.

Type: string. Defined by OpenTelemetry.
"""

VCS_REPOSITORY_NAME: Final = "vcs.repository.name"
"""Name of the repository.

Type: string. Defined by OpenTelemetry.
"""

VCS_REPOSITORY_URL_FULL: Final = "vcs.repository.url.full"
"""URL of the repository.

Type: string. Defined by OpenTelemetry.
"""
