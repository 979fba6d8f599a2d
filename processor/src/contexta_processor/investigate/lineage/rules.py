"""The rules that conclude edges nobody told, in words; the SQL is in store/derive and store/migrations/0004_inference.sql."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Rule:
    """One rule: what it concludes, why that holds, and where it says nothing."""

    name: str
    believes: str
    because: str
    unless: str


_ALL = (
    Rule(
        "rule:same_sha256",
        "An artifact that some run only read is the artifact with the same SHA-256, under a second id.",
        "Nobody finds two contents with one SHA-256.",
        "The content is empty, the digest cannot be one, an id was told with several digests, or both were produced; several "
        "producers of the content are ambiguous.",
    ),
    Rule(
        "rule:same_fingerprint",
        "A data set that some run only read is the one with the same fingerprint, under a second id.",
        "A fingerprint is a SHA-256 over the values.",
        "The data set has no rows, an id was told with several fingerprints, or both were produced; several producers are "
        "ambiguous.",
    ),
    Rule(
        "rule:equal_outputs",
        "Two artifacts that were both produced are equal; neither is the other, and neither came from the other.",
        "They have one SHA-256, or one fingerprint. Each is joined to the one produced last before it.",
        "The content is empty, the digest cannot be one, or an id was told with several digests.",
    ),
    Rule(
        "rule:consumed_artifact_id",
        "A run that read an artifact was fed by the run that produced it.",
        "Both runs named the same artifact id.",
        "The reader produced it too; several producers are ambiguous.",
    ),
    Rule(
        "rule:declared_parent",
        "A run that produced an artifact has read what that artifact is derived from.",
        "The artifact's record declares what it was derived from, and nothing is made from what was not read.",
        "The run produced the parent itself; an artifact that several runs produced is ambiguous.",
    ),
    Rule(
        "rule:deployment_telemetry",
        "A service or run whose telemetry carries a deployment.id runs what was deployed under that id.",
        "The Resource attribute is set where the service is started, for that deployment.",
        "The service has no name of its own.",
    ),
    Rule(
        "rule:same_samples",
        "Runs of one project with the very same sample ids were over the same set of samples.",
        "Sample ids are kept stable where runs are compared by them.",
        "There are fewer than two samples, or no project.",
    ),
    Rule(
        "rule:same_name",
        "An artifact that some run only read is the one that a run of the same project had produced under the same name before. "
        "The weakest rule.",
        "Files and data sets are named for what they are; project, name and version leave one candidate.",
        "The name is generic (model.pkl, data.csv, checkpoint-3.pt), versions or digests differ, or it was produced only later; "
        "several producers of the name are ambiguous.",
    ),
)

RULES: Final[Mapping[str, Rule]] = {rule.name: rule for rule in _ALL}
"""By what stands in `captured_by`."""
