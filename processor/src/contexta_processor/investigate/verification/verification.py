"""Is each artifact of a run still what was recorded? Reads files; what it finds is told as evidence elsewhere."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.investigate.artifacts import Artifact, Artifacts
from contexta_processor.investigate.results import Rows
from contexta_processor.investigate.verification.digest import Digest, digest_of
from contexta_processor.investigate.verification.location import (
    NothingThere,
    NotVerifiable,
    locate,
)

Outcome = Literal["match", "mismatch", "missing", "not_verifiable"]
OUTCOMES: tuple[Outcome, ...] = ("mismatch", "missing", "not_verifiable", "match")
"""Gravest first."""

Reason = Literal[
    "no_path", "remote", "outside_root", "no_digest", "unreadable", "changed_meanwhile"
]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""Why something could not be verified."""

Progress = Callable[[Artifact, int], None]
"""Told, for an artifact, how many more of its bytes were read."""

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True)
class Check:
    """What was found of one artifact.

    reason: why it was not verifiable. expected_sha256: None where none was recorded; observed_*: None
    where nothing could be read. detail: the finding in a sentence. checked_at: Unix nanoseconds.
    """

    artifact_id: str
    role: str
    kind: str | None
    path: str | None
    result: Outcome
    reason: str | None = None
    expected_sha256: str | None = None
    observed_sha256: str | None = None
    observed_size_bytes: int | None = None
    detail: str | None = None
    checked_at: int = 0

    def to_dict(self) -> dict[str, object]:
        """Everything but the time, which the evidence has: the same files give the same bytes."""
        return {name: value for name, value in vars(self).items() if name != "checked_at"}


@dataclass(frozen=True)
class Verification:
    """Every artifact of a run, in the order of `contexta artifacts`.

    accepted: why something may be not verifiable without leaving the verdict undecided. It is told as evidence all the same.
    """

    run_id: str
    root: str
    checks: tuple[Check, ...]
    accepted: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many came out how; every outcome is named."""
        found = Counter(check.result for check in self.checks)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def verdict(self) -> Literal["match", "differs", "undecided"]:
        """differs: something is gone or another; match: every one is as recorded (but for what is accepted, if that is not all
        there is); undecided: the rest."""
        counts = self.counts
        if counts["mismatch"] or counts["missing"]:
            return "differs"
        unsettled = any(
            check.result == "not_verifiable" and check.reason not in self.accepted
            for check in self.checks
        )
        return "match" if counts["match"] and not unsettled else "undecided"

    def to_dict(self) -> dict[str, object]:
        """`{"run_id", "root", "verdict", "accepted", "counts", "artifacts": [a Check, …]}`."""
        return {
            "run_id": self.run_id,
            "root": self.root,
            "verdict": self.verdict,
            "accepted": list(self.accepted),
            "counts": self.counts,
            "artifacts": [check.to_dict() for check in self.checks],
        }

    def rows(self) -> Rows:
        """One row per artifact."""
        columns = ("result", "artifact_id", "role", "kind", "path", "reason")
        also = ("expected_sha256", "observed_sha256", "observed_size_bytes", "detail")
        return Rows(
            (*columns, *also),
            [[getattr(check, name) for name in (*columns, *also)] for check in self.checks],
            {"observed_size_bytes": "integer"},
        )


def verify_artifacts(
    artifacts: Artifacts, root: Path, progress: Progress, *, accepted: Iterable[str] = ()
) -> Verification:
    """Read every artifact a run produced or consumed, once each, and hold it against its record.

    root: where relative paths start, and what nothing is read outside of. accepted: as in `Verification`.
    Raises: ContextaError (Exit.USAGE) if `root` is no directory.
    """
    try:
        real = root.resolve(strict=True)
    except OSError as error:
        raise _no_root(root, error.strerror or str(error)) from error
    if not real.is_dir():
        raise _no_root(root, "it is not a directory")
    each = {item.artifact_id: item for item in (*artifacts.consumed, *artifacts.produced)}
    order = dict.fromkeys(item.artifact_id for item in (*artifacts.produced, *artifacts.consumed))
    checks = tuple(check_artifact(each[name], real, progress) for name in order)
    return Verification(artifacts.run_id, str(root), checks, tuple(sorted(set(accepted))))


def check_artifact(artifact: Artifact, root: Path, progress: Progress) -> Check:
    """Hold one artifact against its record. root: a directory without links in its path."""
    expected = _recorded(artifact.sha256)
    try:
        place = locate(artifact.path, root)
        if expected is None:
            raise NotVerifiable("no_digest", _why_no_digest(artifact))
        found = digest_of(place, root, lambda read: progress(artifact, read))
    except NothingThere:
        detail = f"nothing is at {artifact.path}"
        return _check(artifact, "missing", expected_sha256=expected, detail=detail)
    except NotVerifiable as why:
        return _check(
            artifact,
            "not_verifiable",
            reason=why.reason,
            expected_sha256=expected,
            detail=why.detail,
        )
    same = found.sha256 == expected
    unsettled = not same and not found.settled
    return _check(
        artifact,
        "match" if same else "not_verifiable" if unsettled else "mismatch",
        reason="changed_meanwhile" if unsettled else None,
        expected_sha256=expected,
        observed_sha256=found.sha256,
        observed_size_bytes=found.size_bytes,
        detail=None if same else _difference(artifact, expected, found),
    )


def _check(
    artifact: Artifact,
    result: Outcome,
    *,
    detail: str | None,
    reason: str | None = None,
    expected_sha256: str | None = None,
    observed_sha256: str | None = None,
    observed_size_bytes: int | None = None,
) -> Check:
    return Check(
        artifact_id=artifact.artifact_id,
        role=artifact.role,
        kind=artifact.kind,
        path=artifact.path,
        result=result,
        reason=reason,
        expected_sha256=expected_sha256,
        observed_sha256=observed_sha256,
        observed_size_bytes=observed_size_bytes,
        detail=detail,
        checked_at=time.time_ns(),
    )


def _recorded(sha256: str | None) -> str | None:
    told = _SHA256.fullmatch((sha256 or "").strip().lower())
    return told.group(1) if told else None


def _why_no_digest(artifact: Artifact) -> str:
    if artifact.sha256:
        return "the recorded digest is not a SHA-256"
    if artifact.fingerprint:
        return "only a fingerprint of its content in memory was recorded, no SHA-256 of bytes"
    return "no SHA-256 was recorded"


def _difference(artifact: Artifact, expected: str | None, found: Digest) -> str:
    if not found.settled:
        return "it changed while it was read"
    told = f"sha256 {found.sha256[:12]}…, recorded was {(expected or '')[:12]}…"
    if artifact.size_bytes in (None, found.size_bytes):
        return told
    return f"{told}; {found.size_bytes:,} bytes, recorded were {artifact.size_bytes:,}"


def total_bytes(artifacts: Iterable[Artifact]) -> int:
    """How much was recorded to be there, in bytes: what a progress display counts towards."""
    return sum(artifact.size_bytes or 0 for artifact in artifacts)


def _no_root(root: Path, cause: str) -> ContextaError:
    return ContextaError(
        f"cannot look for artifacts in {root}",
        cause=cause,
        hint="--root names the directory that recorded paths start from: where the job ran",
        exit_code=Exit.USAGE,
    )
