"""OpenTelemetry recorded for `contexta demo` (made by processor/tools/record_demo.py)."""
