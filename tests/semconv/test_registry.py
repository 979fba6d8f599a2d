"""The registry is right, and each way of breaking it is refused by file and name."""

from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Mistake:
    """One edit that breaks the registry, and what must be said about it: the key, and why."""

    name: str
    file: str
    old: str
    new: str
    key: str
    why: str


EXAMPLE = "    examples: [eval_run_v17, 01JDC8Q4WJ7Q8R2H5N6T9M3XKB]\n"
SIZE = "  - key: contexta.batch.size\n    type: int\n    stability: development\n"
WINDOW = "  - {key: contexta.batch.window, type: int, stability: development, brief: B., examples: [1]}\n"

MISTAKES = [
    Mistake(
        "unknown attribute",
        "metric/events.yaml",
        "{ref: contexta.metric.stddev,",
        "{ref: contexta.metric.spread,",
        "contexta.metric",
        "refers to the unknown attribute contexta.metric.spread",
    ),
    Mistake(
        "unknown OpenTelemetry attribute",
        "stage/spans.yaml",
        "ref: error.type",
        "ref: error.kind",
        "contexta.stage",
        "refers to the unknown attribute error.kind",
    ),
    Mistake(
        "unknown group",
        "relation/events.yaml",
        "attributes.contexta.event.address",
        "attributes.contexta.place",
        "contexta.relation",
        "refers to the unknown group attributes.contexta.place",
    ),
    Mistake(
        "group within itself",
        "address/registry.yaml",
        "      - {ref: contexta.captured_by, requirement_level: recommended}\n",
        "      - ref_group: attributes.contexta.origin\n",
        "attributes.contexta.origin",
        "contains itself",
    ),
    Mistake(
        "two groups with the same attribute",
        "heartbeat/events.yaml",
        "      - ref_group: attributes.contexta.event.address\n",
        "      - ref_group: attributes.contexta.event.address\n"
        "      - ref_group: attributes.contexta.origin\n",
        "contexta.heartbeat",
        "gets contexta.seq from attributes.contexta.event.address and attributes.contexta.origin",
    ),
    Mistake(
        "unknown entity",
        "sample/events.yaml",
        "entity_associations: [service]",
        "entity_associations: [servant]",
        "contexta.sample",
        "is associated with the unknown entity servant",
    ),
    Mistake(
        "unknown import",
        "imports.yaml",
        "gen_ai.evaluation.result",
        "gen_ai.evaluation.outcome",
        "gen_ai.evaluation.outcome",
        "is not among the upstream events",
    ),
    Mistake(
        "missing stability",
        "batch/registry.yaml",
        SIZE,
        SIZE.replace("    stability: development\n", ""),
        "contexta.batch.size",
        "'stability' is a required property",
    ),
    Mistake(
        "missing examples",
        "run/registry.yaml",
        EXAMPLE,
        "",
        "contexta.run.id",
        "'examples' is a required property",
    ),
    Mistake(
        "example of another type",
        "batch/registry.yaml",
        "examples: [64]",
        'examples: ["64"]',
        "contexta.batch.size",
        "the example '64' is not of type int",
    ),
    Mistake(
        "unknown type",
        "batch/registry.yaml",
        SIZE,
        SIZE.replace("int", "integer"),
        "contexta.batch.size",
        "integer",
    ),
    Mistake(
        "member without a value",
        "artifact/registry.yaml",
        "{id: produced, value: produced, ",
        "{id: produced, ",
        "contexta.artifact.role / produced",
        "'value' is a required property",
    ),
    Mistake(
        "member twice",
        "artifact/registry.yaml",
        "{id: consumed, value: consumed, ",
        "{id: consumed, value: produced, ",
        "contexta.artifact.role",
        "has two members with the value produced",
    ),
    Mistake(
        "key twice in one mapping",
        "run/registry.yaml",
        EXAMPLE,
        EXAMPLE + "    type: int\n",
        "type",
        "written twice in one mapping",
    ),
    Mistake(
        "attribute defined twice",
        "batch/registry.yaml",
        "key: contexta.batch.size",
        "key: contexta.batch.index",
        "contexta.batch.index",
        "is defined twice, first in batch/registry.yaml",
    ),
    Mistake(
        "event defined twice",
        "ledger/events.yaml",
        "name: contexta.ledger",
        "name: contexta.heartbeat",
        "contexta.heartbeat",
        "is defined twice",
    ),
    Mistake(
        "upper case",
        "batch/registry.yaml",
        SIZE,
        SIZE.replace("batch.size", "batch.batchSize"),
        "contexta.batch.batchSize",
        "is not contexta.<lower_case>.<snake_case>",
    ),
    Mistake(
        "foreign prefix",
        "batch/registry.yaml",
        SIZE,
        SIZE.replace("contexta.batch", "ml.batch"),
        "ml.batch.size",
        "is not contexta.<lower_case>.<snake_case>",
    ),
    Mistake(
        "attribute that is a namespace",
        "batch/registry.yaml",
        SIZE,
        WINDOW.replace("window", "size.unit") + SIZE,
        "contexta.batch.size",
        "is an attribute and the namespace of contexta.batch.size.unit",
    ),
    Mistake(
        "two keys with one constant",
        "batch/registry.yaml",
        SIZE,
        WINDOW.replace("batch.window", "batch_size") + SIZE,
        "contexta.batch.size",
        "has the same constant as contexta.batch_size",
    ),
    Mistake(
        "event without an address",
        "degraded/events.yaml",
        "      - ref_group: attributes.contexta.event.address\n",
        "",
        "contexta.degraded",
        "does not require contexta.run.id",
    ),
    Mistake(
        "span without a kind",
        "segment/spans.yaml",
        "ref: contexta.evidence.kind\n        requirement_level: required",
        "ref: contexta.evidence.kind\n        requirement_level: opt_in",
        "contexta.segment",
        "does not require contexta.evidence.kind",
    ),
    Mistake(
        "brief that is no sentence",
        "batch/registry.yaml",
        "brief: Number of samples in the batch.",
        "brief: Number of samples in the batch",
        "contexta.batch.size",
        "does not end with a full stop",
    ),
    Mistake(
        "renamed to nothing",
        "batch/registry.yaml",
        SIZE,
        SIZE + "    deprecated: {reason: renamed, renamed_to: contexta.batch.length}\n",
        "contexta.batch.size",
        "is renamed to contexta.batch.length, which is not there",
    ),
    Mistake(
        "old format",
        "batch/registry.yaml",
        "file_format: definition/2",
        "file_format: definition/1",
        "file_format",
        "'definition/2' was expected",
    ),
    Mistake(
        "unknown section",
        "batch/registry.yaml",
        "attributes:",
        "groups:",
        "file",
        "'groups' was unexpected",
    ),
    Mistake(
        "no YAML",
        "batch/registry.yaml",
        "attributes:",
        "attributes: [",
        "file",
        "is not YAML",
    ),
    Mistake(
        "manifest without a version",
        "manifest.yaml",
        "schema_url: https://contexta.dev/schemas/2.0.0",
        "schema_url: https://contexta.dev/schemas/",
        "schema_url",
        "does not match",
    ),
]


def test_registry_is_right(tool):
    """The registry of this repository passes every rule of the checker."""
    checked = tool("check")
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_refused(tool, registry_copy: Path, mistake: Mistake):
    """A broken registry is refused with the file, the name in it and the reason."""
    path = registry_copy / mistake.file
    text = path.read_text("utf-8")
    assert mistake.old in text
    path.write_text(text.replace(mistake.old, mistake.new, 1), "utf-8")

    checked = tool("check", registry_copy)

    assert checked.returncode == 1
    assert "Traceback" not in checked.stderr
    told = [line for line in checked.stderr.splitlines() if line.startswith("error: ")]
    assert any(
        line.startswith(f"error: {mistake.file}: {mistake.key}: ") and mistake.why in line
        for line in told
    ), checked.stderr


def test_missing_manifest_is_refused(tool, registry_copy: Path):
    """A folder of definitions without a manifest is no registry."""
    (registry_copy / "manifest.yaml").unlink()
    checked = tool("check", registry_copy)
    assert checked.returncode == 1
    assert "error: manifest.yaml: file: is not there" in checked.stderr


def test_foreign_schema_is_applied(tool, tmp_path: Path):
    """A schema as Weaver publishes it is checked besides our own."""
    schema = tmp_path / "semconv.schema.json"
    schema.write_text('{"properties": {"spans": false}}', "utf-8")
    checked = tool("check", "--schema", schema)
    assert checked.returncode == 1
    assert "error: run/spans.yaml: " in checked.stderr
