"""What a running server has counted since its start: refusals, rejections, restarts, damage."""

import http.client
from collections.abc import Iterator

from contexta_processor.base.errors import ContextaError
from contexta_processor.cli.checks.check import Check
from contexta_processor.cli.checks.network import get_page

_MOST_BYTES = 1 << 20


def check_counters(web: str) -> Iterator[Check]:
    """Findings in /metrics of the server at a web address; nothing where it does not answer (said elsewhere)."""
    from contexta_processor.store.remote import normal_url

    try:
        status, body, _ = get_page(normal_url(web), "/metrics", most=_MOST_BYTES)
    except (ContextaError, OSError, http.client.HTTPException):
        return
    if status != 200:
        return
    counts = _counts(body.decode("utf-8", "replace"))
    yield from _traffic(counts)
    restarts = _total(counts, "store_restarts_total")
    if restarts:
        yield Check(
            "restarts",
            "warning",
            f"the store process was started again {restarts:,} times since the server started",
            "look at what contexta serve printed",
        )
    damaged = _total(counts, "journal_damaged_bytes_total")
    if damaged:
        yield Check(
            "disk",
            "error",
            f"{damaged:,} bytes of the journal were changed or lost by the disk since the server started",
            "see to the disk: contexta sql \"SELECT * FROM quarantine WHERE reason = 'journal_damage'\"",
        )


def _traffic(counts: dict[str, int]) -> Iterator[Check]:
    requests = _total(counts, "received_requests_total")
    items = _total(counts, "journaled_items_total")
    text = f"{requests:,} requests and {items:,} items received since the server started"
    refused = _told(counts, "refused_requests_total", "cause")
    rejected = _total(counts, "rejected_requests_total"), _total(counts, "rejected_items_total")
    if refused:
        causes = ", ".join(f"{count:,} {cause}" for cause, count in refused.items())
        yield Check(
            "traffic",
            "warning",
            f"{text}; senders were told to come back: {causes}",
            "disk_full: make room; lag, memory: send less at once; docs/operate.md has all causes",
        )
    if any(rejected):
        yield Check(
            "traffic",
            "warning",
            f"{text}; rejected: {rejected[0]:,} unreadable requests, {rejected[1]:,} items",
            'contexta sql "SELECT signal, reason, detail, count(*) FROM quarantine GROUP BY ALL"',
        )
    if not refused and not any(rejected):
        yield Check("traffic", "ok", text)


def _counts(page: str) -> dict[str, int]:
    """`name{labels}` → value of every counter of ours."""
    found: dict[str, int] = {}
    for line in page.splitlines():
        series, _, value = line.rpartition(" ")
        if series.startswith("contexta_") and value.isdigit():
            found[series.removeprefix("contexta_")] = int(value)
    return found


def _total(counts: dict[str, int], name: str) -> int:
    return sum(count for series, count in counts.items() if series.partition("{")[0] == name)


def _told(counts: dict[str, int], name: str, label: str) -> dict[str, int]:
    """Counts of one name by one of its labels."""
    found: dict[str, int] = {}
    for series, count in counts.items():
        if series.partition("{")[0] == name and count:
            value = series.partition(f'{label}="')[2].partition('"')[0]
            found[value] = found.get(value, 0) + count
    return found
