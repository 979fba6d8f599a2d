# jsonschema ships no types; what we use of it.
from collections.abc import Iterable, Sequence

class ValidationError(Exception):
    message: str
    @property
    def absolute_path(self) -> Sequence[str | int]: ...

def best_match(errors: Iterable[ValidationError]) -> ValidationError | None: ...
