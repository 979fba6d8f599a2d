"""What one logged metric costs beside experiment trackers, each writing to this machine's disk alone.

Called by emit_overhead.py. Every case is a process of its own: it opens a run, logs one metric to warm up, logs `count`
metrics in a loop, closes the run. `call` is the loop, a metric; `closing` what closing took, in ms, since whoever
queues works then. What is not installed is skipped, and said.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rounds import ratios, report, spread

_TIMED = """
import json, sys, time
count, place = int(sys.argv[1]), sys.argv[2]
{opened}
{log}
begun = time.perf_counter()
for step in range(count):
    {log}
looped = time.perf_counter()
{closed}
print(json.dumps([(looped - begun) / count * 1e6, (time.perf_counter() - looped) * 1e3]))
"""
_MLFLOW = {
    "opened": "step = 0\nimport mlflow\nmlflow.set_tracking_uri(f'{uri}')\nmlflow.start_run()",
    "log": "mlflow.log_metric('loss', step * 0.5, step=step)",
    "closed": "mlflow.end_run()",
}
CASES = {
    "contexta": {
        "opened": "step = 0\nimport contexta\nscope = contexta.run('bench').start()",
        "log": "contexta.log_metric('loss', step * 0.5, step=step)",
        "closed": "scope.end(); contexta.shutdown()",
    },
    "mlflow_file": {**_MLFLOW, "opened": _MLFLOW["opened"].replace("{uri}", "file:{place}/runs")},
    "mlflow_sqlite": {
        **_MLFLOW,
        "opened": _MLFLOW["opened"].replace("{uri}", "sqlite:///{place}/runs.db"),
    },
    "wandb_offline": {
        "opened": "step = 0\nimport wandb\nscope = wandb.init(project='bench', mode='offline', dir=place)",
        "log": "scope.log({'loss': step * 0.5})",
        "closed": "scope.finish()",
    },
}


def measure_trackers(benchmark: str, rounds: int, count: int, python: str) -> None:
    """Print a line for each case.

    python: an interpreter that has the other trackers; contexta runs in this one.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for case in CASES:
        why = _missing(case, python)
        if why:
            report(benchmark, f"tracker_{case}", skipped=why)
        else:
            found[case] = []
    for _ in range(rounds):
        for case, taken in found.items():
            taken.append(_once(case, count, sys.executable if case == "contexta" else python))
    ours = [call for call, _ in found["contexta"]]
    for case, taken in found.items():
        calls = [call for call, _ in taken]
        report(
            benchmark,
            f"tracker_{case}",
            unit="µs a metric",
            call=spread(calls),
            closing_ms=spread([closing for _, closing in taken]),
            ratio=ratios(calls, ours),
            ratio_to="tracker_contexta",
        )


def _missing(case: str, python: str) -> str:
    """Why a case cannot run; empty if it can."""
    if case == "contexta":
        return ""
    try:
        _once(case, 1, python)
    except subprocess.CalledProcessError as failed:
        return _last_line(failed.stderr)
    return ""


def _once(case: str, count: int, python: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as place:
        told = subprocess.run(
            [python, "-c", _program(case), str(count), place],
            check=True,
            capture_output=True,
            text=True,
            env=_environment(Path(place)),
        )
    call, closing = json.loads(told.stdout.splitlines()[-1])
    return float(call), float(closing)


def _program(case: str) -> str:
    program = _TIMED
    for part, text in CASES[case].items():
        program = program.replace(f"{{{part}}}", text)
    return program


def _environment(place: Path) -> dict[str, str]:
    def kept() -> Iterator[tuple[str, str]]:
        for name, value in os.environ.items():
            if not name.startswith(("CONTEXTA_", "OTEL_", "MLFLOW_", "WANDB_")):
                yield name, value

    return {
        **dict(kept()),
        "CONTEXTA_ENDPOINT": f"file:{place / 'evidence'}",
        "CONTEXTA_ENVIRONMENT": "0",
        "WANDB_SILENT": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # MLflow has put its file store aside, and asks who still wants it to say so.
        "MLFLOW_ALLOW_FILE_STORE": "true",
    }


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it failed without a word"
