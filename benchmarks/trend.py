"""What do trend, diagnose and deployments cost, and do they grow with the other runs in the store?

    python benchmarks/trend.py [--runs 10 --runs 100 --runs 1000] [--rounds 5] [--question trend]

Stores of that many runs of 100 metric values each, taken in as OTLP: three stages, conditions, a data set, a model; one
figure changes its level halfway; every twentieth run is deployed, and each deployment's service measures for some days.
In each round each store is asked once by a cold command, beside `python -c "import duckdb, pyarrow"`; once
through its own `contexta serve`, beside a GET of /healthz; and once in this process, beside a bare SQL query for
the same rows.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli_cold import CONTEXTA, FLOOR, SECOND, START, event, span
from compare import got, ordinary, request, trace_of, whole
from ingest_queryable import served
from rounds import interleave, ratios, report, spread

from contexta_processor.base.query import Query
from contexta_processor.base.statement import Statement
from contexta_processor.cli.connect import Source
from contexta_processor.investigate.deployments.deployments import deployment_of, list_deployments
from contexta_processor.investigate.diagnose.diagnosis import diagnose_project, diagnose_run
from contexta_processor.investigate.trend.asked import Asked
from contexta_processor.investigate.trend.trend import trend_of

LEVEL = "level"
"""The figure that changes halfway."""
DEPLOYED_EVERY = 20
MEASURED = 50
HOUR = 3_600 * SECOND


@dataclass(frozen=True)
class Question:
    """A reading command, its place in the read API, its answer in this process, and the rows it rests on in bare SQL."""

    command: tuple[str, ...]
    path: str
    answer: Callable[[Query], Any]
    rows: str


def questions(runs: int) -> dict[str, Question]:
    """What is asked of a store of so many runs."""
    newest, release = f"run_{runs - 1:05}", f"release_{(runs - 1) // DEPLOYED_EVERY:04}"
    values = "SELECT run_id, deployment_id, stage, slice, unit, step, value, occurred_at FROM metrics WHERE "
    return {
        "trend": Question(
            ("trend", LEVEL),
            f"/api/trend/{LEVEL}",
            lambda query: trend_of(query, Asked(LEVEL)),
            f"{values} name = '{LEVEL}'",
        ),
        "trend of services": Question(
            ("trend", "psi"),
            "/api/trend/psi",
            lambda query: trend_of(query, Asked("psi")),
            f"{values} name = 'psi'",
        ),
        "diagnose run": Question(
            ("diagnose", newest),
            f"/api/diagnose/{newest}",
            lambda query: diagnose_run(query, newest),
            f"{values} run_id = '{newest}'",
        ),
        "diagnose project": Question(
            ("diagnose", "--project", "bench"),
            "/api/diagnose?project=bench",
            lambda query: diagnose_project(query, "bench"),
            f"{values} run_id >= 'run_{max(0, runs - 20):05}'",
        ),
        "deployments": Question(
            ("deployments",), "/api/deployments", list_deployments, "FROM deployments"
        ),
        "deployment": Question(
            ("deployments", release),
            f"/api/deployments/{release}",
            lambda query: deployment_of(query, release),
            f"FROM deployments WHERE deployment_id = '{release}'",
        ),
    }


def main() -> int:
    """Build the stores, ask each, print the lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, action="append", help="may be repeated: a store each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--question", action="append", choices=list(questions(1)), help="may be repeated"
    )
    asked = parser.parse_args()
    sizes: list[int] = asked.runs or [10, 100, 1_000]
    names: list[str] = asked.question or list(questions(1))
    with tempfile.TemporaryDirectory() as folder:
        homes = {size: Path(folder) / str(size) for size in sizes}
        for size, home in homes.items():
            build(home, size)
        for name in names:
            in_process(name, homes, asked.rounds * 3)
            cold(name, homes, asked.rounds)
        with ExitStack() as servers:
            webs = {
                size: servers.enter_context(served(home))[0]["web"] for size, home in homes.items()
            }
            for name in names:
                over_http(name, webs, asked.rounds * 3)
    return 0


# ── asking ──────────────────────────────────────────────────────────────────────────────────────


def in_process(name: str, homes: dict[int, Path], rounds: int) -> None:
    """Processor time of the answer with its document, and of reading the rows it rests on by bare SQL."""
    with ExitStack() as sources:
        for size, home in homes.items():
            query = sources.enter_context(Source.chosen(str(home / "data"), None).open())
            asked = questions(size)[name]
            rows = Statement("bare", asked.rows)
            cases = {
                "answer": cpu(lambda query=query, asked=asked: asked.answer(query).to_dict()),
                "bare": cpu(lambda query=query, rows=rows: query.query(rows).to_pylist()),
            }
            for case in cases.values():
                case()
            found = interleave(cases, rounds)
            report(
                "trend",
                f"in process: {name}",
                runs=size,
                cpu_seconds=spread(found["answer"]),
                bare_sql_cpu_seconds=spread(found["bare"]),
                ratio_to_bare_sql=ratios(found["answer"], found["bare"]),
            )


def cold(name: str, homes: dict[int, Path], rounds: int) -> None:
    """Seconds of whole processes."""
    commands = {
        str(size): [
            CONTEXTA,
            *questions(size)[name].command,
            "--json",
            "--data",
            str(home / "data"),
        ]
        for size, home in homes.items()
    }
    cases = {key: whole(words) for key, words in {**commands, "floor": FLOOR}.items()}
    for case in cases.values():
        case()  # the file cache
    say(f"cold: {name}", interleave(cases, rounds), "floor")


def over_http(name: str, webs: dict[int, str], rounds: int) -> None:
    """Seconds of one GET."""
    cases = {str(size): got(web, questions(size)[name].path) for size, web in webs.items()}
    cases["healthz"] = got(next(iter(webs.values())), "/healthz")
    for case in cases.values():
        case()  # what the server imports once
    say(f"served: {name}", interleave(cases, rounds), "healthz")


def cpu(call: Callable[[], object]) -> Callable[[], float]:
    """Processor seconds of one call, of all its threads."""

    def run() -> float:
        start = time.process_time()
        call()
        return time.process_time() - start

    return run


def say(case: str, found: dict[str, list[float]], reference: str) -> None:
    """One line a store: seconds, against the reference of the same round, and against the smallest store."""
    sizes = [name for name in found if name != reference]
    for name in sizes:
        report(
            "trend",
            case,
            runs=int(name),
            seconds=spread(found[name]),
            reference=reference,
            reference_seconds=spread(found[reference]),
            ratio_to_reference=ratios(found[name], found[reference]),
            ratio_to_smallest_store=ratios(found[name], found[sizes[0]]),
        )


# ── the stores ──────────────────────────────────────────────────────────────────────────────────


def build(home: Path, runs: int) -> None:
    """A data directory with so many runs, and the deployments that came of them."""
    home.mkdir()
    told = home / "requests.jsonl"
    with told.open("w") as file:
        for index in range(runs):
            run = f"run_{index:05}"
            spans = [*ordinary(run, index), levelled(run, index, runs)]
            if index % DEPLOYED_EVERY == 0:
                spans.append(released(run, index))
            file.write(request(spans))
    importing = [CONTEXTA, "import", str(told), "--data", str(home / "data")]
    subprocess.run(importing, check=True, capture_output=True)
    told.unlink()


def levelled(run: str, index: int, runs: int) -> dict[str, Any]:
    """A figure of the run that is higher in the second half of the runs, and a data set that is another there."""
    at = START + index * HOUR + 250 * SECOND
    later = index >= runs // 2
    metric = {
        "contexta.metric.name": LEVEL,
        "contexta.metric.value": (0.8 if later else 0.7) + index % 7 / 1_000,
        "contexta.metric.higher_is_better": True,
    }
    data = {
        "contexta.artifact.id": f"orders_{'v2' if later else 'v1'}",
        "contexta.artifact.kind": "dataset_snapshot",
        "contexta.artifact.role": "consumed",
        "contexta.artifact.version": "v2" if later else "v1",
        "contexta.dataset.name": "orders",
    }
    address = {"contexta.run.id": run, "contexta.evidence.kind": "segment"}
    events = [event("contexta.metric", at, metric), event("contexta.artifact", at, data)]
    return span(trace_of(run), "evidence segment", at, 1, address, events)


def released(run: str, index: int) -> dict[str, Any]:
    """The deployment of the run's model, and what its service measured after that."""
    at = START + index * HOUR + 400 * SECOND
    deployment = {"deployment.id": f"release_{index // DEPLOYED_EVERY:04}"}
    told = {
        **deployment,
        "contexta.evidence.kind": "deployment",
        "deployment.environment.name": "production",
        "deployment.status": "succeeded",
        "contexta.deployment.artifact_id": f"model_{run}",
        "contexta.deployment.source_run_id": run,
    }
    return span(
        trace_of(f"{run} released"), "deployment", at, 1, told, list(measured(deployment, at))
    )


def measured(deployment: dict[str, str], begin: int) -> Iterator[dict[str, Any]]:
    """Values of a drift indicator, some minutes apart."""
    for number in range(MEASURED):
        told = {
            **deployment,
            "contexta.metric.name": "psi",
            "contexta.metric.value": 0.05 + number % 9 / 100,
        }
        yield event("contexta.metric", begin + number * 600 * SECOND, told)


if __name__ == "__main__":
    sys.exit(main())
