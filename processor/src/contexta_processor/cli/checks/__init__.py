"""What `contexta doctor` looks at, one module for each place."""
