"""contexta samples: which samples does a run know, which failed, where, since when, and against another run?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import output_options, plain_evidence_options, project_option
from contexta_processor.surfaces.render.output import Output

if TYPE_CHECKING:
    from contexta_processor.base.query import Query
    from contexta_processor.investigate.samples.against import Outcome, SamplesAgainst
    from contexta_processor.investigate.samples.listing import Picked
    from contexta_processor.investigate.samples.worst import Order

_LISTED = 1000
_OUTCOMES = ("broke", "fixed", "same", "missing")


@click.command()
@click.argument("run", required=False)
@click.option("--failed", is_flag=True, help="Only samples that failed or carry a failure tag.")
@click.option("--slice", "in_slice", metavar="S", help="Only samples of this slice.")
@click.option("--tag", metavar="T", help="Only samples with this failure tag.")
@click.option("--stage", metavar="S", help="Only samples of this stage.")
@click.option(
    "--set",
    "set_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Only the samples of a regression set (a file of --export, or ids line by line); what RUN lacks is said.",
)
@click.option(
    "--by", type=click.Choice(("tag", "slice", "batch")), help="Count failures by this instead."
)
@click.option("--worst", metavar="SCORE", help="The samples with the worst value of this score.")
@click.option("--ascending", is_flag=True, help="With --worst: the lowest is the worst.")
@click.option("--descending", is_flag=True, help="With --worst: the highest is the worst.")
@click.option(
    "--against", metavar="BASE", help="Hold each sample against the same one of this run."
)
@click.option(
    "--broke", is_flag=True, help="With --against: those that passed there and fail here."
)
@click.option(
    "--fixed", is_flag=True, help="With --against: those that failed there and pass here."
)
@click.option("--same", is_flag=True, help="With --against: those that ended the same.")
@click.option("--missing", is_flag=True, help="With --against: those that one side lacks.")
@click.option(
    "--export",
    "export_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --against: write what is listed, all of it, as JSON Lines; - is standard output.",
)
@click.option(
    "--history", metavar="SAMPLE", help="What became of this sample in every run; takes no RUN."
)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(0, 2**31 - 1),
    metavar="N",
    help="At most this many; 0 for all.  [default: 1000; 20 of --worst, 50 of --history]",
)
@project_option
@plain_evidence_options
@output_options
def samples(source: Source, output: Output, run: str | None, project: str | None, **asked: Any) -> None:  # fmt: skip
    """The samples of RUN, with their scores and failure tags.

    One question at a time: the list, --by, --worst, --against, or --history.
    """
    _check(run, asked)
    with source.open() as query:
        if asked["history"]:
            _history(query, output, asked["history"], project, asked["limit"])
            return
        from contexta_processor.investigate.run_names import resolve_run

        run_id = resolve_run(query, run or "", project=project)
        if asked["by"]:
            _groups(query, output, run_id, asked)
        elif asked["worst"]:
            _worst(query, output, run_id, asked)
        elif asked["against"]:
            base = resolve_run(query, asked["against"], project=project)
            _against(query, output, run_id, base, asked)
        else:
            _list(query, output, run_id, asked)


def _check(run: str | None, asked: dict[str, Any]) -> None:
    """What goes with what. Raises: click.UsageError."""
    questions = [name for name in ("by", "worst", "against", "history") if asked[name]]
    if len(questions) > 1:
        raise click.UsageError(f"{' and '.join(f'--{name}' for name in questions)} exclude each other")  # fmt: skip
    if (run is None) != bool(asked["history"]):
        raise click.UsageError(
            "--history is about all runs: it takes no RUN" if run else "name a RUN"
        )
    owners = {
        "worst": ("ascending", "descending"),
        "against": (*_OUTCOMES, "export_file"),
    }
    for owner, options in owners.items():
        for option in options:
            if asked[option] and not asked[owner]:
                word = option.removesuffix("_file")
                raise click.UsageError(f"--{word} goes with --{owner}")
    if asked["ascending"] and asked["descending"]:
        raise click.UsageError("--ascending and --descending exclude each other")
    if asked["against"] and asked["failed"]:
        raise click.UsageError("--against takes --broke, not --failed")
    if asked["history"] and any(asked[name] for name in ("failed", "in_slice", "tag", "stage", "set_file")):  # fmt: skip
        raise click.UsageError("--history takes --project alone")


def _picked(asked: dict[str, Any]) -> "Picked":
    from contexta_processor.investigate.samples.listing import Picked
    from contexta_processor.investigate.samples.regression_set import ids_in

    ids = None if asked["set_file"] is None else ids_in(asked["set_file"])
    return Picked(asked["failed"], asked["in_slice"], asked["tag"], asked["stage"], ids)


def _limit(asked: dict[str, Any], default: int) -> int | None:
    limit: int | None = asked["limit"]
    return default if limit is None else limit or None


def _list(query: "Query", output: Output, run_id: str, asked: dict[str, Any]) -> None:
    from contexta_processor.investigate.samples.listing import list_samples
    from contexta_processor.surfaces.views.samples import samples_view

    found = list_samples(query, run_id, _picked(asked), limit=_limit(asked, _LISTED))
    output.show(found, samples_view)
    output.note_cut(len(found.samples), found.total, "sample")
    if found.missing and output.format not in ("table", "md", "json"):
        output.note(f"{len(found.missing):,} samples asked for are not in the run; --json has them")


def _groups(query: "Query", output: Output, run_id: str, asked: dict[str, Any]) -> None:
    from contexta_processor.investigate.samples.groups import group_samples
    from contexta_processor.surfaces.views.sample_failures import groups_view

    output.show(group_samples(query, run_id, asked["by"], _picked(asked)), groups_view)


def _worst(query: "Query", output: Output, run_id: str, asked: dict[str, Any]) -> None:
    from contexta_processor.investigate.samples.worst import ORDERS, WORST_SHOWN, worst_samples
    from contexta_processor.surfaces.views.sample_failures import worst_view

    order: Order | None = next((name for name in ORDERS if asked[name]), None)
    limit = _limit(asked, WORST_SHOWN)
    found = worst_samples(query, run_id, asked["worst"], _picked(asked), order=order, limit=limit)
    output.show(found, worst_view)
    output.note_cut(len(found.ranked), found.scored, "scored sample")


def _history(
    query: "Query", output: Output, sample_id: str, project: str | None, limit: int | None
) -> None:
    from contexta_processor.investigate.samples.history import HISTORY_SHOWN, sample_history
    from contexta_processor.surfaces.views.sample_history import history_view

    listed = HISTORY_SHOWN if limit is None else limit or None
    found = sample_history(query, sample_id, project=project, limit=listed)
    output.show(found, history_view)
    output.note_cut(len(found.appearances), found.total, "run")


def _against(query: "Query", output: Output, run_id: str, base: str, asked: dict[str, Any]) -> None:
    from contexta_processor.investigate.samples.against import samples_against
    from contexta_processor.surfaces.views.samples_against import against_view

    export: Path | None = asked["export_file"]
    limit = None if export else _limit(asked, _LISTED)
    outcomes = _outcomes(asked)
    found = samples_against(query, run_id, base, _picked(asked), outcomes=outcomes, limit=limit)
    if export is not None:
        _export(found, output, export)
        return
    output.show(found, against_view)
    output.note_cut(len(found.samples), found.total, "sample")


def _outcomes(asked: dict[str, Any]) -> "list[Outcome]":
    from contexta_processor.investigate.samples.against import ASKED

    return [outcome for word, told in ASKED.items() if asked[word] for outcome in told]


def _export(found: "SamplesAgainst", output: Output, file: Path) -> None:
    from contexta_processor.investigate.samples.regression_set import RegressionSet
    from contexta_processor.surfaces.render.json_lines import json_lines, write_whole

    chosen = RegressionSet(found)
    text = json_lines(chosen.lines())
    if str(file) == "-":
        output.write(text)
    else:
        write_whole(file, text)
    hidden = f", text of {chosen.redacted:,} withheld (redacted)" if chosen.redacted else ""
    output.note(f"{found.total:,} samples{hidden}" + ("" if str(file) == "-" else f" → {file}"))
