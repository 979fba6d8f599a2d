"""Runs of another tracker, each with a run of ours beside it."""

from __future__ import annotations

import atexit
import contextvars
import os
import sys
import threading
from typing import Any, Final

from contexta.scopes.run_scope import Run, current_run, run

_PARENT_TAG: Final = "mlflow.parentRunId"


class Mirrors:
    """The open runs of this process, by MLflow's run id.

    absent ──open (at start_run, create_run, or the first thing said about it)──► open ──end──► absent
    """

    def __init__(self) -> None:
        self.open_runs = True
        self._open: dict[str, Run] = {}
        self._lock = threading.RLock()
        self._watches_exit = False
        self._pid = os.getpid()

    def open(self, mlflow_run: Any, *, current: bool) -> Run | None:
        """The run of ours for one of MLflow's, opened unless it is open.

        current: make it the current run here, as MLflow does with the one it starts.
        """
        run_id: str = mlflow_run.info.run_id
        with self._lock:
            if run_id in self._open:
                return self._open[run_id]
            if not self.open_runs and current_run() is None:
                return None
            tags: dict[str, str] = dict(mlflow_run.data.tags)
            ours = run(
                _experiment(mlflow_run),
                type=tags.get("contexta.run.type", "training"),
                name=mlflow_run.info.run_name,
                id=run_id,
                parent=tags.get(_PARENT_TAG) or None,
                tags={key: value for key, value in tags.items() if not key.startswith("mlflow.")},
            )
            if current:
                ours.start()
            else:
                contextvars.copy_context().run(ours.start)
            self._open[run_id] = ours
            self._watch_exit()
            return ours

    def of(self, client: Any, run_id: str) -> Run | None:
        """The run of ours for a run of MLflow's that something is said about."""
        ours = self._open.get(run_id)
        if ours is not None:
            return ours
        return self.open(client.get_run(run_id), current=False)

    def end(self, run_id: str, status: str) -> None:
        """MLflow's run has ended."""
        with self._lock:
            ours = self._open.pop(run_id, None)
        if ours is not None and ours.is_open:
            ours.end(status=status)

    def _watch_exit(self) -> None:
        """MLflow ends what is open when the interpreter exits, later than we would: do it first."""
        if not self._watches_exit:
            self._watches_exit = True
            atexit.register(self._end_all)

    def _end_all(self) -> None:
        if os.getpid() != self._pid:
            return
        error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
        for run_id in list(self._open):
            ours = self._open.pop(run_id)
            if ours.is_open:
                ours.end(error=error)


def _experiment(mlflow_run: Any) -> str | None:
    """The name of its experiment: what runs are compared within. `Default` says nothing."""
    mlflow: Any = sys.modules["mlflow"]
    name = mlflow.get_experiment(mlflow_run.info.experiment_id).name
    return None if name == "Default" else name
