"""A service that answers which digit an image shows, instrumented with OpenTelemetry alone.

    python service.py --port 8000            GET /predict?image=42  →  {"digit": 1, "confidence": 0.97}

It was built for the backend its team has (here: spans as JSON lines in a file). What contexta gets, it gets from
the second exporter, which the OTEL_… environment variables point somewhere; nothing here imports contexta.
"""

import argparse
import json
import logging
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
)
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

UNSURE = 0.9


class Digits(BaseHTTPRequestHandler):
    """One request, one span."""

    def do_GET(self) -> None:
        """Answer /predict?image=N."""
        number = int(parse_qs(urlsplit(self.path).query)["image"][0])
        with tracer.start_as_current_span("GET /predict", kind=trace.SpanKind.SERVER) as span:
            chances = model.predict_proba(images[number][None])[0]
            digit, confidence = int(chances.argmax()), float(chances.max())
            span.set_attribute("app.digit", digit)
            confidences.record(confidence)
            if confidence < UNSURE:
                span.add_event("unsure_answer", {"app.image": number, "app.confidence": confidence})
        body = json.dumps({"digit": digit, "confidence": round(confidence, 2)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are spans; standard error stays quiet."""


def serve(port: int) -> None:
    """Answer until told to stop; then deliver what is left."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Digits)

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
    traces.shutdown()
    measured.shutdown()


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=8000)
parser.add_argument("--backend", type=Path, default=Path("backend.jsonl"))
arguments = parser.parse_args()
logging.basicConfig(level=logging.WARNING)

# What the team has: its own backend.
traces = TracerProvider()
backend = ConsoleSpanExporter(
    out=arguments.backend.open("w"), formatter=lambda span: span.to_json(indent=None) + "\n"
)
traces.add_span_processor(SimpleSpanProcessor(backend))

# What contexta gets, beside it: an ordinary OTLP exporter, told by the environment where to go.
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
measured = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])

tracer = traces.get_tracer("digits-service")
confidences = measured.get_meter("digits-service").create_histogram("app.confidence", unit="1")

images, labels = load_digits(return_X_y=True)
model = LogisticRegression(max_iter=200).fit(images[:1_197], labels[:1_197])

if __name__ == "__main__":
    serve(arguments.port)
