"""Reading YAML so that a key written twice is an error, not silently the last one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class DuplicateKeyError(ValueError):
    """A mapping names the same key twice; `key` is that key, `line` counts from 1."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(f"the key is written twice in one mapping (line {line})")
        self.key = key
        self.line = line


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that looks at every mapping before it becomes a dict."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise DuplicateKeyError(str(key), key_node.start_mark.line + 1)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read(path: Path) -> Any:
    """The one document of the file; DuplicateKeyError, or yaml.YAMLError if it is no YAML."""
    # SafeLoader underneath: constructs plain values only, whatever tags the file carries.
    return yaml.load(path.read_text("utf-8"), Loader=_StrictLoader)
