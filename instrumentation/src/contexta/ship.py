"""`contexta-ship`: deliver what jobs left in the spool.

Each destination's files go where they were meant to go, or all of them to `--endpoint`. A file is
removed once it was acknowledged. Headers (credentials) come from the environment, as for a job.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contexta.base import settings as settings_module
from contexta.base.settings import Settings
from contexta.delivery import spool as spool_files
from contexta.delivery.destination import Destination, transport_for

if TYPE_CHECKING:
    from contexta.delivery.transport import Outcome, Transport

EXIT_OK: Final = 0
EXIT_REFUSED: Final = 1
EXIT_USAGE: Final = 2
EXIT_UNREACHABLE: Final = 4
_PATIENCE_S: Final = 10.0
_LONGEST_PAUSE_S: Final = 2.0


@dataclass
class Shipped:
    """What became of one destination's files."""

    files: int = 0
    size: int = 0
    """Bytes."""
    rejected: int = 0
    """Items of delivered requests that the receiver did not take."""
    refused: int = 0
    """Files the receiver refused for good; they are set aside."""
    left: int = 0
    message: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script. Returns 0: all delivered; 1: some refused; 2: wrong usage; 4: some left."""
    options = _parser().parse_args(arguments)
    try:
        return _watch(options) if options.watch else _once(options, quiet_if_empty=False)
    except ImportError as missing:
        _say(
            f"error: {missing.name} is not installed",
            "it is what OTLP/gRPC needs",
            'pip install "contexta[sdk]"',
        )
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contexta-ship",
        description="Deliver evidence that jobs could not deliver themselves.",
    )
    parser.add_argument("dir", nargs="?", metavar="DIR", help="the spool (default: that of jobs)")
    parser.add_argument("--endpoint", help="send everything there: http(s)://HOST:PORT or file:DIR")
    parser.add_argument(
        "--protocol", choices=("grpc", "http/protobuf", "http/json"), help="with --endpoint"
    )
    parser.add_argument("--watch", action="store_true", help="go on until interrupted")
    parser.add_argument(
        "--interval", type=float, default=5.0, metavar="S", help="seconds between looks (5)"
    )
    parser.add_argument("--again", action="store_true", help="take up what was refused before")
    return parser


def _watch(options: argparse.Namespace) -> int:
    while True:
        _once(options, quiet_if_empty=True)
        time.sleep(max(0.1, options.interval))


def _once(options: argparse.Namespace, *, quiet_if_empty: bool) -> int:
    settings = settings_module.from_environment()
    roots = spool_files.directories(options.dir or settings.spool)
    if options.dir and not roots[0].is_dir():
        _say(f"error: no spool in {roots[0]}", "there is no such directory", "contexta-ship --help")
        return EXIT_USAGE
    results = [
        _ship_place(place, told, options, settings)
        for root in roots
        for place, told in spool_files.destinations(root)
        if _files(place, options.again)
    ]
    if not results and not quiet_if_empty:
        print(f"nothing waits in {roots[0] if roots else 'the spool: it is switched off'}")
    if any(one.left for one in results):
        return EXIT_UNREACHABLE
    return EXIT_REFUSED if any(one.refused for one in results) else EXIT_OK


def _files(place: Path, again: bool) -> list[Path]:
    if again:
        for path in place.glob(f"*{spool_files.SUFFIX}{spool_files.REFUSED}"):
            path.rename(path.with_name(path.name.removesuffix(spool_files.REFUSED)))
    return spool_files.waiting(place)


def _ship_place(
    place: Path, told: Destination | None, options: argparse.Namespace, settings: Settings
) -> Shipped:
    if options.endpoint:
        protocol = options.protocol or settings.protocol
        settings = dataclasses.replace(
            settings,
            endpoint=options.endpoint,
            logs_endpoint=None,
            endpoint_is_complete=False,
            protocol=protocol,
        )
    elif told is not None:
        settings = told.in_settings(settings)
    else:
        _say(
            f"error: cannot tell where {place} was meant to go",
            f"{spool_files.DESTINATION} is missing or damaged",
            f"contexta-ship {place.parent} --endpoint http://HOST:PORT",
        )
        return Shipped(left=len(spool_files.waiting(place)))
    transport = transport_for(settings)
    try:
        result = ship(spool_files.waiting(place), transport, settings.timeout_s)
    finally:
        transport.close()
    _report(result, transport.name, place)
    return result


def ship(files: Sequence[Path], transport: Transport, timeout_s: float) -> Shipped:
    """Deliver files through `transport`, oldest first; stops where the endpoint does not answer."""
    result = Shipped()
    for index, path in enumerate(files):
        with spool_files.claimed(path) as content:
            if content is None:
                if path.exists():
                    result.left, result.message = result.left + 1, "another process holds them"
                continue
            outcome = _send(content, path, transport, timeout_s)
            if outcome.verdict == "retry":
                result.left += len(files) - index
                result.message = outcome.message
                break
            if outcome.verdict == "refused":
                path.rename(path.with_name(path.name + spool_files.REFUSED))
                result.refused, result.message = result.refused + 1, outcome.message
                continue
            path.unlink(missing_ok=True)
            result.files += 1
            result.size += len(content)
            result.rejected += outcome.rejected
            result.message = outcome.message or result.message
    return result


def _send(content: bytes, path: Path, transport: Transport, timeout_s: float) -> Outcome:
    """Deliver the requests of one file; a receiver that is busy gets the time it asks for."""
    from contexta.delivery.transport import DELIVERED, Outcome

    rejected = 0
    outcome = DELIVERED
    for request in spool_files.messages(content):
        deadline = time.monotonic() + _PATIENCE_S
        outcome = transport.send(spool_files.signal_of(path), request, timeout_s)
        while outcome.verdict == "retry" and outcome.retry_after_s is not None:
            if time.monotonic() + outcome.retry_after_s > deadline:
                break
            time.sleep(min(outcome.retry_after_s, _LONGEST_PAUSE_S))
            outcome = transport.send(spool_files.signal_of(path), request, timeout_s)
        if outcome.verdict != "delivered":
            return outcome
        rejected += outcome.rejected
    return Outcome("delivered", rejected=rejected, message=outcome.message)


def _report(result: Shipped, name: str, place: Path) -> None:
    if result.files:
        print(f"delivered {result.files:,} files ({result.size:,} bytes) to {name}", flush=True)
    if result.rejected:
        print(f"the receiver did not take {result.rejected:,} items: {result.message}", flush=True)
    if result.refused:
        _say(
            f"error: {name} refused {result.refused:,} files",
            result.message,
            f"they are kept in {place}; contexta-ship --again tries them once more",
        )
    if result.left:
        _say(
            f"error: {result.left:,} files wait for {name}",
            result.message,
            "start it (contexta serve), or send them elsewhere with --endpoint",
        )


def _say(what: str, cause: str, hint: str) -> None:
    print(f"{what}\ncause: {cause}\nhint: {hint}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
