"""One function per event of the wire contract: what a user says → its attributes.

Pure: no clock, no state. Where a value is wrong, it says so at the caller's line (see `misuse`) and
leaves that one value out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from contexta.base import coerce, secrets
from contexta.base.coerce import Attributes, AttributeValue, Instant
from contexta.base.misuse import misuse
from contexta.emitter import lifecycle
from contexta.records.put import (
    Names,
    put_direction,
    put_integer,
    put_number,
    put_prose,
    put_text,
    put_texts,
)
from contexta_semconv import attributes as names
from contexta_semconv import values as known

SERIES_CHUNK: Final = 1_000
CONFIGURATION_CHUNK: Final = 100


def moment(at: Instant | None) -> int:
    """`at` in nanoseconds since 1970, now if there is none, or if it is no time (said)."""
    if at is None:
        return coerce.now()
    try:
        return coerce.nanoseconds(at)
    except (TypeError, ValueError) as reason:
        misuse("time", f"{reason}; taken as now")
        return coerce.now()


def metric(
    name: str,
    value: object,
    *,
    unit: str | None = None,
    step: int | None = None,
    epoch: float | None = None,
    slice: Names | None = None,
    aggregation: str | None = None,
    higher_is_better: bool | str | None = None,
    sample_count: int | None = None,
    stddev: float | None = None,
    reference: str | None = None,
    scope: str | None = None,
) -> Attributes | None:
    """`contexta.metric`; None if the value is no number."""
    number = value if type(value) is float else coerce.number(value)
    if number is None:
        misuse(
            "metric-value",
            f"metric {name!r}: {value!r} is not a number, nothing recorded; "
            "pass a number (a NaN is one), or use log_event for text",
        )
        return None
    attributes: Attributes = {
        names.CONTEXTA_METRIC_NAME: coerce.text(name),
        names.CONTEXTA_METRIC_VALUE: number,
    }
    if unit is not None:
        attributes[names.CONTEXTA_METRIC_UNIT] = unit
    if step is not None:
        put_integer(attributes, names.CONTEXTA_METRIC_STEP, "step", step)
    if epoch is not None:
        put_number(attributes, names.CONTEXTA_METRIC_EPOCH, "epoch", epoch)
    if slice is not None:
        put_texts(attributes, names.CONTEXTA_SLICE, slice)
    if higher_is_better is not None:
        put_direction(attributes, name, higher_is_better)
    if sample_count is not None:
        put_integer(attributes, names.CONTEXTA_METRIC_SAMPLE_COUNT, "sample_count", sample_count)
    if stddev is not None:
        put_number(attributes, names.CONTEXTA_METRIC_STDDEV, "stddev", stddev)
    put_text(attributes, names.CONTEXTA_METRIC_AGGREGATION, aggregation)
    put_text(attributes, names.CONTEXTA_METRIC_REFERENCE, reference)
    put_text(attributes, names.CONTEXTA_METRIC_SCOPE, scope)
    return attributes


def series(
    name: str,
    values: Iterable[object],
    *,
    steps: Iterable[object] | None = None,
    unit: str | None = None,
    higher_is_better: bool | str | None = None,
) -> list[Attributes]:
    """`contexta.metric.series`, in pieces of at most 1,000 values; empty if it is no curve."""
    numbers = [coerce.number(value) for value in values]
    at = list(range(len(numbers))) if steps is None else [coerce.integer(step) for step in steps]
    if len(at) != len(numbers):
        misuse(
            "series-steps",
            f"series {name!r}: {len(numbers)} values but {len(at)} steps, nothing recorded; "
            "give one step per value, or none",
        )
        return []
    pairs = [(step, value) for step, value in zip(at, numbers, strict=True)]
    legal = [(step, value) for step, value in pairs if step is not None and value is not None]
    if len(legal) < len(pairs):
        misuse(
            "series-values",
            f"series {name!r}: {len(pairs) - len(legal)} of {len(pairs)} points are not numbers "
            "and are left out",
        )
    shared: Attributes = {names.CONTEXTA_METRIC_NAME: coerce.text(name)}
    put_text(shared, names.CONTEXTA_METRIC_UNIT, unit)
    if higher_is_better is not None:
        put_direction(shared, name, higher_is_better)
    return [
        {
            **shared,
            names.CONTEXTA_METRIC_VALUES: [
                value for _, value in legal[start : start + SERIES_CHUNK]
            ],
            names.CONTEXTA_METRIC_STEPS: [step for step, _ in legal[start : start + SERIES_CHUNK]],
        }
        for start in range(0, len(legal), SERIES_CHUNK)
    ]


def narrative(attributes: Mapping[str, object] | None, severity: str | None) -> Attributes:
    """An event of the user's own: its attributes as they are."""
    result = free(attributes)
    if severity is not None:
        word = {"warning": "warn", "critical": "fatal"}.get(severity.lower(), severity.lower())
        if word not in set(known.Severity):
            misuse(
                "severity",
                f"severity {severity!r} is not one of {', '.join(known.Severity)}; left out",
            )
        else:
            result[names.CONTEXTA_EVENT_SEVERITY] = word
    return result


def free(attributes: Mapping[str, object] | None) -> Attributes:
    """Attributes of the user's own, each coerced, credentials in them masked."""
    if not attributes:
        return {}
    return {
        coerce.text(key): secrets.in_attribute(str(key), coerce.attribute(value))
        for key, value in attributes.items()
        if value is not None
    }


def sample(
    id: str | None = None,
    *,
    slices: Names = (),
    scores: Mapping[str, object] | None = None,
    status: str | None = None,
    input_summary: str | None = None,
    output_summary: str | None = None,
    expected_summary: str | None = None,
    failure_tags: Names = (),
    retrieval: Mapping[str, object] | None = None,
    redacted: bool = False,
    attributes: Mapping[str, object] | None = None,
) -> Attributes:
    """`contexta.sample`; without `id` the part that refines a sample span."""
    result = free(attributes)
    if id is not None:
        result[names.CONTEXTA_SAMPLE_ID] = coerce.text(id)
    put_texts(result, names.CONTEXTA_SLICE, slices)
    put_text(result, names.CONTEXTA_SAMPLE_STATUS, status)
    _put_summary(result, names.CONTEXTA_SAMPLE_INPUT_SUMMARY, input_summary)
    _put_summary(result, names.CONTEXTA_SAMPLE_OUTPUT_SUMMARY, output_summary)
    _put_summary(result, names.CONTEXTA_SAMPLE_EXPECTED_SUMMARY, expected_summary)
    put_texts(result, names.CONTEXTA_SAMPLE_FAILURE_TAGS, failure_tags)
    for score, value in (scores or {}).items():
        put_number(
            result, f"{names.CONTEXTA_SAMPLE_SCORE_PREFIX}{score}", f"score {score!r}", value
        )
    for key, value in (retrieval or {}).items():
        if value is not None:
            result[f"contexta.sample.retrieval.{key}"] = coerce.attribute(value)
    if redacted:
        result[names.CONTEXTA_SAMPLE_REDACTED] = True
    return result


def artifact(
    id: str,
    path: str,
    *,
    kind: str,
    role: str = "produced",
    version: str | None = None,
    sha256: str | None = None,
    size_bytes: int | None = None,
    summarizes_run: str | None = None,
    derived_from: Names = (),
    attributes: Mapping[str, object] | None = None,
) -> Attributes:
    """`contexta.artifact`."""
    result = free(attributes)
    result[names.CONTEXTA_ARTIFACT_ID] = coerce.text(id)
    result[names.CONTEXTA_ARTIFACT_KIND] = coerce.text(kind)
    result[names.CONTEXTA_ARTIFACT_ROLE] = coerce.text(role)
    put_text(result, names.CONTEXTA_ARTIFACT_PATH, path or None)
    put_text(result, names.CONTEXTA_ARTIFACT_VERSION, version)
    put_text(result, names.CONTEXTA_ARTIFACT_SHA256, sha256)
    if size_bytes is not None:
        put_integer(result, names.CONTEXTA_ARTIFACT_SIZE_BYTES, "size_bytes", size_bytes)
    put_text(result, names.CONTEXTA_ARTIFACT_SUMMARIZES_RUN, summarizes_run)
    put_texts(result, names.CONTEXTA_ARTIFACT_DERIVED_FROM, derived_from)
    return result


def dataset(
    name: str, *, split: str | None, slices: Names | None, rows: int | None, fingerprint: str | None
) -> Attributes:
    """What an artifact that is a data set says besides."""
    attributes: Attributes = {names.CONTEXTA_DATASET_NAME: coerce.text(name)}
    put_text(attributes, names.CONTEXTA_DATASET_SPLIT, split)
    put_texts(attributes, names.CONTEXTA_SLICE, slices or ())
    if rows is not None:
        attributes[names.CONTEXTA_DATASET_ROW_COUNT] = rows
    put_text(attributes, names.CONTEXTA_DATASET_FINGERPRINT, fingerprint)
    return attributes


def configuration(values: object, source: str | None) -> list[Attributes]:
    """`contexta.configuration` in pieces of at most 100 keys; empty if there is nothing to read."""
    try:
        flat = coerce.flatten(values)
    except TypeError as reason:
        misuse(
            "configuration",
            f"log_configuration: {reason}, nothing recorded; pass a mapping, a dataclass, an "
            "argparse namespace or a pydantic model",
        )
        return []
    entries = [
        (f"{names.CONTEXTA_CONFIG_PREFIX}{coerce.text(key)}", _setting(key, value))
        for key, value in flat.items()
    ]
    shared: Attributes = {}
    put_text(shared, names.CONTEXTA_CONFIGURATION_SOURCE, source)
    return [
        {**shared, **dict(entries[start : start + CONFIGURATION_CHUNK])}
        for start in range(0, len(entries), CONFIGURATION_CHUNK)
    ]


def relation(
    type: str,
    from_id: str,
    to_id: str,
    *,
    from_kind: str | None = None,
    to_kind: str | None = None,
    confidence: str = "direct",
    evidence: str | None = None,
) -> Attributes:
    """`contexta.relation`."""
    if confidence not in set(known.RelationConfidence):
        misuse(
            "confidence",
            f"confidence {confidence!r} is not one of {', '.join(known.RelationConfidence)}; "
            "recorded as inferred",
        )
        confidence = known.RelationConfidence.INFERRED.value
    attributes: Attributes = {
        names.CONTEXTA_RELATION_TYPE: coerce.text(type),
        names.CONTEXTA_RELATION_FROM: coerce.text(from_id),
        names.CONTEXTA_RELATION_TO: coerce.text(to_id),
        names.CONTEXTA_RELATION_CONFIDENCE: confidence,
    }
    put_text(attributes, names.CONTEXTA_RELATION_FROM_KIND, from_kind)
    put_text(attributes, names.CONTEXTA_RELATION_TO_KIND, to_kind)
    put_prose(attributes, names.CONTEXTA_RELATION_EVIDENCE, evidence)
    return attributes


def promotion(
    artifact: str,
    *,
    to: str,
    decision: str = "approved",
    from_environment: str | None = None,
    report: str | None = None,
    by: str | None = None,
) -> Attributes:
    """`contexta.promotion`."""
    attributes: Attributes = {
        names.CONTEXTA_ARTIFACT_ID: coerce.text(artifact),
        names.CONTEXTA_PROMOTION_TO: coerce.text(to),
        names.CONTEXTA_PROMOTION_DECISION: coerce.text(decision),
    }
    put_text(attributes, names.CONTEXTA_PROMOTION_FROM, from_environment)
    put_text(attributes, names.CONTEXTA_PROMOTION_REPORT_ID, report)
    put_text(attributes, names.CONTEXTA_PROMOTION_BY, by)
    return attributes


def degraded(
    reason: str,
    *,
    severity: str = "warning",
    category: str = "capture",
    detail: str | None = None,
    expected: int | None = None,
    observed: int | None = None,
    remedy: str | None = None,
) -> Attributes:
    """`contexta.degraded`."""
    if severity not in set(known.DegradedSeverity):
        misuse(
            "degraded-severity",
            f"severity {severity!r} is not one of {', '.join(known.DegradedSeverity)}; "
            "recorded as warning",
        )
        severity = known.DegradedSeverity.WARNING.value
    attributes: Attributes = {
        names.CONTEXTA_DEGRADED_REASON: coerce.text(reason),
        names.CONTEXTA_DEGRADED_SEVERITY: severity,
        names.CONTEXTA_DEGRADED_CATEGORY: coerce.text(category),
    }
    put_prose(attributes, names.CONTEXTA_DEGRADED_DETAIL, detail)
    if expected is not None:
        put_integer(attributes, names.CONTEXTA_DEGRADED_EXPECTED_COUNT, "expected", expected)
    if observed is not None:
        put_integer(attributes, names.CONTEXTA_DEGRADED_OBSERVED_COUNT, "observed", observed)
    put_prose(attributes, names.CONTEXTA_DEGRADED_REMEDY, remedy)
    return attributes


def _setting(key: str, value: object) -> AttributeValue:
    """A configuration value; what is or holds a secret is masked before it becomes text."""
    try:
        value = secrets.masked_value(key, value)
    except Exception:
        value = secrets.MASK if secrets.is_secret_name(key) else f"<{type(value).__name__}>"
    return secrets.without_secrets_in(coerce.attribute(value))


def _put_summary(attributes: Attributes, key: str, value: object) -> None:
    """A text of a sample, after the user's redaction if there is one."""
    if value is None:
        return
    whole = coerce.text(value)
    redact = lifecycle.current_settings().redact
    shown = whole if redact is None else secrets.redacted(whole, redact)
    if shown is not None:
        attributes[key] = shown
    if shown != whole:
        attributes[names.CONTEXTA_SAMPLE_REDACTED] = True
