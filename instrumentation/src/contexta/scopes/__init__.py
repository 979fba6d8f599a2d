"""What opens and closes: runs, stages, operations, batches, samples, deployments."""
