"""MLflow: what a script tells MLflow is evidence too; MLflow's own store keeps working.

| in MLflow | in the evidence |
|---|---|
| a run | a run with the same id; the experiment is its project, nested runs are its children |
| `log_metric`, `log_metrics` | metrics with step and time |
| `log_param`, `log_params` | configuration |
| tags | tags of the run |
| `log_artifact`, `log_artifacts`, `log_text`, `log_figure`, … | artifacts with their hash |
| `log_model` | an artifact `model_bundle` with the hash of its files; MLflow 3: under the model's own id |
| `log_input` | a consumed data set with its digest |
| FINISHED, FAILED, KILLED | completed, failed, interrupted |

An MLflow run is a run whether or not there is one around it: its author has said so.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any, Final

from contexta.base import coerce, secrets
from contexta.integrations.evidence import tell_file
from contexta.integrations.instrumentor import Instrumentor, Patch
from contexta.integrations.mirrored import Mirrors
from contexta.integrations.patches import Patches, Told, argument
from contexta.records import events
from contexta.scopes.process_run import innermost
from contexta.scopes.scope import Scope
from contexta_semconv import attributes as names
from contexta_semconv import events as event_names

CAPTURED_BY: Final = "contexta.integrations.mlflow"

_STATUSES: Final = {"FINISHED": "completed", "FAILED": "failed", "KILLED": "interrupted"}
_KINDS: Final = {
    ".ckpt": "checkpoint",
    ".pt": "checkpoint",
    ".pth": "checkpoint",
    ".safetensors": "checkpoint",
    ".pkl": "model_bundle",
    ".joblib": "model_bundle",
    ".onnx": "model_bundle",
    ".ubj": "model_bundle",
    ".md": "report_bundle",
    ".html": "report_bundle",
    ".pdf": "report_bundle",
    ".csv": "dataset_snapshot",
    ".parquet": "dataset_snapshot",
}

_starting: Final[ContextVar[bool]] = ContextVar("contexta-mlflow-starting", default=False)
_mirrors: Final = Mirrors()


class MlflowInstrumentor(Instrumentor):
    """Mirrors what goes through MLflow's client, which its fluent calls use too."""

    targets = ("mlflow >= 2.10, < 4", "mlflow-skinny >= 2.10, < 4")
    opens_runs_by_default = True

    def hooks(self) -> Mapping[str, Patch]:
        """The client, and the fluent start of a run, which makes it the current one."""
        return {"mlflow": _patch}


def _patch(package: ModuleType, patches: Patches) -> None:
    fluent: Any = package.tracking.fluent
    client: Any = package.tracking.MlflowClient
    _mirrors.open_runs = patches.open_runs
    patches.observe(fluent, "start_run", _begin_start)
    patches.replace(package, "start_run", vars(fluent)["start_run"])
    for name, told in _CALLS.items():
        patches.observe(client, name, told)


class Starting(Told):
    """`mlflow.start_run`: the run it gives is the current one from now on."""

    def __init__(self) -> None:
        _starting.set(True)

    def done(self, result: Any) -> None:
        _starting.set(False)
        _mirrors.open(result, current=True)

    def failed(self, error: BaseException) -> None:
        _starting.set(False)


def _begin_start(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
    return Starting()


class Creating(Told):
    """`client.create_run`: a run that is told, and is not the current one."""

    def done(self, result: Any) -> None:
        _mirrors.open(result, current=False)


def _begin_create(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Told | None:
    return None if _starting.get() else Creating()


class Logged(Told):
    """A call of the client that says something about a run; `say` once MLflow has taken it."""

    def __init__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.client = args[0]
        self.given = args
        self.named = kwargs
        self.run_id: str = argument(args, kwargs, 1, "run_id")
        self.prepare()

    def argument(self, index: int, name: str) -> Any:
        """An argument of the call; the first after the run's id has index 2."""
        return argument(self.given, self.named, index, name)

    def prepare(self) -> None:
        """Before MLflow has it."""


class Metric(Logged):
    """`log_metric`."""

    def done(self, result: Any) -> None:
        run = _mirrors.of(self.client, self.run_id)
        if run is not None:
            _tell_metric(
                run,
                self.argument(2, "key"),
                self.argument(3, "value"),
                self.argument(5, "step"),
                self.argument(4, "timestamp"),
            )


class Param(Logged):
    """`log_param`."""

    def done(self, result: Any) -> None:
        run = _mirrors.of(self.client, self.run_id)
        if run is not None:
            _tell_parameters(run, {self.argument(2, "key"): self.argument(3, "value")})


class Batch(Logged):
    """`log_batch`, which `log_metrics` and `log_params` use."""

    def done(self, result: Any) -> None:
        run = _mirrors.of(self.client, self.run_id)
        if run is None:
            return
        for one in self.argument(2, "metrics") or ():
            _tell_metric(run, one.key, one.value, one.step, one.timestamp)
        _tell_parameters(run, {one.key: one.value for one in self.argument(3, "params") or ()})
        for one in self.argument(4, "tags") or ():
            _tell_tag(run, one.key, one.value)


class Tag(Logged):
    """`set_tag`."""

    def done(self, result: Any) -> None:
        run = _mirrors.of(self.client, self.run_id)
        if run is not None:
            _tell_tag(run, self.argument(2, "key"), self.argument(3, "value"))


class Artifact(Logged):
    """`log_artifact`. Many of these files are gone when the call returns."""

    def prepare(self) -> None:
        local: Any = self.argument(2, "local_path")
        run = _mirrors.of(self.client, self.run_id)
        if run is not None and local is not None:
            path = PurePath(local)
            _tell_file(run, local, self._shown(path.name), _KINDS.get(path.suffix.lower(), "file"))

    def _shown(self, name: str) -> str:
        """Where MLflow has it."""
        parts = ("runs:", self.run_id, self.argument(3, "artifact_path"), name)
        return "/".join(str(part).strip("/") for part in parts if part)


class Artifacts(Artifact):
    """`log_artifacts`: what is in a directory, at the place that is given. A model of MLflow's has its
    description in it."""

    def prepare(self) -> None:
        local: Any = self.argument(2, "local_dir")
        run = _mirrors.of(self.client, self.run_id)
        if run is not None and local is not None:
            is_model = (Path(local) / "MLmodel").is_file()
            _tell_file(run, local, self._shown(""), "model_bundle" if is_model else "directory")


class ModelArtifacts(Told):
    """`log_model_artifacts`: the files of a logged model (MLflow 3), which has an id of its own."""

    def __init__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        client, local = args[0], argument(args, kwargs, 2, "local_dir")
        model = client.get_logged_model(argument(args, kwargs, 1, "model_id"))
        around = innermost()
        run = _mirrors.of(client, model.source_run_id) if model.source_run_id else around
        if run is not None and local is not None:
            shown = f"models:/{model.model_id}"
            about = {"mlflow.model.name": model.name, "mlflow.model.type": model.model_type}
            _tell_file(run, local, shown, "model_bundle", id=model.model_id, attributes=about)


class Inputs(Logged):
    """`log_inputs`, which `mlflow.log_input` uses."""

    def done(self, result: Any) -> None:
        run = _mirrors.of(self.client, self.run_id)
        if run is None:
            return
        for one in self.argument(2, "datasets") or ():
            data = one.dataset
            contexts = [tag.value for tag in one.tags if tag.key == "mlflow.data.context"]
            dataset_id = f"dataset_{data.name}_{data.digest}"
            known = events.artifact(
                dataset_id, "", kind="dataset_snapshot", role="consumed", version=data.digest
            )
            known |= events.dataset(
                data.name,
                split=contexts[0] if contexts else None,
                slices=None,
                rows=None,
                fingerprint=f"mlflow:{data.digest}",
            )
            run.record(event_names.ARTIFACT, known, None, CAPTURED_BY)


class Terminated(Logged):
    """`set_terminated`, which `end_run` uses."""

    def done(self, result: Any) -> None:
        status = str(self.argument(2, "status") or "FINISHED")
        _mirrors.end(self.run_id, _STATUSES.get(status, "completed"))


_CALLS: Final = {
    "create_run": _begin_create,
    "log_metric": Metric,
    "log_param": Param,
    "log_batch": Batch,
    "set_tag": Tag,
    "log_artifact": Artifact,
    "log_artifacts": Artifacts,
    "log_model_artifacts": ModelArtifacts,
    "log_inputs": Inputs,
    "set_terminated": Terminated,
}


def _tell_file(
    run: Scope,
    local: Any,
    shown_as: str,
    kind: str,
    id: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    tell_file(
        run,
        str(local),
        kind=kind,
        shown_as=shown_as,
        captured_by=CAPTURED_BY,
        id=id,
        attributes=attributes,
    )


def _tell_metric(run: Any, key: str, value: Any, step: Any, timestamp_ms: Any) -> None:
    at = None if timestamp_ms is None else int(timestamp_ms) * 1_000_000
    run.log_metric(key, value, step=step, at=at, captured_by=CAPTURED_BY)


def _tell_parameters(run: Any, parameters: Mapping[str, Any]) -> None:
    if parameters:
        run.log_configuration(parameters, source="mlflow", captured_by=CAPTURED_BY)


def _tell_tag(run: Any, key: str, value: Any) -> None:
    if not key.startswith("mlflow."):
        shown = secrets.in_attribute(key, coerce.text(value))
        run.span.set_attribute(f"{names.CONTEXTA_RUN_TAG_PREFIX}{key}", shown)


__all__ = ["MlflowInstrumentor"]
