"""Setting up and shutting down in a process, beside an OpenTelemetry SDK that the user may have."""
