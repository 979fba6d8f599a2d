"""Does everything referred to exist, once, and does all evidence carry its address?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from naming import Entry
from problem import Problem

ADDRESS = "contexta.run.id"
KIND = "contexta.evidence.kind"
DEFINED = {
    "attributes": "key",
    "attribute_groups": "id",
    "spans": "type",
    "events": "name",
    "entities": "type",
}
"""Section of a file → the field that names its entries."""


def duplicate_problems(section: str, entries: list[Entry]) -> Iterator[Problem]:
    """A name is defined once in the whole registry."""
    first: dict[str, str] = {}
    for file, entry in entries:
        name = entry[DEFINED[section]]
        if name in first:
            yield Problem(file, name, f"is defined twice, first in {first[name]}")
        first.setdefault(name, file)


def renaming_problems(section: str, entries: list[Entry]) -> Iterator[Problem]:
    """What is renamed is renamed to something that is there and stays."""
    field = DEFINED[section]
    lasting = {entry[field] for _, entry in entries if "deprecated" not in entry}
    for file, entry in entries:
        new = entry.get("deprecated", {}).get("renamed_to")
        if new is not None and new not in lasting:
            yield Problem(
                file, entry[field], f"is renamed to {new}, which is not there or is deprecated"
            )


class References:
    """What may be referred to: own and upstream attributes, groups, entities."""

    def __init__(self, sections: dict[str, list[Entry]], attributes: set[str], entities: set[str]):
        self.attributes = attributes | {entry["key"] for _, entry in sections["attributes"]}
        self.entities = entities | {entry["type"] for _, entry in sections["entities"]}
        self.groups = {
            entry["id"]: (file, entry["attributes"]) for file, entry in sections["attribute_groups"]
        }

    def group_problems(self) -> Iterator[Problem]:
        """Groups refer to what exists, and never to themselves."""
        for name, (file, refs) in self.groups.items():
            if self._reaches(name, name, set()):
                yield Problem(file, name, "contains itself")
            yield from self._ref_problems(file, name, refs)

    def signal_problems(self, section: str, file: str, entry: dict[str, Any]) -> Iterator[Problem]:
        """A span or event refers to what exists, and carries its address."""
        name = entry[DEFINED[section]]
        yield from self._ref_problems(file, name, entry["attributes"])
        for entity in entry.get("entity_associations", ()):
            if entity not in self.entities:
                yield Problem(file, name, f"is associated with the unknown entity {entity}")
        required = [ADDRESS, KIND] if section == "spans" else [ADDRESS]
        levels = self._levels(entry["attributes"], set())
        for key in required:
            if levels.get(key) != "required":
                yield Problem(file, name, f"does not require {key}: nobody could place it")

    def entity_problems(self, file: str, entry: dict[str, Any]) -> Iterator[Problem]:
        """An entity is identified and described by what exists."""
        refs = [*entry["identity"], *entry.get("description", ())]
        yield from self._ref_problems(file, entry["type"], refs)

    def _ref_problems(self, file: str, name: str, refs: list[dict[str, Any]]) -> Iterator[Problem]:
        sources: dict[str, str] = {}
        inline: set[str] = set()
        for ref in refs:
            group = ref.get("ref_group")
            if group is None:
                key = ref["ref"]
                if key not in self.attributes:
                    yield Problem(file, name, f"refers to the unknown attribute {key}")
                if key in inline:
                    yield Problem(file, name, f"refers to {key} twice")
                inline.add(key)
            elif group not in self.groups:
                yield Problem(file, name, f"refers to the unknown group {group}")
            else:
                for key in self._levels(self.groups[group][1], set()):
                    # Weaver refuses to resolve this: it could not say whose level holds.
                    if sources.setdefault(key, group) != group:
                        yield Problem(file, name, f"gets {key} from {sources[key]} and {group}")

    def _levels(self, refs: list[dict[str, Any]], above: set[str]) -> dict[str, object]:
        """Key → requirement level, a direct reference winning over a group."""
        levels: dict[str, object] = {}
        for ref in refs:
            group = ref.get("ref_group")
            if group is not None and group in self.groups and group not in above:
                levels |= self._levels(self.groups[group][1], above | {group})
        return levels | {ref["ref"]: ref["requirement_level"] for ref in refs if "ref" in ref}

    def _reaches(self, start: str, goal: str, seen: set[str]) -> bool:
        inner = {ref["ref_group"] for ref in self.groups[start][1] if "ref_group" in ref}
        if goal in inner:
            return True
        unseen = (inner & self.groups.keys()) - seen
        return any(self._reaches(group, goal, seen | unseen) for group in unseen)
