"""What one check of `contexta doctor` found, and the command that mends it."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `fix` is the next command, empty when all is well."""

    name: str
    level: Level
    detail: str
    fix: str = ""

    def to_dict(self) -> dict[str, object]:
        """One element of `checks`."""
        return {
            "name": self.name,
            "level": self.level,
            "detail": self.detail,
            "fix": self.fix or None,
        }
