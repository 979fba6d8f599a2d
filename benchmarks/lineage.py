"""What do lineage and the history of samples cost, deep and wide, and do they grow with the other runs in the store?

    python benchmarks/lineage.py [--runs 10 --runs 100 --runs 1000] [--samples 500] [--rounds 5]

In stores of that many runs of 500 samples each, which all have the same sample ids: a chain of 200 runs, each reading what the one before made; a run
that made 5,000 artifacts; and, at the beginning of a chain of its own, a data set that is quarantined. In each round each store is
asked each question once by a cold command, beside `python -c "import duckdb, pyarrow"`, and once through its own `contexta serve`.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

from cli_cold import CONTEXTA, FLOOR, SECOND, START
from compare import got, whole
from ingest_queryable import served
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from rounds import interleave, ratios, report, spread

DEEP, WIDE = 200, 5_000
TAINTED = 20
ASKED_DEPTH = 100

Value = str | int | float
Case = tuple[list[str], str]
"""Words of a command, and the path that asks the server the same."""


def main() -> int:
    """Build the stores, ask each, print the lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, action="append", help="may be repeated: a store each")
    parser.add_argument("--samples", type=int, default=500, help="of each run")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    sizes: list[int] = asked.runs or [10, 100, 1_000]
    with tempfile.TemporaryDirectory() as folder:
        homes = {size: Path(folder) / str(size) for size in sizes}
        for size, home in homes.items():
            build(home, size, asked.samples)
        for name, (words, _) in cases().items():
            told = {
                str(size): whole([CONTEXTA, *words, "--json", "--data", str(home / "data")])
                for size, home in homes.items()
            }
            say(name, "cold", measured({**told, "floor": whole(FLOOR)}, asked.rounds), "floor")
        with ExitStack() as servers:
            webs = {
                size: servers.enter_context(served(home))[0]["web"] for size, home in homes.items()
            }
            for name, (_, path) in cases().items():
                told = {str(size): got(web, path) for size, web in webs.items()}
                told["healthz"] = got(next(iter(webs.values())), "/healthz")
                say(name, "served", measured(told, asked.rounds * 2), "healthz")
    return 0


def cases() -> dict[str, Case]:
    """What is asked: the neighbourhood of one run, deep, wide, between two ends, through a taint, and of samples."""
    deep = f"chain_{DEEP // 2:04}"
    return {
        "near": (["lineage", deep], f"/api/lineage/{deep}"),
        "deep": (
            ["lineage", deep, "--up", "--depth", str(ASKED_DEPTH)],
            f"/api/lineage/{deep}?direction=up&depth={ASKED_DEPTH}",
        ),
        "wide": (["lineage", "wide", "--down", "-n", "0"], "/api/lineage/wide?direction=down&n=0"),
        "between": (
            ["lineage", "chain_0000", f"chain_{DEEP - 1:04}"],
            f"/api/lineage/chain_0000?to=chain_{DEEP - 1:04}",
        ),
        "tainted": (["artifacts", f"taint_{TAINTED - 1:04}"], f"/api/runs/taint_{TAINTED - 1:04}/artifacts"),
        "history": (["samples", "--history", "sample_007"], "/api/samples/sample_007"),
        "worst": (["samples", "run_00005", "--worst", "quality"], "/api/runs/run_00005/samples?worst=quality"),
    }  # fmt: skip


def measured(told: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Seconds by case, one per round, after one of each that doesn't count."""
    for case in told.values():
        case()
    return interleave(told, rounds)


def say(name: str, mode: str, found: dict[str, list[float]], reference: str) -> None:
    """One line a store: seconds, against the reference of the same round, and against the smallest store."""
    sizes = [size for size in found if size != reference]
    for size in sizes:
        report(
            "lineage",
            name,
            mode=mode,
            runs=int(size),
            seconds=spread(found[size]),
            reference_seconds=spread(found[reference]),
            ratio_to_smallest_store=ratios(found[size], found[sizes[0]]),
        )


# ── the stores ──────────────────────────────────────────────────────────────────────────────────


def build(home: Path, runs: int, samples: int) -> None:
    """A data directory with all of it, taken in as length-delimited protobuf."""
    home.mkdir()
    told = home / "requests.traces.binpb"
    with told.open("wb") as file:
        for spans in everything(runs, samples):
            request = ExportTraceServiceRequest()
            request.resource_spans.add().scope_spans.add().spans.extend(spans)
            body = request.SerializeToString()
            file.write(varint(len(body)) + body)
    words = [CONTEXTA, "import", str(told), "--data", str(home / "data")]
    subprocess.run(words, check=True, capture_output=True)
    told.unlink()


def everything(runs: int, samples: int) -> Iterator[list[Span]]:
    """One request a run."""
    for index in range(runs):
        made = [artifact(f"model_{index}", index, kind="model_bundle"), artifact("queries", index, role="consumed")]  # fmt: skip
        yield [run(f"run_{index:05}", index, [*made, *sampled(index, samples)])]
    for name, length in (("chain", DEEP), ("taint", TAINTED)):
        for index in range(length):
            read = artifact(f"{name}_data_{index}", runs + index, role="consumed")
            made = artifact(f"{name}_data_{index + 1}", runs + index)
            yield [run(f"{name}_{index:04}", runs + index, [read, made])]
    decided = {"type": "quarantined_by", "from": "taint_data_0", "to": "incident"}
    told = {f"contexta.relation.{key}": value for key, value in decided.items()}
    outputs = [artifact(f"output_{number}", runs) for number in range(WIDE)]
    yield [run("wide", runs, [event("contexta.relation", runs, told), *outputs])]


def run(name: str, index: int, events: list[Span.Event]) -> Span:
    """A run that completed, with everything it says on its own span."""
    begin = START + index * 3600 * SECOND
    told = {
        "contexta.run.id": name, "contexta.project.name": "bench", "contexta.evidence.kind": "run",
        "contexta.run.type": "evaluation", "contexta.run.status": "completed",
    }  # fmt: skip
    return Span(
        trace_id=sha256(name.encode()).digest()[:16],
        span_id=sha256(name.encode()).digest()[16:24],
        name="run evaluation",
        start_time_unix_nano=begin,
        end_time_unix_nano=begin + 300 * SECOND,
        attributes=pairs(told),
        events=events,
    )


def artifact(name: str, index: int, *, role: str = "produced", kind: str = "dataset_snapshot") -> Span.Event:  # fmt: skip
    """A record of one."""
    told = {"id": name, "kind": kind, "role": role, "sha256": sha256(name.encode()).hexdigest()}
    return event("contexta.artifact", index, {f"contexta.artifact.{key}": value for key, value in told.items()})  # fmt: skip


def sampled(index: int, samples: int) -> Iterator[Span.Event]:
    """The same samples in every run, each with a score; some fail."""
    draw = random.Random(index)
    for number in range(samples):
        value = round(draw.random(), 6)
        told: dict[str, Value] = {
            "contexta.sample.id": f"sample_{number:03}",
            "contexta.sample.status": "passed" if value > 0.2 else "failed",
            "contexta.sample.score.quality": value,
        }
        yield event("contexta.sample", index, told)
    direction: dict[str, Value] = {
        "contexta.metric.name": "quality", "contexta.metric.value": 0.5,
    }  # fmt: skip
    made = event("contexta.metric", index, direction)
    made.attributes.append(KeyValue(key="contexta.metric.higher_is_better", value=AnyValue(bool_value=True)))  # fmt: skip
    yield made


def event(name: str, index: int, told: Mapping[str, Value]) -> Span.Event:
    """One span event."""
    return Span.Event(
        name=name, time_unix_nano=START + (index * 3600 + 1) * SECOND, attributes=pairs(told)
    )


def pairs(told: Mapping[str, Value]) -> list[KeyValue]:
    """Attributes: text, and numbers as doubles."""
    return [
        KeyValue(
            key=key,
            value=AnyValue(string_value=value)
            if isinstance(value, str)
            else AnyValue(double_value=value),
        )
        for key, value in told.items()
    ]


def varint(number: int) -> bytes:
    """A length as protobuf writes it."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


if __name__ == "__main__":
    sys.exit(main())
