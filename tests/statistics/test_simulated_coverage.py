"""What the intervals promise, counted: the cells of benchmarks/coverage.py that must hold."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

_PATH = Path(__file__).parents[2] / "benchmarks" / "coverage.py"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("contexta_coverage", _PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


coverage = _loaded()
TRIALS = 1_000
# Three standard errors of a share of 0.95 (0.03, 0.05) in so many trials: what chance may add to a bound.
SLACK = 0.021

MUST_HOLD = [kind for kind in coverage.KINDS if kind.name[:3] in ("0/1", "sco", "gro")]
RARE = [kind for kind in coverage.KINDS if kind.name.startswith("rare")]
# Where 93 to 97 % is missed, as docs/statistics.md says: above it where outcomes are few and discrete (by
# design), below it where what matters is rarer than the sample is large.
TOO_CAREFUL = {("0/1, 5 % turn each way", 30), ("0/1, 3 % gained, 8 % lost", 30)}
TOO_RARE = {("score, noise and 10 % large losses", 30)}
CELLS = [(kind, n) for kind in MUST_HOLD for n in (30, 100, 500)]


@pytest.mark.parametrize(("kind", "n"), CELLS, ids=[f"{kind.name}, {n}" for kind, n in CELLS])
def test_intervals_hold_and_equal_runs_are_not_called_worse(kind: object, n: int) -> None:
    """Coverage of 93 to 97 %, and at most 5 % false "worse" without any margin, for 30, 100, 500 samples."""
    cell = coverage.measure(kind, n, TRIALS)
    if (kind.name, n) not in TOO_RARE:
        assert cell.coverage >= 0.93 - SLACK / 2
    if (kind.name, n) not in TOO_CAREFUL:
        assert cell.coverage <= 0.97 + SLACK
    if kind.truth == 0.0:
        assert cell.worse <= 0.05


@pytest.mark.parametrize("kind", RARE, ids=[kind.name for kind in RARE])
def test_what_is_too_rare_to_be_seen_is_not_called_worse(kind: object) -> None:
    """Intervals miss it (nothing in the sample tells); the verdict is withheld instead."""
    for n in (20, 30, 50):
        assert coverage.measure(kind, n, 500).worse <= 0.05 if kind.truth == 0.0 else True
    assert coverage.measure(kind, 50, 500).misled <= 0.05


def test_several_candidates_are_several_chances_and_corrected_for_it() -> None:
    """Three equal candidates on three metrics: any verdict one time in five as if alone, one in twenty corrected."""
    alone, together = coverage.luck(3, 3, 150)
    assert alone > 0.12
    assert together <= 0.05 + 0.06


@pytest.mark.parametrize("name", ["0/1, 15 % turn each way", "score, normal", "groups of 5"])
def test_an_unchanged_candidate_passes_at_the_size_asked_for(name: str) -> None:
    """Four times in five, within what a pilot of 100 can know."""
    (kind,) = [each for each in coverage.KINDS if each.name == name]
    assert 0.75 - SLACK <= coverage.passing(kind, 100, 500) <= 0.85 + SLACK


def test_noise_has_no_changes_and_stays_in_its_band() -> None:
    """At most one series in twenty shows a change; one next value in a hundred is outside the band."""
    for what, _, share in coverage.alarms((10, 20, 50, 100, 200), 300):
        if what == "any change point":
            assert share <= 0.05 + 0.02
        elif what == "next value outside the band":
            assert share <= 0.01 + 0.007
