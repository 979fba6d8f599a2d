"""How the conditions of a run read."""

import json

from contexta_processor.investigate.environment import Environment
from contexta_processor.investigate.results import iso
from contexta_processor.surfaces.render.text import moment
from contexta_processor.surfaces.render.view import Block, Cell, Facts, Line, Text, View

_LABELS = {"vcs_revision": "code", "vcs_repository": "repository"}
_UNCOMMITTED = ("vcs_dirty", "vcs_diff_sha256")


def environment_view(result: Environment) -> View:
    """Everything captured, one fact a line; and in words when something wasn't."""
    blocks: list[Block] = []
    if not result.captured:
        blocks.append(
            Line.of("No environment was captured: the run cannot be reproduced from here.")
        )
    facts = environment_facts(result, packages=None, settings=False, title="")
    if facts.items:
        blocks.append(facts)
    if result.variables:
        variables = sorted(result.variables.items())
        blocks.append(Facts([(name, _text(value)) for name, value in variables], "Variables"))
    if result.configuration:
        items = sorted(result.configuration.items())
        blocks.append(Facts([(key, _text(value)) for key, value in items], "Configuration"))
    else:
        blocks.append(Line.of("No configuration was recorded."))
    return View(tuple(blocks))


def environment_facts(
    result: Environment, *, packages: int | None, title: str, settings: bool = True
) -> Facts:
    """What is known; at most `packages` packages by name (None for all)."""
    items: list[tuple[str, Text]] = [
        (_LABELS.get(name, name), value)
        for name, value in result.facts.items()
        if isinstance(value, str) and name not in _UNCOMMITTED
    ]
    if result.facts["vcs_dirty"]:
        items.append(("uncommitted", _uncommitted(result)))
    if result.packages:
        named = [f"{name} {version or '?'}" for name, version in sorted(result.packages.items())]
        shown = named if packages is None else named[:packages]
        more = f" and {len(named) - len(shown)} more" if len(shown) < len(named) else ""
        items.append(("packages", ", ".join(shown) + more))
    if settings and result.configuration:
        pairs = [f"{key}={_text(value)}" for key, value in sorted(result.configuration.items())]
        items.append(("configuration", "  ".join(pairs)))
    if result.captured_at is not None:
        items.append(("captured", Cell(f"{moment(iso(result.captured_at))} UTC", "dim")))
    return Facts(items, title)


def _uncommitted(result: Environment) -> str:
    digest = result.facts["vcs_diff_sha256"]
    known = f"sha256 {digest}" if digest else "which is not known"
    return f"changes in no commit, {known}: the revision alone does not say what ran"


def _text(value: object) -> str:
    return (
        value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    )
