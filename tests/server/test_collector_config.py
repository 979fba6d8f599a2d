"""The Collector configurations we ship are whole, and lose no evidence by their own doing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

FILES = sorted((Path(__file__).parents[2] / "collector-config").glob("*.yaml"))


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def config(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One of the files."""
    return yaml.safe_load(request.param.read_text())


def evidence_pipelines(config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Pipelines that end in Contexta."""
    for name, pipeline in config["service"]["pipelines"].items():
        if any("contexta" in exporter for exporter in pipeline["exporters"]):
            yield name, pipeline


def test_every_component_that_is_named_is_defined_and_used(config: dict[str, Any]) -> None:
    """A Collector refuses to start otherwise."""
    for kind in ("receivers", "processors", "exporters"):
        used = {
            name
            for pipeline in config["service"]["pipelines"].values()
            for name in pipeline.get(kind, [])
        }
        assert used == set(config[kind])
    assert set(config["service"]["extensions"]) == set(config["extensions"])
    for exporter in config["exporters"].values():
        storage = exporter.get("sending_queue", {}).get("storage")
        assert storage is None or storage in config["extensions"]


def test_all_three_signals_reach_contexta_unsampled_and_unbatched(config: dict[str, Any]) -> None:
    """Sampled evidence is incomplete; batched evidence is acknowledged before it is kept."""
    pipelines = dict(evidence_pipelines(config))
    assert {name.split("/")[0] for name in pipelines} == {"traces", "logs", "metrics"}
    for pipeline in pipelines.values():
        assert not [name for name in pipeline["processors"] if "sampl" in name or "batch" in name]


def test_the_queue_to_contexta_is_on_disk_and_never_given_up(config: dict[str, Any]) -> None:
    """With fsync, and without an end to retrying."""
    for _, pipeline in evidence_pipelines(config):
        (name,) = pipeline["exporters"]
        exporter = config["exporters"][name]
        storage = config["extensions"][exporter["sending_queue"]["storage"]]
        assert storage["fsync"] is True
        assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s"


def test_the_gateway_keeps_the_backend_that_is_there() -> None:
    """Every signal still goes to the existing backend, with its sampling."""
    path = next(path for path in FILES if path.name == "gateway.yaml")
    pipelines = yaml.safe_load(path.read_text())["service"]["pipelines"]
    for signal in ("traces", "logs", "metrics"):
        assert pipelines[f"{signal}/backend"]["exporters"] == ["otlp/backend"]
    assert "probabilistic_sampler" in pipelines["traces/backend"]["processors"]
