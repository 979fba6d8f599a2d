"""The kinds of journal record: three OTLP signals and our own note of what was set aside."""

from enum import IntEnum


class Signal(IntEnum):
    """What the bytes of one journal record are. The value is written to disk and never reused."""

    TRACES = 1
    """An `ExportTraceServiceRequest` in protobuf."""
    LOGS = 2
    """An `ExportLogsServiceRequest` in protobuf."""
    METRICS = 3
    """An `ExportMetricsServiceRequest` in protobuf."""
    QUARANTINE = 9
    """A JSON note (see `contexta_processor.base.quarantine`) about bytes that were set aside."""

    @property
    def label(self) -> str:
        """Lower-case name as shown to people and in URLs: `traces`, `logs`, `metrics`."""
        return self.name.lower()
