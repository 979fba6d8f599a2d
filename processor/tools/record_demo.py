"""Record the demo's telemetry: python processor/tools/record_demo.py

Plays the support bot's story (a training run, the evaluation before it and the one after it, a
deployment) through the OpenTelemetry SDK with fixed times and ids, and writes what the SDK would have
sent, as OTLP, to `contexta_processor/demo_data/`. The same script gives the same bytes.
"""

from pathlib import Path

from demo_evaluation import evaluation
from demo_names import AFTER, BEFORE, MODEL, OLD_MODEL
from demo_release import deployment, training

OUT = (
    Path(__file__).parent.parent
    / "src"
    / "contexta_processor"
    / "demo_data"
    / "support_bot.traces.otlp"
)


def delimited(message: bytes) -> bytes:
    """A protobuf message with its length before it, as a varint."""
    length, prefix = len(message), bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*prefix, length]) + message


def main() -> None:
    """Write the recording."""
    requests = (
        evaluation(BEFORE, "2026-04-27T09:05:31+00:00", OLD_MODEL, 1611.0, "a81e007"),
        training(),
        evaluation(AFTER, "2026-05-03T09:12:44+00:00", MODEL, 1842.0, "3f9c1d2"),
        deployment(),
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_bytes(b"".join(delimited(request) for request in requests))
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes, {len(requests)} requests")


if __name__ == "__main__":
    main()
