"""How a diagnosis reads: one line a finding, worst first; what it rests on, and what to do."""

from collections.abc import Iterator, Mapping
from typing import Final

from contexta_processor.investigate.diagnose.diagnosis import Diagnosis, ProjectDiagnosis
from contexta_processor.investigate.diagnose.finding import Finding
from contexta_processor.investigate.diagnose.history import LEAST_RUNS
from contexta_processor.surfaces.render.text import count
from contexta_processor.surfaces.render.view import (
    Block,
    Cell,
    Column,
    Facts,
    Line,
    Table,
    Text,
    Tone,
    View,
)
from contexta_processor.surfaces.views.words import completeness, severity, status

_VERDICT: Final[Mapping[str, tuple[str, Tone]]] = {
    "healthy": ("✓", "good"),
    "undecided": ("?", "dim"),
    "warning": ("!", "warn"),
    "error": ("✗", "bad"),
}

_KEYS: Final = (
    "artifact_id", "deployment_id", "producer_id", "operation_id", "batch_id", "stage_id", "name", "score_name",
    "reason", "layer", "to_id", "source", "run_id",
)  # fmt: skip
"""What names a row of evidence, the most telling first."""

_EVIDENCE_SHOWN = 2

_ALIKE: Final = {"data_sets": "the same data sets", "expected_stages": "the same declared stages"}


def diagnosis_view(found: Diagnosis) -> View:
    """The verdict, the findings, and what could not be judged."""
    return View(tuple(_run(found)), next=found.findings[0].next_step if found.findings else "")


def project_view(found: ProjectDiagnosis) -> View:
    """The verdict, one line a run, then the findings of each run that has any above info."""
    head = Line.of(
        Cell(found.project, "strong"),
        "  ",
        verdict(found.verdict),
        f"  {count(len(found.runs), 'run')}",
    )
    blocks: list[Block] = [head, _table_of_runs(found)]
    if len(found.runs) < found.total:
        cut = f"the newest {len(found.runs):,} of {found.total:,} runs; -n 0 for all"
        blocks.append(Line.of(Cell(cut, "dim")))
    for each in found.runs:
        if each.verdict in ("error", "warning"):
            blocks += [Line.of(""), *_run(each)]
    return View(tuple(blocks), next=_worst_next(found))


def diagnosed_view(found: Diagnosis | ProjectDiagnosis) -> View:
    """Either of the two."""
    return diagnosis_view(found) if isinstance(found, Diagnosis) else project_view(found)


def verdict(word: str) -> Cell:
    """`✓ healthy`, `? undecided`, `! warning`, `✗ error`."""
    mark, tone = _VERDICT.get(word, ("?", "dim"))
    return Cell(f"{mark} {word}", tone)


def _run(found: Diagnosis) -> Iterator[Block]:
    yield Line.of(
        Cell(found.run_id, "strong"), "  ", verdict(found.verdict), f"  {_tally(found)}  ",
        status(found.status), "  evidence ", completeness(found.completeness),
    )  # fmt: skip
    if found.findings:
        columns = (
            Column(""),
            Column("SUBJECT", wrap=True),
            Column("FINDING", wrap=True),
            Column("EVIDENCE", wrap=True, optional=1),
        )
        yield Table(columns, [_row(each) for each in found.findings])
        yield Facts(_steps(found), title="What to do")
    yield from _unjudged(found)


def _row(each: Finding) -> list[Text]:
    mark = severity(each.severity)
    return [
        Cell(f"{mark.text.split()[0]} {each.code}", mark.tone),
        each.subject,
        f"{each.title}: {each.detail}",
        Cell(_evidence(each), "dim"),
    ]


def _steps(found: Diagnosis) -> list[tuple[str, Text]]:
    """Each next step once, with the codes it is for."""
    steps: dict[str, list[str]] = {}
    for each in found.findings:
        steps.setdefault(each.next_step, []).append(each.code)
    return [
        (", ".join(dict.fromkeys(names)), Cell(step, command=step.startswith("contexta ")))
        for step, names in steps.items()
    ]


def _evidence(each: Finding) -> str:
    """`stages evaluate, metrics rows_out, 3 more`."""
    shown = [_named(row) for row in each.evidence[:_EVIDENCE_SHOWN]]
    left = each.evidence_total - len(shown)
    return ", ".join([*shown, f"{left:,} more"] if left else shown)


def _named(row: Mapping[str, object]) -> str:
    if row.get("role") == "history":
        return f"{row['count']} earlier runs"
    name = next((row[key] for key in _KEYS if row.get(key) is not None), None)
    return f"{row['table']} {name}" if name is not None else str(row["table"])


def _tally(found: Diagnosis) -> str:
    counts = (
        (found.counted("error"), "error"),
        (found.counted("warning"), "warning"),
        (found.counted("info"), "info"),
    )
    told = [
        count(amount, noun, noun if noun == "info" else "") for amount, noun in counts if amount
    ]
    return ", ".join(told) or "no findings"


def _unjudged(found: Diagnosis) -> Iterator[Block]:
    """What this diagnosis did not and could not look at: never left to be taken for health."""
    if not found.learned:
        known = count(found.history, "earlier completed run")
        told = f"Not held against a history: {known} of this project and type, {LEAST_RUNS} needed."
        yield Line.of(Cell(told, "dim"))
    elif shared := [_ALIKE[name] for name in found.alike if name in _ALIKE]:
        known = count(found.history, "earlier run")
        yield Line.of(Cell(f"Held against {known} of {' and '.join(shared)}.", "dim"))
    if found.verdict == "undecided":
        why = (
            "there is nothing to judge"
            if not found.judgeable
            else f"the evidence is {found.completeness}"
        )
        yield Line.of(
            Cell(f"Nothing wrong was found, but {why}: that is not the same as healthy.", "warn")
        )


def _table_of_runs(found: ProjectDiagnosis) -> Table:
    columns = (
        Column("RUN", wrap=True),
        Column("VERDICT"),
        Column("STATUS"),
        Column("EVIDENCE", optional=1),
        Column("ERRORS", right=True),
        Column("WARNINGS", right=True),
        Column("CODES", wrap=True),
    )
    rows: list[list[Text]] = [
        [
            each.run_id,
            verdict(each.verdict),
            status(each.status),
            completeness(each.completeness),
            f"{each.counted('error'):,}",
            f"{each.counted('warning'):,}",
            ", ".join(dict.fromkeys(one.code for one in each.findings if one.severity != "info")),
        ]
        for each in found.runs
    ]
    return Table(columns, rows)


def _worst_next(found: ProjectDiagnosis) -> str:
    bad = [each for each in found.runs if each.verdict == found.verdict and each.findings]
    return bad[0].findings[0].next_step if bad else ""
