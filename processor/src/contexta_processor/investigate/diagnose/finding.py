"""One finding: what is wrong, how bad it is, what it rests on, and what to do next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from shlex import quote
from typing import Final

from contexta_processor.investigate.diagnose.codes import SEVERITIES, Severity, codes
from contexta_processor.investigate.diagnose.words import listed
from contexta_processor.investigate.results import Row

EVIDENCE_SHOWN: Final = 10
"""So many rows stand in a finding; `evidence_total` says how many there are."""

MANY: Final = 20
"""So many findings of one code, severity and stage are told one by one."""

Evidence = Mapping[str, object]


@dataclass(frozen=True)
class Finding:
    """A finding about one run.

    subject: what it is about, in words (`stage train`). stage: its place in the pipeline, if it has one.
    evidence: the rows it rests on, each with its `table` and key columns; evidence_total: how many there
    are in all.
    """

    code: str
    severity: Severity
    subject: str
    stage: str | None
    detail: str
    evidence: tuple[Evidence, ...]
    evidence_total: int
    next_step: str

    @property
    def title(self) -> str:
        """What findings of this code are called."""
        return codes()[self.code].title

    def to_dict(self) -> dict[str, object]:
        """The JSON shape of the surface contract; title, stage and evidence_total beside it."""
        return {
            "code": self.code,
            "title": self.title,
            "severity": self.severity,
            "subject": self.subject,
            "stage": self.stage,
            "detail": self.detail,
            "evidence": [dict(row) for row in self.evidence],
            "evidence_total": self.evidence_total,
            "next_step": self.next_step,
        }


def finding(
    code: str,
    subject: str,
    detail: str,
    evidence: Sequence[Evidence],
    *,
    run: str,
    severity: Severity | None = None,
    stage: str | None = None,
    **words: str,
) -> Finding:
    """A finding of a code of the table; `words` fill its next step.

    severity: may be left out where the code has only one.
    Raises: ValueError if the code cannot have this severity, or has several and none was given.
    """
    entry = codes()[code]
    if severity is None and len(entry.severity) == 1:
        severity = entry.severity[0]
    if severity is None or severity not in entry.severity:
        raise ValueError(f"{code} has severity {severity!r}, not one of {entry.severity}")
    filled = {name: quoted(word) for name, word in words.items()}
    step = entry.next if stage is not None else entry.next.replace(" --stage {stage}", "")
    return Finding(
        code=code,
        severity=severity,
        subject=subject,
        stage=stage,
        detail=detail,
        evidence=tuple(evidence[:EVIDENCE_SHOWN]),
        evidence_total=len(evidence),
        next_step=step.format(run=quoted(run), stage=quoted(stage or ""), **filled),
    )


def quoted(word: str) -> str:
    """A word as a person would quote it for a shell: SQL reads best in double quotes."""
    needs_single = any(mark in word for mark in '"$`\\!')
    return f'"{word}"' if "'" in word and not needs_single else quote(word)


def row_of(table: str, row: Row, *columns: str) -> Evidence:
    """A row of a public table as evidence: the table and those of the columns that have a value."""
    told = {column: row[column] for column in columns if row.get(column) is not None}
    return {"table": table, **told}


def in_order(findings: Iterable[Finding], pipeline: Mapping[str, int]) -> tuple[Finding, ...]:
    """Worst first; then what is about the whole run, then by the place of the stage, code and subject."""
    return tuple(
        sorted(
            findings,
            key=lambda each: (
                SEVERITIES.index(each.severity),
                -1 if each.stage is None else pipeline.get(each.stage, len(pipeline)),
                each.code,
                each.subject,
                each.detail,
            ),
        )
    )


def folded(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Of many findings of one code, severity and stage the first ones, and the rest as one that counts them.

    findings: in their order, which is kept.
    """
    groups: dict[tuple[str, str, str | None], list[Finding]] = {}
    for each in findings:
        groups.setdefault((each.code, each.severity, each.stage), []).append(each)
    rest = {key: group[MANY:] for key, group in groups.items() if len(group) > MANY + 1}
    over = {id(each): key for key, group in rest.items() for each in group}
    kept: list[Finding] = []
    for each in findings:
        key = over.get(id(each))
        if key is None:
            kept.append(each)
        elif each is rest[key][0]:
            kept.append(_as_one(rest[key]))
    return tuple(kept)


def _as_one(rest: Sequence[Finding]) -> Finding:
    rows = [row for each in rest for row in each.evidence]
    return replace(
        rest[0],
        subject=f"{len(rest):,} more",
        detail=listed(each.subject for each in rest),
        evidence=tuple(rows[:EVIDENCE_SHOWN]),
        evidence_total=sum(each.evidence_total for each in rest),
    )
