"""What every step may use: the address, values as OTLP takes them, secrets, settings, misuse. Imports nothing of the other steps."""
