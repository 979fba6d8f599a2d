"""Are the names good ones? OpenTelemetry's naming rules, and those that keep generated code sound."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from typing import Any, cast

from problem import Problem

PREFIX = "contexta"
NAME = re.compile(rf"^{PREFIX}(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)+$")
EXAMPLE_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "double": (int, float),
    "boolean": (bool,),
}

Entry = tuple[str, dict[str, Any]]
"""The file an entry stands in, and the entry."""


def attribute_problems(attributes: list[Entry], upstream: set[str]) -> Iterator[Problem]:
    """Faults in names, members and examples of the attributes Contexta defines."""
    keys = {entry["key"] for _, entry in attributes}
    constants: dict[str, str] = {}
    for file, entry in attributes:
        key = entry["key"]
        yield from name_problems(file, key)
        if key in upstream:
            yield Problem(file, key, "is OpenTelemetry's; refer to it instead of defining it")
        below = sorted(other for other in keys if other.startswith(f"{key}."))
        if below:
            yield Problem(file, key, f"is an attribute and the namespace of {below[0]}")
        constant = key.replace(".", "_")
        if constants.setdefault(constant, key) != key:
            yield Problem(file, key, f"has the same constant as {constants[constant]}")
        kind: Any = entry["type"]
        if isinstance(kind, str):
            yield from _example_problems(file, key, kind, entry["examples"])
        else:
            yield from _member_problems(file, key, kind["members"])


def name_problems(file: str, name: str) -> Iterator[Problem]:
    """Lower case, dotted, each part in snake_case, below our own prefix."""
    if not NAME.match(name):
        yield Problem(file, name, f"is not {PREFIX}.<lower_case>.<snake_case>")


def brief_problems(file: str, name: str, entry: dict[str, Any]) -> Iterator[Problem]:
    """A brief is a sentence."""
    if not entry.get("brief", "").strip().endswith("."):
        yield Problem(file, name, "its brief does not end with a full stop")


def _member_problems(file: str, key: str, members: list[dict[str, Any]]) -> Iterator[Problem]:
    for field in ("id", "value"):
        seen: set[str] = set()
        for member in members:
            if member[field] in seen:
                yield Problem(file, key, f"has two members with the {field} {member[field]}")
            seen.add(member[field])
    for member in members:
        if keyword.iskeyword(member["value"].upper()):
            yield Problem(file, key, f"the member {member['value']} cannot be a Python name")
        yield from brief_problems(file, f"{key}: {member['id']}", member)


def _example_problems(file: str, key: str, kind: str, examples: list[Any]) -> Iterator[Problem]:
    kind = kind.removeprefix("template[").removesuffix("]") if "template" in kind else kind
    for example in examples:
        if not _fits(kind, example):
            yield Problem(file, key, f"the example {example!r} is not of type {kind}")


def _fits(kind: str, example: Any) -> bool:
    if kind == "any":
        return True
    if kind.endswith("[]"):
        element = kind.removesuffix("[]")
        return isinstance(example, list) and all(
            _fits(element, item) for item in cast("list[Any]", example)
        )
    if isinstance(example, bool):
        return kind == "boolean"
    return isinstance(example, EXAMPLE_TYPES[kind])
