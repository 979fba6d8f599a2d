"""Which environments are there?"""

from difflib import get_close_matches

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import rows_of


def known_environments(query: Query) -> dict[str, int | None]:
    """Every environment that a deployment or promotion names, and when something was first live there (None: never)."""
    rows = rows_of(query.query(statement("investigate/deployments/environments"), {}))
    return {row["environment"]: row["first_live_at"] for row in rows}


def no_such_environment(environment: str, known: list[str]) -> ContextaError:
    """The error for a name that nothing has, with those most like it."""
    near = get_close_matches(environment, known, n=3, cutoff=0.4)
    named = ", ".join(near or known[:5])
    return ContextaError(
        f"nothing is known of an environment {environment!r}",
        cause=f"known are: {named}" if named else "no deployment and no promotion is recorded",
        hint="contexta deployments   lists them",
        exit_code=Exit.UNDECIDED,
    )
