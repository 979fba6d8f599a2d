"""Exports: the same evidence, the same bytes; what comes out can go in again."""

import gzip
import hashlib
import importlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from compare.emission import Run, take_in
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.signal import Signal
from contexta_processor.cli.export import delimited
from contexta_processor.server.embedded import own
from contexta_processor.surfaces.export.canonical import TABLES

Contexta = Callable[..., Any]
EVAL, TRAIN, BEFORE = (
    "run_2026_05_03_eval_014",
    "run_2026_05_03_train_021",
    "run_2026_04_27_eval_009",
)


def lines(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_lines_are_sorted_objects_of_every_table(demo: Path, contexta: Contexta) -> None:
    """One row a line, keys sorted, tables in the contract's order."""
    out = contexta("export", "--all", "--data", demo).stdout
    rows = lines(out)
    order = [TABLES.index(row["table"]) for row in rows]
    assert order == sorted(order)
    assert {"runs", "samples", "metrics", "relationships", "deployments"} <= {
        row["table"] for row in rows
    }
    for line in out.splitlines():
        row = json.loads(line)
        assert list(row) == sorted(row)
    by_table = [row for row in rows if row["table"] == "runs"]
    assert [row["run_id"] for row in by_table] == sorted(row["run_id"] for row in by_table)


def test_two_stores_told_the_same_in_another_order_export_the_same_bytes(
    tmp_path: Path, contexta: Contexta
) -> None:
    """Order, repetition and splitting of what arrived leave no trace."""
    runs = [
        Run(f"r{number}")
        .stage("evaluate", 0)
        .metric("m", number, slice="a")
        .sample("s", slices=["a"], x=0.5)
        for number in range(5)
    ]
    requests = [run.request() for run in runs]
    shuffled = [*requests, *requests[:3]]
    random.Random(7).shuffle(shuffled)
    for name, told in (("one", requests), ("two", shuffled)):
        for part in (told[:3], told[3:]):
            with own(DataDir(tmp_path / name)) as embedded:
                for request in part:
                    embedded.append(Signal.TRACES, request)
    one = contexta("export", "--all", "--data", tmp_path / "one").stdout
    two = contexta("export", "--all", "--data", tmp_path / "two").stdout
    assert one == two
    assert len(lines(one)) > 20


def test_numbers_and_times_have_one_form(tmp_path: Path, contexta: Contexta) -> None:
    """NaN and infinities are text, times ISO 8601 with a fraction only where there is one."""
    run = Run("r").metric("nan", float("nan")).metric("inf", float("-inf")).metric("zero", -0.0)
    run.at += 1
    take_in(tmp_path, run.metric("fine", 1e-9))
    metrics = {
        row["name"]: row
        for row in lines(contexta("export", "r", "--data", tmp_path).stdout)
        if row["table"] == "metrics"
    }
    assert metrics["nan"]["value"] == "NaN"
    assert metrics["inf"]["value"] == "-Infinity"
    assert str(metrics["zero"]["value"]) == "-0.0"
    assert metrics["nan"]["occurred_at"].endswith("41Z")
    assert metrics["fine"]["occurred_at"].endswith(".000000001Z")


def test_an_export_of_one_run_holds_what_belongs_to_it_and_no_other_run(
    demo: Path, contexta: Contexta
) -> None:
    """Artifacts, relations and the deployment it leads to, but not the run that read the same data set."""
    rows = lines(contexta("export", TRAIN, "--data", demo).stdout)
    assert {
        row["run_id"] for row in rows if row["table"] in ("runs", "metrics", "stages", "spans")
    } == {TRAIN}
    assert {row["artifact_id"] for row in rows if row["table"] == "artifacts"} >= {
        "artifact_model_bundle_v17"
    }
    assert [row["deployment_id"] for row in rows if row["table"] == "deployments"] == [
        "deployment_2026_05_04_prod"
    ]
    assert BEFORE not in contexta("export", TRAIN, "--data", demo).stdout.decode()


@pytest.mark.parametrize("runs", [["--all"], [EVAL], [TRAIN], [BEFORE, EVAL]])
def test_exported_telemetry_taken_into_an_empty_store_gives_the_same_evidence(
    runs: list[str], demo: Path, tmp_path: Path, contexta: Contexta
) -> None:
    """OTLP out, OTLP in: the same canonical export, byte for byte."""
    contexta("export", *runs, "--format", "otlp", "--out", tmp_path / "otlp", "--data", demo)
    files = sorted((tmp_path / "otlp").iterdir())
    contexta("import", *files, "--data", tmp_path / "again")
    here = contexta("export", *runs, "--data", demo).stdout
    there = contexta("export", *runs, "--data", tmp_path / "again").stdout
    assert here == there


def test_logs_and_metrics_of_a_run_travel_too(tmp_path: Path, contexta: Contexta) -> None:
    """Log records and data points that name the run are in the export; those of others are not."""
    logs = ExportLogsServiceRequest()
    points = ExportMetricsServiceRequest()
    log_scope = logs.resource_logs.add().scope_logs.add()
    metric_scope = points.resource_metrics.add().scope_metrics.add()
    for run_id in ("mine", "other"):
        record = log_scope.log_records.add(time_unix_nano=10**18, event_name=f"note_{run_id}")
        record.attributes.add(key="contexta.run.id").value.string_value = run_id
        point = metric_scope.metrics.add(name=f"gauge_{run_id}").gauge.data_points.add(
            time_unix_nano=10**18, as_double=1
        )
        point.attributes.add(key="contexta.run.id").value.string_value = run_id
    with own(DataDir(tmp_path / "data")) as embedded:
        embedded.append(Signal.LOGS, logs.SerializeToString())
        embedded.append(Signal.METRICS, points.SerializeToString())
    contexta(
        "export",
        "mine",
        "--format",
        "otlp",
        "--out",
        tmp_path / "otlp",
        "--data",
        tmp_path / "data",
    )
    contexta("import", *sorted((tmp_path / "otlp").iterdir()), "--data", tmp_path / "again")
    here = contexta("export", "mine", "--data", tmp_path / "data").stdout
    assert here == contexta("export", "mine", "--data", tmp_path / "again").stdout
    assert b"gauge_mine" in here
    assert b"note_mine" in here
    assert b"other" not in contexta("export", "--all", "--data", tmp_path / "again").stdout


def test_parquet_is_a_file_per_table_with_a_manifest_that_holds(
    demo: Path, tmp_path: Path, contexta: Contexta
) -> None:
    """Rows and digests in manifest.json are those of the files; the rows are those of the JSON lines."""
    out = tmp_path / "parquet"
    contexta("export", "--all", "--format", "parquet", "--out", out, "--data", demo)
    manifest = json.loads((out / "manifest.json").read_text())
    rows = lines(contexta("export", "--all", "--data", demo).stdout)
    for table, entry in manifest["tables"].items():
        path = out / entry["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
        assert pq.read_metadata(path).num_rows == entry["rows"]
        assert entry["rows"] == sum(row["table"] == table for row in rows)
    assert set(manifest["tables"]) == set(TABLES)


def test_an_export_never_mixes_with_files_that_are_there(
    demo: Path, tmp_path: Path, contexta: Contexta
) -> None:
    """A directory with something in it is refused, untouched."""
    (tmp_path / "mine.txt").write_text("mine")
    contexta("export", "--all", "--format", "parquet", "--out", tmp_path, "--data", demo, code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "words", [[], ["r", "--all"], ["--all", "--format", "parquet"], ["--all", "--format", "xml"]]
)
def test_wrong_usage_is_2(words: list[str], demo: Path, contexta: Contexta) -> None:
    """No runs, both, no directory, no such format."""
    contexta("export", *words, "--data", demo, code=2)


def test_a_run_that_is_not_there_is_3(demo: Path, contexta: Contexta) -> None:
    """Never an empty export."""
    contexta("export", "nowhere", "--data", demo, code=3)


RECORDING = "processor/src/contexta_processor/demo_data/support_bot.traces.otlp"


@pytest.fixture
def request_bytes() -> bytes:
    """One OTLP request with one run."""
    return Run("r").metric("m", 1).request()


@pytest.mark.parametrize(
    "kind",
    [
        "framed",
        "collector",
        "single",
        "gz",
        "single_gz",
        "json",
        "json_gz",
        "json_unnamed",
        "json_pretty",
    ],
)
def test_import_reads_what_people_have(
    kind: str, request_bytes: bytes, tmp_path: Path, contexta: Contexta
) -> None:
    """Framed either way, a single request, JSON lines or pretty JSON, gzip: told from the bytes, not from the name."""
    text = as_json(request_bytes)
    contents = {
        "framed": ("x.otlp", delimited(request_bytes)),
        "collector": ("x.bin", len(request_bytes).to_bytes(4, "big") + request_bytes),
        "single": ("x.pb", request_bytes),
        "gz": ("x.traces.otlp.gz", gzip.compress(delimited(request_bytes))),
        "single_gz": ("x.bin.gz", gzip.compress(request_bytes)),
        "json": ("x.jsonl", text + b"\n" + text + b"\n"),
        "json_gz": ("x.json.gz", gzip.compress(text)),
        "json_unnamed": ("x.log", text),
        "json_pretty": ("x.json", json.dumps(json.loads(text), indent=2).encode()),
    }
    name, content = contents[kind]
    (tmp_path / name).write_bytes(content)
    told = json.loads(
        contexta("import", tmp_path / name, "--data", tmp_path / "data", "--json").stdout
    )
    assert told["runs"] == ["r"]
    assert told["files"][0]["set_aside"] == 0
    assert told["files"][0]["items"] >= 1
    rows = json.loads(contexta("runs", "--json", "--data", tmp_path / "data").stdout)["runs"]
    assert [row["run_id"] for row in rows] == ["r"]


def as_json(request: bytes) -> bytes:
    """The request as OTLP/JSON: ids in hex."""
    from base64 import b64decode

    from google.protobuf.json_format import MessageToDict
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    told = MessageToDict(ExportTraceServiceRequest.FromString(request))
    for resource in told["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for key in ("traceId", "spanId", "parentSpanId"):
                    if key in span:
                        span[key] = b64decode(span[key]).hex()
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.otlp", b""),
        ("archive.zip", b"PK\x03\x04" + bytes(100)),
        ("packed.zst", b"\x28\xb5\x2f\xfd" + bytes(100)),
        ("array.json", b'[{"resourceSpans": []}]'),
        ("text.json", b"hello"),
        ("cut.gz", gzip.compress(bytes(100_000), mtime=0)[:50]),
        ("empty.gz", gzip.compress(b"", mtime=0)),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",
)
def test_what_cannot_be_telemetry_is_refused_before_anything_is_taken(
    name: str, content: bytes, request_bytes: bytes, tmp_path: Path, contexta: Contexta
) -> None:
    """Exit code 2 with a hint; the good file before it is not taken either."""
    good, bad, data = tmp_path / "good.otlp", tmp_path / name, tmp_path / "data"
    good.write_bytes(delimited(request_bytes))
    bad.write_bytes(content)
    error = contexta("import", good, bad, "--data", data, code=2).stderr
    assert error.count(b"\n") == 3
    assert not (data / "evidence.duckdb").exists()


def test_directories_pipes_and_devices_are_refused(tmp_path: Path, contexta: Contexta) -> None:
    """None is opened, so none can block or never end."""
    import os

    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero"), tmp_path / "missing"):
        contexta("import", path, "--data", tmp_path / "data", code=2)


def test_a_damaged_file_gives_its_good_part_and_says_what_was_set_aside(
    request_bytes: bytes, tmp_path: Path, contexta: Contexta
) -> None:
    """Torn at the end: the whole request before it is taken, the rest is in quarantine."""
    path = tmp_path / "torn.traces.otlp"
    path.write_bytes(delimited(request_bytes) + delimited(Run("cut").request())[:40])
    told = json.loads(contexta("import", path, "--data", tmp_path / "data", "--json").stdout)
    assert "r" in told["runs"]
    assert told["files"][0]["set_aside"] == 1
    aside = contexta(
        "sql", "SELECT count(*) AS n FROM quarantine", "--json", "--data", tmp_path / "data"
    ).stdout
    assert json.loads(aside) == [{"n": 1}]


def test_importing_twice_changes_nothing(tmp_path: Path, contexta: Contexta) -> None:
    """Evidence is a set."""
    path = Path(__file__).parents[2] / RECORDING
    contexta("import", path, "--data", tmp_path)
    once = contexta("export", "--all", "--data", tmp_path).stdout
    contexta("import", path, path, "--data", tmp_path)
    assert contexta("export", "--all", "--data", tmp_path).stdout == once


def test_the_demo_is_quick_repeatable_and_leaves_other_evidence_alone(
    tmp_path: Path, contexta: Contexta
) -> None:
    """Twice into its own directory is the same; never into somebody's evidence."""
    shown = contexta("demo", "--data", tmp_path / "demo").stdout.decode()
    assert EVAL in shown
    assert "refund_questions" in shown
    assert contexta("demo", "--data", tmp_path / "demo").stdout.decode() == shown
    take_in(tmp_path / "mine", Run("my-run").metric("m", 1))
    contexta("demo", "--data", tmp_path / "mine", code=2)


def test_the_recording_is_what_its_script_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped bytes come out of processor/tools/record_demo.py again."""
    root = Path(__file__).parents[2]
    monkeypatch.syspath_prepend(root / "processor/tools")
    recorder = importlib.import_module("record_demo")
    monkeypatch.setattr(recorder, "OUT", tmp_path / "again.otlp")
    recorder.main()
    assert (tmp_path / "again.otlp").read_bytes() == (root / RECORDING).read_bytes()
