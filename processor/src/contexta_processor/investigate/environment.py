"""Where, and with which configuration, did a run run?"""

from dataclasses import dataclass
from typing import Any

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, Rows, from_json, iso, rows_of

FIELDS = (
    "python", "platform", "cuda", "hardware", "vcs_revision", "vcs_repository", "vcs_dirty", "vcs_diff_sha256",
)  # fmt: skip


@dataclass(frozen=True)
class Environment:
    """What was captured of a run's conditions; `captured` is False when nothing was.

    facts: the FIELDS, each a text (vcs_dirty: a boolean) or None. packages: name → version. configuration: key → typed value;
    sources: key → where the value came from, for the keys that say.
    """

    run_id: str
    captured: bool
    facts: dict[str, str | bool | None]
    packages: dict[str, str | None]
    variables: dict[str, Any]
    configuration: dict[str, Any]
    sources: dict[str, str]
    captured_at: int | None
    captured_by: str | None

    def to_dict(self) -> dict[str, object]:
        """`{"run_id", "environment": {…}, "configuration": {…}, "captured_at"}`."""
        return {
            "run_id": self.run_id,
            "environment": {
                **self.facts,
                "packages": self.packages,
                "variables": self.variables,
            },
            "configuration": self.configuration,
            "configuration_sources": self.sources,
            "captured_at": iso(self.captured_at),
            "captured_by": self.captured_by,
        }

    def rows(self) -> Rows:
        """One row per captured thing: section, name, value."""
        return Rows(
            ("section", "name", "value"),
            [
                *(
                    ("environment", name, value)
                    for name, value in self.facts.items()
                    if value is not None
                ),
                *(("package", name, version) for name, version in self.packages.items()),
                *(("variable", name, value) for name, value in sorted(self.variables.items())),
                *(("configuration", key, value) for key, value in self.configuration.items()),
            ],
        )


def environment_of(query: Query, run_id: str) -> Environment:
    """Environment, packages and configuration of a run."""

    def ask(name: str) -> list[Row]:
        return rows_of(query.query(statement(f"investigate/{name}"), {"run_id": run_id}))

    found = ask("environment")
    told = (
        found[0] if found else dict.fromkeys((*FIELDS, "variables", "captured_at", "captured_by"))
    )
    settings = ask("configuration")
    return Environment(
        run_id=run_id,
        captured=bool(found),
        facts={name: told[name] for name in FIELDS},
        packages={row["name"]: row["version"] for row in ask("packages")},
        variables=from_json(told["variables"]) or {},
        configuration={row["key"]: from_json(row["value"]) for row in settings},
        sources={row["key"]: row["source"] for row in settings if row["source"]},
        captured_at=told["captured_at"],
        captured_by=told["captured_by"],
    )
