"""`contexta diagnose`: everything that is wrong with a run, or with the newest runs of a project.

Each rule is a function from what is known of a run (`RunEvidence`) to findings; nothing else decides.

    healthy    no error, no warning, and the evidence is complete
    undecided  no error, no warning, but the evidence is not known to be complete, or there is nothing to judge
    warning    the worst finding is a warning
    error      the worst finding is an error
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.diagnose.artifacts import artifact_findings
from contexta_processor.investigate.diagnose.codes import Severity, at_least
from contexta_processor.investigate.diagnose.context import context_findings
from contexta_processor.investigate.diagnose.degraded import degraded_findings
from contexta_processor.investigate.diagnose.deployments import deployment_findings
from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.finding import Finding, folded, in_order
from contexta_processor.investigate.diagnose.flow import flow_findings
from contexta_processor.investigate.diagnose.gathering import evidence_of
from contexta_processor.investigate.diagnose.history import LEAST_RUNS
from contexta_processor.investigate.diagnose.metrics import metric_findings
from contexta_processor.investigate.diagnose.pipeline import places
from contexta_processor.investigate.diagnose.producers import producer_findings
from contexta_processor.investigate.diagnose.ranks import rank_findings
from contexta_processor.investigate.diagnose.results import result_findings
from contexta_processor.investigate.diagnose.structure import judgeable, structure_findings
from contexta_processor.investigate.diagnose.upstream import upstream_findings
from contexta_processor.investigate.diagnose.work import work_findings
from contexta_processor.investigate.results import Rows, rows_of
from contexta_processor.investigate.run_names import no_such_run

Verdict = Literal["healthy", "undecided", "warning", "error"]

VERDICTS: Final[tuple[Verdict, ...]] = ("healthy", "undecided", "warning", "error")
"""Best first."""

RULES: Final = (
    structure_findings,
    flow_findings,
    result_findings,
    work_findings,
    producer_findings,
    rank_findings,
    metric_findings,
    context_findings,
    artifact_findings,
    deployment_findings,
    upstream_findings,
)
"""Every group of rules but that of the markers, which come last: they leave out what is said already."""

COLUMNS: Final = (
    "run_id",
    "severity",
    "code",
    "title",
    "subject",
    "detail",
    "evidence",
    "next_step",
)


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with one run. findings: worst first, then in pipeline order.

    completeness: complete, partial or unknown. judgeable: whether there was anything to judge.
    history: how many earlier completed runs said what is usual; with fewer than five nothing was held against
    a history. alike: what these have in common with the run (diagnose/history.py).
    """

    run_id: str
    status: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    completeness: str
    judgeable: bool
    history: int
    alike: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """The shape of the surface contract, with what was known beside it."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "verdict": self.verdict,
            "evidence": self.completeness,
            "history": {
                "runs": self.history,
                "needed": LEAST_RUNS,
                "judged": self.learned,
                "alike": list(self.alike),
            },
            "findings": [each.to_dict() for each in self.findings],
        }

    @property
    def learned(self) -> bool:
        """Whether there were enough earlier runs to say what is usual."""
        return self.history >= LEAST_RUNS

    def rows(self) -> Rows:
        """One row per finding."""
        return Rows(COLUMNS, _rows(self))

    def counted(self, severity: Severity) -> int:
        """How many findings of a severity there are."""
        return sum(each.severity == severity for each in self.findings)

    def fails(self, threshold: Severity) -> bool:
        """Whether a finding is as bad as the threshold, or worse."""
        return any(at_least(each.severity, threshold) for each in self.findings)


@dataclass(frozen=True)
class ProjectDiagnosis:
    """The newest runs of a project, newest first; `total` is how many it has."""

    project: str
    verdict: Verdict
    runs: tuple[Diagnosis, ...]
    total: int

    @property
    def judgeable(self) -> bool:
        """Whether there was anything to judge in any of the runs."""
        return any(each.judgeable for each in self.runs)

    def to_dict(self) -> dict[str, object]:
        """`{"project", "verdict", "runs": […], "total"}`."""
        return {
            "project": self.project,
            "verdict": self.verdict,
            "runs": [each.to_dict() for each in self.runs],
            "total": self.total,
        }

    def rows(self) -> Rows:
        """One row per run and finding."""
        return Rows(COLUMNS, [row for each in self.runs for row in _rows(each)])

    def fails(self, threshold: Severity) -> bool:
        """Whether any run has a finding as bad as the threshold, or worse."""
        return any(each.fails(threshold) for each in self.runs)


def diagnose_run(query: Query, run_id: str) -> Diagnosis:
    """Diagnose one run by its id.

    Raises: ContextaError with Exit.UNDECIDED if there is no such run.
    """
    known = evidence_of(query, [run_id])
    if not known:
        raise no_such_run(query, run_id)
    return diagnosis_of(known[0])


def diagnose_project(query: Query, project: str, *, limit: int | None = 20) -> ProjectDiagnosis:
    """Diagnose the newest runs of a project; its verdict is that of the worst of them.

    Raises: ContextaError with Exit.UNDECIDED if no run is known of it.
    """
    given = {"project": project, "limit": limit}
    newest = rows_of(query.query(statement("investigate/diagnose/project_runs"), given))
    if not newest:
        raise _no_such_project(query, project)
    runs = tuple(map(diagnosis_of, evidence_of(query, [row["run_id"] for row in newest])))
    verdict = VERDICTS[max(VERDICTS.index(each.verdict) for each in runs)]
    return ProjectDiagnosis(project, verdict, runs, newest[0]["total"])


def diagnosis_of(known: RunEvidence) -> Diagnosis:
    """Every finding about a run, from what is known of it."""
    found = [each for rule in RULES for each in rule(known)]
    found += degraded_findings(known, tuple(found))
    findings = folded(in_order(found, places(known)))
    return Diagnosis(
        run_id=known.run_id,
        status=known.run["status"],
        verdict=verdict_of(
            findings, whole=known.run["completeness"] == "complete" and judgeable(known)
        ),
        findings=findings,
        completeness=known.run["completeness"],
        judgeable=judgeable(known),
        history=len(known.past),
        alike=known.alike,
    )


def verdict_of(findings: Sequence[Finding], *, whole: bool) -> Verdict:
    """The verdict on a run; `whole`: there was something to judge, and its evidence is complete."""
    severities = {each.severity for each in findings}
    if "error" in severities:
        return "error"
    if "warning" in severities:
        return "warning"
    return "healthy" if whole else "undecided"


def _rows(found: Diagnosis) -> list[tuple[object, ...]]:
    return [
        (
            found.run_id, each.severity, each.code, each.title, each.subject, each.detail,
            [dict(row) for row in each.evidence], each.next_step,
        )
        for each in found.findings
    ]  # fmt: skip


def _no_such_project(query: Query, project: str) -> ContextaError:
    names = [
        row["project"] for row in rows_of(query.query(statement("investigate/diagnose/projects")))
    ]
    near = get_close_matches(project, names, n=3, cutoff=0.6)
    return ContextaError(
        f"there is no run of project {project!r}",
        cause=f"nearest: {', '.join(near)}" if near else f"{len(names)} projects are known",
        hint="contexta runs   lists what there is",
        exit_code=Exit.UNDECIDED,
    )
