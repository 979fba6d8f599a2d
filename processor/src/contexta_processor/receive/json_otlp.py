"""OTLP/JSON to the protobuf request it stands for.

OTLP's JSON is not protobuf's: ids are hex, unknown fields are ignored, enums are numbers, keys are lowerCamelCase only.
Beyond that we are lenient where the meaning is plain: bare NaN and Infinity, 1e18 for an integer, enum names, a byte order mark,
lone surrogates (U+FFFD). A number too large for a double, 1e400, is infinity. An object that names a key twice has no meaning, so the whole text is refused.

What is wrong inside an item rejects that item alone; what is wrong around items drops that field alone.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from contexta_processor.base.quarantine import Reason, SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.receive.json_values import (
    Json,
    Refused,
    bytes_value,
    integer_value,
    number_value,
)
from contexta_processor.receive.otlp import ENVELOPE_COST, MAX_ITEMS, OTLP, Level, Otlp
from contexta_processor.receive.repair import MAX_VALUE_DEPTH
from contexta_processor.receive.run_ids import find_run_ids_in_json
from contexta_processor.receive.wellformed import MENDED, Checked, describe

_VALUE = "opentelemetry.proto.common.v1.AnyValue"
_MOST_NOTES = 8


class _NoJson(Exception):
    """The text as a whole is not one JSON object."""


@dataclass
class _Found:
    """What the conversion noticed."""

    taken: int = 0
    counts: dict[Reason, int] = field(default_factory=lambda: defaultdict[Reason, int](int))
    notes: dict[str, None] = field(default_factory=dict[str, None])
    """Sentences for the sender, each once."""
    lost_fields: int = 0
    mended_text: bool = False
    cut: bool = False

    def note(self, text: str) -> None:
        if len(self.notes) < _MOST_NOTES:
            self.notes[text] = None


def check_json(signal: Signal, body: bytes) -> Checked:
    """Check an OTLP/JSON request; the result's body is protobuf."""
    otlp = OTLP[signal]
    found = _Found()
    try:
        request_object = _parse(body, found)
    except _NoJson as error:
        detail = f"not an OTLP/JSON {otlp.request.DESCRIPTOR.name}: {error}"
        note = SetAside(
            signal, Reason.UNREADABLE_REQUEST, detail, body, run_ids=find_run_ids_in_json(body)
        )
        return Checked(None, 0, 0, (note,), detail, readable=False)
    request = otlp.request()
    aside = _Conversion(found).envelope(otlp.root, request_object, request)
    return _checked(otlp, body, request if found.taken else None, aside, found)


def _checked(
    otlp: Otlp, body: bytes, request: Message | None, aside: Mapping[Reason, Json], found: _Found
) -> Checked:
    notes = [
        _set_aside(otlp, reason, json.dumps(items).encode(), found)
        for reason, items in sorted(aside.items())
    ]
    if found.lost_fields:
        detail = f"{found.lost_fields} fields around items were dropped: {next(iter(found.notes))}"
        run_ids = find_run_ids_in_json(body)
        notes.append(SetAside(otlp.signal, Reason.DAMAGED_REQUEST, detail, body, run_ids=run_ids))
    message = "; ".join(filter(None, [describe(otlp, found.counts), *found.notes]))
    return Checked(
        None if request is None else request.SerializeToString(),
        found.taken,
        sum(count for reason, count in found.counts.items() if reason not in MENDED),
        tuple(notes),
        message,
        readable=bool(found.taken or found.counts or not found.lost_fields),
    )


def _set_aside(otlp: Otlp, reason: Reason, raw: bytes, found: _Found) -> SetAside:
    detail = describe(otlp, {reason: found.counts[reason]})
    return SetAside(
        otlp.signal,
        reason,
        detail,
        raw,
        found.counts[reason],
        find_run_ids_in_json(raw),
        rejected=reason not in MENDED,
    )


def _parse(body: bytes, found: _Found) -> dict[str, Json]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace").removeprefix("\ufeff")
        found.note("the body is not UTF-8 (taken, with U+FFFD for the bad bytes)")
    try:
        parsed: Json = json.loads(text, object_pairs_hook=_unique)
    except RecursionError:
        raise _NoJson("it is nested too deep") from None
    except ValueError as error:
        raise _NoJson(str(error)) from None
    if not isinstance(parsed, dict):
        raise _NoJson("the outermost value is not an object")
    return parsed


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object names a key twice")
    return made


@cache
def _fields(kind: type[Message]) -> Mapping[str, FieldDescriptor]:
    return {field.json_name: field for field in kind.DESCRIPTOR.fields}  # pyright: ignore[reportReturnType] - upb's descriptors have the same shape


@cache
def _snake_names(kind: type[Message]) -> frozenset[str]:
    return frozenset(
        field.name for field in kind.DESCRIPTOR.fields if field.name != field.json_name
    )


class _Conversion:
    """Fills protobuf messages from parsed JSON. Depth is bounded: by the schema, and for values by a limit."""

    def __init__(self, found: _Found) -> None:
        self._found = found
        self._items_left = MAX_ITEMS

    def envelope(self, level: Level, given: Json, message: Any) -> dict[Reason, Json]:
        """Fill one envelope; returns, by reason, the same envelope with only what was set aside."""
        own: dict[str, Json] = {}
        aside: dict[Reason, dict[str, Json]] = defaultdict(dict)
        for key, value in self._known(level.message, given):
            child = level.children.get(_fields(level.message)[key].number)
            if child is None:
                own[key] = value
                self._own_field(level, key, value, message)
                continue
            for reason, items in self._children(level, key, value, child, message).items():
                aside[reason][key] = items
        return {reason: {**own, **items} for reason, items in aside.items()}

    def _own_field(self, level: Level, key: str, value: Json, message: Any) -> None:
        try:
            self._set(message, _fields(level.message)[key], value, 0)
        except Refused as refusal:
            message.ClearField(_fields(level.message)[key].name)
            self._found.lost_fields += 1
            self._found.note(str(refusal))

    def _children(
        self, level: Level, key: str, value: Json, child: Level, message: Any
    ) -> dict[Reason, Json]:
        """The inner envelopes or items of one field; what was set aside of them, by reason, shaped like the field."""
        field = _fields(level.message)[key]
        target = getattr(message, field.name)
        aside: dict[Reason, list[Json]] = defaultdict(list)
        if not field.is_repeated:
            target.SetInParent()
            return self.envelope(child, value, target) if isinstance(value, dict) else {}
        for element in self._elements(value, key):
            self._items_left -= ENVELOPE_COST if child.children else 1
            if self._items_left < 0:
                self._found.lost_fields += 1
                self._found.note(f"more than {MAX_ITEMS} items to examine one by one")
                break
            if child.children:
                for reason, inner in self.envelope(child, element, target.add()).items():
                    aside[reason].append(inner)
            else:
                for reason in self._item(child, element, target):
                    aside[reason].append(element)
        return dict(aside)

    def _item(self, level: Level, given: Json, target: Any) -> list[Reason]:
        item: Any = level.message()
        self._found.mended_text = self._found.cut = False
        try:
            if not isinstance(given, dict):
                raise Refused(Reason.INVALID_VALUE, "an item is not an object")
            self._fill(item, given, 0)
            problem = level.problem(item) if level.problem else None
            if problem is not None:
                raise Refused(problem, "")
        except Refused as refusal:
            self._found.counts[refusal.reason] += 1
            if str(refusal):
                self._found.note(str(refusal))
            return [refusal.reason]
        target.append(item)
        self._found.taken += 1
        mended = [Reason.INVALID_UTF8] * self._found.mended_text
        mended += [Reason.NESTED_TOO_DEEP] * self._found.cut
        for reason in mended:
            self._found.counts[reason] += 1
        return mended

    def _known(self, kind: type[Message], given: Json) -> list[tuple[str, Json]]:
        """The keys that mean something, with a value; the rest is ignored, as the specification says."""
        if not isinstance(given, dict):
            self._found.lost_fields += 1
            self._found.note(f"a {kind.DESCRIPTOR.name} is not an object")
            return []
        fields = _fields(kind)
        if not fields.keys() >= given.keys():
            for key in given.keys() & _snake_names(kind):
                self._found.note(f"{key} is ignored: OTLP/JSON keys are lowerCamelCase")
        return [(key, value) for key, value in given.items() if key in fields and value is not None]

    def _elements(self, value: Json, key: str) -> list[Json]:
        if not isinstance(value, list):
            self._found.lost_fields += 1
            self._found.note(f"{key} is not a list")
            return []
        if None in value:
            self._found.note(f"null in {key} is ignored")
        return [element for element in value if element is not None]

    def _fill(self, message: Any, given: dict[str, Json], depth: int) -> None:
        chosen: set[str] = set()
        kind = cast("type[Message]", type(message))
        fields = _fields(kind)
        for key, value in self._known(kind, given):
            field = fields[key]
            oneof = field.containing_oneof
            if oneof is not None:
                if oneof.name in chosen:
                    raise Refused(
                        Reason.INVALID_VALUE, f"{key} and another {oneof.name} are both given"
                    )
                chosen.add(oneof.name)
            self._set(message, field, value, depth)

    def _set(self, message: Any, field: FieldDescriptor, value: Json, depth: int) -> None:
        if field.is_repeated:
            self._set_repeated(getattr(message, field.name), field, value, depth)
        elif field.message_type is not None:
            self._set_message(getattr(message, field.name), field, value, depth)
        else:
            setattr(message, field.name, self._scalar(field, value))

    def _set_repeated(self, target: Any, field: FieldDescriptor, value: Json, depth: int) -> None:
        if not isinstance(value, list):
            raise Refused(Reason.INVALID_VALUE, f"{field.json_name} is not a list")
        for element in self._elements(value, field.json_name):
            if field.message_type is not None:
                self._set_message(target.add(), field, element, depth)
            else:
                target.append(self._scalar(field, element))

    def _set_message(self, inner: Any, field: FieldDescriptor, value: Json, depth: int) -> None:
        if not isinstance(value, dict):
            raise Refused(Reason.INVALID_VALUE, f"{field.json_name} is not an object")
        inner.SetInParent()
        depth += inner.DESCRIPTOR.full_name == _VALUE
        if depth > MAX_VALUE_DEPTH:
            self._found.cut = True
            return
        self._fill(inner, value, depth)

    def _scalar(self, field: FieldDescriptor, value: Json) -> "Json | bytes":
        kind = field.type
        if kind == FieldDescriptor.TYPE_STRING and isinstance(value, str):
            return self._text(value)
        if kind == FieldDescriptor.TYPE_BYTES and isinstance(value, str):
            return bytes_value(field, value)
        if kind == FieldDescriptor.TYPE_BOOL and isinstance(value, bool):
            return value
        if kind == FieldDescriptor.TYPE_ENUM:
            return self._enum(field, value)
        return number_value(field, value)

    def _text(self, value: str) -> str:
        if value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            self._found.mended_text = True
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value

    def _enum(self, field: FieldDescriptor, value: Json) -> int:
        if isinstance(value, str) and field.enum_type is not None:
            known = field.enum_type.values_by_name.get(value)
            if known is not None:
                self._found.note(f"{field.json_name} is given by name; OTLP/JSON has numbers")
                return known.number
        return integer_value(field, value, bits=32, signed=True)
