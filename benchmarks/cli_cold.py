"""How long does a reading command take from a cold start, on a store of 100 runs?

    python benchmarks/cli_cold.py [--runs 100] [--repeat 7] [--mode file|served]

One JSON line per command, reading the file by itself and through a running server: the median of whole processes, and
its ratio to `python -c "import duckdb, pyarrow"`, which no reader of the file can be faster than.
"""

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

from ingest_queryable import served

CONTEXTA = str(Path(sys.executable).with_name("contexta"))
FLOOR = [sys.executable, "-c", "import duckdb, pyarrow"]
START = 1_777_799_564_000_000_000
SECOND = 1_000_000_000
STAGES = ("prepare", "train", "evaluate")

Attributes = dict[str, Any]


def main() -> int:
    """Build the store, time every command, print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--mode", action="append", choices=["file", "served"], help="both if none")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        told = Path(folder) / "runs.jsonl"
        told.write_text("".join(f"{json.dumps(line)}\n" for line in requests(asked.runs)))
        subprocess.run([CONTEXTA, "import", told, "--data", data], check=True, capture_output=True)
        report("--help", "alone", *paired(asked.repeat, [CONTEXTA, "--help"]), asked.runs)
        for mode in asked.mode or ("file", "served"):
            with served(Path(folder)) if mode == "served" else nullcontext():
                for words in commands():
                    command = [CONTEXTA, *words, "--data", str(data)]
                    report(words[0], mode, *paired(asked.repeat, command), asked.runs)
    return 0


def commands() -> list[list[str]]:
    """Every reading command, once."""
    return [
        ["runs"],
        ["show", "run_0042"],
        ["records", "run_0042"],
        ["samples", "run_0042"],
        ["artifacts", "run_0042"],
        ["environment", "run_0042"],
        ["lineage", "model_0042"],
        ["deployments"],
        ["compare", "run_0041", "run_0042"],
        ["sql", "SELECT count(*) FROM metrics"],
    ]


def paired(repeat: int, command: list[str]) -> tuple[float, float]:
    """Median seconds of the command and of the floor, taken in turns so that both meet the same load.

    The first of each warms the file cache and doesn't count.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeat + 1):
        for times, words in zip(taken, (command, FLOOR), strict=True):
            start = time.perf_counter()
            subprocess.run(words, check=True, capture_output=True)
            times.append(time.perf_counter() - start)
    seconds, floor = (statistics.median(times[1:]) for times in taken)
    return seconds, floor


def report(command: str, mode: str, seconds: float, floor: float, runs: int) -> None:
    """One JSON line."""
    line = {
        "benchmark": "cli_cold",
        "command": command,
        "mode": mode,
        "runs": runs,
        "seconds": round(seconds, 4),
        "floor_seconds": round(floor, 4),
        "ratio_to_floor": round(seconds / floor, 2),
    }
    print(json.dumps(line, sort_keys=True), flush=True)


def requests(runs: int) -> Iterator[dict[str, Any]]:
    """One OTLP/JSON trace request per run: 3 stages, 60 metric values, 40 samples, an artifact, conditions."""
    for index in range(runs):
        yield {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": list(spans(index))}]}]}


def spans(index: int) -> Iterator[dict[str, Any]]:
    """The spans of one run, its events on the stage they belong to."""
    run = f"run_{index:04}"
    begin = START + index * 3600 * SECOND
    trace = hashlib.sha256(run.encode()).hexdigest()[:32]
    root = {"contexta.run.id": run, "contexta.project.name": "bench"}
    kind = {"contexta.evidence.kind": "run", "contexta.run.type": "training"}
    yield span(trace, "run training", begin, 30, {**root, **kind}, list(run_events(index, begin)))
    for place, stage in enumerate(STAGES):
        address = {**root, "contexta.stage.name": stage}
        told = list(stage_events(index, stage, begin + place * 10 * SECOND))
        attributes = {**address, "contexta.evidence.kind": "stage", "contexta.stage.index": place}
        yield span(trace, f"stage {stage}", begin + place * 10 * SECOND, 10, attributes, told)


def run_events(index: int, begin: int) -> Iterator[dict[str, Any]]:
    """What is said about the run as a whole."""
    packages = [f"package_{number}==1.{index}" for number in range(30)]
    yield event(
        "contexta.environment",
        begin,
        {"contexta.environment.python": "3.11.8", "contexta.environment.packages": packages},
    )
    settings = {f"contexta.config.key_{number}": number for number in range(20)}
    yield event("contexta.configuration", begin, settings)
    artifact = {"contexta.artifact.id": f"model_{index:04}", "contexta.artifact.kind": "checkpoint"}
    yield event("contexta.artifact", begin + SECOND, artifact)
    consumed = {"contexta.artifact.id": "dataset", "contexta.artifact.role": "consumed"}
    yield event("contexta.artifact", begin, consumed)


def stage_events(index: int, stage: str, begin: int) -> Iterator[dict[str, Any]]:
    """Metrics, and in the last stage samples."""
    for step in range(20):
        value = {"contexta.metric.name": "loss", "contexta.metric.value": 1 / (step + index + 1)}
        yield event("contexta.metric", begin + step, {**value, "contexta.metric.step": step})
    for number in range(40 if stage == "evaluate" else 0):
        sample = {
            "contexta.sample.id": f"sample_{number:03}",
            "contexta.slice": f"slice_{number % 4}",
            "contexta.sample.score.quality": (number * 7 + index) % 100 / 100,
        }
        yield event("contexta.sample", begin + number, sample)


def span(
    trace: str,
    name: str,
    begin: int,
    seconds: int,
    attributes: Attributes,
    events: list[dict[str, Any]],
) -> dict[str, Any]:
    """One OTLP/JSON span."""
    return {
        "traceId": trace,
        "spanId": hashlib.sha256((trace + name).encode()).hexdigest()[:16],
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(begin + seconds * SECOND),
        "attributes": told(attributes),
        "events": events,
    }


def event(name: str, at: int, attributes: Attributes) -> dict[str, Any]:
    """One OTLP/JSON span event."""
    return {"name": name, "timeUnixNano": str(at), "attributes": told(attributes)}


def told(attributes: Attributes) -> list[dict[str, Any]]:
    """Attributes as OTLP/JSON key-values."""
    return [{"key": key, "value": any_value(value)} for key, value in attributes.items()]


def any_value(value: Any) -> dict[str, Any]:
    """One OTLP/JSON AnyValue."""
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in cast("list[Any]", value)]}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


if __name__ == "__main__":
    raise SystemExit(main())
