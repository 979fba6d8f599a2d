"""Beside the user's own OpenTelemetry: nothing taken over, nothing lost, in either order."""

from __future__ import annotations

import pytest

USERS_PROVIDER = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased, ParentBased
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.resources import Resource
theirs = InMemorySpanExporter()
def set_up(sampler=None):
    provider = TracerProvider(resource=Resource.create({"service.name": "users"}), sampler=sampler)
    provider.add_span_processor(SimpleSpanProcessor(theirs))
    trace.set_tracer_provider(provider)
    return provider
def names(): return sorted(span.name for span in theirs.get_finished_spans())
"""

BEFORE = """
provider = set_up()
import contexta
tracer = trace.get_tracer("their.lib")
with tracer.start_as_current_span("outside"): pass
with contexta.run("p", id="r1"), contexta.stage("s"):
    with tracer.start_as_current_span("inside"):
        contexta.log_metric("m", 1)
assert contexta.flush(60)
assert trace.get_tracer_provider() is provider
assert {"outside", "inside", "run run", "stage s"} <= set(names()), names()
(inside,) = (s for s in theirs.get_finished_spans() if s.name == "inside")
assert inside.attributes["contexta.run.id"] == "r1"
"""

AFTER = """
import contexta
early = trace.get_tracer("early.lib")
with contexta.run("p", id="r0"):
    with early.start_as_current_span("before they came"): pass
provider = set_up()
assert trace.get_tracer_provider() is provider
with contexta.run("p", id="r1"), contexta.stage("s"):
    with trace.get_tracer("their.lib").start_as_current_span("inside"): pass
    with early.start_as_current_span("early inside"): pass
assert {"inside", "early inside", "run run", "stage s"} <= set(names()), names()
assert contexta.flush(60)
"""

SAMPLED_OUT = """
set_up(ParentBased(TraceIdRatioBased(0.0)))
import contexta
with contexta.run("p", id="r1"), contexta.stage("s"):
    contexta.log_metric("m", 1)
assert names() == [], names()
assert contexta.flush(60)
"""

THEIR_END = """
import contexta
with contexta.run("p", id="r0"): pass
provider = set_up()
with contexta.run("p", id="r1"):
    provider.shutdown()
    contexta.log_metric("m", 1)
assert contexta.flush(60)
"""


@pytest.mark.parametrize("job", [BEFORE, AFTER], ids=["set before", "set after"])
def test_their_backend_and_ours_both_get_everything(script, receiver, job):
    """Spans of ours reach the user's exporter, the user's spans inside a run reach us, addressed and
    numbered; the global provider is the user's."""
    done = script(USERS_PROVIDER + job, CONTEXTA_ENDPOINT=receiver.endpoint)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    (inside,) = (span for span in receiver.spans if span.name == "inside")
    (stage,) = receiver.of("stage")
    assert inside.attributes["contexta.run.id"] == "r1"
    assert inside.attributes["contexta.stage.name"] == "s"
    assert inside.kind == ""
    assert inside.parent_id == stage.span_id
    assert not [span for span in receiver.spans if span.name == "outside"]
    assert receiver.sequence() == list(range(len(receiver.sequence())))
    if job is AFTER:
        (early,) = (span for span in receiver.spans if span.name == "before they came")
        assert early.attributes["contexta.run.id"] == "r0"


def test_their_sampler_keeps_its_ratio_and_we_keep_everything(script, receiver):
    """A sampler that drops all of the user's traces drops none of the evidence."""
    done = script(USERS_PROVIDER + SAMPLED_OUT, CONTEXTA_ENDPOINT=receiver.endpoint)
    assert done.returncode == 0, done.stderr
    assert len(receiver.of("run")) == len(receiver.of("stage")) == 1
    assert len(receiver.named("contexta.metric")) == 1


def test_their_shutdown_is_not_ours(script, receiver):
    """The user ending their provider in the middle of a run loses no evidence."""
    done = script(USERS_PROVIDER + THEIR_END, CONTEXTA_ENDPOINT=receiver.endpoint)
    assert done.returncode == 0, done.stderr
    assert len(receiver.of("run")) == 2
    assert len(receiver.named("contexta.metric")) == 1


def test_their_limits_cut_no_evidence(script, receiver):
    """OTEL_SPAN_EVENT_COUNT_LIMIT and the like are for the user's spans."""
    done = script(
        "import contexta\n"
        "with contexta.run('p'):\n"
        "    for n in range(90): contexta.log_event('e', {f'k{i}': 'long' * 50 for i in range(40)})\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
        OTEL_SPAN_EVENT_COUNT_LIMIT="3",
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT="2",
        OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT="2",
        OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT="5",
    )
    assert done.returncode == 0, done.stderr
    events = receiver.named("e")
    assert len(events) == 90
    assert events[0].attributes["k39"] == "long" * 50
    assert receiver.of("run")[0].attributes["contexta.run.id"]


def test_our_own_exports_are_not_traced(script, receiver):
    """In the exporting thread instrumentation is suppressed, as OpenTelemetry's convention has it."""
    done = script(
        "import contexta\n"
        "from contexta.delivery.transport.grpc import GrpcTransport\n"
        "from opentelemetry import context\n"
        "seen = []\n"
        "send = GrpcTransport.send\n"
        "def looking(self, *args):\n"
        "    seen.append(context.get_value(context._SUPPRESS_INSTRUMENTATION_KEY))\n"
        "    seen.append(context.get_value('suppress_instrumentation'))\n"
        "    return send(self, *args)\n"
        "GrpcTransport.send = looking\n"
        "with contexta.run('p'): pass\n"
        "assert contexta.flush(60)\n"
        "assert seen and all(seen), seen\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
    )
    assert done.returncode == 0, done.stderr
