"""For tests of code that emits: `capture()` gathers the evidence instead of sending it.

from contexta.testing import capture

def test_training_reports_its_loss():
    with capture() as evidence:
        train()
    assert [e["contexta.metric.value"] for e in evidence.events("contexta.metric")] == [0.5]
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from contexta.base.settings import Settings
from contexta.delivery.items import Signal
from contexta.delivery.transport import DELIVERED, Outcome
from contexta.emitter import lifecycle


@dataclass(frozen=True, slots=True)
class CapturedEvent:
    """One event, on a span or as a log record. `event[key]` is an attribute."""

    name: str
    attributes: dict[str, Any]
    time_ns: int

    def __getitem__(self, key: str) -> Any:
        return self.attributes[key]


@dataclass(frozen=True, slots=True)
class CapturedSpan:
    """One finished span. `span[key]` is an attribute."""

    name: str
    attributes: dict[str, Any]
    events: list[CapturedEvent]
    status: int
    """OpenTelemetry's code: 0 unset, 1 ok, 2 error."""

    def __getitem__(self, key: str) -> Any:
        return self.attributes[key]


@dataclass
class Captured:
    """What was emitted, complete once the `with` block has ended (or after `contexta.flush`)."""

    json = True
    name = "a test"
    all_spans: list[CapturedSpan] = field(default_factory=list[CapturedSpan])
    log_events: list[CapturedEvent] = field(default_factory=list[CapturedEvent])

    def spans(self, kind: str | None = None) -> list[CapturedSpan]:
        """Spans, of one kind (run, stage, operation, batch, sample, deployment, segment) if given."""
        key = "contexta.evidence.kind"
        return [one for one in self.all_spans if kind is None or one.attributes.get(key) == kind]

    def events(self, name: str | None = None) -> list[CapturedEvent]:
        """Events from either carrier, of one name if given, in the order they were recorded."""
        every = [event for span in self.all_spans for event in span.events] + self.log_events
        chosen = [one for one in every if name is None or one.name == name]
        return sorted(chosen, key=lambda one: one.attributes.get("contexta.seq", -1))

    def send(self, signal: Signal, request: bytes, timeout_s: float) -> Outcome:
        """Take one request in."""
        document = json.loads(request)
        if signal == "traces":
            self.all_spans += [_span(one) for one in _leaves(document, "Spans", "spans")]
        else:
            self.log_events += [
                _event(one, "eventName") for one in _leaves(document, "Logs", "logRecords")
            ]
        return DELIVERED

    def close(self) -> None:
        """Nothing to close."""

    def forget(self) -> None:
        """Nothing to forget."""


@contextlib.contextmanager
def capture(**settings: Any) -> Generator[Captured]:
    """Gather everything emitted inside the block; nothing leaves the process.

    settings: as for `contexta.configure` (`carrier="log"`, `strict=True`, …). Environment and code
    revision are not captured unless `environment=True`.
    """
    captured = Captured()
    wanted = dataclasses.replace(Settings(project="test", environment=False), **settings)
    with lifecycle.through(captured, wanted):
        yield captured


def _leaves(document: dict[str, Any], group: str, leaf: str) -> list[dict[str, Any]]:
    return [
        item
        for resource in document[f"resource{group}"]
        for scope in resource[f"scope{group}"]
        for item in scope[leaf]
    ]


def _span(document: dict[str, Any]) -> CapturedSpan:
    return CapturedSpan(
        name=document["name"],
        attributes=_attributes(document["attributes"]),
        events=[_event(event, "name") for event in document["events"]],
        status=document["status"]["code"],
    )


def _event(document: dict[str, Any], name: str) -> CapturedEvent:
    attributes = _attributes(document["attributes"])
    return CapturedEvent(document[name], attributes, int(document["timeUnixNano"]))


def _attributes(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {entry["key"]: _value(entry["value"]) for entry in entries}


def _value(value: dict[str, Any]) -> Any:
    match value:
        case {"intValue": number}:
            return int(number)
        case {"doubleValue": number}:
            return float(number)
        case {"arrayValue": array}:
            return [_value(item) for item in array["values"]]
        case {"kvlistValue": entries}:
            return _attributes(entries["values"])
        case {"bytesValue": encoded}:
            return base64.b64decode(encoded)
        case _:
            return next(iter(value.values()), None)
