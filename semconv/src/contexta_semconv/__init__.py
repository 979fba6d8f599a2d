"""The names of ML evidence on the OpenTelemetry wire."""
