"""Evidence from the OpenTelemetry SDK as it comes, without our library: what any language can send."""

import logging

from contract.doors import Server
from contract.otlp_words import T0, event, log, logs, span, traces
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Status, StatusCode


def told_by_sdk(exporter: SpanExporter, run: str, log_exporter: OTLPLogExporter) -> None:
    """A run, a stage, an ordinary span and a Python log record inside it."""
    resource = Resource.create({"service.name": "trainer"})
    provider, logger_provider = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    logger_provider.add_log_record_processor(SimpleLogRecordProcessor(log_exporter))
    logger = logging.getLogger(f"contract.{run}")
    handler = LoggingHandler(logger_provider=logger_provider)
    logger.addHandler(handler)
    tracer = provider.get_tracer("some.instrumentation", "1.0")
    address = {"contexta.run.id": run, "contexta.project.name": "sdk"}
    begun = address | {"contexta.evidence.kind": "run", "contexta.run.type": "training"}
    with tracer.start_as_current_span("run training", attributes=begun):
        staged = address | {"contexta.evidence.kind": "stage", "contexta.stage.name": "fit"}
        with tracer.start_as_current_span("stage fit", attributes=staged) as stage:
            stage.add_event(
                "contexta.metric", {"contexta.metric.name": "f1", "contexta.metric.value": 0.5}
            )
            with tracer.start_as_current_span("SELECT features") as query:
                logger.warning("slow query")
                query.set_status(Status(StatusCode.ERROR, "timeout"))
    logger.removeHandler(handler)
    provider.shutdown()
    logger_provider.shutdown()


def test_a_run_of_the_plain_sdk_over_grpc_and_http(server: Server) -> None:
    """Run, stage, metric, the spans and logs of other libraries below them: all in place, completeness unknown."""
    logs_to = f"http://{server.addresses['http']}/v1/logs"
    exporters = {
        "sdk-grpc": GrpcExporter(endpoint=f"http://{server.addresses['grpc']}", insecure=True),
        "sdk-http": HttpExporter(endpoint=f"http://{server.addresses['http']}/v1/traces"),
    }
    for run, exporter in exporters.items():
        told_by_sdk(exporter, run, OTLPLogExporter(endpoint=logs_to))
    server.settled()
    for run in exporters:
        row = server.row(
            f"SELECT status, service_name, completeness FROM runs WHERE run_id = '{run}'"
        )
        assert row == {"status": "completed", "service_name": "trainer", "completeness": "unknown"}
        assert server.row(f"SELECT stage, scope, value FROM metrics WHERE run_id = '{run}'") == {
            "stage": "fit", "scope": "stage", "value": 0.5,
        }  # fmt: skip
        found = server.row(
            f"SELECT stage, status, scope_name FROM spans WHERE run_id = '{run}' AND name = 'SELECT features'"
        )
        assert found == {"stage": "fit", "status": "error", "scope_name": "some.instrumentation"}
        said = server.row(
            f"SELECT stage, severity, attributes ->> 'body' AS body FROM events WHERE run_id = '{run}'"
        )
        assert said == {"stage": "fit", "severity": "warn", "body": "slow query"}


def test_an_operation_of_no_stage_gives_its_address_by_either_carrier(server: Server) -> None:
    """A span that names run and operation only: its events are of that operation, as event or as record."""
    said = {
        "contexta.run.id": "no-stage",
        "contexta.evidence.kind": "operation",
        "contexta.operation.name": "op",
    }
    made = span(0x81, 1, "op", said, events=[event("on the span", T0)])
    server.grpc(logs([log("in a record", {}, at_ns=T0 + 1, trace=0x81, number=1)]))
    server.grpc(traces([made]))
    server.settled()
    rows = server.sql(
        "SELECT name, run_id, operation, confidence FROM events WHERE trace_id LIKE '%81' ORDER BY 1 DESC"
    )
    assert [tuple(row[key] for key in ("name", "run_id", "operation", "confidence")) for row in rows] == [
        ("on the span", "no-stage", "op", "direct"),
        ("in a record", "no-stage", "op", "direct"),
    ]  # fmt: skip
