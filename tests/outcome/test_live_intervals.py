"""What was live when: from what was told of deployments, whatever the order it came in."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.otlp_words import logs, traces
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outcome.conftest import contexta
from outcome.released import Outcome, at, iso, report, report_span
from store.conftest import ToldStore

from contexta_processor.base.signal import Signal

STATUSES = ("succeeded", "rolled_back", "failed", "pending")
MOVES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(STATUSES), st.integers(0, 9)), max_size=9
)
WHOLE = {"started_at": iso(20), "completed_at": iso(30), "artifact_id": "m2"}
_environments = itertools.count()


def live_at(moves: list[tuple[str, str, int]], time: float) -> str | None:
    """By definition: of the deployments that succeeded and did not fail or get rolled back since, the one that
    came up last; of several at one time the greatest id."""
    up: list[tuple[int, str]] = []
    for name, status, when in moves:
        ended = any(
            other == name and end in ("failed", "rolled_back") and when <= then <= time
            for other, end, then in moves
        )
        if status == "succeeded" and when <= time and not ended:
            up.append((when, name))
    return max(up)[1] if up else None


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToldStore]:
    """One store; every example has an environment of its own in it."""
    told = ToldStore(tmp_path_factory.mktemp("intervals"))
    yield told
    told.close()


@settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(moves=MOVES, data=st.data())
def test_intervals_are_what_they_are_by_definition(
    store: ToldStore, moves: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    """At every time, for every story, told in any order by either carrier; intervals never overlap."""
    place = f"e{next(_environments)}"
    order = data.draw(st.permutations(moves))
    pause = data.draw(st.integers(0, len(order)))
    for number, (name, status, when) in enumerate(order):
        record = report(f"{place}-{name}", status, when, environment=place)
        as_span = data.draw(st.booleans())
        request = traces([report_span(record)]) if as_span else logs([record])
        store.tell(Signal.TRACES if as_span else Signal.LOGS, request.SerializeToString())
        if number == pause:
            store.settle()
    store.settle()
    found = store.sql(
        f"""SELECT deployment_id, epoch_ns(live_from), epoch_ns(live_until) FROM deployment_intervals
            WHERE environment = '{place}' ORDER BY live_from"""
    )
    for minute in [half / 2 for half in range(21)]:
        expected = live_at(moves, minute)
        lives = [
            row[0]
            for row in found
            if row[1] <= at(minute) and (row[2] is None or row[2] > at(minute))
        ]
        assert lives == ([f"{place}-{expected}"] if expected else []), minute
    for before, after in itertools.pairwise(found):
        assert before[2] is not None
        assert before[2] <= after[1]
        assert (before[0], before[2]) != (after[0], after[1]), "one stretch is one interval"
    active = store.sql(
        f"SELECT deployment_id FROM deployments WHERE environment = '{place}' AND active"
    )
    expected = live_at(moves, 99)
    assert active == ([(f"{place}-{expected}",)] if expected else [])


RECORDS = (
    report("v3", "succeeded", 90, environment="back"),
    report("v2", "rolled_back", 60, environment="back"),
    report("v1", "succeeded", 10, environment="back"),
    report("v2", "succeeded", 30, environment="back"),
    report("i1", "succeeded", 10, environment="in-place"),
    report("i2", "succeeded", 30, environment="in-place"),
    report("i2", "succeeded", 50, environment="in-place"),
    report("w1", "succeeded", 10, environment="whole"),
    report("w2", "rolled_back", 60, environment="whole", **WHOLE),
    report("w2", "succeeded", 31, environment="whole", **WHOLE),
    report("f1", "succeeded", 10, environment="failing"),
    report("f2", "failed", 30, environment="failing", completed_at=iso(30)),
    report("f3", "pending", 40, environment="failing"),
    report("f4", "succeeded", 50, environment="failing"),
    report("x1", "succeeded", 30, environment=None),
    report("x2", "succeeded", 40, environment=None),
    report("m1", "succeeded", 600, environment="moments"),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One store with a story for each environment."""
    outcome = Outcome(tmp_path_factory.mktemp("live") / "data", contexta)
    outcome.reported(*RECORDS)
    return outcome


def test_a_rollback_brings_back_what_was_live_before(told: Outcome) -> None:
    """v1, v2 over it, v2 rolled back, v3: v1 was live twice, and v2 says what it replaced."""
    times = (0, 10, 29, 30, 59, 60, 89, 90, 2000)
    rows = told.sql(
        "SELECT deployment_id, epoch_ns(live_from) AS live_from, epoch_ns(live_until) AS live_until"
        " FROM deployment_intervals WHERE environment = 'back' ORDER BY live_from"
    )
    assert [row["deployment_id"] for row in rows] == ["v1", "v2", "v1", "v3"]
    assert [
        [row["deployment_id"] for row in rows if row["live_from"] <= at(minute) and (row["live_until"] is None or at(minute) < row["live_until"])]
        for minute in times
    ] == [[], ["v1"], ["v1"], ["v2"], ["v2"], ["v1"], ["v1"], ["v3"], ["v3"]]  # fmt: skip
    asked = [told.live(iso(minute), "back") for minute in (0, 30, 60, 2000)]
    assert asked == [None, "v2", "v1", "v3"]
    first = told.asked("deployments", "v1")
    assert first["intervals"] == [
        {"from": iso(10), "until": iso(30)}, {"from": iso(60), "until": iso(90)},
    ]  # fmt: skip
    since = (first["active"], first["active_from"], first["active_until"])
    assert since == (False, iso(60), iso(90))
    assert first["previous"] is None
    second = told.asked("deployments", "v2")
    assert (second["status"], second["previous"]) == ("rolled_back", "v1")
    assert (second["active_from"], second["active_until"]) == (iso(30), iso(60))
    assert told.asked("deployments", "v3")["previous"] == "v1"


def test_one_that_is_deployed_again_in_place_still_says_what_it_replaced(told: Outcome) -> None:
    """Told to have succeeded twice, with nothing in between: one interval, and what was there before the first time."""
    found = told.asked("deployments", "i2")
    assert found["intervals"] == [{"from": iso(30), "until": None}]
    assert found["previous"] == "i1"


def test_a_rollback_that_repeats_when_it_went_live(told: Outcome) -> None:
    """A record that is the deployment as a whole (`completed_at` and all) with another status: its own time counts."""
    found = told.asked("deployments", "w2")
    assert found["intervals"] == [{"from": iso(30), "until": iso(60)}]
    assert (found["started_at"], found["completed_at"]) == (iso(20), iso(30))
    assert told.live(iso(60), "whole") == "w1"


def test_one_that_failed_or_is_pending_was_never_live(told: Outcome) -> None:
    """It changes nothing for what is live; it says what it would have replaced, at its time."""
    assert told.live(iso(45), "failing") == "f1"
    found = told.asked("deployments", "f2")
    assert (found["active"], found["intervals"], found["active_from"]) == (False, [], None)
    assert found["previous"] == "f1"


def test_environments_are_apart(told: Outcome) -> None:
    """Each has its own; of a deployment that names none only that is known."""
    found = told.asked("deployments", "--at", iso(50))["deployments"]
    assert [(each["environment"], each["deployment_id"]) for each in found] == [
        ("back", "v2"), ("failing", "f4"), ("in-place", "i2"), ("whole", "w2"), (None, "x1"), (None, "x2"),
    ]  # fmt: skip
    assert told.asked("deployments", "x2")["previous"] is None


def test_moments_as_people_write_them(told: Outcome) -> None:
    """With and without an offset, a date alone, a fraction; what is none says so."""
    for text in ("2026-05-01T10:00Z", "2026-05-01T12:00+02:00", "2026-05-01 10:00", "2026-05-01T10:00:00.5Z", "2026-05-02"):  # fmt: skip
        assert told.live(text, "moments") == "m1", text
    for text in ("2026-05-01", "2026-05-01T11:59+02:00", "2026-05-01T09:59:59.999999Z"):
        assert told.live(text, "moments") is None, text
    assert "is not a moment" in told.asked("deployments", "--at", "yesterday", code=2)
    both = ("deployments", "m1", "--at", "2026-05-02", "--data", str(told.data))
    assert told.contexta(*both)[0] == 2


def test_an_environment_nobody_named(told: Outcome) -> None:
    """Undecided, with the names there are: no empty answer that reads like 'nothing was live'."""
    words = ("--environment", "bakc", "--at", iso(20))
    assert "known are: back" in told.asked("deployments", *words, code=3)
    text = told.shown("deployments", "--environment", "back", "--at", iso(5))
    assert (
        "nothing is known to have been live; the first known went live 2026-05-01 00:10:00" in text
    )


def test_in_any_order_the_same_export(tmp_path: Path) -> None:
    """Forward and backward, on spans and on records that a span repeats: the same deployments and intervals."""
    records = [
        report("v1", "succeeded", 10), report("v2", "pending", 20, check__x="no"), report("v2", "succeeded", 30),
        report("v2", "rolled_back", 60),
    ]  # fmt: skip
    answers: set[str] = set()
    for number, order in enumerate(
        (records, records[::-1], [*records[2:], *records[:2], *records])
    ):
        store = ToldStore(tmp_path / str(number))
        for place, record in enumerate(order):
            store.tell(Signal.LOGS, logs([record]).SerializeToString())
            if place == 1:
                store.settle()
        store.settle()
        answers.add(repr([store.sql(f"FROM {table} ORDER BY ALL") for table in ("deployments", "deployment_intervals", "deployment_checks")]))  # fmt: skip
        store.close()
    assert len(answers) == 1
