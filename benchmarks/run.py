"""Every benchmark, one after another: a table to read, and JSON lines to compare.

    python benchmarks/run.py [--quick] [--only NAME]…

--quick takes two minutes and shows that everything runs; its figures are rough. The lines go to
benchmarks/results/<date>T<time>.jsonl, the first of them says what machine this was.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).parent
RESULTS = HERE / "results"
SCRIPTS: dict[str, tuple[str, str]] = {
    "workload": ("", "--runs 5"),
    "emit_overhead": ("", "--operations 300 --rounds 3"),
    "integrations_overhead": ("--rounds 8", "--rounds 1"),
    "ingest_ack": ("", "--rounds 1 --requests 20"),
    "ingest_queryable": ("", "--runs 25 --rounds 2 --served-runs 10"),
    "flat_out": ("", "--events 20000"),
    "outage": ("", "--minutes 0.2 --rate 50"),
    "disk": ("", "--runs 25"),
    "cli_cold": ("", "--runs 100 --repeat 1 --mode file"),
    "compare": ("", "--runs 10 --runs 50 --samples 500 --rounds 1"),
    "trend": ("", "--runs 10 --runs 40 --rounds 1"),
    "lineage": ("", "--runs 10 --samples 20 --rounds 1"),
}
"""Script → its arguments, and those of a quick run."""


def main() -> int:
    """Run them; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="two minutes, rough figures")
    parser.add_argument("--only", action="append", choices=list(SCRIPTS), help="may be repeated")
    asked = parser.parse_args()
    lines: list[dict[str, Any]] = [machine(quick=asked.quick)]
    failed = False
    names: list[str] = asked.only or list(SCRIPTS)
    quick: bool = asked.quick
    for name in names:
        started = time.monotonic()
        code, found = run(name, SCRIPTS[name][quick])
        sys.stderr.write(f"{name}: {time.monotonic() - started:.0f} s\n")
        for line in found:
            sys.stdout.write(as_row(line) + "\n")
        sys.stdout.flush()
        lines += found
        failed = failed or code != 0
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    sys.stderr.write(f"lines in {path}\n")
    return int(failed)


def run(name: str, arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and JSON lines of one script."""
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments.split()]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def machine(*, quick: bool) -> dict[str, Any]:
    """What kind of machine, and how busy it was to begin with."""
    return {
        "benchmark": "machine",
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "quick": quick,
        "cpus": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def as_row(line: dict[str, Any]) -> str:
    """A line for people: which, and every figure of it."""
    named = ("benchmark", "case", "command", "mode")
    which = " ".join(str(line[key]) for key in named if key in line)
    figures = "  ".join(
        f"{key} {as_text(value)}" for key, value in line.items() if key not in named
    )
    return f"{which:<44} {figures}"


def as_text(value: Any) -> str:
    """A figure, a spread as `median (min–max)`."""
    if isinstance(value, dict):
        spread = cast("dict[str, float]", value)
        return f"{spread['median']:g} ({spread['min']:g}–{spread['max']:g})"
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
