"""Evidence without a line of code: the hook and exporter that OpenTelemetry starts, and `contexta-run`."""
