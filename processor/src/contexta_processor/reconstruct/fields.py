"""Which attribute of the wire becomes which column, and of what type: one table for both decoders.

An attribute that is named here for a family leaves the row's `attributes`; every other one stays
there as JSON. A value of another type than the column's is coerced where nothing is lost (`3` for
`3.0`); otherwise the column stays empty and the attribute stays in `attributes`.
"""

from dataclasses import dataclass
from enum import Enum

from contexta_semconv import attributes as names
from contexta_semconv import events as event_names


class Kind(Enum):
    """Column types an attribute can be coerced to."""

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    STRINGS = "strings"
    """A list of strings; a single string counts as a list of one."""


@dataclass(frozen=True)
class Field:
    """Attribute `key` fills column `column`."""

    column: str
    key: str
    kind: Kind


ADDRESS = (
    Field("run_id", names.CONTEXTA_RUN_ID, Kind.STRING),
    Field("project", names.CONTEXTA_PROJECT_NAME, Kind.STRING),
    Field("stage", names.CONTEXTA_STAGE_NAME, Kind.STRING),
    Field("operation", names.CONTEXTA_OPERATION_NAME, Kind.STRING),
    Field("batch_id", names.CONTEXTA_BATCH_ID, Kind.STRING),
    Field("sample_id", names.CONTEXTA_SAMPLE_ID, Kind.STRING),
    Field("slices", names.CONTEXTA_SLICE, Kind.STRINGS),
)
"""Where evidence belongs, widest first. Inherited from the span where the evidence does not say."""

ORIGIN = (
    Field("deployment_id", names.DEPLOYMENT_ID, Kind.STRING),
    Field("producer_id", names.CONTEXTA_PRODUCER_ID, Kind.STRING),
    Field("seq", names.CONTEXTA_SEQ, Kind.INT),
    Field("captured_by", names.CONTEXTA_CAPTURED_BY, Kind.STRING),
)

SPAN = (
    *ADDRESS,
    *ORIGIN,
    Field("evidence_kind", names.CONTEXTA_EVIDENCE_KIND, Kind.STRING),
    Field("operation_type", names.CONTEXTA_OPERATION_TYPE, Kind.STRING),
    Field("error_type", names.ERROR_TYPE, Kind.STRING),
)

EVENT = (*ADDRESS, *ORIGIN, Field("event_id", names.CONTEXTA_EVENT_ID, Kind.STRING))
"""Every event. Narrative and structured ones keep all else in `attributes`."""

NARRATIVE = (*EVENT, Field("severity", names.CONTEXTA_EVENT_SEVERITY, Kind.STRING))

METRIC = (
    *EVENT,
    Field("name", names.CONTEXTA_METRIC_NAME, Kind.STRING),
    Field("value", names.CONTEXTA_METRIC_VALUE, Kind.DOUBLE),
    Field("unit", names.CONTEXTA_METRIC_UNIT, Kind.STRING),
    Field("scope", names.CONTEXTA_METRIC_SCOPE, Kind.STRING),
    Field("step", names.CONTEXTA_METRIC_STEP, Kind.INT),
    Field("epoch", names.CONTEXTA_METRIC_EPOCH, Kind.DOUBLE),
    Field("aggregation", names.CONTEXTA_METRIC_AGGREGATION, Kind.STRING),
    Field("higher_is_better", names.CONTEXTA_METRIC_HIGHER_IS_BETTER, Kind.BOOL),
    Field("sample_count", names.CONTEXTA_METRIC_SAMPLE_COUNT, Kind.INT),
    Field("stddev", names.CONTEXTA_METRIC_STDDEV, Kind.DOUBLE),
    Field("reference", names.CONTEXTA_METRIC_REFERENCE, Kind.STRING),
)

SAMPLE = (
    *EVENT,
    Field("status", names.CONTEXTA_SAMPLE_STATUS, Kind.STRING),
    Field("input_summary", names.CONTEXTA_SAMPLE_INPUT_SUMMARY, Kind.STRING),
    Field("output_summary", names.CONTEXTA_SAMPLE_OUTPUT_SUMMARY, Kind.STRING),
    Field("expected_summary", names.CONTEXTA_SAMPLE_EXPECTED_SUMMARY, Kind.STRING),
    Field("failure_tags", names.CONTEXTA_SAMPLE_FAILURE_TAGS, Kind.STRINGS),
    Field("redacted", names.CONTEXTA_SAMPLE_REDACTED, Kind.BOOL),
    Field("top_document_ids", names.CONTEXTA_SAMPLE_RETRIEVAL_TOP_DOCUMENT_IDS, Kind.STRINGS),
    Field(
        "expected_document_id", names.CONTEXTA_SAMPLE_RETRIEVAL_EXPECTED_DOCUMENT_ID, Kind.STRING
    ),
)

SCORE_PREFIX = names.CONTEXTA_SAMPLE_SCORE_PREFIX
SERIES_VALUES = names.CONTEXTA_METRIC_VALUES
SERIES_STEPS = names.CONTEXTA_METRIC_STEPS


class Family(Enum):
    """Which table an event belongs to."""

    EVENT = "events"
    RECORD = "records"
    METRIC = "metrics"
    SERIES = "series"
    SAMPLE = "samples"


_FAMILIES = {
    event_names.METRIC: Family.METRIC,
    event_names.METRIC_SERIES: Family.SERIES,
    event_names.SAMPLE: Family.SAMPLE,
}


def family_of(event_name: str) -> Family:
    """The family of an event by its name: our own structured events are records, all others narrative."""
    known = _FAMILIES.get(event_name)
    if known is not None:
        return known
    return Family.RECORD if event_name in event_names.ALL else Family.EVENT


FIELDS_OF = {
    Family.EVENT: NARRATIVE,
    Family.RECORD: EVENT,
    Family.METRIC: METRIC,
    Family.SERIES: METRIC,
    Family.SAMPLE: SAMPLE,
}
