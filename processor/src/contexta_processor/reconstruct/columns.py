"""The Arrow schemas between decoding and the store: the columns of `facts.*`, as told.

Times are UTC nanoseconds; a time that was not sent, or that does not fit in signed 64 bits, is null.
Trace and span ids are lower-case hex. `attributes` and `links` are JSON text with sorted keys.
`addressed` is false where the row may still inherit (part of) its address from a span.
"""

from dataclasses import dataclass, field

import pyarrow as pa

TIME = pa.timestamp("ns")
STRINGS = pa.list_(pa.string())

_ADDRESS = [
    ("run_id", pa.string()),
    ("project", pa.string()),
    ("stage", pa.string()),
    ("operation", pa.string()),
    ("batch_id", pa.string()),
    ("sample_id", pa.string()),
    ("slices", STRINGS),
]
_ORIGIN = [
    ("deployment_id", pa.string()),
    ("producer_id", pa.string()),
    ("seq", pa.int64()),
    ("captured_by", pa.string()),
]
_EVENT = [
    ("event_id", pa.string()),
    ("trace_id", pa.string()),
    ("span_id", pa.string()),
    ("occurred_at", TIME),
    ("attributes", pa.string()),
    ("dropped_attributes", pa.uint32()),
    ("resource_id", pa.uint64()),
    ("scope_name", pa.string()),
    ("addressed", pa.bool_()),
]

SPANS = pa.schema(
    [
        *_ADDRESS,
        *_ORIGIN,
        ("trace_id", pa.string()),
        ("span_id", pa.string()),
        ("parent_span_id", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("started_at", TIME),
        ("ended_at", TIME),
        ("status", pa.string()),
        ("status_message", pa.string()),
        ("error_type", pa.string()),
        ("trace_state", pa.string()),
        ("evidence_kind", pa.string()),
        ("operation_type", pa.string()),
        ("attributes", pa.string()),
        ("links", pa.string()),
        ("dropped_attributes", pa.uint32()),
        ("dropped_events", pa.uint32()),
        ("dropped_links", pa.uint32()),
        ("resource_id", pa.uint64()),
        ("scope_name", pa.string()),
        ("scope_version", pa.string()),
        ("schema_url", pa.string()),
        ("addressed", pa.bool_()),
    ]
)

EVENTS = pa.schema([*_ADDRESS, *_ORIGIN, *_EVENT, ("name", pa.string()), ("severity", pa.string())])
RECORDS = EVENTS

METRICS = pa.schema(
    [
        *_ADDRESS,
        *_ORIGIN,
        *_EVENT,
        ("series_index", pa.int32()),
        ("name", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("scope", pa.string()),
        ("step", pa.int64()),
        ("epoch", pa.float64()),
        ("aggregation", pa.string()),
        ("higher_is_better", pa.bool_()),
        ("sample_count", pa.int64()),
        ("stddev", pa.float64()),
        ("reference", pa.string()),
    ]
)

SAMPLES = pa.schema(
    [
        *_ADDRESS,
        *_ORIGIN,
        *_EVENT,
        ("status", pa.string()),
        ("input_summary", pa.string()),
        ("output_summary", pa.string()),
        ("expected_summary", pa.string()),
        ("failure_tags", STRINGS),
        ("redacted", pa.bool_()),
        ("top_document_ids", STRINGS),
        ("expected_document_id", pa.string()),
        ("score_names", STRINGS),
        ("score_values", pa.list_(pa.float64())),
    ]
)

RESOURCES = pa.schema(
    [
        ("resource_id", pa.uint64()),
        ("service_name", pa.string()),
        ("service_instance_id", pa.string()),
        ("host_name", pa.string()),
        ("process_pid", pa.int64()),
        ("deployment_id", pa.string()),
        ("deployment_environment", pa.string()),
        ("attributes", pa.string()),
    ]
)

SCHEMAS = {
    "spans": SPANS,
    "events": EVENTS,
    "records": RECORDS,
    "metrics": METRICS,
    "samples": SAMPLES,
    "resources": RESOURCES,
}


@dataclass
class Decoded:
    """Evidence decoded from one or more journal records; tables by the names of `SCHEMAS`."""

    tables: dict[str, pa.Table] = field(default_factory=dict[str, pa.Table])

    @classmethod
    def empty(cls) -> "Decoded":
        """No evidence at all."""
        return cls({name: schema.empty_table() for name, schema in SCHEMAS.items()})

    @classmethod
    def concat(cls, parts: "list[Decoded]") -> "Decoded":
        """Everything in `parts`, in order."""
        if not parts:
            return cls.empty()
        if len(parts) == 1:
            return parts[0]
        return cls(
            {name: pa.concat_tables([part.tables[name] for part in parts]) for name in SCHEMAS}
        )
