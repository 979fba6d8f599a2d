"""The names of ML evidence on the OpenTelemetry wire.

Constants for emitters and readers alike, generated from the registry in `semconv/registry`:

- `contexta_semconv.attributes`: attribute keys, `CONTEXTA_RUN_ID`
- `contexta_semconv.events`: event names, `METRIC`
- `contexta_semconv.spans`: kinds of evidence spans and how they are named
- `contexta_semconv.values`: known values of open enums, `RunStatus.COMPLETED`
- `contexta_semconv.types`: the type of each attribute

Nothing is imported here, so that a reader of one module pays for no other.
"""

from typing import Final

__version__: Final = "2.0.0"

SCHEMA_URL: Final = "https://contexta.dev/schemas/2.0.0"
"""The schema URL every emitter sets on its instrumentation scope."""
