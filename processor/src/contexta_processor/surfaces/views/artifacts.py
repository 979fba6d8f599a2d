"""How artifacts read."""

from contexta_processor.investigate.artifacts import Artifact, Artifacts
from contexta_processor.investigate.results import iso
from contexta_processor.investigate.verification.verification import OUTCOMES, Check, Verification
from contexta_processor.surfaces.render.text import moment, size
from contexta_processor.surfaces.render.view import Cell, Column, Line, Table, Text, Tone, View
from contexta_processor.surfaces.views.words import or_dash

_DIGEST_SHOWN = 12

_OUTCOME: dict[str, tuple[str, str, Tone]] = {
    "match": ("✓", "as recorded", "good"),
    "mismatch": ("✗", "mismatch", "bad"),
    "missing": ("✗", "missing", "bad"),
    "not_verifiable": ("!", "not verifiable", "warn"),
}


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
        Column("CHECKED", wrap=True, optional=4),
        Column("PATH", wrap=True, optional=1),
    )
    return Table(columns, [_row(item) for item in (*result.produced, *result.consumed)], title)


def _row(item: Artifact) -> list[Text]:
    arrow = "→ " if item.role == "produced" else "← "
    digest = item.sha256 or (item.fingerprint or "").rpartition(":")[2]
    return [
        Cell(f"{arrow}{item.artifact_id} ✗ tainted", "bad")
        if item.tainted
        else f"{arrow}{item.artifact_id}",
        or_dash(item.kind),
        or_dash(item.stage),
        size(item.size_bytes),
        Cell(digest[:_DIGEST_SHOWN], "dim") if digest else Cell("not hashed", "dim"),
        _checked(item),
        or_dash(item.path),
    ]


def _checked(item: Artifact) -> Text:
    """What the last check found, and when."""
    if item.verified is None:
        return Cell("never", "dim")
    found = outcome(item.verified)
    return Cell(f"{found.text} {moment(iso(item.verified_at))}", found.tone)


def outcome(word: str) -> Cell:
    """`✓ as recorded`, `✗ mismatch`, `✗ missing`, `! not verifiable`."""
    mark, text, tone = _OUTCOME.get(word, ("?", word, "dim"))
    return Cell(f"{mark} {text}", tone)


def verification_view(result: Verification) -> View:
    """How many came out how, then each artifact, the gravest first."""
    if not result.checks:
        told = "No artifact was recorded: there is nothing to verify."
        return View((Line.of(told),), next=f"contexta show {result.run_id}")
    pieces: list[Text] = []
    for word, number in result.counts.items():
        if number:
            mark, text, tone = _OUTCOME[word]
            pieces += ["   " if pieces else "", Cell(f"{mark} {number:,} {text}", tone)]
    columns = (
        Column("RESULT"),
        Column("ARTIFACT"),
        Column("KIND", optional=1),
        Column("PATH", wrap=True),
        Column("WHY", wrap=True),
    )
    gravest = sorted(result.checks, key=lambda check: OUTCOMES.index(check.result))
    table = Table(columns, [_check_row(check) for check in gravest])
    bad = gravest[0] if gravest[0].result in ("mismatch", "missing") else None
    follow = f"lineage {bad.artifact_id} --down" if bad else f"artifacts {result.run_id}"
    return View((Line.of(*pieces), table), next=f"contexta {follow}")


def _check_row(check: Check) -> list[Text]:
    return [
        outcome(check.result),
        check.artifact_id,
        or_dash(check.kind),
        or_dash(check.path),
        check.detail or "",
    ]
