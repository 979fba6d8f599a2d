"""Telling a name that nothing fits today from one that nothing could ever fit, since it is mistyped."""

from difflib import get_close_matches

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import rows_of

_LISTED = 5


def require_known(query: Query, run_id: str, asked: dict[str, str | None], *, see: str) -> None:
    """Refuse names that no run of the project has: an empty answer to a mistyped one would read as good news.

    asked: names by kind: slice, stage; None where none was asked for. see: the command that shows those there are.
    Raises: ContextaError with Exit.UNDECIDED.
    """
    if not any(asked.values()):
        return
    rows = rows_of(query.query(statement("investigate/known_names"), {"run_id": run_id}))
    for kind, name in asked.items():
        known = [row["name"] for row in rows if row["kind"] == kind]
        if name is not None and name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.5) or known[:_LISTED]
            raise ContextaError(
                f"no run of this project has a {kind} {name!r}",
                cause=f"known are: {', '.join(near)}" if near else f"none has any {kind}",
                hint=see,
                exit_code=Exit.UNDECIDED,
            )
