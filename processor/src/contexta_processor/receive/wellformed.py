"""Is a request well-formed, and if not, which of its items are?

The usual case costs one native parse and a look at every id; only what fails it is walked by hand (`salvage`).
What a request means is not asked here: that is reconstruction's business, after the acknowledgement.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from contexta_processor.base.quarantine import Reason, SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.receive.otlp import OTLP, Otlp
from contexta_processor.receive.run_ids import find_run_ids
from contexta_processor.receive.salvage import Salvage, salvage

MENDED = frozenset({Reason.INVALID_UTF8, Reason.NESTED_TOO_DEEP})
"""Reasons for which an item is taken all the same."""

_SAYS: Mapping[Reason, str] = {
    Reason.INVALID_TRACE_ID: "with a trace id that is not 16 bytes, or all zero",
    Reason.INVALID_SPAN_ID: "with a span or parent id that is not 8 bytes, or all zero",
    Reason.INVALID_HISTOGRAM: "with bucket counts that do not fit their bounds",
    Reason.INVALID_VALUE: "with a value that its field cannot hold",
    Reason.DAMAGED_ITEM: "that cannot be read",
    Reason.INVALID_UTF8: "with text that is not UTF-8 (taken, with U+FFFD for the bad bytes)",
    Reason.NESTED_TOO_DEEP: "with values nested too deep (taken, cut there)",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A request after the check: what of it is evidence, and what is set aside."""

    body: bytes | None
    """A protobuf request of all good items; None where there is none, or nothing was sent."""
    item_count: int
    """Items in `body`."""
    rejected_count: int
    set_aside: tuple[SetAside, ...]
    message: str
    """For the sender, in English: what was not taken as it came; empty if all was."""
    readable: bool = True
    """False: this is not the request it was sent as, and no good item is in it."""


def check(signal: Signal, body: bytes) -> Checked:
    """Check a protobuf request of `signal`."""
    otlp = OTLP[signal]
    try:
        count = otlp.all_good(otlp.request.FromString(body))
    except DecodeError:
        count = None
    if count is not None:
        return Checked(body if count else None, count, 0, (), "")
    return _salvaged(otlp, body)


def describe(otlp: Otlp, counts: Mapping[Reason, int]) -> str:
    """One English sentence for each reason."""
    return "; ".join(
        f"{otlp.items} {_SAYS.get(reason, reason.value)}: {count}"
        for reason, count in sorted(counts.items())
    )


def _salvaged(otlp: Otlp, body: bytes) -> Checked:
    good, aside, found = salvage(otlp.root, body)
    if good is None and (found.damage_count or Reason.DAMAGED_ITEM in found.counts):
        return _unreadable(otlp, body, found)
    notes = [
        SetAside(
            otlp.signal,
            reason,
            describe(otlp, {reason: found.counts[reason]}),
            raw,
            found.counts[reason],
            find_run_ids(raw),
            rejected=reason not in MENDED,
        )
        for reason, raw in sorted(aside.items())
    ]
    rejected = sum(count for reason, count in found.counts.items() if reason not in MENDED)
    message = describe(otlp, found.counts)
    if found.damage_count:
        detail = f"{found.damage_count} places are damaged, first: {found.first_damage}"
        notes.append(
            SetAside(otlp.signal, Reason.DAMAGED_REQUEST, detail, body, None, find_run_ids(body))
        )
        message = "; ".join(filter(None, [message, detail]))
    return Checked(good, found.taken, rejected, tuple(notes), message)


def _unreadable(otlp: Otlp, body: bytes, found: Salvage) -> Checked:
    first = found.first_damage or describe(otlp, found.counts)
    detail = f"not an {otlp.request.DESCRIPTOR.name}: {first}"
    note = SetAside(otlp.signal, Reason.UNREADABLE_REQUEST, detail, body, None, find_run_ids(body))
    return Checked(None, 0, 0, (note,), detail, readable=False)
