"""Reading YAML so that a key written twice is an error, not silently the last one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import yaml

# Both construct plain values only, whatever tags a file carries; libyaml's is several times faster.
LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class DuplicateKeyError(ValueError):
    """A mapping names the same key twice; `key` is that key, `line` counts from 1."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(f"the key is written twice in one mapping (line {line})")
        self.key = key
        self.line = line


def read(path: Path) -> Any:
    """The one document of the file; DuplicateKeyError, or yaml.YAMLError if it is no YAML."""
    loader = LOADER(path.read_text("utf-8"))
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _refuse_duplicates(node)
        return cast("Any", loader).construct_document(node)
    finally:
        loader.dispose()


def _refuse_duplicates(node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise DuplicateKeyError(name, key.start_mark.line + 1)
            seen.add(name)
            _refuse_duplicates(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_duplicates(item)
