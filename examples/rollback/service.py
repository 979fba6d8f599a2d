"""A service that reads digits, instrumented with OpenTelemetry alone.

    python service.py --model v2.joblib --darkness 1.0 0.8 0.6

One day of requests per darkness: how dark the scanner's images are, 1 being as they were in training. Which
deployment it is, and what its figures are measured against, it is told by the environment:

    OTEL_RESOURCE_ATTRIBUTES=deployment.id=…,deployment.environment.name=…
    REFERENCE_RUN, REFERENCE_DATA      the evaluation run, the data set of the training

It prints the accuracy of the last day, from what people corrected.
"""

import argparse
import os
from pathlib import Path

import joblib
import numpy as np
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from sklearn.datasets import load_digits

KNOWN = 1_197
A_DAY = 100


def stability_index(seen: np.ndarray, reference: np.ndarray) -> float:
    """How far the darkness of some images is from that of others (PSI over the reference's fifths): below 0.1
    alike, above 0.25 different."""
    darkness, usual = seen.mean(axis=1), reference.mean(axis=1)
    inner = np.quantile(usual, [0.2, 0.4, 0.6, 0.8])
    shares = [
        np.clip(np.bincount(np.searchsorted(inner, values), minlength=5) / len(values), 1e-3, None)
        for values in (darkness, usual)
    ]
    return float(((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum())


def main() -> None:
    """Serve day after day, and export what a service exports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--darkness", type=float, nargs="+", required=True)
    arguments = parser.parse_args()

    traces = TracerProvider()
    traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    measured = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
    tracer, meter = traces.get_tracer("digit-reader"), measured.get_meter("digit-reader")
    accuracy = meter.create_gauge("accuracy", unit="1")
    drift = meter.create_gauge("input.darkness.psi", unit="1")
    run = {"contexta.metric.reference": os.environ["REFERENCE_RUN"]}
    data = {"contexta.metric.reference": os.environ["REFERENCE_DATA"]}

    model = joblib.load(arguments.model)
    images, labels = load_digits(return_X_y=True)
    for day, darkness in enumerate(arguments.darkness):
        first = KNOWN + day * A_DAY % (len(images) - KNOWN - A_DAY)
        asked = images[first : first + A_DAY] * darkness
        right = 0
        for image, label in zip(asked, labels[first : first + A_DAY], strict=True):
            with tracer.start_as_current_span("POST /read", kind=trace.SpanKind.SERVER) as span:
                digit = int(model.predict(image[None])[0])
                span.set_attribute("app.digit", digit)
                right += digit == int(label)
                if digit != int(label):
                    span.add_event("corrected_by_hand", {"app.read": digit, "app.is": int(label)})
        accuracy.set(right / A_DAY, run)
        drift.set(stability_index(asked, images[:KNOWN]), data)
        measured.force_flush()
    traces.shutdown()
    measured.shutdown()
    print(right / A_DAY)


if __name__ == "__main__":
    main()
