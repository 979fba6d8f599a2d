"""The evidence processor: receive OpenTelemetry, keep it, reconstruct ML evidence, answer questions."""

__version__ = "2.0.0"
