"""Five nightly evaluations of one bot, and what became of its samples.

mon, tue: refund-1 passes. wed: the job dies before it evaluates. thu: refund-1 is not in the set. fri: it fails, as does a
sample whose text is withheld. sat: it still fails.
"""

from compare.emission import START_NS, Run

DAY = 86_400 * 10**9
INPUT, OUTPUT, EXPECTED = (f"contexta.sample.{name}_summary" for name in ("input", "output", "expected"))  # fmt: skip


def night(number: int, name: str, *, project: str = "bot", status: str = "completed") -> Run:
    """A run that starts so many days after the first."""
    start = START_NS + number * DAY
    run = Run(f"run-{name}", status=status, project=project, name=name, start=start, at=start)
    run.configuration(**{"retriever.top_k": 8 if number < 4 else 4})
    return run if status == "failed" else run.stage("evaluate", 0)


def good(run: Run, *, refund: bool = True) -> Run:
    """A night on which little fails."""
    if refund:
        run.sample("refund-1", slices=["refunds"], status="passed", faithfulness=0.9, about={
            INPUT: "May I have my money back?", OUTPUT: "Within 14 days.", EXPECTED: "Within 14 days."})  # fmt: skip
    run.sample("refund-2", slices=["refunds", "german"], status="passed", faithfulness=0.8)
    run.sample("login-1", slices=["login"], status="failed", tags=["too_long"], faithfulness=0.4)
    run.sample("secret-1", slices=["login"], status="passed", faithfulness=0.7, about={
        INPUT: "My card number is ***", OUTPUT: "Please never tell it."})  # fmt: skip
    run.sample("gone-1", status="passed", faithfulness=0.6)
    return run


def bad(run: Run) -> Run:
    """A night on which refunds fail."""
    batch = {"contexta.batch.id": "chunk-1"}
    run.sample("refund-1", slices=["refunds"], status="failed", tags=["unsupported", "late"], faithfulness=0.2, about={
        **batch, INPUT: "May I have my money back?", OUTPUT: "Never.", EXPECTED: "Within 14 days."})  # fmt: skip
    run.sample("refund-2", slices=["refunds", "german"], tags=["unsupported"], faithfulness=0.3, about=batch)  # fmt: skip
    run.sample("login-1", slices=["login"], status="passed", faithfulness=0.9)
    run.sample("secret-1", slices=["login"], status="error", faithfulness=float("nan"), about={
        INPUT: "My card number is 4711", OUTPUT: "Thank you!", "contexta.sample.redacted": True})  # fmt: skip
    run.sample("new-1", status="skipped")
    run.sample("new-2", faithfulness=0.5)
    run.metric("faithfulness", 0.475, stage="evaluate", higher_is_better=True)
    return run


def nights() -> list[Run]:
    """All of them."""
    return [
        good(night(0, "mon")),
        good(night(1, "tue")),
        night(2, "wed", status="failed"),
        good(night(3, "thu"), refund=False),
        bad(night(4, "fri")),
        bad(night(5, "sat")),
    ]
