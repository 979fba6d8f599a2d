"""D405, D406: the ranks of a run that its launcher said there are, and of which nothing was heard."""

from collections.abc import Iterator

from contexta_processor.investigate.diagnose.codes import Severity
from contexta_processor.investigate.diagnose.evidence import Rows, RunEvidence
from contexta_processor.investigate.diagnose.finding import Evidence, Finding, finding, row_of
from contexta_processor.investigate.diagnose.words import count, listed


def rank_findings(known: RunEvidence) -> Iterator[Finding]:
    """Ranks that were announced and never heard, once no more can come."""
    world = announced(known.ranks)
    heard = sorted({row["rank"] for row in known.ranks if row["rank"] is not None})
    if not known.ended or world is None:
        return
    missing = [rank for rank in range(world) if rank not in heard]
    if not missing:
        return
    elsewhere = {
        row["rank"]: row["other_run_id"]
        for row in known.rank_siblings
        if row["rank"] in missing and row["world_size"] == world
    }
    if elsewhere:
        yield _apart(known, heard, world, elsewhere)
    elif heard in ([], [0]):
        yield _alone(known, heard, world)
    else:
        yield _never_heard(known, heard, missing, world)


def announced(ranks: Rows) -> int | None:
    """How many ranks there are: a job that was started again with another number of them is what it was last."""
    sizes = [row["world_size"] for row in ranks if row["world_size"] is not None]
    return sizes[-1] if sizes else None


def _never_heard(known: RunEvidence, heard: list[int], missing: list[int], world: int) -> Finding:
    words = f"{count(len(missing), 'rank')} of {world:,} never heard of; {_ranks(heard)} told of the run"
    return finding("D405", _ranks(missing), words, _rows(known), run=known.run_id, sql=_sql(known))


def _alone(known: RunEvidence, heard: list[int], world: int) -> Finding:
    who = "rank 0 alone tells of it" if heard else "nobody says which rank it is"
    words = f"{who}, of {world:,} ranks that there are"
    return _about_run(known, words, "info")


def _apart(known: RunEvidence, heard: list[int], world: int, elsewhere: dict[int, str]) -> Finding:
    mine = f"{_ranks(heard)} of {world:,}" if heard else f"one of {world:,} ranks"
    others = listed(f"rank {rank}: {run}" for rank, run in sorted(elsewhere.items()))
    words = f"{mine} told of this run; other ranks told of runs of their own at the same time ({others})"
    return _about_run(known, words, "warning")


def _about_run(known: RunEvidence, words: str, severity: Severity) -> Finding:
    return finding("D406", "run", words, _rows(known), run=known.run_id, severity=severity)


def _ranks(ranks: list[int]) -> str:
    """`rank 3`, `ranks 0, 1, 2`."""
    return f"rank{'s' if len(ranks) > 1 else ''} {listed(map(str, ranks))}"


def _rows(known: RunEvidence) -> list[Evidence]:
    """The producers that were heard; the run itself where it was told by none."""
    named = [row for row in known.ranks if row["producer_id"] is not None]
    rows = [
        row_of("producers", row, "run_id", "producer_id", "rank", "world_size") for row in named
    ]
    return rows or [row_of("runs", known.run, "run_id", "status")]


def _sql(known: RunEvidence) -> str:
    run = known.run_id.replace("'", "''")
    return (
        "SELECT rank, world_size, host, pid, last_seen_at, closed FROM producers"
        f" WHERE run_id = '{run}' ORDER BY rank"
    )
