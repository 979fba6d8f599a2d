"""Did two runs run the same code? A revision alone says so only where nothing was left uncommitted."""

from collections.abc import Mapping

from contexta_processor.investigate.compare.differences import Difference, Unknown, untold

REVISION = "vcs.ref.head.revision"
REPOSITORY = "vcs.repository.url.full"
DIRTY = "vcs_dirty"
DIFF = "vcs_diff_sha256"
"""Digest of what was changed and not committed, where a producer tells it."""

FACTS = frozenset(
    {REVISION, REPOSITORY, DIRTY, DIFF, "vcs.ref.head.name", "vcs.ref.head.type", "vcs.repository.name"}
)  # fmt: skip
"""Facts about the code: compared here, and not again as facts of the environment. The name of a branch is none of
its own: another name for the same revision is the same code."""

_KEYS = ((REPOSITORY, "vcs.repository"), (REVISION, "vcs.revision"))
_UNCOMMITTED = "changes in no commit: the revision alone does not say what ran"

Facts = Mapping[str, str | None]


def code_differences(baseline: Facts, candidate: Facts) -> list[Difference]:
    """Repository, revision, uncommitted changes and their digest, where both sides tell them and they differ."""
    found = [
        Difference("code", key, baseline[name], candidate[name], group="code", weight=weight)
        for weight, (name, key) in enumerate(_KEYS)
        if _differ(baseline.get(name), candidate.get(name))
    ]
    if _differ(baseline.get(DIFF), candidate.get(DIFF)):
        found.append(
            Difference(
                "code", "vcs.diff", baseline[DIFF], candidate[DIFF], group="code", weight=2,
                note="other changes that are in no commit",
            )
        )  # fmt: skip
    if _differ(baseline.get(DIRTY), candidate.get(DIRTY)):
        found.append(
            Difference(
                "code", "vcs.dirty", baseline[DIRTY], candidate[DIRTY], group="code", weight=3,
                note=_UNCOMMITTED,
            )
        )  # fmt: skip
    return found


def code_unknowns(baseline: Facts, candidate: Facts) -> list[Unknown]:
    """Why the two cannot be said to have run the same code, where no difference is known."""
    told = bool(baseline.get(REVISION)), bool(candidate.get(REVISION))
    found = list(untold("code", "vcs.revision", "the code revision", told))
    both_dirty = baseline.get(DIRTY) == candidate.get(DIRTY) == "true"
    if both_dirty and not (baseline.get(DIFF) and candidate.get(DIFF)):
        detail = "both ran with changes that are in no commit; whether the same ones is not known"
        found.append(Unknown("code", "vcs.dirty", "both", detail))
    return found


def _differ(baseline: str | None, candidate: str | None) -> bool:
    return baseline is not None and candidate is not None and baseline != candidate
