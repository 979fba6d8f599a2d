"""Getting every good item out of a request that is not good as a whole.

Walks the envelopes (request, resource, scope, for metrics also metric and kind) by hand down to the items, each of which stands or
falls alone. Recursion follows the envelopes of the schema, five at most, never the nesting of what was sent.

    item parses, no problem      → taken, byte for byte
    bad text or nested too deep  → mended and taken; as it came, set aside too
    bad ids, bad value, broken   → rejected and set aside, in the envelopes it came in
    an envelope breaks off       → what came before is taken; then the next item or envelope that is whole is looked for
"""

from collections import defaultdict
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from contexta_processor.base.quarantine import Reason
from contexta_processor.receive.otlp import ENVELOPE_COST, MAX_ITEMS, Level
from contexta_processor.receive.repair import Mended, mend, parses
from contexta_processor.receive.wire import (
    BYTES,
    Damaged,
    encode_bytes,
    read_tag,
    read_varint,
    skip_value,
)

MAX_MENDS = 20_000
"""Messages mended in one request; mending takes a hundred times as long as reading. The rest counts as broken."""
_MAX_TRIES = 256
_SEARCH_FACTOR = 4


@dataclass
class Salvage:
    """What was found so far."""

    taken: int = 0
    damage_count: int = 0
    """Places outside of items that are damaged."""
    first_damage: str = ""
    """A sentence about the first of them."""
    counts: dict[Reason, int] = field(default_factory=lambda: defaultdict[Reason, int](int))
    """Items per reason, rejected and mended ones."""

    def damaged(self, sentence: str) -> None:
        """Note one more damaged place."""
        self.first_damage = self.first_damage or sentence
        self.damage_count += 1


@dataclass
class _Parts:
    """One envelope, sorted: fields of its own, good items, and items by the reason against them."""

    own: list[bytes] = field(default_factory=list[bytes])
    good: list[bytes] = field(default_factory=list[bytes])
    aside: dict[Reason, list[bytes]] = field(
        default_factory=lambda: defaultdict[Reason, list[bytes]](list)
    )

    def wrapped_good(self) -> bytes | None:
        return b"".join([*self.own, *self.good]) if self.good else None

    def wrapped_aside(self) -> dict[Reason, bytes]:
        own = b"".join(self.own)
        return {reason: own + b"".join(items) for reason, items in self.aside.items()}


def salvage(root: Level, data: bytes) -> tuple[bytes | None, dict[Reason, bytes], Salvage]:
    """(a request of all good items or None, requests of what was set aside by reason, the count of it all)."""
    walk = _Walk(data)
    parts = walk.envelope(root, 0, len(data))
    return parts.wrapped_good(), parts.wrapped_aside(), walk.found


class _Walk:
    def __init__(self, data: bytes, *, tries: int = _MAX_TRIES) -> None:
        self.found = Salvage()
        self._data = data
        self._items_left = MAX_ITEMS
        self._mends_left = MAX_MENDS
        self._tries_left = tries
        self._search_bytes_left = _SEARCH_FACTOR * len(data)

    def envelope(self, level: Level, position: int, end: int) -> _Parts:
        """Sort everything between `position` and `end`, which is one envelope of this level."""
        parts = _Parts()
        while position < end and self._items_left > 0:
            try:
                position = self._field(level, position, end, parts)
            except Damaged as damage:
                self.found.damaged(str(damage))
                position = self._next_whole(level, position + 1, end)
        if position < end and not self.found.damage_count:
            self.found.damaged(f"more than {MAX_ITEMS} items to examine one by one")
        return parts

    def _field(self, level: Level, start: int, end: int, parts: _Parts) -> int:
        data = self._data
        number, wire_type, position = read_tag(data, start, end)
        child = level.children.get(number) if wire_type == BYTES else None
        if child is None:
            after = skip_value(data, position, end, number, wire_type)
            self._own(level, data[start:after], parts)
            return after
        length, content = read_varint(data, position, end)
        after = content + length
        if child.children:
            self._items_left -= ENVELOPE_COST
            if after > end:
                self.found.damaged(f"an envelope is cut off at byte {end}")
            self._inner(number, self.envelope(child, content, min(after, end)), parts)
            return min(after, end)
        if after > end:
            self._reject(number, data[content:end], Reason.DAMAGED_ITEM, parts)
            raise Damaged(start, "an item is cut off")
        self._item(child, number, data[content:after], parts)
        return after

    def _own(self, level: Level, chunk: bytes, parts: _Parts) -> None:
        self._items_left -= 1
        mended = Mended(chunk, ()) if parses(level.message, chunk) else self._mend(level, chunk)
        if mended is None:
            self.found.damaged(f"a field of {level.message.DESCRIPTOR.name} is broken")
            return
        for reason in mended.reasons:
            self.found.damaged(f"{reason.value} in {level.message.DESCRIPTOR.name}")
        parts.own.append(mended.body)

    def _inner(self, number: int, inner: _Parts, parts: _Parts) -> None:
        good = inner.wrapped_good()
        if good is not None:
            parts.good.append(encode_bytes(number, good))
        for reason, raw in inner.wrapped_aside().items():
            parts.aside[reason].append(encode_bytes(number, raw))

    def _item(self, level: Level, number: int, raw: bytes, parts: _Parts) -> None:
        self._items_left -= 1
        reasons: tuple[Reason, ...] = ()
        body = raw
        try:
            item = level.message.FromString(raw)
        except DecodeError:
            mended = self._mend(level, raw)
            if mended is None:
                self._reject(number, raw, Reason.DAMAGED_ITEM, parts)
                return
            body, reasons = mended.body, mended.reasons
            item = level.message.FromString(body)
        problem = level.problem(item) if level.problem else None
        if problem is not None:
            self._reject(number, raw, problem, parts)
            return
        self.found.taken += 1
        parts.good.append(encode_bytes(number, body))
        for reason in reasons:
            self._reject(number, raw, reason, parts)

    def _mend(self, level: Level, raw: bytes) -> Mended | None:
        self._mends_left -= 1
        return mend(level.message, raw) if self._mends_left >= 0 else None

    def _reject(self, number: int, raw: bytes, reason: Reason, parts: _Parts) -> None:
        self.found.counts[reason] += 1
        parts.aside[reason].append(encode_bytes(number, raw))

    def _next_whole(self, level: Level, position: int, end: int) -> int:
        """Where the next child of this envelope is that is whole and holds a good item; `end` if none is found.

        A byte that looks like its tag is only believed if all behind it fits, and the search is bounded.
        """
        tags = {number << 3 | BYTES: child for number, child in level.children.items()}
        while position < end and self._tries_left > 0 and self._search_bytes_left > 0:
            hits = [at for tag in tags if (at := self._data.find(tag, position, end)) >= 0]
            if not hits:
                break
            position = min(hits)
            if self._is_whole(tags[self._data[position]], position + 1, end):
                return position
            position += 1
        return end

    def _is_whole(self, level: Level, position: int, end: int) -> bool:
        try:
            length, content = read_varint(self._data, position, end)
        except Damaged:
            return False
        if length == 0 or content + length > end:
            return False
        self._tries_left -= 1
        self._search_bytes_left -= length
        raw = self._data[content : content + length]
        if level.children:
            inner = _Walk(raw, tries=0)
            inner.envelope(level, 0, len(raw))
            return inner.found.taken > 0 and not inner.found.damage_count and not inner.found.counts
        try:
            item = level.message.FromString(raw)
        except DecodeError:
            return False
        problem = level.problem(item) if level.problem else None
        return problem is None and len(UnknownFieldSet(item)) == 0
