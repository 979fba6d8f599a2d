"""contexta demo: a small store of real evidence, made without network in a moment."""

import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from shlex import quote

import click

from contexta_processor.base.errors import ContextaError
from contexta_processor.cli.connect import Source
from contexta_processor.surfaces.render.output import Output

RECORDING = "support_bot.traces.otlp"
HOME = "./.contexta-demo"
BASE, CANDIDATE = "run_2026_04_27_eval_009", "run_2026_05_03_eval_014"


@click.command()
@click.option("--data", metavar="DIR", help=f"Where to make it.  [default: {HOME}]")
@click.option("--quiet", "-q", is_flag=True, help="Make the store; show nothing of it.")
def demo(data: str | None, quiet: bool) -> None:
    """Make a small store of real evidence to try the other commands on.

    Plays back OpenTelemetry that was recorded from a support bot's training run, two evaluations and a
    deployment, and shows the runs, the newest evaluation and what changed since the one before.
    """
    from contexta_processor.cli.import_ import import_files

    root = Path(data or HOME)
    _require_own(root)
    with recording() as path:
        import_files(Source.chosen(str(root), None), [path])
    output = Output.chosen(None)
    if not quiet:
        _show(root, output)
    output.note(f"the demo's evidence is in {root}; remove it with: rm -r {root}")
    sys.stderr.flush()


@contextmanager
def recording() -> Generator[Path]:
    """The recorded OTLP as a file."""
    packaged = resources.files("contexta_processor.demo_data").joinpath(RECORDING)
    with tempfile.TemporaryDirectory(prefix="contexta-demo-") as place:
        path = Path(place, RECORDING)
        path.write_bytes(packaged.read_bytes())
        yield path


def _require_own(root: Path) -> None:
    """Never mix the demo into somebody's evidence: the directory is new, or one the demo made."""
    from contexta_processor.investigate.runs import list_runs

    if not root.exists() or not any(root.iterdir()):
        return
    source = Source.chosen(str(root), None)
    with source.open() as query:
        known = {run.run_id for run in list_runs(query).runs}
    if not known <= {BASE, CANDIDATE, "run_2026_05_03_train_021"}:
        raise ContextaError(
            f"{root} holds evidence that is not the demo's",
            cause=f"{len(known)} runs are in it",
            hint="contexta demo --data DIR with a directory of its own",
        )


def _show(root: Path, output: Output) -> None:
    """The runs, one of them in full, and the comparison: what the other commands would print."""
    from contexta_processor.investigate.compare.comparison import compare_runs
    from contexta_processor.investigate.runs import list_runs
    from contexta_processor.investigate.show import show_run
    from contexta_processor.surfaces.views.compare import compare_view
    from contexta_processor.surfaces.views.runs import runs_view
    from contexta_processor.surfaces.views.show import show_view

    table = Output("table", place=f"--data {quote(str(root))}")
    with Source.chosen(str(root), None).open() as query:
        output.write(f"$ contexta runs --data {root}\n")
        table.show(list_runs(query), runs_view)
        output.write(f"\n$ contexta show {CANDIDATE} --data {root}\n")
        table.show(show_run(query, CANDIDATE), show_view)
        output.write(f"\n$ contexta compare {BASE} {CANDIDATE} --data {root}\n")
        table.show(compare_runs(query, BASE, CANDIDATE), compare_view)
    output.write(
        "\nGo on with\n"
        f"  contexta samples {CANDIDATE} --data {root}\n"
        f"  contexta lineage deployment_2026_05_04_prod --data {root}\n"
        f"  contexta sql \"SELECT slice, value FROM metrics WHERE name = 'faithfulness'\" --data {root}\n"
    )
