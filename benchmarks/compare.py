"""What does a comparison cost, and does it grow with the other runs in the store?

    python benchmarks/compare.py [--runs 10 --runs 100 --runs 1000] [--samples 5000] [--rounds 5]

Stores of that many runs of 100 metric values each, and among them two runs of 5,000 samples with 10 scores each: every
store is taken in as OTLP. In each round each store is asked once by a cold `contexta compare --json`, beside
`python -c "import duckdb, pyarrow"`, and once through its own `contexta serve`, beside a GET of /healthz.
"""

import argparse
import http.client
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

from cli_cold import CONTEXTA, FLOOR, SECOND, START, event, span
from ingest_queryable import served
from rounds import interleave, ratios, report, spread

METRICS = 100
SCORES = 10
STAGES = ("prepare", "retrieve", "evaluate")
SAMPLES_PER_SPAN = 500
BASELINE, CANDIDATE = "compared_baseline", "compared_candidate"
COMPARE = ["compare", BASELINE, CANDIDATE, "--json"]

Attributes = dict[str, Any]


def main() -> int:
    """Build the stores, ask each, print the lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, action="append", help="may be repeated: a store each")
    parser.add_argument("--samples", type=int, default=5_000, help="of either compared run")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    sizes: list[int] = asked.runs or [10, 100, 1_000]
    with tempfile.TemporaryDirectory() as folder:
        homes = {size: Path(folder) / str(size) for size in sizes}
        for size, home in homes.items():
            build(home, size, asked.samples)
        say("cold", asked.samples, cold(homes, asked.rounds), "floor")
        with ExitStack() as servers:
            webs = {
                size: servers.enter_context(served(home))[0]["web"] for size, home in homes.items()
            }
            say("served", asked.samples, over_http(webs, asked.rounds * 4), "healthz")
    return 0


# ── asking ──────────────────────────────────────────────────────────────────────────────────────


def cold(homes: dict[int, Path], rounds: int) -> dict[str, list[float]]:
    """Seconds of whole processes, by size of the store; `floor` is the import of what every reader needs."""
    commands = {
        str(size): [CONTEXTA, *COMPARE, "--data", str(home / "data")]
        for size, home in homes.items()
    }
    cases = {name: whole(words) for name, words in {**commands, "floor": FLOOR}.items()}
    for case in cases.values():
        case()  # the file cache
    return interleave(cases, rounds)


def whole(command: list[str]) -> Callable[[], float]:
    """Seconds of one process."""

    def run() -> float:
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    return run


def over_http(webs: dict[int, str], rounds: int) -> dict[str, list[float]]:
    """Seconds of one GET, by size of the store; `healthz` is a GET that reads nothing."""
    cases = {
        str(size): got(web, f"/api/compare/{BASELINE}/{CANDIDATE}") for size, web in webs.items()
    }
    cases["healthz"] = got(next(iter(webs.values())), "/healthz")
    for case in cases.values():
        case()  # what the server imports once
    return interleave(cases, rounds)


def got(address: str, path: str) -> Callable[[], float]:
    """Seconds of one GET on a connection that is open."""
    place = address.rpartition("://")[2]

    def get() -> float:
        connection = http.client.HTTPConnection(place, timeout=60)
        connection.connect()
        start = time.perf_counter()
        connection.request("GET", path, headers={"accept": "application/json"})
        response = connection.getresponse()
        body = response.read()
        taken = time.perf_counter() - start
        connection.close()
        if response.status != 200:
            raise RuntimeError(body.decode())
        return taken

    return get


def say(case: str, samples: int, found: dict[str, list[float]], reference: str) -> None:
    """One line a store: seconds, against the reference of the same round, and against the smallest store."""
    sizes = [name for name in found if name != reference]
    for name in sizes:
        report(
            "compare",
            case,
            runs=int(name),
            samples=samples,
            scores=SCORES,
            seconds=spread(found[name]),
            reference=reference,
            reference_seconds=spread(found[reference]),
            ratio_to_reference=ratios(found[name], found[reference]),
            ratio_to_smallest_store=ratios(found[name], found[sizes[0]]),
        )


# ── the stores ──────────────────────────────────────────────────────────────────────────────────


def build(home: Path, runs: int, samples: int) -> None:
    """A data directory with so many ordinary runs, and the two that are compared among the last of them."""
    home.mkdir()
    told = home / "requests.jsonl"
    with told.open("w") as file:
        for index in range(runs):
            file.write(request(list(ordinary(f"run_{index:05}", index))))
            if index == runs - 2:
                for number, name in enumerate((BASELINE, CANDIDATE)):
                    at = START + index * 3600 * SECOND + (number + 1) * 600 * SECOND
                    for spans in sampled(name, at, samples, number):
                        file.write(request(spans))
    importing = [CONTEXTA, "import", str(told), "--data", str(home / "data")]
    subprocess.run(importing, check=True, capture_output=True)
    told.unlink()


def request(spans: list[Attributes]) -> str:
    """One OTLP/JSON export request as a line."""
    return (
        json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": spans}]}]}) + "\n"
    )


def ordinary(run: str, index: int) -> Iterator[Attributes]:
    """A run of three stages: conditions, artifacts, 10 operations, 100 metric values."""
    yield from told_of(run, START + index * 3600 * SECOND, index)


def sampled(run: str, begin: int, samples: int, version: int) -> Iterator[list[Attributes]]:
    """The same with samples, in requests of a few thousand: the candidate scores a little lower on one slice."""
    draw = random.Random(f"{run} samples")
    address = {"contexta.run.id": run, "contexta.stage.name": "evaluate"}
    trace = trace_of(run)
    yield list(told_of(run, begin, version))
    kind = {**address, "contexta.evidence.kind": "segment"}
    yield [span(trace, "evidence segment", begin, 1, kind, list(reported(begin, version)))]
    for first in range(0, samples, SAMPLES_PER_SPAN):
        events: list[Attributes] = []
        for number in range(first, min(first + SAMPLES_PER_SPAN, samples)):
            lost = 0.05 if version and number % 8 == 0 else 0.0
            scores = {
                f"contexta.sample.score.score_{score}": round(
                    min(1.0, max(0.0, draw.gauss(0.7 - lost, 0.15))), 6
                )
                for score in range(SCORES)
            }
            told = {
                "contexta.sample.id": f"sample_{number:06}",
                "contexta.slice": f"slice_{number % 8}",
                "contexta.sample.status": "passed" if draw.random() < 0.9 - lost else "failed",
            }
            events.append(event("contexta.sample", begin + number * 1_000_000, {**told, **scores}))
        yield [span(trace, f"evidence segment {first}", begin, 1, kind, events)]


def reported(begin: int, version: int) -> Iterator[Attributes]:
    """The mean of each score as the run itself reported it, with the direction of the score."""
    for score in range(SCORES):
        told = {
            "contexta.metric.name": f"score_{score}",
            "contexta.metric.value": 0.7 - 0.005 * version,
            "contexta.metric.higher_is_better": True,
        }
        yield event("contexta.metric", begin, told)


def told_of(run: str, begin: int, index: int) -> Iterator[Attributes]:
    """Everything of a run but its samples."""
    trace = trace_of(run)
    root = {"contexta.run.id": run, "contexta.project.name": "bench"}
    described = {
        **root, "contexta.evidence.kind": "run", "contexta.run.type": "evaluation",
        "contexta.run.status": "completed", "contexta.run.expected_stages": list(STAGES),
    }  # fmt: skip
    yield span(trace, "run evaluation", begin, 300, described, list(conditions(run, begin, index)))
    for place, stage in enumerate(STAGES):
        address = {**root, "contexta.stage.name": stage}
        at = begin + place * 100 * SECOND
        kind = {
            "contexta.evidence.kind": "stage", "contexta.stage.index": place,
            "contexta.stage.status": "completed",
        }  # fmt: skip
        events = list(metrics(stage, at, index))
        yield span(trace, f"stage {stage}", at, 100, {**address, **kind}, events)
        for number in range(10 if stage == "retrieve" else 0):
            operation = {"contexta.evidence.kind": "operation", "contexta.operation.name": "search"}
            yield span(
                trace, f"search {number}", at + number * SECOND, 1, {**address, **operation}, []
            )


def conditions(run: str, begin: int, index: int) -> Iterator[Attributes]:
    """Environment, configuration, what was consumed and produced."""
    environment = {
        "contexta.environment.python": "3.11.8",
        "contexta.environment.hardware": "8 cores, 64 GiB",
        "contexta.environment.packages": [
            f"package_{number}==1.{index % 5}" for number in range(60)
        ],
        "vcs.ref.head.revision": f"{index % 7:040x}",
    }
    yield event("contexta.environment", begin, environment)
    settings = {f"contexta.config.key_{number}": number + index % 3 for number in range(20)}
    yield event("contexta.configuration", begin, settings)
    model = {
        "contexta.artifact.id": f"model_{run}", "contexta.artifact.kind": "model_bundle",
        "contexta.artifact.sha256": sha256(run.encode()).hexdigest(),
        "contexta.artifact.size_bytes": 1_000_000 + index,
    }  # fmt: skip
    yield event("contexta.artifact", begin + SECOND, model)
    data = {
        "contexta.artifact.id": "evaluation_set", "contexta.artifact.kind": "dataset_snapshot",
        "contexta.artifact.role": "consumed",
    }  # fmt: skip
    yield event("contexta.artifact", begin, data)


def metrics(stage: str, begin: int, index: int) -> Iterator[Attributes]:
    """A third of the run's metric values: some figures of the stage, the rest a curve."""
    draw = random.Random(f"{stage} {index}")
    share = METRICS // len(STAGES) + (stage == STAGES[0])
    for number in range(share):
        told: Attributes = {
            "contexta.metric.name": f"figure_{number}" if number < 10 else "loss",
            "contexta.metric.value": draw.random(),
            "contexta.metric.higher_is_better": number < 10,
        }
        if number >= 10:
            told["contexta.metric.step"] = number
        yield event("contexta.metric", begin + number, told)


def trace_of(run: str) -> str:
    """A trace id of its own."""
    return sha256(run.encode()).hexdigest()[:32]


if __name__ == "__main__":
    sys.exit(main())
