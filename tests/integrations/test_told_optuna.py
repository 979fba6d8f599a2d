"""Optuna, told about: trials as child runs."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import optuna
import pytest
from integrations.conftest import Told

import contexta

optuna.logging.set_verbosity(optuna.logging.ERROR)
TRIALS = """
    SELECT name, status, tags ->> 'optuna.state' FROM runs WHERE run_type = 'trial' ORDER BY name"""


@pytest.fixture(autouse=True)
def _optuna(instrumented: Callable[..., None]) -> None:
    instrumented("optuna")


def objective(trial: optuna.Trial) -> float:
    """Complete, pruned, failed, complete."""
    x = trial.suggest_float("x", -1, 1)
    for step in range(2):
        trial.report(x + step, step)
    if trial.number == 1:
        raise optuna.TrialPruned
    if trial.number == 2:
        raise ValueError("diverged")
    return x * x


def study() -> optuna.Study:
    """The same each time."""
    return optuna.create_study(study_name="search", sampler=optuna.samplers.RandomSampler(seed=1))


def test_trials_are_child_runs(told: Told) -> None:
    """Each with its parameters, its value and how it ended; the best one is marked."""
    searched = study()
    with contexta.run("tuning", type="training") as run:
        searched.optimize(objective, n_trials=4, catch=(ValueError,))
        contexta.log_metric("after", 1.0)
    assert told.rows(TRIALS) == [
        ("search trial 0", "completed", "complete"),
        ("search trial 1", "cancelled", "pruned"),
        ("search trial 2", "failed", "fail"),
        ("search trial 3", "completed", "complete"),
    ]
    assert set(told.values("SELECT parent_run_id FROM runs WHERE run_type = 'trial'")) == {run.id}
    assert told.rows("SELECT stage, status FROM stages") == [("optimize search", "completed")]
    parameters = "SELECT value FROM configuration WHERE key = 'x' ORDER BY run_id"
    assert told.values(parameters) == [str(one.params["x"]) for one in searched.trials]
    values = "SELECT value FROM metrics WHERE name = 'value' ORDER BY run_id"
    assert told.values(values) == [searched.trials[0].value, searched.trials[3].value]
    reported = "SELECT step, count(*) FROM metrics WHERE name = 'intermediate_value' GROUP BY step ORDER BY step"
    assert told.rows(reported) == [(0, 4), (1, 4)]
    best = "SELECT to_id FROM relationships WHERE type = 'best_trial' AND from_id = $run"
    assert told.values(best, run=run.id) == [f"{run.id}.{searched.best_trial.number}"]
    on_run = dict(told.rows("SELECT name, value FROM metrics WHERE run_id = $run", run=run.id))
    assert on_run == {"best_value": searched.best_value, "after": 1.0}


def test_trials_of_several_threads_are_children_of_the_run(told: Told) -> None:
    """`n_jobs` threads do not inherit the context; their trials belong to the study all the same."""
    with contexta.run("tuning") as run:
        study().optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=6, n_jobs=3)
    assert told.values("SELECT parent_run_id FROM runs WHERE run_type = 'trial'") == [run.id] * 6


def test_what_an_objective_does_is_inside_its_trial(told: Told) -> None:
    """Records of the user's go to the trial, not to the search."""

    def measured(trial: optuna.Trial) -> float:
        contexta.log_metric("loss", trial.number)
        return 0.0

    with contexta.run("tuning") as run:
        study().optimize(measured, n_trials=2)
    loss = "SELECT run_id, value FROM metrics WHERE name = 'loss' ORDER BY 1"
    assert told.rows(loss) == [(f"{run.id}.0", 0.0), (f"{run.id}.1", 1.0)]


def test_ask_and_tell_is_told_too(told: Told) -> None:
    """A trial that is told is a child run with its own times."""
    searched = optuna.create_study(study_name="search", directions=["minimize", "maximize"])
    with contexta.run("tuning"):
        trial = searched.ask()
        trial.suggest_int("depth", 3, 3)
        searched.tell(trial, [0.5, 2.0])
    assert told.rows(TRIALS) == [("search trial 0", "completed", "complete")]
    values = "SELECT name, value, higher_is_better FROM metrics ORDER BY name"
    assert told.rows(values) == [("value_0", 0.5, False), ("value_1", 2.0, True)]


def test_an_error_that_is_not_caught_arrives(told: Told) -> None:
    """The user's exception leaves `optimize`; trial and stage have failed."""
    with contexta.run("tuning"), pytest.raises(ValueError, match="diverged"):
        study().optimize(objective, n_trials=4)
    assert told.values("SELECT status FROM stages") == ["failed"]
    assert len(told.rows(TRIALS)) == 3


def test_outside_a_run_a_study_tells_nothing(told: Told) -> None:
    """Unless asked."""
    study().optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    assert told.is_empty()


def test_a_study_has_a_run_of_its_own_where_asked(
    told: Told, instrumented: Callable[..., Any]
) -> None:
    """`open_runs`: the study is the run."""
    from contexta.integrations import uninstrument

    uninstrument("optuna")
    instrumented("optuna", open_runs=True)
    study().optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    runs = "SELECT run_type, count(*) FROM runs GROUP BY run_type ORDER BY run_type"
    assert told.rows(runs) == [("hyperparameter_search", 1), ("trial", 2)]


def test_studies_in_the_run_of_another_process_are_in_one_joined_run(
    told: Told,
) -> None:
    """Each study is a stage of it, its trials are its children."""
    script = """
        from contexta.integrations import instrument
        instrument("optuna")
        import optuna
        for name in ("first", "second"):
            study = optuna.create_study(study_name=name)
            study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    """
    with contexta.run("search") as run:
        environment = {**os.environ, **contexta.child_env()}
        command = [sys.executable, "-c", textwrap.dedent(script)]
        subprocess.run(command, env=environment, capture_output=True, check=True)
    assert told.values("SELECT count(*) FROM spans WHERE name = 'run run'") == [2]
    stages = "SELECT stage FROM stages WHERE run_id = $run ORDER BY 1"
    assert told.values(stages, run=run.id) == ["optimize first", "optimize second"]
    trials = "SELECT parent_run_id FROM runs WHERE run_type = 'trial'"
    assert told.values(trials) == [run.id, run.id]
