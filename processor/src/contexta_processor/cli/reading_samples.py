"""Reading samples from Python: the questions of `contexta samples` as methods."""

from contexta_processor.cli.connect import Source
from contexta_processor.investigate.run_names import resolve_run
from contexta_processor.investigate.samples.against import (
    Outcome,
    SamplesAgainst,
    samples_against,
)
from contexta_processor.investigate.samples.groups import By, SampleGroups, group_samples
from contexta_processor.investigate.samples.history import SampleHistory, sample_history
from contexta_processor.investigate.samples.listing import Picked, Samples, list_samples
from contexta_processor.investigate.samples.regression_set import RegressionSet
from contexta_processor.investigate.samples.worst import Order, WorstSamples, worst_samples
from contexta_processor.surfaces.answers import Answer
from contexta_processor.surfaces.views.sample_failures import groups_view, worst_view
from contexta_processor.surfaces.views.sample_history import history_view
from contexta_processor.surfaces.views.samples import samples_view
from contexta_processor.surfaces.views.samples_against import against_view, regression_set_view


class SampleQuestions:
    """What can be asked of samples, opened for each question and let go again; every method raises ContextaError."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def samples(
        self,
        run: str,
        *,
        failed: bool = False,
        slice: str | None = None,
        tag: str | None = None,
        stage: str | None = None,
        limit: int | None = None,
    ) -> Answer[Samples]:
        """Samples of a run."""
        picked = Picked(failed, slice, tag, stage)
        with self._source.open() as query:
            found = list_samples(query, resolve_run(query, run), picked, limit=limit)
        return Answer(found, samples_view)

    def sample_failures(
        self,
        run: str,
        by: By = "tag",
        *,
        slice: str | None = None,
        tag: str | None = None,
        stage: str | None = None,
    ) -> Answer[SampleGroups]:
        """Failures of a run's samples by failure tag, slice or batch."""
        picked = Picked(False, slice, tag, stage)
        with self._source.open() as query:
            return Answer(group_samples(query, resolve_run(query, run), by, picked), groups_view)

    def worst_samples(
        self,
        run: str,
        score: str,
        *,
        order: Order | None = None,
        slice: str | None = None,
        stage: str | None = None,
        limit: int | None = 20,
    ) -> Answer[WorstSamples]:
        """Samples of a run by a score, worst first; `order` None takes the direction that the evidence declares."""
        picked = Picked(False, slice, None, stage)
        with self._source.open() as query:
            run_id = resolve_run(query, run)
            found = worst_samples(query, run_id, score, picked, order=order, limit=limit)
        return Answer(found, worst_view)

    def samples_against(
        self,
        run: str,
        baseline: str,
        *outcomes: Outcome,
        slice: str | None = None,
        tag: str | None = None,
        stage: str | None = None,
        limit: int | None = None,
    ) -> Answer[SamplesAgainst]:
        """A run's samples against another's: broke, fixed, the same, on one side alone; of no outcomes all but the same."""
        picked = Picked(False, slice, tag, stage)
        with self._source.open() as query:
            runs = resolve_run(query, run), resolve_run(query, baseline)
            found = samples_against(query, *runs, picked, outcomes=outcomes, limit=limit)
        return Answer(found, against_view)

    def regression_set(self, run: str, baseline: str, *outcomes: Outcome) -> Answer[RegressionSet]:
        """Samples to keep an eye on: by default those that passed in `baseline` and failed in `run`; redacted text stays out."""
        with self._source.open() as query:
            runs = resolve_run(query, run), resolve_run(query, baseline)
            found = samples_against(query, *runs, outcomes=outcomes or ("broke",))
        return Answer(RegressionSet(found), regression_set_view)

    def sample_history(
        self, sample: str, *, project: str | None = None, limit: int | None = None
    ) -> Answer[SampleHistory]:
        """One sample in every run of its project and type, when it broke, and what differs there."""
        with self._source.open() as query:
            found = sample_history(query, sample, project=project, limit=limit)
        return Answer(found, history_view)
