"""Spans a second from journal bytes to queryable rows, as a share of decoding and inserting without any logic.

    python benchmarks/ingest_queryable.py [--runs 300] [--rounds 5] [--served-runs 100]

Cases, of the same bytes, in the same run, in turns (see rounds.py):
  queryable   `Ingest.step` until nothing is left: journal read, decode, identity and repeats, addresses from spans, insert,
              commit, and every run, stage, producer, marker and completeness computed
  reference   the same native decoder, the same attributes as columns, Arrow insert of the same columns into plain
              tables, commit. No identity, no repeats, no JSON of other attributes, nothing computed
  scalars     the least anybody could call ingesting: the native decoder, only the fields every span and event has
              (ids, names, times), Arrow insert, commit; no attribute at all
  replay      everything once more, as after a crash that lost the position: all of it is there already
Then growth: what the tenth batch costs, in a store that holds nine, against the first. Then a real `contexta serve`:
acknowledged spans a second, and how long after the last acknowledgement every run is shown as completed.
`best_of_each` is the fastest round of a case over the fastest of the reference: what is left when others slow the
machine in bursts.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import duckdb
import grpc
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rounds import interleave, ratios, report, spread
from workload import Workload

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.signal import Signal
from contexta_processor.journal.reader import read_records
from contexta_processor.journal.writer import JournalWriter
from contexta_processor.reconstruct.attribute_columns import AttributeColumns
from contexta_processor.reconstruct.fields import METRIC, SPAN
from contexta_processor.reconstruct.native_emitters import Emitters
from contexta_processor.reconstruct.shadow_schema import decode_requests
from contexta_processor.store.ingest import Ingest, open_for_writing

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
STEP_BYTES = 32 * 1024 * 1024
CHUNK_REQUESTS = 8
NAME = "ingest_queryable"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=300, help="of 206 spans and 600 metrics each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--served-runs", type=int, default=100)
    asked = parser.parse_args()
    measure_share(asked.runs, asked.rounds)
    measure_growth(max(asked.runs // 5, 5), min(asked.rounds, 3))
    measure_served(asked.served_runs, min(asked.rounds, 3))


def measure_share(runs: int, rounds: int) -> None:
    """Queryable against the references, and the replay."""
    load = Workload(runs=runs)
    with scratch() as folder:
        data = journal_of(load, folder / "journal-only")
        rates: dict[str, Callable[[], float]] = {
            "queryable": lambda: load.spans / ingest(data, folder)[0],
            "reference": lambda: load.spans / insert_plainly(data, same_columns),
            "scalars": lambda: load.spans / insert_plainly(data, scalar_columns),
            "replay": lambda: load.spans / ingest(data, folder, twice=True)[1],
        }
        for case in rates.values():  # each once, not counted
            case()
        found = interleave(rates, rounds)
    for case, values in found.items():
        report(
            NAME,
            case,
            unit="spans/s",
            **spread(values),
            share_of_reference=ratios(values, found["reference"]),
            share_of_scalars=ratios(values, found["scalars"]),
            best_of_each=round(max(values) / max(found["reference"]), 3),
            spans=load.spans,
            bytes_per_span=round(load.size_bytes / load.spans),
        )


def measure_growth(runs: int, rounds: int) -> None:
    """Ten batches of new runs, one after another, into one store."""
    batches = [Workload(runs=runs, first_run=number * runs) for number in range(10)]
    shares: list[float] = []
    for _ in range(rounds):
        with scratch() as folder:
            data = DataDir(folder)
            data.create()
            writer, store = JournalWriter(data.journal), Ingest(data)
            seconds: list[float] = []
            for batch in batches:
                for request in batch.requests:
                    writer.append(Signal.TRACES, request)
                seconds.append(drain(store))
            writer.close()
            store.close()
            shares.append(sum(seconds[1:3]) / sum(seconds[8:10]))
    report(NAME, "growth", unit="speed of batches 9 and 10 ÷ of 2 and 3", **spread(shares))


def measure_served(runs: int, rounds: int) -> None:
    """A real server in processes of its own, which this sender shares the machine with."""
    load = Workload(runs=runs)
    acked: list[float] = []
    lag: list[float] = []
    total: list[float] = []
    for _ in range(rounds):
        with scratch() as folder, served(folder) as (addresses, _data):
            started = time.perf_counter()
            send_all(addresses["grpc"], load.requests)
            last_ack = time.perf_counter()
            wait_until_queryable(addresses, runs)
            done = time.perf_counter()
            acked.append(load.spans / (last_ack - started))
            lag.append(done - last_ack)
            total.append(load.spans / (done - started))
    report(NAME, "served_acknowledged", unit="spans/s", **spread(acked), spans=load.spans)
    report(NAME, "served_queryable", unit="spans/s", **spread(total), spans=load.spans)
    report(NAME, "served_lag_after_last_ack", unit="s", **spread(lag))


# ── ours ────────────────────────────────────────────────────────────────────────────────────────


def journal_of(load: Workload, folder: Path) -> DataDir:
    """A data directory with the workload in its journal and nothing else."""
    data = DataDir(folder)
    data.create()
    writer = JournalWriter(data.journal)
    for request in load.requests:
        writer.append(Signal.TRACES, request)
    writer.close()
    return data


def ingest(data: DataDir, folder: Path, *, twice: bool = False) -> tuple[float, float]:
    """Seconds to take everything in, and to take it in once more."""
    target = DataDir(folder / "store")
    shutil.rmtree(target.root, ignore_errors=True)
    target.create()
    target.journal.rmdir()
    target.journal.symlink_to(data.journal.resolve())
    store = Ingest(target)
    first = drain(store)
    second = 0.0
    if twice:
        store.pass_over(0)
        second = drain(store)
    store.close()
    return first, second


def drain(store: Ingest) -> float:
    """Seconds until nothing is left to take in or compute."""
    started = time.perf_counter()
    while store.step(max_bytes=STEP_BYTES) is not None:
        pass
    return time.perf_counter() - started


# ── the references ──────────────────────────────────────────────────────────────────────────────

Tables = dict[str, pa.Table]


def insert_plainly(data: DataDir, columns: Callable[[pa.RecordBatch], Tables]) -> float:
    """Seconds to read, decode and insert the same journal, a transaction per as many bytes."""
    with scratch() as folder:
        connection = open_for_writing(folder / "plain.duckdb")
        started = time.perf_counter()
        position = 0
        while records := read_records(data.journal, position, max_bytes=STEP_BYTES):
            position = records[-1].next_position
            parts = [
                columns(decode_requests(Signal.TRACES, [record.body for record in chunk]))
                for chunk in chunks(records)
            ]
            connection.execute("BEGIN")
            for name in parts[0]:
                insert(connection, f"plain_{name}", pa.concat_tables([p[name] for p in parts]))
            connection.execute("COMMIT")
        seconds = time.perf_counter() - started
        connection.close()
    return seconds


def chunks(records: list[Any]) -> Iterator[list[Any]]:
    """As many requests at a time as the decoder is fastest with."""
    for start in range(0, len(records), CHUNK_REQUESTS):
        yield records[start : start + CHUNK_REQUESTS]


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append to a table that is made from the first rows."""
    connection.register("incoming", rows)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table} AS FROM incoming LIMIT 0")
    connection.execute(f"INSERT INTO {table} FROM incoming")
    connection.unregister("incoming")


def same_columns(batch: pa.RecordBatch) -> Tables:
    """The columns of facts.spans and facts.metrics, every attribute that is one of them included."""
    emitters = Emitters.of(batch)
    spans = emitters.items
    lists = spans.field("events")
    events, span_of = lists.flatten(), parents(lists)
    of_spans, of_events = (
        AttributeColumns(spans.field("attributes")),
        AttributeColumns(events.field("attributes")),
    )
    told = scalars_of_spans(spans) | emitters.columns
    measured = scalars_of_events(events) | emitters.at(span_of)
    measured |= {name: told[name].take(span_of) for name in ("trace_id", "span_id")}
    told |= {field.column: of_spans.column(field) for field in SPAN}
    measured |= {field.column: of_events.column(field) for field in METRIC}
    return {"spans": pa.table(told), "metrics": pa.table(measured)}


def scalar_columns(batch: pa.RecordBatch) -> Tables:
    """What every span and event has, without attributes."""
    spans = Emitters.of(batch).items
    lists = spans.field("events")
    told = scalars_of_spans(spans)
    events = scalars_of_events(lists.flatten()) | {"span_id": told["span_id"].take(parents(lists))}
    return {"spans": pa.table(told), "events": pa.table(events)}


def scalars_of_spans(spans: pa.StructArray) -> dict[str, pa.Array]:
    """Fields of a span that are neither lists nor messages; ids stay bytes."""
    status = spans.field("status").flatten()
    names = (
        "trace_id span_id parent_span_id trace_state name kind start_time_unix_nano end_time_unix_nano "
        "dropped_attributes_count dropped_events_count dropped_links_count"
    )
    fields = {name: spans.field(name) for name in names.split()}
    return fields | {"status_message": status[0], "status": status[1]}


def scalars_of_events(events: pa.StructArray) -> dict[str, pa.Array]:
    """The same of an event."""
    names = ("time_unix_nano", "name", "dropped_attributes_count")
    return {f"event_{name}": events.field(name) for name in names}


def parents(lists: pa.ListArray) -> pa.Array:
    """The row each item of the lists stands on."""
    return pa.array(np.asarray(pc.list_parent_indices(lists)).astype(np.int64))


# ── a real server ───────────────────────────────────────────────────────────────────────────────


@contextmanager
def served(folder: Path) -> Generator[tuple[Mapping[str, Any], DataDir]]:
    """Addresses of a `contexta serve` on free ports, stopped at the end."""
    data = DataDir(folder / "data")
    command = [sys.executable, "-m", "contexta_processor.server", "--data", str(data.root)]
    free = "127.0.0.1:0"
    command += ["--grpc", free, "--http", free, "--web", free]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while (told := data.read_serve()) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "serve.log").read_text())
            time.sleep(0.02)
        yield told, data
    finally:
        process.terminate()
        process.wait(60)


def send_all(address: str, requests: list[bytes], in_flight: int = 8) -> None:
    """Send until every request is acknowledged, coming back as told where there was overload."""
    with grpc.insecure_channel(address) as channel, ThreadPoolExecutor(in_flight) as pool:
        export = cast("Any", channel).unary_unary(EXPORT)

        def send(body: bytes) -> None:
            for _ in itertools.count():
                try:
                    export(body, timeout=60)
                except grpc.RpcError as error:
                    if error.code() is not grpc.StatusCode.UNAVAILABLE:
                        raise
                    time.sleep(0.2)
                else:
                    return

        list(pool.map(send, requests))


def wait_until_queryable(addresses: Mapping[str, Any], runs: int) -> None:
    """Until the store has caught up with the journal, and shows every run as completed."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if lag_bytes(addresses["http"]) == 0:
            url = f"http://{addresses['web']}/api/runs?status=completed&n=1000000"
            with urllib.request.urlopen(url, timeout=60) as answer:
                if len(json.load(answer)["runs"]) == runs:
                    return
        time.sleep(0.03)
    raise RuntimeError("the store did not catch up")


def lag_bytes(address: str) -> float:
    """What is journaled and not reconstructed yet."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith("contexta_lag_bytes"))


@contextmanager
def scratch() -> Generator[Path]:
    """A directory that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="contexta-bench-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    main()
