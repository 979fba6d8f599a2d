"""The protobuf wire format, read by hand where the native parser refuses a message as a whole.

Every function takes the bytes, a place in them and an end, and raises `Damaged` instead of ever reading past it.
"""

MAX_FIELD = (1 << 29) - 1
MAX_GROUP_DEPTH = 100

VARINT, FIXED64, BYTES, GROUP_START, GROUP_END, FIXED32 = 0, 1, 2, 3, 4, 5


class Damaged(Exception):
    """The bytes at `position` are no protobuf; the text says what is wrong with them."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"{problem} at byte {position}")
        self.position = position


def read_varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """(value, next position) of an unsigned 64-bit varint; ten bytes at most."""
    value = 0
    for index in range(10):
        if position + index >= end:
            raise Damaged(position, "a number is cut off")
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if index == 9 and byte > 1:
                break
            return value, position + index + 1
    raise Damaged(position, "a number is too long")


def read_tag(data: bytes, position: int, end: int) -> tuple[int, int, int]:
    """(field number, wire type, next position)."""
    tag, after = read_varint(data, position, end)
    number, wire_type = tag >> 3, tag & 7
    if not 1 <= number <= MAX_FIELD:
        raise Damaged(position, f"field number {number} is not legal")
    if wire_type > FIXED32:
        raise Damaged(position, f"wire type {wire_type} does not exist")
    return number, wire_type, after


def skip_value(data: bytes, position: int, end: int, number: int, wire_type: int) -> int:
    """Position behind a value whose tag was just read."""
    if wire_type == VARINT:
        return read_varint(data, position, end)[1]
    if wire_type == BYTES:
        length, position = read_varint(data, position, end)
    elif wire_type == FIXED64:
        length = 8
    elif wire_type == FIXED32:
        length = 4
    elif wire_type == GROUP_START:
        return _skip_group(data, position, end, number)
    else:
        raise Damaged(position, "a group ends that never began")
    if length > end - position:
        raise Damaged(position, "a value is cut off")
    return position + length


def _skip_group(data: bytes, position: int, end: int, number: int) -> int:
    open_groups = [number]
    while open_groups:
        inner, wire_type, position = read_tag(data, position, end)
        if wire_type == GROUP_START:
            open_groups.append(inner)
            if len(open_groups) > MAX_GROUP_DEPTH:
                raise Damaged(position, "groups are nested too deep")
        elif wire_type == GROUP_END:
            if open_groups.pop() != inner:
                raise Damaged(position, "a group ends that never began")
        else:
            position = skip_value(data, position, end, inner, wire_type)
    return position


def encode_varint(value: int) -> bytes:
    """An unsigned varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_bytes(number: int, payload: bytes) -> bytes:
    """A length-delimited field."""
    return encode_varint(number << 3 | BYTES) + encode_varint(len(payload)) + payload
