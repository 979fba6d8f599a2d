"""Getting evidence out: protocols, retries, refusals, an endpoint that is away, files."""

from __future__ import annotations

import threading
import time

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import contexta


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_http_carries_the_same_evidence(http_receiver, restart, monkeypatch, protocol, compression):
    """OTLP/HTTP in protobuf and JSON, plain and gzip, arrives as over gRPC, times to the nanosecond."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
    restart(endpoint=http_receiver.endpoint, protocol=protocol, carrier="both")
    with contexta.run("p", id="r1"):
        contexta.log_metric("loss", float("nan"), at=1_778_000_000_123_456_789)
        contexta.log_metric("acc", float("-inf"), step=2**53 + 1)
    assert contexta.flush(60)
    by_name = {
        one.attributes["contexta.metric.name"]: one
        for one in http_receiver.named("contexta.metric")
    }
    assert by_name["loss"].at_ns == 1_778_000_000_123_456_789
    assert (
        by_name["loss"].attributes["contexta.metric.value"]
        != by_name["loss"].attributes["contexta.metric.value"]
    )
    assert by_name["acc"].attributes["contexta.metric.value"] == float("-inf")
    assert by_name["acc"].attributes["contexta.metric.step"] == 2**53 + 1
    assert {one.at_ns for one in http_receiver.logs} >= {1_778_000_000_123_456_789}
    assert http_receiver.of("run")[0].schema_url.startswith("https://")


def test_headers_and_gzip_go_over_grpc(receiver, restart, monkeypatch):
    """OTEL_EXPORTER_OTLP_HEADERS and configure(headers=…) are sent as metadata, decoded."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20abc")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    restart(endpoint=receiver.endpoint, headers={"x-team": "search"})
    with contexta.run("p"):
        pass
    assert contexta.flush(60)
    assert receiver.metadata[0]["authorization"] == "Bearer abc"
    assert receiver.metadata[0]["x-team"] == "search"


def test_otel_variables_name_the_endpoint(script, receiver):
    """Without CONTEXTA_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT is used; service name and resource too."""
    done = script(
        "import contexta\nwith contexta.run('p'): pass\n",
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint,
        OTEL_SERVICE_NAME="trainer",
        OTEL_RESOURCE_ATTRIBUTES="team=search",
    )
    assert done.returncode == 0, done.stderr
    (run,) = receiver.of("run")
    assert run.resource["service.name"] == "trainer"
    assert run.resource["team"] == "search"
    assert {"host.name", "process.pid", "service.instance.id"} <= set(run.resource)
    assert run.scope == "contexta"


@pytest.mark.parametrize(
    ("code", "trailers"),
    [
        (grpc.StatusCode.UNAVAILABLE, ()),
        (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            (("google.rpc.retryinfo-bin", b"\n\x05\x10\x80\xc2\xd7/"),),
        ),
        (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            (
                (
                    "grpc-status-details-bin",
                    b"\x08\x08\x1a3\n(type.googleapis.com/google.rpc.RetryInfo\x12\x07\n\x05\x10\x80\xc2\xd7/",
                ),
            ),
        ),
    ],
)
def test_what_may_be_retried_is_retried(receiver, code, trailers):
    """Retryable answers lose nothing; RESOURCE_EXHAUSTED only with RetryInfo in either trailer."""
    failures = iter([True, True])
    receiver.fail = lambda: (code, trailers) if next(failures, None) else None
    with contexta.run("p"):
        contexta.log_metric("m", 1)
    assert contexta.flush(60)
    assert len(receiver.named("contexta.metric")) == 1
    assert receiver.has_no_gap()


def test_a_refusal_is_counted_by_cause_and_said(receiver, caplog):
    """INVALID_ARGUMENT is not retried: dropped() names the cause, and the warning says so."""
    before = contexta.dropped().get("refused_by_endpoint", 0)
    receiver.fail = lambda: (grpc.StatusCode.INVALID_ARGUMENT, ())
    with contexta.run("p"):
        contexta.log_metric("m", 1)
    assert contexta.flush(60)
    assert contexta.dropped()["refused_by_endpoint"] > before
    assert "refused" in caplog.text


def test_partial_success_becomes_a_degraded_marker(receiver, restart):
    """Spans the receiver rejects are counted and a marker of the run says so, ledger included."""
    restart(endpoint=receiver.endpoint, heartbeat_s=0.1)
    receiver.rejected = 1
    with contexta.run("p"):
        receiver.wait(lambda: receiver.requests)
        receiver.rejected = 0
        receiver.wait(lambda: receiver.named("contexta.heartbeat"))
    assert contexta.flush(60)
    markers = [one.attributes for one in receiver.named("contexta.degraded")]
    assert {one["contexta.degraded.reason"] for one in markers} == {"evidence_dropped"}
    assert {one["contexta.degraded.category"] for one in markers} == {"transport"}
    assert any("rejected_by_endpoint" in one["contexta.degraded.detail"] for one in markers)
    assert receiver.named("contexta.ledger")[0].attributes["contexta.ledger.dropped_count"] >= 1


def test_an_endpoint_that_comes_up_late_gets_everything(free_port, serve, restart):
    """Evidence recorded while nothing listens arrives whole once something does."""
    restart(endpoint=f"http://127.0.0.1:{free_port}")
    with contexta.run("p"):
        for step in range(500):
            contexta.log_metric("loss", step, step=step)
        time.sleep(0.3)
        late = serve(free_port)
        late.wait(lambda: late.named("contexta.run.started"), 20)
    assert contexta.flush(60)
    assert len(late.named("contexta.metric")) == 500
    assert late.has_no_gap()


def test_without_an_endpoint_the_job_runs_as_if_we_were_not_there(script, free_port):
    """Nothing listens: exit code 0, one warning with the way out, about two seconds at exit at most."""
    begun = time.monotonic()
    done = script(
        "import time, contexta\n"
        "begun = time.perf_counter()\n"
        "for n in range(20):\n"
        "    with contexta.run('p'), contexta.stage('s'):\n"
        "        for step in range(500): contexta.log_metric('loss', 1.0, step=step)\n"
        "print(time.perf_counter() - begun)\n",
        CONTEXTA_ENDPOINT=f"http://127.0.0.1:{free_port}",
    )
    assert done.returncode == 0
    assert done.stderr.strip().count("\n") == 0
    assert "cannot reach" in done.stderr
    assert "CONTEXTA_ENDPOINT" in done.stderr
    assert float(done.stdout) < 5
    assert time.monotonic() - begun < 12


def test_a_full_queue_is_counted_never_silent(receiver, restart):
    """With a queue of 50 items, no spool and a receiver that hangs, losses are counted, the rest arrives."""
    gate = threading.Event()
    receiver.fail = lambda: gate.wait(60) and None
    restart(endpoint=receiver.endpoint, queue_max_items=50, spool="off")
    before = sum(contexta.dropped().values())
    with contexta.run("p", id="full"):
        for step in range(10_000):
            contexta.log_metric("loss", step, step=step)
        gate.set()
        assert contexta.flush(60)
    assert contexta.flush(60)
    lost = sum(contexta.dropped().values()) - before
    assert lost > 0
    arrived = receiver.sequence()
    ledger = receiver.named("contexta.ledger")[0]
    expected = ledger.attributes["contexta.ledger.last_seq"] - arrived[0] + 1
    assert expected - len(arrived) == lost
    assert receiver.named("contexta.degraded")


def test_file_endpoint_needs_no_server(script, tmp_path):
    """file:DIR leaves whole length-delimited requests in DIR/inbox, and nothing half-written."""
    done = script(
        "import contexta\nwith contexta.run('p', id='r1'): contexta.log_metric('m', 1)\n",
        CONTEXTA_ENDPOINT=f"file:{tmp_path / 'evidence'}",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    files = sorted((tmp_path / "evidence" / "inbox").iterdir())
    assert files
    assert all(file.name.endswith(".traces.binpb") for file in files)
    names = []
    for file in files:
        body = file.read_bytes()
        size = shift = at = 0
        while True:
            byte = body[at]
            size |= (byte & 127) << shift
            shift, at = shift + 7, at + 1
            if byte < 128:
                break
        assert len(body) == at + size
        request = ExportTraceServiceRequest.FromString(body[at:])
        names += [s.name for r in request.resource_spans for c in r.scope_spans for s in c.spans]
    assert "run run" in names


def test_log_records_carry_the_same_events(receiver, restart):
    """carrier=log sends events as log records with event name, severity and trace context."""
    restart(endpoint=receiver.endpoint, carrier="log")
    with contexta.run("p", id="r1") as run, contexta.stage("s"):
        contexta.log_metric("m", 1)
        contexta.log_event("oops", {"why": "x"}, severity="error")
    assert contexta.flush(60)
    assert not receiver.events
    (oops,) = receiver.named("oops")
    assert oops.severity == 17
    assert "contexta.event.severity" not in oops.attributes
    assert oops.attributes["contexta.stage.name"] == "s"
    assert oops.span_id == receiver.of("stage")[0].span_id
    assert (
        receiver.named("contexta.run.started")[0].span_id
        == f"{run.span.get_span_context().span_id:016x}"
    )
    assert receiver.has_no_gap()


def test_both_carriers_say_the_same_thing_once(receiver, restart):
    """carrier=both: the same producer and number on span event and log record."""
    restart(endpoint=receiver.endpoint, carrier="both")
    with contexta.run("p"):
        contexta.log_metric("m", 1)
        contexta.log_event("e", severity="warning")
    assert contexta.flush(60)
    on_spans = {(e.name, e.attributes["contexta.seq"]) for e in receiver.events}
    as_logs = {(e.name, e.attributes["contexta.seq"]) for e in receiver.logs}
    assert on_spans == as_logs
    (event,) = (one for one in receiver.events if one.name == "e")
    assert event.attributes["contexta.event.severity"] == "warn"


def test_an_idle_connection_that_was_closed_is_no_failure(http_receiver, caplog):
    """A receiver that closes kept connections costs neither a warning nor evidence."""
    http_receiver.hang_up = True
    for n in range(3):
        with contexta.run("p", id=f"r{n}"):
            contexta.log_metric("m", n)
        assert contexta.flush(60)
    assert len(http_receiver.named("contexta.metric")) == 3
    assert not caplog.records


def test_logs_may_have_an_endpoint_of_their_own(script, receiver, serve, free_port):
    """OTEL_EXPORTER_OTLP_LOGS_ENDPOINT is honoured over gRPC."""
    logs = serve(free_port)
    done = script(
        "import contexta\nwith contexta.run('p'): contexta.log_metric('m', 1)\n",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=receiver.endpoint,
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=f"http://127.0.0.1:{free_port}",
        CONTEXTA_CARRIER="log",
    )
    assert done.returncode == 0, done.stderr
    assert receiver.of("run")
    assert not receiver.logs
    assert any(one.name == "contexta.metric" for one in logs.logs)


def test_flush_waits_for_hashes_under_way(receiver, tmp_path):
    """flush says delivered only when the artifact's digest is among what was delivered."""
    model = tmp_path / "model"
    model.write_bytes(bytes(50_000_000))
    with contexta.run("p"):
        contexta.log_artifact(model, kind="checkpoint")
        assert contexta.flush(60)
        (artifact,) = receiver.named("contexta.artifact")
        assert len(artifact.attributes["contexta.artifact.sha256"]) == 64
