"""What must hold whatever the evidence: more that is missing never reads better."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diagnose.conftest import Diagnose
from diagnose.stories import NOW, STORIES, SUBJECT
from diagnose.telling import healthy, history, take_in
from hypothesis import given
from hypothesis import strategies as st

from contexta_processor.cli.connect import Source
from contexta_processor.investigate.diagnose.codes import SEVERITIES
from contexta_processor.investigate.diagnose.diagnosis import VERDICTS, Diagnosis, diagnosis_of
from contexta_processor.investigate.diagnose.evidence import RunEvidence
from contexta_processor.investigate.diagnose.gathering import evidence_of
from contexta_processor.investigate.diagnose.usual import usual_band

REASONS = (
    "evidence_missing", "producer_not_closed", "producer_dropped_evidence", "run_interrupted", "stage_interrupted",
    "run_span_missing", "stage_span_missing", "artifact_hash_mismatch", "artifact_missing", "queue_overflow", "",
)  # fmt: skip
CATEGORIES = (
    "capture", "transport", "sampling", "redaction", "import", "replay", "verification", "retention", "interruption",
    "of_its_own",
)  # fmt: skip

markers = st.fixed_dictionaries(
    {
        "run_id": st.just("any"),
        "stage": st.sampled_from([None, "prepare", "train", "elsewhere"]),
        "subject": st.sampled_from([None, "train", "export", "model", "p", "{}"]),
        "reason": st.sampled_from(REASONS),
        "category": st.sampled_from(CATEGORIES),
        "severity": st.sampled_from([*SEVERITIES, "critical", "", "WARN"]),
        "detail": st.sampled_from([None, "why", "100 %"]),
        "remedy": st.sampled_from([None, "this"]),
        "expected_count": st.sampled_from([None, 10]),
        "observed_count": st.sampled_from([None, 3]),
        "detected_by": st.sampled_from(["producer", "processor"]),
        "occurred_at": st.just(0),
    }
)


@pytest.fixture(scope="module")
def known(told: Path) -> list[RunEvidence]:
    """What is known of the run of every story, and of a healthy one."""
    with Source.chosen(str(told), None).open() as query:
        runs = [f"{SUBJECT}-{code}" for code in STORIES]
        return list(evidence_of(query, [*runs, "sound-now"]))


def severities(found: Diagnosis) -> dict[tuple[str, str], int]:
    """The worst severity by code and subject; 0 is the worst."""
    worst: dict[tuple[str, str], int] = {}
    for each in found.findings:
        key = (each.code, each.subject)
        worst[key] = min(worst.get(key, len(SEVERITIES)), SEVERITIES.index(each.severity))
    return worst


@given(data=st.data(), more=st.lists(markers, min_size=1, max_size=4))
def test_degraded_evidence_never_removes_a_finding_or_improves_the_verdict(
    known: list[RunEvidence], data: st.DataObject, more: list[dict[str, Any]]
) -> None:
    """Whatever the marker says of whatever it names."""
    one = data.draw(st.sampled_from(known))
    before = diagnosis_of(one)
    after = diagnosis_of(replace(one, markers=(*one.markers, *more)))
    assert VERDICTS.index(after.verdict) >= VERDICTS.index(before.verdict)
    then = severities(after)
    for key, severity in severities(before).items():
        assert then[key] <= severity, key


@given(data=st.data(), marker=markers)
def test_a_marker_is_told_with_its_severity(
    known: list[RunEvidence], data: st.DataObject, marker: dict[str, Any]
) -> None:
    """At least as severely as it was told; a word that is none of the three is an error."""
    one = data.draw(st.sampled_from(known))
    found = diagnosis_of(replace(one, markers=(marker,)))
    told = SEVERITIES.index(marker["severity"]) if marker["severity"] in SEVERITIES else 0
    assert any(SEVERITIES.index(each.severity) <= told for each in found.findings)


@given(data=st.data())
def test_incomplete_evidence_is_never_healthy(
    known: list[RunEvidence], data: st.DataObject
) -> None:
    """Whatever else is known of the run."""
    one = data.draw(st.sampled_from(known))
    word = data.draw(st.sampled_from(["partial", "unknown"]))
    found = diagnosis_of(replace(one, run={**one.run, "completeness": word}))
    assert found.verdict != "healthy"


@given(data=st.data())
def test_the_order_of_rows_does_not_matter(known: list[RunEvidence], data: st.DataObject) -> None:
    """Findings are a set in a fixed order."""
    one = data.draw(st.sampled_from(known))
    names = ("markers", "operations", "producers", "artifacts", "links", "checks", "nonfinite")
    shuffled = {name: tuple(data.draw(st.permutations(getattr(one, name)))) for name in names}
    assert [
        (each.code, each.subject, each.severity)
        for each in diagnosis_of(replace(one, **shuffled)).findings
    ] == [(each.code, each.subject, each.severity) for each in diagnosis_of(one).findings]


def test_a_marker_more_over_the_wire_is_a_finding_more(tmp_path: Path, diagnose: Diagnose) -> None:
    """The same healthy run, told with one more marker of each severity: its findings stay, and the marker is one of them."""
    marked = {severity: healthy(f"marked-{severity}", "p", NOW) for severity in SEVERITIES}
    for severity, run in marked.items():
        run.degraded("gpu_counters_lost", severity, "capture", stage="train")
    take_in(tmp_path, [*history("p"), healthy("plain", "p", NOW), *marked.values()])
    before = diagnose(tmp_path, "plain")
    codes = {each["code"] for each in before["findings"]}
    for severity, run in marked.items():
        after = diagnose(tmp_path, run.id)
        assert VERDICTS.index(after["verdict"]) >= VERDICTS.index(before["verdict"])
        assert codes <= {each["code"] for each in after["findings"]}
        (told,) = [each for each in after["findings"] if each["code"] == "D301"]
        assert (told["severity"], told["subject"]) == (severity, "stage train")


@pytest.mark.parametrize(("runs", "figures"), [(6, 50), (10, 50), (30, 50), (20, 5)])
def test_healthy_runs_are_seldom_accused(runs: int, figures: int) -> None:
    """Runs drawn like their history: at most 1 in 20 has any figure outside its band, however many it has."""
    draw = np.random.default_rng((runs, figures))
    accused = 0
    for _ in range(200):
        past, now = draw.normal(size=(figures, runs)), draw.normal(size=figures)
        bands = [usual_band(list(values), among=figures) for values in past]
        accused += any(
            band is not None and not band.holds(value)
            for band, value in zip(bands, now, strict=True)
        )
    assert accused <= 0.05 * 200


@pytest.mark.parametrize(("part", "apart"), [(1 / 6, 3), (1 / 3, 10)])
def test_its_like_accuse_a_run_less_and_miss_less(part: float, apart: int) -> None:
    """A project with two data sets, the rarer one's figures so many standard deviations higher: held against runs on the
    same data, a healthy run on it is seldom accused, and one that fell by five is seen; held against all, neither."""
    draw = np.random.default_rng((round(1 / part), apart))
    trials, figures = 60, 5
    accused, missed = {"all": 0, "alike": 0}, {"all": 0, "alike": 0}
    for _ in range(trials):
        rare = draw.random(120) < part
        past = draw.normal(size=(figures, 120)) + apart * rare
        healthy_now = draw.normal(size=figures) + apart
        fallen_now = draw.normal(size=figures) + apart - 5
        for who, values in (("all", past[:, :30]), ("alike", past[:, rare][:, :30])):
            bands = [usual_band(list(each), among=figures) for each in values]
            holds = [band.holds for band in bands if band is not None]
            accused[who] += not all(map(_call, holds, healthy_now))
            missed[who] += all(map(_call, holds, fallen_now))
    assert accused["alike"] <= 0.05 * trials < accused["all"]
    assert missed["alike"] <= 0.05 * trials < missed["all"]


def _call(holds: Callable[[float], bool], value: float) -> bool:
    return holds(value)
