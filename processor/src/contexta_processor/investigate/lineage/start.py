"""What a person calls a thing: a run by any of its names, everything else by its id or how it begins."""

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import rows_of
from contexta_processor.investigate.run_names import resolve_run


def resolve(query: Query, name: str, project: str | None) -> tuple[str, str | None]:
    """The id a name means and its kind; runs first, then everything that is known by an id.

    Raises: ContextaError with Exit.USAGE if several things fit, with Exit.UNDECIDED if none does.
    """
    try:
        return resolve_run(query, name, project=project), "run"
    except ContextaError as error:
        if error.exit_code is not Exit.UNDECIDED or name in ("latest", "prev", ""):
            raise
        no_run = error
    found = rows_of(query.query(statement("investigate/lineage/known_ids"), {"name": name}))
    ids = {row["id"]: row["kind"] for row in reversed(found)}
    if name in ids:
        return name, _known(ids[name])
    if len(ids) == 1:
        node, kind = next(iter(ids.items()))
        return node, _known(kind)
    if ids:
        raise ContextaError(
            f"{name!r} could be any of {len(ids)} things",
            cause="; ".join(f"{node} ({kind})" for node, kind in sorted(ids.items())[:6]),
            hint="name it by its whole id",
        )
    raise ContextaError(
        f"nothing is known by the name {name!r}",
        cause=f"no artifact, deployment or relation has it, and {no_run.cause}",
        hint="contexta runs, contexta artifacts RUN and contexta deployments list ids",
        exit_code=Exit.UNDECIDED,
    )


def _known(kind: str) -> str | None:
    return None if kind == "unknown" else kind
