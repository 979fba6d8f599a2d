"""Emit ML evidence as plain OpenTelemetry."""
