"""Does evidence of this user's jobs wait in a spool, because no server took it?

Where spools are and what is in them is the emitter's format (docs/exits.md): `SPOOL/<destination>/*.binpb`, one request a file, and
`*.refused` for what a server refused for good.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from contexta_processor.cli.checks.check import Check

_OFF = frozenset({"0", "off", "none", "false"})


@dataclass
class _Waiting:
    """What waits for one destination, or was refused by it."""

    place: Path
    requests: int = 0
    size_bytes: int = 0
    oldest_at: float = float("inf")
    refused: int = 0


def check_spools(environment: Mapping[str, str]) -> Iterator[Check]:
    """A line for each destination that something waits for; one that says so where nothing does."""
    found = [
        waiting
        for root in _roots(environment)
        for waiting in _destinations(root)
        if waiting.requests or waiting.refused
    ]
    for waiting in found:
        if waiting.requests:
            yield _undelivered(waiting)
        if waiting.refused:
            yield Check(
                "spool",
                "warning",
                f"{waiting.refused:,} requests for {_destination(waiting.place)} were refused for good",
                f"ls {waiting.place}/*.refused",
            )
    if not found:
        yield Check("spool", "ok", "no evidence of this user's jobs waits to be delivered")


def _roots(environment: Mapping[str, str]) -> list[Path]:
    chosen = environment.get("CONTEXTA_SPOOL")
    if chosen:
        return [] if chosen.lower() in _OFF else [Path(chosen).expanduser()]
    state = environment.get("XDG_STATE_HOME")
    home = environment.get("HOME")
    base = Path(state) if state else Path(home) / ".local" / "state" if home else None
    named = [base / "contexta" / "spool"] if base else []
    return [*named, Path(tempfile.gettempdir()) / f"contexta-spool-{os.getuid()}"]


def _destinations(root: Path) -> Iterator[_Waiting]:
    try:
        places = sorted(path for path in root.iterdir() if path.is_dir())
    except OSError:
        return  # nobody ever spooled there, or it is not ours to look into
    for place in places:
        waiting = _Waiting(place)
        for file in place.glob("[!.]*"):
            if file.suffix == ".refused":
                waiting.refused += 1
            elif file.suffix == ".binpb":
                _add(waiting, file)
        yield waiting


def _add(waiting: _Waiting, file: Path) -> None:
    try:
        status = file.stat()
    except OSError:
        return  # delivered meanwhile
    waiting.requests += 1
    waiting.size_bytes += status.st_size
    waiting.oldest_at = min(waiting.oldest_at, status.st_mtime)


def _undelivered(waiting: _Waiting) -> Check:
    age = max(0.0, time.time() - waiting.oldest_at)
    return Check(
        "spool",
        "warning",
        f"{waiting.requests:,} requests ({waiting.size_bytes:,} bytes) for {_destination(waiting.place)} "
        f"wait to be delivered, the oldest for {_duration(age)}",
        "contexta-ship   delivers them once that server runs",
    )


def _destination(place: Path) -> str:
    try:
        told = json.loads((place / "destination.json").read_text(encoding="utf-8"))
        return str(told["endpoint"])
    except (OSError, ValueError, KeyError, TypeError):
        return str(place)


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
