"""Samples: what a run knows of each, which failed and where, what became of one over time, and against another run.

A sample failed if its status is failed or error, or, where it has none, if it carries failure tags. A skipped one, and one
of which nobody said how it ended, is not known to have passed.
"""
