"""The registry as read from its YAML files: what is defined, and where.

Reading does not judge. `check.py` says what is wrong; `generate.py` runs only on what it found right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import strict_yaml

UPSTREAM = Path(__file__).parent / "upstream.yaml"
KIND = "contexta.evidence.kind"
ADDRESS_GROUP = "attributes.contexta.event.address"


@dataclass(frozen=True, slots=True)
class Member:
    """One value of an open enum."""

    value: str
    brief: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute; `kind` is its plain type, without `template[…]` and with enums as `string`."""

    key: str
    kind: str
    brief: str
    note: str
    examples: tuple[object, ...]
    members: tuple[Member, ...]
    enum_class: str | None
    template: bool
    deprecated: str
    namespace: str

    @property
    def constant(self) -> str:
        """The name of the Python constant: `CONTEXTA_RUN_ID`, `CONTEXTA_RUN_TAG_PREFIX`."""
        name = self.key.replace(".", "_").upper()
        return f"{name}_PREFIX" if self.template else name

    @property
    def upstream(self) -> bool:
        """Whether OpenTelemetry defines it, not Contexta."""
        return self.namespace == ""


@dataclass(frozen=True, slots=True)
class Use:
    """An attribute as a span or event uses it; `level` is the requirement level in words."""

    attribute: Attribute
    level: str
    condition: str
    note: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A span kind or an event, its groups resolved: `uses` in the order of the file, the last ref winning."""

    name: str
    brief: str
    note: str
    span_name: str
    uses: tuple[Use, ...]
    deprecated: str
    namespace: str

    @property
    def short_name(self) -> str:
        """The name without the project's prefix: `metric.series`."""
        return self.name.removeprefix("contexta.")

    @property
    def constant(self) -> str:
        """The name of the Python constant: `contexta.metric.series` → `METRIC_SERIES`."""
        return self.short_name.replace(".", "_").upper()


@dataclass(slots=True)
class Registry:
    """Everything the registry defines, in the order of its folders and files."""

    manifest: Mapping[str, Any]
    attributes: dict[str, Attribute] = field(default_factory=dict[str, Attribute])
    groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    spans: list[Signal] = field(default_factory=list[Signal])
    events: list[Signal] = field(default_factory=list[Signal])
    folders: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def own(self) -> list[Attribute]:
        """Attributes Contexta defines, by key."""
        return sorted((a for a in self.attributes.values() if not a.upstream), key=lambda a: a.key)

    @property
    def upstream(self) -> list[Attribute]:
        """Attributes OpenTelemetry defines and Contexta refers to, by key."""
        return sorted((a for a in self.attributes.values() if a.upstream), key=lambda a: a.key)

    def uses(self, refs: list[dict[str, Any]]) -> tuple[Use, ...]:
        """The attributes a list of references and group references comes to, each once."""
        found: dict[str, Use] = {}
        for ref in _flat(self, refs):
            found[ref["ref"]] = self._use(ref)
        # A direct reference settles what a group left open, wherever it stands.
        direct = [ref for ref in refs if "ref" in ref]
        return tuple((found | {ref["ref"]: self._use(ref) for ref in direct}).values())

    def _use(self, ref: dict[str, Any]) -> Use:
        level, condition = _level(ref["requirement_level"])
        return Use(self.attributes[ref["ref"]], level, condition, _one_line(ref.get("note", "")))

    @property
    def address(self) -> tuple[Use, ...]:
        """The attributes that say where an event belongs, on every event alike."""
        return self.uses(self.groups[ADDRESS_GROUP])

    def besides_address(self, signal: Signal) -> list[Use]:
        """What a span or event says besides its address, or more strictly than the address does."""
        levels = {use.attribute.key: use.level for use in self.address}
        return [use for use in signal.uses if levels.get(use.attribute.key) != use.level]


def registry_files(root: Path) -> list[Path]:
    """The definition files of the registry at `root`, without its manifest, in a fixed order."""
    return sorted(path for path in root.rglob("*.yaml") if path.name != "manifest.yaml")


def load(root: Path) -> Registry:
    """Read a registry that the checker found right; KeyError on one that it would refuse."""
    registry = Registry(manifest=strict_yaml.read(root / "manifest.yaml"))
    for attribute in upstream_attributes():
        registry.attributes[attribute.key] = attribute
    documents = [(path, strict_yaml.read(path)) for path in registry_files(root)]
    for path, document in documents:
        _define(registry, path, document)
    for path, document in documents:
        for span in document.get("spans", ()):
            registry.spans.append(_signal(registry, span, span["type"], path.parent.name))
        for event in document.get("events", ()):
            registry.events.append(_signal(registry, event, event["name"], path.parent.name))
    kinds = [member.value for member in registry.attributes[KIND].members]
    registry.spans.sort(key=lambda span: kinds.index(span.short_name))
    registry.events.sort(key=lambda event: event.name)
    return registry


def upstream_attributes() -> Iterator[Attribute]:
    """The attributes of OpenTelemetry's registries that ours may refer to."""
    for dependency in _upstream():
        for entry in dependency["attributes"]:
            members = tuple(Member(m["value"], m["brief"]) for m in entry.get("values", ()))
            yield Attribute(
                key=entry["key"],
                kind=entry["type"],
                brief=entry["brief"],
                note="",
                examples=(),
                members=members,
                enum_class=class_name(entry["key"]) if members else None,
                template=False,
                deprecated="",
                namespace="",
            )


def upstream_names(kind: str) -> set[str]:
    """The `entities`, `events`, … of OpenTelemetry's registries that ours may refer to or import."""
    return {name for dependency in _upstream() for name in dependency.get(kind, ())}


@cache
def _upstream() -> list[dict[str, Any]]:
    return strict_yaml.read(UPSTREAM)


def class_name(key: str) -> str:
    """`contexta.run.status` → `RunStatus`."""
    words = key.removeprefix("contexta.").replace(".", "_").split("_")
    return "".join(word.capitalize() for word in words)


def _define(registry: Registry, path: Path, document: dict[str, Any]) -> None:
    comment = path.read_text("utf-8").split("\n", 1)[0]
    if path.name == "registry.yaml":
        registry.folders[path.parent.name] = comment.removeprefix("#").strip()
    for entry in document.get("attributes", ()):
        attribute = _attribute(entry, path.parent.name)
        registry.attributes[attribute.key] = attribute
    for group in document.get("attribute_groups", ()):
        registry.groups[group["id"]] = group.get("attributes", [])


def _attribute(entry: dict[str, Any], namespace: str) -> Attribute:
    kind = entry["type"]
    members: tuple[Member, ...] = ()
    enum_class = None
    if isinstance(kind, dict):
        members = tuple(Member(m["value"], m["brief"]) for m in entry["type"]["members"])
        generation = entry.get("annotations", {}).get("code_generation", {})
        enum_class = generation.get("enum_class", class_name(entry["key"]))
        kind = "string"
    template = kind.startswith("template[")
    examples = entry.get("examples", [])
    return Attribute(
        key=entry["key"],
        kind=kind.removeprefix("template[").removesuffix("]") if template else kind,
        brief=_one_line(entry["brief"]),
        note=_one_line(entry.get("note", "")),
        examples=tuple(cast("list[Any]", examples)) if isinstance(examples, list) else (examples,),
        members=members,
        enum_class=enum_class,
        template=template,
        deprecated=_deprecation(entry),
        namespace=namespace,
    )


def _signal(registry: Registry, entry: dict[str, Any], name: str, namespace: str) -> Signal:
    return Signal(
        name=name,
        brief=_one_line(entry["brief"]),
        note=_one_line(entry.get("note", "")),
        span_name=entry.get("name", {}).get("note", "") if "kind" in entry else "",
        uses=registry.uses(entry["attributes"]),
        deprecated=_deprecation(entry),
        namespace=namespace,
    )


def _flat(registry: Registry, refs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for ref in refs:
        if "ref_group" in ref:
            yield from _flat(registry, registry.groups[ref["ref_group"]])
        else:
            yield ref


def _level(level: str | dict[str, str]) -> tuple[str, str]:
    if isinstance(level, str):
        return level, ""
    [(name, condition)] = level.items()
    return name, condition


def _deprecation(entry: dict[str, Any]) -> str:
    """Why not to use it any more, as a sentence; empty if there is nothing against it."""
    deprecated = entry.get("deprecated")
    if deprecated is None:
        return ""
    if "note" in deprecated:
        return f"Deprecated: {_one_line(deprecated['note'])}"
    return f"Deprecated: renamed to `{deprecated['renamed_to']}`."


def _one_line(text: str) -> str:
    return " ".join(text.split())
