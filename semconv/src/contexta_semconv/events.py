# DO NOT EDIT. Generated from semconv/registry by semconv/tools/generate.py:
# change the YAML, then `make semconv`.
"""Event names of ML evidence: names of span events, or event names of log records."""

from typing import Final

ARTIFACT: Final = "contexta.artifact"
"""A run made or used a thing.

Promotions, deployments and relations name it by its id, so the id should be the same in every run.
Severity INFO (9).
"""

CONFIGURATION: Final = "contexta.configuration"
"""What a run was told to do.

Several of them add up. Severity INFO (9).
"""

DEGRADED: Final = "contexta.degraded"
"""Something is known to be missing or untrustworthy.

Severity as `contexta.degraded.severity` says: INFO (9), WARN (13) or ERROR (17).
"""

DEPLOYMENT: Final = "contexta.deployment"
"""A deployment began, moved on or was done.

Several of them for one `deployment.id` add up, the latest status by event time being the status.
Severity INFO (9), ERROR (17) if it failed.
"""

ENVIRONMENT: Final = "contexta.environment"
"""What a run runs on and with.

Several of them add up. Any further attribute is kept. Severity INFO (9).
"""

HEARTBEAT: Final = "contexta.heartbeat"
"""The run is alive.

Every 15 s by default while a run is open. A run whose heartbeats have stopped without a closing is
interrupted until something else arrives. Severity DEBUG (5).
"""

LEDGER: Final = "contexta.ledger"
"""On closing, what the producer says it sent.

Counts are over the life of the producer. A count that is left out is not claimed. Severity INFO
(9).
"""

METRIC: Final = "contexta.metric"
"""A value was measured.

Severity INFO (9).
"""

METRIC_SERIES: Final = "contexta.metric.series"
"""A whole curve was measured.

Read as one `contexta.metric` per value, each with its step. Keep it below about 1,000 values; a
longer curve is sent as several series. Severity INFO (9).
"""

PROMOTION: Final = "contexta.promotion"
"""It was decided whether an artifact may go into an environment.

Severity INFO (9).
"""

RELATION: Final = "contexta.relation"
"""Two things hang together.

Severity INFO (9).
"""

RUN_STARTED: Final = "contexta.run.started"
"""A run has begun.

Sent at once, on an already ended child span of the run (`evidence segment`), so that a run that
dies without a word was still seen. Its time is when the run began. Severity INFO (9).
"""

SAMPLE: Final = "contexta.sample"
"""One sample was looked at.

Any further attribute is kept with the sample. Severity INFO (9).
"""

VERIFICATION: Final = "contexta.verification"
"""It was checked whether an artifact is still what was recorded.

Told by whoever checked, at the time of the check, about the run the artifact was looked up for. A
result other than `match` goes with a `contexta.degraded` of category `verification` that has the
artifact as its subject. Of several checks of one artifact the latest by event time says how it
stands; each of them is evidence. Severity INFO (9), WARN (13) if it was not verifiable, ERROR (17)
on a mismatch or where it is missing.
"""

ALL: Final[frozenset[str]] = frozenset(
    {
        ARTIFACT,
        CONFIGURATION,
        DEGRADED,
        DEPLOYMENT,
        ENVIRONMENT,
        HEARTBEAT,
        LEDGER,
        METRIC,
        METRIC_SERIES,
        PROMOTION,
        RELATION,
        RUN_STARTED,
        SAMPLE,
        VERIFICATION,
    }
)
"""Every event name Contexta defines; any other name is a narrative event."""
