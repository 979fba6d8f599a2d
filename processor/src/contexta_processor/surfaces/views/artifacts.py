"""How artifacts read."""

from contexta_processor.investigate.artifacts import Artifact, Artifacts
from contexta_processor.surfaces.render.text import size
from contexta_processor.surfaces.render.view import Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.words import or_dash

_DIGEST_SHOWN = 12


def artifacts_view(result: Artifacts) -> View:
    """A table of what was produced, then what was consumed."""
    if not result.produced and not result.consumed:
        told = "No artifact was recorded: what this run produced is not known."
        return View((Line.of(told),), next=f"contexta show {result.run_id}")
    first = (result.produced or result.consumed)[0]
    return View((artifact_table(result),), next=f"contexta lineage {first.artifact_id}")


def artifact_table(result: Artifacts, *, title: str = "") -> Table:
    """One line per artifact; `←` marks an input, `→` an output."""
    columns = (
        Column("ARTIFACT"),
        Column("KIND"),
        Column("STAGE", wrap=True, optional=2),
        Column("SIZE", right=True),
        Column("DIGEST", optional=3),
        Column("PATH", wrap=True, optional=1),
    )
    return Table(columns, [_row(item) for item in (*result.produced, *result.consumed)], title)


def _row(item: Artifact) -> list[Text]:
    arrow = "→ " if item.role == "produced" else "← "
    digest = item.sha256 or (item.fingerprint or "").rpartition(":")[2]
    return [
        f"{arrow}{item.artifact_id}",
        or_dash(item.kind),
        or_dash(item.stage),
        size(item.size_bytes),
        Cell(digest[:_DIGEST_SHOWN], "dim") if digest else Cell("not hashed", "dim"),
        or_dash(item.path),
    ]
