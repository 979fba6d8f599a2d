"""Under which conditions two runs ran: what differs, in which order, and what is not known."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compare.emission import Run, take_in
from hypothesis import given
from hypothesis import strategies as st

from contexta_processor.cli.connect import Source
from contexta_processor.investigate.compare.conditions import Conditions, compare_conditions
from contexta_processor.investigate.compare.differences import RANKING
from contexta_processor.investigate.compare.versions import is_ml, version_change, went_up

Compare = Callable[..., Conditions]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Two runs' telemetry (and that of others), taken in; the conditions of the first two."""

    def of(baseline: Run, candidate: Run, *others: Run) -> Conditions:
        take_in(tmp_path / "data", baseline, candidate, *others)
        with Source.chosen(str(tmp_path / "data"), None).open() as query:
            return compare_conditions(query, {"baseline": baseline.id, "candidate": candidate.id})

    return of


def known(id: str) -> Run:
    """A run that told everything: environment, packages, configuration, data."""
    return (
        Run(id)
        .environment(python="3.11.8", platform="linux", hardware="8 cores", packages=["numpy==2.0"])
        .configuration(top_k=8)
        .artifact("eval_set", "dataset_snapshot", role="consumed", sha256="1" * 64)
    )


def told_of(each: Any) -> dict[str, Any]:
    """What a program is told."""
    return json.loads(json.dumps(each.to_dict()))


def keys(found: Conditions) -> list[str]:
    """What differs, in order."""
    return [each.key for each in found.differences]


def change_of(found: Conditions, role: str = "consumed") -> dict[str, Any]:
    """The one artifact of a role."""
    changes = [told_of(each) for each in found.artifacts if each.role == role]
    assert len(changes) == 1, changes
    return changes[0]


def test_runs_that_ran_alike_differ_in_nothing(compare: Compare) -> None:
    """Everything told and the same: no difference, and nothing that is not known."""
    found = compare(known("before"), known("after"))
    assert (found.differences, found.unknown) == ((), ())
    assert [each.change for each in found.artifacts] == ["same"]


def test_what_is_known_to_change_results_goes_first(compare: Compare) -> None:
    """Data, code, configuration, packages of the stack, hardware, the rest; ranks count from 1."""
    baseline = (
        Run("before")
        .environment("aaa", python="3.11.8", hardware="A100", cuda="12.4", variables=["x"], packages=["torch==2.4.0", "requests==1.0", "rich==1.0", "numpy==1.26.4"])
        .configuration(temperature=0.0)
        .artifact("model_v1", "model_bundle", role="consumed", sha256="a" * 64)
        .artifact("set_v1", "dataset_snapshot", role="consumed", sha256="1" * 64)
    )  # fmt: skip
    candidate = (
        Run("after")
        .environment("bbb", python="3.12.1", hardware="H100", cuda="12.6", packages=["torch==2.4.1", "requests==2.0", "numpy==2.0.0", "trl==0.9"])
        .configuration(temperature=0.7)
        .artifact("model_v2", "model_bundle", role="consumed", sha256="b" * 64)
        .artifact("set_v2", "dataset_snapshot", role="consumed", sha256="2" * 64)
    )  # fmt: skip
    found = compare(baseline, candidate)
    assert [(each.group, each.key, each.note) for each in found.differences] == [
        ("data", "dataset_snapshot", None),
        ("data", "model_bundle", None),
        ("code", "vcs.revision", None),
        ("configuration", "temperature", None),
        ("ml_package", "package:numpy", "major version, up"),
        ("ml_package", "package:torch", "patch version, up"),
        ("ml_package", "package:trl", None),
        ("hardware", "cuda", "minor version, up"),
        ("hardware", "hardware", None),
        ("other", "python", "minor version, up"),
        ("other", "package:requests", "major version, up"),
        ("other", "package:rich", None),
    ]
    assert [each.rank for each in found.differences] == list(range(1, 13))
    assert [each.limits for each in found.differences] == [True] + 11 * [False]
    assert {each.cause for each in found.differences} == {
        "data", "code", "configuration", "environment", "hardware",
    }  # fmt: skip


def test_a_difference_says_all_of_it_to_programs(compare: Compare) -> None:
    """The contract's four fields, and the order with its reason beside them."""
    candidate = known("after").configuration(top_k=9)
    (found,) = compare(known("before"), candidate).differences
    assert told_of(found) == {
        "cause": "configuration", "key": "top_k", "baseline": "8", "candidate": "9",
        "rank": 1, "group": "configuration", "note": None, "limits": False,
    }  # fmt: skip


def test_anything_else_told_of_the_environment_is_compared_too(compare: Compare) -> None:
    """Facts a job added itself; hardware among them is known by its name."""
    runs = [known(id) for id in ("before", "after")]
    for run, driver in zip(runs, ("550.1", "560.2"), strict=True):
        told = {"driver": driver, "container.image.name": f"image-{driver}", "hw.gpu.count": 8}
        run.event("contexta.environment", told)
    found = compare(*runs)
    assert [(each.cause, each.key) for each in found.differences] == [
        ("hardware", "driver"),
        ("environment", "container.image.name"),
    ]


def test_variables_that_differ_between_any_two_jobs_come_last(compare: Compare) -> None:
    """They are told, and said to mean little."""
    runs = [known(id) for id in ("before", "after")]
    for run, number in zip(runs, ("1", "2"), strict=True):
        event = run.events[0].attributes.add(key="contexta.environment.variables")
        for name in ("SLURM_JOB_ID", "OMP_NUM_THREADS"):
            event.value.kvlist_value.values.add(key=name).value.string_value = number
    found = compare(*runs)
    assert keys(found) == ["variable:OMP_NUM_THREADS", "variable:SLURM_JOB_ID"]
    assert found.differences[1].note == "differs between any two jobs"


@pytest.mark.parametrize(
    ("before", "after", "expected", "unknown"),
    [
        ((False, None), (True, None), ["vcs.dirty"], []),
        ((False, None), (False, None), [], []),
        ((True, None), (True, None), [], ["vcs.dirty"]),
        ((True, "d1"), (True, "d1"), [], []),
        ((True, "d1"), (True, "d2"), ["vcs.diff"], []),
        ((True, "d1"), (True, None), [], ["vcs.dirty"]),
        ((None, None), (True, None), [], []),
    ],
)
def test_the_same_revision_is_the_same_code_only_without_uncommitted_changes(
    before: tuple[bool | None, str | None], after: tuple[bool | None, str | None],
    expected: list[str], unknown: list[str], compare: Compare,
) -> None:  # fmt: skip
    """Changes that are in no commit differ, are the same by their digest, or cannot be told apart."""
    runs = [known(id) for id in ("before", "after")]
    for run, (dirty, digest) in zip(runs, (before, after), strict=True):
        run.environment(vcs_dirty=dirty, vcs_diff_sha256=digest)
    found = compare(*runs)
    assert keys(found) == expected
    assert [each.key for each in found.unknown] == unknown


def test_another_branch_of_the_same_revision_is_the_same_code(compare: Compare) -> None:
    """The name of a branch runs nothing."""
    runs = [known(id) for id in ("before", "after")]
    for run in runs:
        run.event("contexta.environment", {"vcs.ref.head.name": f"branch-of-{run.id}"})
    assert keys(compare(*runs)) == []


def test_what_was_not_captured_is_unknown_and_not_the_same(compare: Compare) -> None:
    """A run that told nothing: no difference is invented, and everything is said to be unknown."""
    found = compare(known("before"), Run("after").metric("m", 1))
    assert {(each.cause, each.key, each.side) for each in found.unknown} == {
        ("data", "inputs", "candidate"),
        ("environment", "environment", "candidate"),
        ("configuration", "configuration", "candidate"),
    }
    assert keys(found) == ["eval_set"]  # the artifact is told of the baseline alone
    assert "of the candidate is not known" in found.unknown[1].detail


def test_facts_of_one_side_alone(compare: Compare) -> None:
    """What every environment has is unknown where it was not told; packages nobody listed are not removed."""
    baseline = known("before")
    candidate = (
        Run("after")
        .event("contexta.environment", {"contexta.environment.cuda": "12.4"})
        .configuration(top_k=8)
        .artifact("eval_set", "dataset_snapshot", role="consumed", sha256="1" * 64)
    )
    found = compare(baseline, candidate)
    assert keys(found) == ["cuda"]
    assert [(each.cause, each.key, each.side) for each in found.unknown] == [
        ("code", "vcs.revision", "candidate"),
        ("environment", "python", "candidate"),
        ("environment", "platform", "candidate"),
        ("hardware", "hardware", "candidate"),
        ("environment", "packages", "candidate"),
    ]


def test_the_last_word_on_a_package_without_a_version(compare: Compare) -> None:
    """It is there, its version is not known: other than gone."""
    candidate = (
        Run("after")
        .environment(python="3.11.8", platform="linux", hardware="8 cores", packages=["numpy=="])
        .configuration(top_k=8)
        .artifact("eval_set", "dataset_snapshot", role="consumed", sha256="1" * 64)
    )
    (found,) = compare(known("before"), candidate).differences
    assert (found.baseline, found.candidate, found.note) == ("2.0", "(version not told)", None)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"sha256": "a" * 64}, {"sha256": "a" * 64}, ("same", "digest")),
        ({"sha256": "a" * 64}, {"sha256": "A" * 64}, ("same", "digest")),
        ({"sha256": "a" * 64}, {"sha256": "b" * 64}, ("changed", "digest")),
        ({"version": "1"}, {"version": "2"}, ("changed", "version")),
        ({"size_bytes": 10}, {"size_bytes": 20}, ("changed", "size")),
        ({"sha256": "a" * 64}, {"size_bytes": 20}, ("same", "id")),
        ({}, {}, ("same", "id")),
    ],
)
def test_whether_an_artifact_is_the_same_and_how_that_is_known(
    before: dict[str, Any], after: dict[str, Any], expected: tuple[str, str], compare: Compare
) -> None:
    """By digest where both have one, else by what is told to differ, else by the id."""
    runs = [
        Run(id).artifact("model", "model_bundle", **told)
        for id, told in (("before", before), ("after", after))
    ]
    found = change_of(compare(*runs), "produced")
    assert (found["change"], found["basis"]) == expected


def test_another_id_under_the_same_file_name_is_not_known_to_be_another(compare: Compare) -> None:
    """Without a digest it may be the same bytes; under another name it is another thing."""
    runs = [
        Run(id).artifact(f"{id}-1", "checkpoint", path=f"{id}/last.pt").artifact(f"{id}-2", "report_bundle")
        for id in ("before", "after")
    ]  # fmt: skip
    found = {each.kind: each for each in compare(*runs).artifacts}
    assert (found["checkpoint"].change, found["checkpoint"].basis) == ("unknown", None)
    assert (found["report_bundle"].change, found["report_bundle"].basis) == ("changed", "id")


def test_fingerprints_of_other_algorithms_are_not_held_against_each_other(compare: Compare) -> None:
    """A digest says something only beside one made the same way."""
    runs: list[Run] = []
    for id, fingerprint in (("before", "sha256-pandas:1"), ("after", "sha256-numpy:2")):
        told = {
            "contexta.artifact.id": "train", "contexta.artifact.kind": "dataset_snapshot",
            "contexta.artifact.role": "consumed", "contexta.dataset.fingerprint": fingerprint,
        }  # fmt: skip
        runs.append(Run(id).event("contexta.artifact", told))
    assert change_of(compare(*runs))["basis"] == "id"


def test_equal_fingerprints_are_equal_data_whatever_the_id(compare: Compare) -> None:
    """The content decides."""
    runs: list[Run] = []
    for id in ("before", "after"):
        told = {
            "contexta.artifact.id": f"train-{id}", "contexta.artifact.kind": "dataset_snapshot",
            "contexta.artifact.role": "consumed", "contexta.dataset.fingerprint": "sha256-pandas:1",
        }  # fmt: skip
        runs.append(Run(id).event("contexta.artifact", told))
    found = compare(*runs)
    assert (change_of(found)["change"], change_of(found)["basis"]) == ("same", "digest")
    assert found.differences == ()


def test_an_id_told_with_other_contents_by_two_runs_changed(compare: Compare) -> None:
    """`model` of one run is not `model` of another where the digests say so, whoever produced it last."""
    runs = [
        Run(id).artifact("model", "model_bundle", sha256=digit * 64, size_bytes=size)
        for id, digit, size in (("before", "a", 1000), ("after", "b", 1184))
    ]
    found = change_of(compare(*runs), "produced")
    assert (found["change"], found["size_delta_bytes"], found["size_delta_percent"]) == (
        "changed", 184, 18.4,
    )  # fmt: skip


def test_what_another_run_says_of_an_artifact_counts_where_the_run_only_names_it(
    compare: Compare,
) -> None:
    """The producer's digest, marked as not the run's own words."""
    producer = Run("training")
    for digit in ("1", "2"):
        producer.artifact(f"model_v{digit}", "model_bundle", sha256=digit * 64)
    runs = [
        Run(id).event("contexta.artifact", {"contexta.artifact.id": model, "contexta.artifact.role": "consumed"})
        for id, model in (("before", "model_v1"), ("after", "model_v2"))
    ]  # fmt: skip
    found = change_of(compare(*runs, producer))
    assert (found["kind"], found["change"], found["basis"]) == ("model_bundle", "changed", "digest")
    assert found["candidate"]["sha256"] == "2" * 64
    assert found["candidate"]["described_here"] is False


def test_a_relation_says_what_a_run_used_as_well(compare: Compare) -> None:
    """An input told as a relation is an input; a relation with a run or a deployment is none."""
    runs: list[Run] = []
    for id in ("before", "after"):
        run = Run(id)
        for kind, to in (("artifact", f"corpus-of-{id}"), ("run", "parent")):
            told = {"type": "trained_on", "from": id, "to": to, "to_kind": kind}
            run.event("contexta.relation", {f"contexta.relation.{k}": v for k, v in told.items()})
        runs.append(run)
    found = compare(*runs)
    assert [(each.role, each.candidate.artifact_id) for each in found.artifacts if each.candidate] == [
        ("trained_on", "corpus-of-after")
    ]  # fmt: skip
    assert [each.limits for each in found.differences] == [True]


def test_artifacts_added_and_removed_have_no_size_difference(compare: Compare) -> None:
    """A missing side is null, not 0 bytes."""
    baseline = Run("before").artifact("old", "checkpoint", size_bytes=5)
    candidate = Run("after").artifact("report", "report_bundle", size_bytes=7)
    found = [told_of(each) for each in compare(baseline, candidate).artifacts]
    assert [(each["kind"], each["change"]) for each in found] == [
        ("checkpoint", "removed"),
        ("report_bundle", "added"),
    ]
    assert {(each["size_delta_bytes"], each["size_delta_percent"]) for each in found} == {(None, None)}  # fmt: skip


def test_growth_is_told_largest_first_and_not_from_nothing(compare: Compare) -> None:
    """In percent of the baseline's size; an empty file has no percentage to grow by."""
    sizes = {"before": (100, 0, 100, 50), "after": (110, 9, 100, 20)}
    runs = [Run(id) for id in sizes]
    for run in runs:
        for name, size in zip("abcd", sizes[run.id], strict=True):
            run.artifact(name, "checkpoint", size_bytes=size)
    found = compare(*runs)
    assert [(each.artifact, each.size_delta_percent) for each in found.growth] == [
        ("d", -60.0),
        ("a", 10.0),
    ]
    assert {each.key: each.size_delta_bytes for each in found.artifacts}["b"] == 9


def test_sides_turned_around_turn_the_answer_around(compare: Compare) -> None:
    """The same differences in the same order, with the values on the other sides."""
    one, other = known("a"), known("b").configuration(top_k=9).artifact("m", "checkpoint")
    there, back = compare(one, other), compare(other, one)
    assert [(each.key, each.baseline, each.candidate) for each in there.differences] == [
        (each.key, each.candidate, each.baseline) for each in back.differences
    ]
    turned = {"added": "removed", "removed": "added"}
    assert [turned.get(each.change, each.change) for each in there.artifacts] == [
        each.change for each in back.artifacts
    ]


def test_other_runs_change_nothing(compare: Compare) -> None:
    """What a third run ran on and with is no business of these two."""
    other = (
        Run("other")
        .environment("zzz", python="2.7")
        .configuration(top_k=1)
        .artifact("eval_set", "dataset_snapshot", sha256="f" * 64)
    )
    alone = compare(known("a"), known("b").configuration(top_k=9))
    assert compare(known("a"), known("b").configuration(top_k=9), other) == alone


@pytest.mark.parametrize(
    ("before", "after", "expected", "up"),
    [
        ("1.4.2", "2.0.0", "major", True),
        ("2.0", "1.9.9", "major", False),
        ("1.4.2", "1.5", "minor", True),
        ("1.4", "1.4.1", "patch", True),
        ("0.4.2", "0.5.0", "major", True),
        ("0.4.2", "0.4.3", "minor", True),
        ("2.4.1+cu121", "2.4.1+cu124", "other", None),
        ("2.0rc1", "2.0", "other", None),
        ("1.2.3.4", "1.2.3.5", "other", True),
        ("main", "1.0", "other", None),
        ("1!1.0", "v2.0", "major", True),
    ],
)
def test_versions_differ_by_their_first_other_number(
    before: str, after: str, expected: str, up: bool | None
) -> None:
    """Below 1.0 the second number is where interfaces change."""
    assert (version_change(before, after), went_up(before, after)) == (expected, up)


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("Sentence_Transformers", True),
        ("nvidia-cublas-cu12", True),
        ("rich", False),
        ("torch", True),
    ],
)
def test_packages_of_the_stack_are_known_by_any_spelling(package: str, expected: bool) -> None:
    """Names are compared as indexes compare them."""
    assert is_ml(package) is expected


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=4),
    st.lists(st.integers(0, 30), min_size=1, max_size=4),
)
def test_version_changes_do_not_depend_on_the_direction(one: list[int], other: list[int]) -> None:
    """Up or down, it is the same kind of change; and it goes up one way alone."""
    first, second = (".".join(map(str, numbers)) for numbers in (one, other))
    assert version_change(first, second) == version_change(second, first)
    there, back = went_up(first, second), went_up(second, first)
    assert (there is None and back is None) or there is (not back)


def test_every_group_is_ranked() -> None:
    """The order of looking is the documented one."""
    assert RANKING == ("data", "code", "configuration", "ml_package", "hardware", "other")
