"""What every step shares: signals, errors, the clock, the data directory, packaged SQL."""
