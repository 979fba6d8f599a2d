# DO NOT EDIT. Generated from semconv/registry by semconv/tools/generate.py:
# change the YAML, then `make semconv`.
"""Known values of open enums.

Open: an unknown value on the wire is kept as it is, so write with these, and never parse with them.
Each member is a string and equals its wire value.
"""

from enum import StrEnum


class ArtifactKind(StrEnum):
    """`contexta.artifact.kind`: What kind of thing it is."""

    CHECKPOINT = "checkpoint"
    """State of a training that can be resumed."""

    MODEL_BUNDLE = "model_bundle"
    """A model, with what it needs to be used."""

    DATASET_SNAPSHOT = "dataset_snapshot"
    """Data as it was."""

    FEATURE_SET = "feature_set"
    """Features computed from data."""

    CONFIG_SNAPSHOT = "config_snapshot"
    """Configuration as it was."""

    PROMPT = "prompt"
    """A prompt or prompt template."""

    REPORT_BUNDLE = "report_bundle"
    """A report for people."""

    EXPORT_PACKAGE = "export_package"
    """A model packaged for another system."""

    EVIDENCE_BUNDLE = "evidence_bundle"
    """Evidence taken out for keeping."""

    DEBUG_BUNDLE = "debug_bundle"
    """What helps to find a fault."""


class ArtifactRole(StrEnum):
    """`contexta.artifact.role`: What the run did with it."""

    PRODUCED = "produced"
    """The run made it."""

    CONSUMED = "consumed"
    """The run used it."""


class BatchStatus(StrEnum):
    """`contexta.batch.status`: How the batch ended."""

    COMPLETED = "completed"
    """Did what it should."""

    FAILED = "failed"
    """Ended by an error."""

    SKIPPED = "skipped"
    """Left out on purpose."""

    INTERRUPTED = "interrupted"
    """Ended from outside or without a word."""


class BatchType(StrEnum):
    """`contexta.batch.type`: What makes the batch one."""

    EPOCH = "epoch"
    """One pass over the training data."""

    MINI_BATCH = "mini_batch"
    """One step's worth of samples."""

    FOLD = "fold"
    """One fold of a cross-validation."""

    FILE = "file"
    """One input file."""

    CHUNK = "chunk"
    """A piece of a larger input."""


class DegradedCategory(StrEnum):
    """`contexta.degraded.category`: Where on the way it happened."""

    CAPTURE = "capture"
    """While it was recorded."""

    TRANSPORT = "transport"
    """On the way."""

    SAMPLING = "sampling"
    """Left out by a sampler."""

    REDACTION = "redaction"
    """Removed on purpose."""

    IMPORT = "import"
    """While foreign data was taken in."""

    REPLAY = "replay"
    """While stored telemetry was read again."""

    VERIFICATION = "verification"
    """A check of what is stored failed."""

    RETENTION = "retention"
    """Removed because it was old."""

    INTERRUPTION = "interruption"
    """The run ended without closing."""


class DegradedSeverity(StrEnum):
    """`contexta.degraded.severity`: How far it weakens what rests on the evidence."""

    INFO = "info"
    """Worth knowing."""

    WARNING = "warning"
    """Something is missing."""

    ERROR = "error"
    """Conclusions cannot rest on it."""


class Severity(StrEnum):
    """`contexta.event.severity`: Severity of a narrative event that travels as a span event."""

    TRACE = "trace"
    """Finest detail (SeverityNumber 1 to 4)."""

    DEBUG = "debug"
    """For debugging (SeverityNumber 5 to 8)."""

    INFO = "info"
    """Something happened as it should (SeverityNumber 9 to 12)."""

    WARN = "warn"
    """Worth a look (SeverityNumber 13 to 16)."""

    ERROR = "error"
    """Something went wrong (SeverityNumber 17 to 20)."""

    FATAL = "fatal"
    """Nothing works after it (SeverityNumber 21 to 24)."""


class EvidenceKind(StrEnum):
    """`contexta.evidence.kind`: Which of the evidence scopes a span is."""

    RUN = "run"
    """One execution of an ML job."""

    STAGE = "stage"
    """A named step of a run."""

    OPERATION = "operation"
    """A unit of work, inside a stage or directly in the run."""

    BATCH = "batch"
    """A part of the data worked through at once: an epoch, a fold, a file."""

    SAMPLE = "sample"
    """A single example with operations of its own."""

    DEPLOYMENT = "deployment"
    """Bringing an artifact into an environment."""

    SEGMENT = "segment"
    """A carrier of events of a scope that is still open; no scope of its own."""


class MetricAggregation(StrEnum):
    """`contexta.metric.aggregation`: How the value came from many."""

    LAST = "last"
    """The latest."""

    MEAN = "mean"
    """Their mean."""

    SUM = "sum"
    """Their sum."""

    MIN = "min"
    """The smallest."""

    MAX = "max"
    """The largest."""

    P50 = "p50"
    """Their median."""

    P90 = "p90"
    """Their 90th percentile."""

    P95 = "p95"
    """Their 95th percentile."""

    P99 = "p99"
    """Their 99th percentile."""


class MetricScope(StrEnum):
    """`contexta.metric.scope`: What the value is about."""

    RUN = "run"
    """The run as a whole."""

    STAGE = "stage"
    """One stage."""

    OPERATION = "operation"
    """One operation."""

    BATCH = "batch"
    """One batch."""

    SLICE = "slice"
    """One slice, or the intersection of several."""

    SAMPLE = "sample"
    """One sample."""

    DEPLOYMENT = "deployment"
    """One deployment."""


class OperationType(StrEnum):
    """`contexta.operation.type`: What kind of work the operation does."""

    DATA_LOAD = "data_load"
    """Reading data."""

    TRANSFORM = "transform"
    """Turning data into other data."""

    FIT = "fit"
    """Fitting a model or a part of it."""

    PREDICT = "predict"
    """Asking a model."""

    SCORE = "score"
    """Measuring results."""

    RETRIEVAL = "retrieval"
    """Looking something up."""

    MODEL_CALL = "model_call"
    """A call of a generative model."""

    TOOL_CALL = "tool_call"
    """A call of a tool by an agent."""

    CHECKPOINT = "checkpoint"
    """Saving or loading state."""

    EXPORT = "export"
    """Packaging or writing results."""


class PromotionDecision(StrEnum):
    """`contexta.promotion.decision`: What was decided."""

    APPROVED = "approved"
    """It may."""

    REJECTED = "rejected"
    """It may not."""


class RelationConfidence(StrEnum):
    """`contexta.relation.confidence`: How the relation is known."""

    DIRECT = "direct"
    """Somebody who knows said so."""

    INFERRED = "inferred"
    """Concluded from other evidence."""


class RelationType(StrEnum):
    """`contexta.relation.type`: What `from` is to `to`."""

    PRODUCED = "produced"
    """`from` made `to`."""

    CONSUMED = "consumed"
    """`from` used `to`."""

    DERIVED_FROM = "derived_from"
    """`to` was made out of `from`, as the evidence flows."""

    TRAINED_ON = "trained_on"
    """`from` was trained on `to`."""

    EVALUATED_BY = "evaluated_by"
    """`from` was evaluated by `to`."""

    SUMMARIZED_BY = "summarized_by"
    """`from` is reported on by `to`."""

    APPROVED_FOR = "approved_for"
    """`from` may be used in `to`."""

    RESUMED_FROM = "resumed_from"
    """`from` went on where `to` stopped."""

    SUPERSEDES = "supersedes"
    """`from` takes the place of `to`."""

    MONITORS = "monitors"
    """`from` watches `to`."""

    DEPLOYED_AS = "deployed_as"
    """`from` went live as `to`."""

    EVALUATED_ON = "evaluated_on"
    """`from` was evaluated on `to`."""

    MEASURED_AGAINST = "measured_against"
    """What `from` measured is relative to `to`."""

    PARENT_OF = "parent_of"
    """`to` ran as a part of `from`."""

    QUARANTINED_BY = "quarantined_by"
    """`from` must not be relied on, by decision of `to` (a person, an incident); with all that came from it, until it is released."""

    RELEASED_BY = "released_by"
    """`from` may be relied on again, by decision of `to`."""

    PART_OF = "part_of"
    """`from` belongs to `to`."""


class RunStatus(StrEnum):
    """`contexta.run.status`: How the run ended."""

    COMPLETED = "completed"
    """Did what it should."""

    FAILED = "failed"
    """Ended by an error."""

    INTERRUPTED = "interrupted"
    """Ended from outside or without a word: a signal, a crash, a lost machine."""

    CANCELLED = "cancelled"
    """Ended on purpose before it was done."""


class RunType(StrEnum):
    """`contexta.run.type`: What kind of work the run does."""

    RUN = "run"
    """Not said what kind."""

    TRAINING = "training"
    """Fitting a model."""

    FINE_TUNING = "fine_tuning"
    """Fitting an already trained model further."""

    EVALUATION = "evaluation"
    """Measuring a model or system against expectations."""

    INFERENCE = "inference"
    """Answering with a model."""

    BATCH_SCORING = "batch_scoring"
    """Scoring a whole data set offline."""

    PROMPT_ASSESSMENT = "prompt_assessment"
    """Measuring a prompt."""

    FEATURE_BUILD = "feature_build"
    """Building features."""

    DATA_PREPARATION = "data_preparation"
    """Collecting, cleaning or splitting data."""

    HYPERPARAMETER_SEARCH = "hyperparameter_search"
    """Searching over configurations; its trials are child runs."""

    EXPORT = "export"
    """Packaging a model for use."""

    MONITORING = "monitoring"
    """Watching a deployed model."""


class SampleStatus(StrEnum):
    """`contexta.sample.status`: How the sample came out."""

    PASSED = "passed"
    """As expected."""

    FAILED = "failed"
    """Not as expected."""

    ERROR = "error"
    """No judgement, because the system broke on it."""

    SKIPPED = "skipped"
    """Not looked at."""


class StageStatus(StrEnum):
    """`contexta.stage.status`: How the stage ended."""

    COMPLETED = "completed"
    """Did what it should."""

    FAILED = "failed"
    """Ended by an error."""

    SKIPPED = "skipped"
    """Left out on purpose, for instance because its result was there."""

    INTERRUPTED = "interrupted"
    """Ended from outside or without a word."""


class VerificationReason(StrEnum):
    """`contexta.verification.reason`: Why it could not be checked."""

    NO_PATH = "no_path"
    """No path was recorded."""

    REMOTE = "remote"
    """It is elsewhere than in the file system."""

    OUTSIDE_ROOT = "outside_root"
    """Its path, or a link on it, leads out of the directory that was to be checked."""

    NO_DIGEST = "no_digest"
    """No SHA-256 was recorded."""

    UNREADABLE = "unreadable"
    """It could not be read."""

    CHANGED_MEANWHILE = "changed_meanwhile"
    """It changed while it was read."""


class VerificationResult(StrEnum):
    """`contexta.verification.result`: What the check found."""

    MATCH = "match"
    """Its bytes have the recorded digest."""

    MISMATCH = "mismatch"
    """Its bytes have another digest than the recorded one."""

    MISSING = "missing"
    """There is nothing where it was recorded."""

    NOT_VERIFIABLE = "not_verifiable"
    """It could not be checked; the reason says why."""


class DeploymentStatus(StrEnum):
    """`deployment.status`: How the deployment stands."""

    PENDING = "pending"
    """Not done yet."""

    SUCCEEDED = "succeeded"
    """It is live."""

    FAILED = "failed"
    """It did not come to be."""

    ROLLED_BACK = "rolled_back"
    """It was taken back."""
