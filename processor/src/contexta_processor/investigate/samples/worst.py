"""The worst samples of a score: which end is the worst is what the evidence declares, or the asker says."""

from dataclasses import dataclass
from difflib import get_close_matches
from shlex import quote
from typing import Literal

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, Rows, rows_of
from contexta_processor.investigate.samples.listing import EVERY, Picked, list_samples
from contexta_processor.investigate.samples.sample import Sample

Order = Literal["ascending", "descending"]
ORDERS: tuple[Order, ...] = ("ascending", "descending")

WORST_SHOWN = 20


@dataclass(frozen=True)
class WorstSamples:
    """Samples by a score, worst first, with the score's value of each.

    order: ascending where the lowest is the worst. why: who says so. scored: samples with a value that has an order.
    not_a_number: scored NaN, in no order and not listed. unscored: samples without the score, not known to be good.
    """

    run_id: str
    score: str
    order: Order
    why: str
    ranked: tuple[tuple[Sample, float], ...]
    scored: int
    not_a_number: int
    unscored: int

    def to_dict(self) -> dict[str, object]:
        """`{"samples": […]}`, each with its `value`."""
        return {
            "run_id": self.run_id,
            "score": self.score,
            "order": self.order,
            "order_from": self.why,
            "samples": [{**sample.to_dict(), "value": value} for sample, value in self.ranked],
            "scored": self.scored,
            "not_a_number": self.not_a_number,
            "unscored": self.unscored,
        }

    def rows(self) -> Rows:
        """One row per sample, worst first."""
        return Rows(
            ("value", "stage", "batch_id", "sample_id", "slice", "status", "failure_tags",
             "input_summary", "output_summary", "expected_summary"),
            [
                (value, each.stage, each.batch_id, each.sample_id, each.slice, each.status,
                 ", ".join(each.failure_tags), each.input_summary, each.output_summary,
                 each.expected_summary)
                for each, value in self.ranked
            ],
        )  # fmt: skip


def worst_samples(
    query: Query,
    run_id: str,
    score: str,
    picked: Picked = EVERY,
    *,
    order: Order | None = None,
    limit: int | None = WORST_SHOWN,
) -> WorstSamples:
    """Samples of a run by a score, worst first.

    order: ascending puts the lowest first; None takes what metrics of the score's name declare, in the run or else in its project.
    Raises: ContextaError with Exit.UNDECIDED if no sample has the score or as `list_samples` does, with Exit.USAGE if neither says what is worse.
    """
    scores = rows_of(query.query(statement("investigate/samples/scores"), {"run_id": run_id}))
    found = [row for row in scores if row["name"] == score]
    if not found:
        raise _no_such_score(run_id, score, [row["name"] for row in scores])
    chosen, why = (order, "asked for") if order else _declared(found[0], run_id)
    given = {**picked.params(run_id), "score": score, "descending": chosen == "descending", "limit": limit}  # fmt: skip
    rows = rows_of(query.query(statement("investigate/samples/worst"), given))
    counts, ranked = rows[0], [row for row in rows if row["sample_id"] is not None]
    if not ranked:
        picked.require_known(query, run_id)
    asked = Picked(stage=picked.stage, ids=sorted({row["sample_id"] for row in ranked}))
    known = {
        (each.stage, each.batch_id, each.sample_id): each
        for each in list_samples(query, run_id, asked).samples
    }
    return WorstSamples(
        run_id,
        score,
        chosen,
        why,
        tuple(
            (known[row["stage"], row["batch_id"], row["sample_id"]], row["value"]) for row in ranked
        ),
        counts["scored"],
        counts["not_a_number"],
        counts["unscored"],
    )


def _declared(row: Row, run_id: str) -> tuple[Order, str]:
    for place, told in (("this run", row["here"]), ("other runs of the project", row["elsewhere"])):
        if len(told) == 1:
            worse, order = ("lowest", ORDERS[0]) if told[0] else ("highest", ORDERS[1])
            return order, f"{worse} is worst, as metrics of {place} declare"
        if told:
            raise _unknown_direction(row["name"], run_id, f"metrics of {place} declare both")
    raise _unknown_direction(row["name"], run_id, "no metric of that name declares a direction")


def _unknown_direction(score: str, run_id: str, cause: str) -> ContextaError:
    return ContextaError(
        f"it is not known which end of {score!r} is the worst",
        cause=cause,
        hint=f"contexta samples {run_id} --worst {quote(score)} --ascending   (lowest first), or --descending;"
        " log_metric(…, higher_is_better=…) declares it",
    )


def _no_such_score(run_id: str, score: str, known: list[str]) -> ContextaError:
    near = get_close_matches(score, known, n=3, cutoff=0.5) or known[:8]
    return ContextaError(
        f"no sample of {run_id} has a score {score!r}",
        cause=f"scores of its samples: {', '.join(near)}"
        if known
        else "its samples have no scores",
        hint=f"contexta samples {run_id}",
        exit_code=Exit.UNDECIDED,
    )
