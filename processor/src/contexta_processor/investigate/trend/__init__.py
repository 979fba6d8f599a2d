"""How a figure moves: over runs, over the steps of one run, and over the time of a deployment.

asked.py        what is asked
gathering.py    statements → series of points, one per address (never two stages, slices or units in one)
releases.py     deployments: where services that measure belong, and what is marked
series.py       points and series
judging.py      band, change points, spikes: what stands out of a series
reference.py    drift: how far the newest values are from a reference
causes.py       what else changed where a series changed
trend.py        the answer
"""
