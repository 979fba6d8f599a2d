"""/healthz, /readyz and /metrics: one rendering, whichever door is asked.

The receiver makes a status (`serve.py`) and sends it to the store once a second; both render it here.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

Status = Mapping[str, Any]
Page = tuple[int, str, bytes]
"""HTTP status code, content type, body."""

_TEXT = "text/plain; charset=utf-8"
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_JSON = "application/json"

_COUNTERS: Mapping[str, str] = {
    "received_requests": "Requests that reached a door.",
    "received_bytes": "Bytes of those requests, after decompression.",
    "journaled_items": "Spans, log records and data points that are durable in the journal.",
    "journaled_bytes": "Bytes of the requests that are durable in the journal.",
    "rejected_items": "Items that were not taken; they are in quarantine.",
    "rejected_requests": "Requests with nothing readable in them; they are in quarantine.",
    "refused_requests": "Requests whose sender was told to come back, by cause.",
    "quarantined": "What was set aside, by reason.",
    "inbox_files": "Files taken from the inbox.",
    "reconstructed_records": "Journal records that are rows now.",
    "reconstructed_bytes": "Bytes of the journal that are rows now.",
    "reconstructed_rows": "Spans, events, metrics and samples that were new to the store.",
    "journal_damaged_bytes": "Bytes of the journal that hold no valid record, and were skipped.",
    "pruned_rows": "Rows that belong to no run and were removed.",
    "store_restarts": "Times the store process was started again.",
}
_GAUGES: Mapping[str, str] = {
    "journal_end_position": "Bytes ever journaled.",
    "store_position": "How far of them the store is.",
    "lag_bytes": "What the store has still to do.",
    "store_up": "Whether the store process runs.",
    "ready": "What /readyz says.",
    "started_at_seconds": "When the server started, Unix time.",
}


def health_page() -> Page:
    """The process is up."""
    return 200, _TEXT, b"ok\n"


def ready_page(status: Status) -> Page:
    """Whether evidence is taken and follows in time; the reasons, if not."""
    reasons: list[str] = status.get("not_ready", ["the server is starting"])
    body = json.dumps({"ready": not reasons, "reasons": reasons}, sort_keys=True).encode() + b"\n"
    return (503 if reasons else 200), _JSON, body


def metrics_page(status: Status) -> Page:
    """Prometheus text about the processor itself."""
    lines: list[str] = []
    for name, told in _GAUGES.items():
        lines += _series(f"contexta_{name}", "gauge", told, [({}, status.get(name, 0))])
    counters: Mapping[str, list[tuple[dict[str, str], int]]] = status.get("counters", {})
    for name, told in _COUNTERS.items():
        lines += _series(f"contexta_{name}_total", "counter", told, counters.get(name, []))
    return 200, _PROMETHEUS, ("\n".join(lines) + "\n").encode()


def _series(
    name: str, kind: str, told: str, values: Iterable[tuple[Mapping[str, str], float]]
) -> list[str]:
    lines = [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]
    for labels, value in values:
        inside = ",".join(f'{key}="{_escape(text)}"' for key, text in sorted(labels.items()))
        lines.append(
            f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"
        )
    return lines


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
