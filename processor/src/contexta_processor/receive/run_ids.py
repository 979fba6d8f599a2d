"""Which runs some bytes speak of, found without parsing them: what was set aside can't be parsed."""

import json
import re

from contexta_processor.receive.wire import Damaged, read_varint

_KEY = b"contexta.run.id"
# KeyValue{key=1: …, value=2: AnyValue{string_value=1: …}}
_PREFIX = b"\x0a" + bytes([len(_KEY)]) + _KEY + b"\x12"
# {"key": "…", "value": {"stringValue": "…"}}, in the order in which everybody writes it.
_IN_JSON = re.compile(
    rb'"key"\s*:\s*"contexta\.run\.id"\s*,\s*"value"\s*:\s*\{\s*"stringValue"\s*:\s*("(?:[^"\\]|\\.)*")'
)
_MOST = 16
_LONGEST = 256


def find_run_ids(data: bytes) -> tuple[str, ...]:
    """Run ids in `data`, in order of appearance, at most 16; best effort, for pointing people to what was set aside."""
    found: dict[str, None] = {}
    at = data.find(_PREFIX)
    while at >= 0 and len(found) < _MOST:
        run_id = _string_value(data, at + len(_PREFIX))
        if run_id:
            found[run_id] = None
        at = data.find(_PREFIX, at + 1)
    return tuple(found)


def find_run_ids_in_json(data: bytes) -> tuple[str, ...]:
    """Run ids in OTLP/JSON, as `find_run_ids` in protobuf."""
    found: dict[str, None] = {}
    for match in _IN_JSON.finditer(data):
        try:
            run_id = json.loads(match[1])
        except ValueError:
            continue
        if 0 < len(run_id) <= _LONGEST:
            found[run_id] = None
        if len(found) == _MOST:
            break
    return tuple(found)


def _string_value(data: bytes, position: int) -> str | None:
    try:
        _, position = read_varint(data, position, len(data))
        if data[position : position + 1] != b"\x0a":
            return None
        length, position = read_varint(data, position + 1, len(data))
    except Damaged:
        return None
    if length > _LONGEST:
        return None
    return data[position : position + length].decode("utf-8", "replace")
