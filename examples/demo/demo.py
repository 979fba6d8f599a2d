"""make demo: two models trained and evaluated for real, and what the evidence says about them.

    train.py linear ─┐                  ┌─► contexta runs, show, compare, lineage, sql
    train.py forest ─┼─ OTLP/gRPC ─► contexta serve ─► .contexta-demo
    decide.py ───────┘                  └─► and the same from the file, once the server is gone

Each box is a process of its own. Nothing leaves this machine.
"""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from server import CONTEXTA, clean_environment, serving, wait_for

HERE = Path(__file__).parent
HOME = Path(".contexta-demo")
WORK = "work"
"""Inside the data directory: where the jobs put models and reports. Also tells our directory from others."""

SQL = """\
SELECT tag, count(*) FILTER (run_id = 'digits_linear') AS linear,
       count(*) FILTER (run_id = 'digits_forest') AS forest
FROM (SELECT run_id, unnest(failure_tags) AS tag FROM samples)
GROUP BY tag HAVING count(*) >= 8 ORDER BY linear + forest DESC, tag"""


def main() -> int:
    """The whole demo. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=HOME, help="made afresh  [default: %(default)s]"
    )
    data: Path = parser.parse_args().data
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        start_afresh(data)
        with serving(data) as server:
            say(f"contexta serve is ready: OTLP/gRPC on {server['grpc']}, evidence in {data}")
            run_jobs(data, f"http://{server['grpc']}")
            wait_for(server, {"digits_linear", "digits_forest", "digits_release"})
            ask(data)
        say("The server is stopped. The same question, answered from the file:")
        contexta("runs", "--data", str(data))
    except (RuntimeError, subprocess.SubprocessError, OSError) as error:
        print(f"error: the demo failed\ncause: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    say(f"Go on asking with --data {data}; `rm -r {data}` removes it.")
    return 0


def start_afresh(data: Path) -> None:
    """Remove what an earlier demo left; never anything else.

    Raises: RuntimeError if the directory holds something that isn't this demo's.
    """
    if data.exists():
        if any(data.iterdir()) and not (data / WORK).is_dir():
            raise RuntimeError(f"{data} is not this demo's; remove it, or choose with --data DIR")
        shutil.rmtree(data)
    (data / WORK).mkdir(parents=True)


def run_jobs(data: Path, endpoint: str) -> None:
    """Two trainings, then the release, each in a process of its own that knows one address."""
    work = data / WORK
    environment = clean_environment(
        CONTEXTA_ENDPOINT=endpoint, CONTEXTA_STRICT="1", OTEL_SERVICE_NAME="digits-jobs"
    )
    print(f"$ export CONTEXTA_ENDPOINT={endpoint} OTEL_SERVICE_NAME=digits-jobs")
    for words in (["train.py", "linear"], ["train.py", "forest"], ["decide.py"]):
        shown = " ".join(["python", f"examples/demo/{words[0]}", *words[1:], "--work", str(work)])
        print(f"$ {shown}", flush=True)
        command = [sys.executable, str(HERE / words[0]), *words[1:], "--work", str(work)]
        subprocess.run(command, env=environment, check=True)


def ask(data: Path) -> None:
    """What anybody would want to know, through the running server."""
    at = ["--data", str(data)]
    say("Which runs are there?")
    contexta("runs", *at)
    say("What is known of one of them?")
    contexta("show", "forest", *at)
    say("The forest looks better. Is it?")
    contexta("compare", "linear", "forest", *at)
    say("What is in production, and what does that rest on?")
    contexta("lineage", "digits_production", *at)
    say("Which mistakes does each of them make?")
    contexta("sql", SQL, *at)


def contexta(*words: str) -> None:
    """Run one command as people would type it, and show it."""
    print(f"$ contexta {' '.join(map(quoted, words))}", flush=True)
    environment = clean_environment()
    if sys.stdout.isatty():
        environment.setdefault("COLUMNS", str(os.get_terminal_size().columns))
    subprocess.run([CONTEXTA, *words, "--table"], env=environment, check=True)
    print(flush=True)


def quoted(word: str) -> str:
    """A word as a person would quote it for a shell: SQL reads best in double quotes."""
    needs_single = any(mark in word for mark in '"$`\\!')
    return f'"{word}"' if "'" in word and not needs_single else shlex.quote(word)


def say(text: str) -> None:
    """A line of our own between the commands."""
    print(f"\n─── {text}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
