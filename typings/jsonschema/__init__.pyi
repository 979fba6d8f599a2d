# jsonschema ships no types; what we use of it.
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

class Draft202012Validator:
    def __init__(self, schema: Mapping[str, Any]) -> None: ...
    def iter_errors(self, instance: object) -> Iterator[ValidationError]: ...
