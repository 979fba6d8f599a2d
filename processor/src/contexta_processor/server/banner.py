"""What `serve` says when it is ready: every address, where things are, what to try."""

from collections.abc import Mapping
from pathlib import Path

from contexta_processor import __version__


def banner(addresses: Mapping[str, str], data: Path, journal_bytes: int) -> str:
    """The start-up text, one fact a line."""
    grpc, http, web = (addresses[name] for name in ("grpc", "http", "web"))
    rows = [
        ("OTLP/gRPC", grpc, "traces, logs, metrics"),
        ("OTLP/HTTP", f"http://{http}", "/v1/traces /v1/logs /v1/metrics, protobuf or JSON"),
        ("web, API", f"http://{web}", "/api /healthz /readyz /metrics"),
        ("store", str(data), f"evidence.duckdb, {journal_bytes:,} bytes ever journaled"),
    ]
    width = max(len(value) for _, value, _ in rows)
    lines = [f"contexta {__version__} is ready"]
    lines += [f"  {name:<10} {value:<{width}}   {note}" for name, value, note in rows]
    lines += [
        f"  {'try':<10} OTEL_EXPORTER_OTLP_ENDPOINT=http://{grpc} python train.py",
        f"  {'':<10} contexta runs --data {data}",
        f"  {'stop':<10} Ctrl-C: finishes what is in flight, loses nothing",
    ]
    return "\n".join(lines)
