"""What people call a run: its id, the beginning of it, its name, `latest`, `prev`, `tag:NAME`."""

from collections.abc import Sequence
from difflib import get_close_matches

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, iso, rows_of

_SHOWN = 6
_SEARCHED = 5000
_PLACES = {"latest": 0, "prev": 1}


def resolve_run(query: Query, name: str, *, project: str | None = None) -> str:
    """The id of the one run that `name` means, looked for in `project` if given.

    An exact id comes first, then the words `latest` and `prev`, `tag:KEY` or `tag:KEY=VALUE`, a run's
    name, and the beginning of an id.
    Raises: ContextaError with Exit.USAGE if several runs fit, with Exit.UNDECIDED if none does.
    """
    if not name:
        raise ContextaError(
            "no run was named",
            cause="the name is empty",
            hint="contexta runs   lists them",
        )
    found = rows_of(
        query.query(statement("investigate/run_named"), {"name": name, "project": project})
    )
    by = {how: [row for row in found if row["matched"] == how] for how in ("id", "name", "prefix")}
    if by["id"]:
        return by["id"][0]["run_id"]
    if name in _PLACES:
        return _by_age(query, name, project)
    if name.startswith("tag:"):
        return _only(_tagged(query, name.removeprefix("tag:"), project), name, query, project)
    return _only(by["name"] or by["prefix"], name, query, project)


def _by_age(query: Query, word: str, project: str | None) -> str:
    place = _PLACES[word]
    newest = _names(query, project, place + 1)
    if len(newest) > place:
        return newest[place]["run_id"]
    where = f"project {project!r}" if project else "this store"
    raise ContextaError(
        f"there is no {word} run",
        cause=f"{where} holds {'no run' if not newest else 'one run only'}",
        hint="contexta runs   lists what there is",
        exit_code=Exit.UNDECIDED,
    )


def _tagged(query: Query, tag: str, project: str | None) -> list[Row]:
    key, given, value = tag.partition("=")
    asked = {"key": key, "value": value if given else None, "project": project}
    return rows_of(query.query(statement("investigate/run_tagged"), asked))


def _only(rows: Sequence[Row], name: str, query: Query, project: str | None) -> str:
    if len(rows) == 1:
        return rows[0]["run_id"]
    if rows:
        raise _several(name, rows)
    raise no_such_run(query, name, project)


def _several(name: str, rows: Sequence[Row]) -> ContextaError:
    shown = "; ".join(_described(row) for row in rows[:_SHOWN])
    more = f"; and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return ContextaError(
        f"{name!r} could be any of {len(rows)} runs",
        cause=f"{shown}{more}",
        hint="name it by its id, or narrow it with --project",
    )


def _described(row: Row) -> str:
    about = [
        text for text in (row["name"], row["project"], iso(row["started_at"])) if text is not None
    ]
    return f"{row['run_id']} ({', '.join(about)})" if about else row["run_id"]


def no_such_run(query: Query, name: str, project: str | None = None) -> ContextaError:
    """The error for a name that fits no run, with the names most like it."""
    rows = _names(query, project, _SEARCHED)
    known = dict.fromkeys(text for row in rows for text in (row["run_id"], row["name"]) if text)
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    within = f" in project {project!r}" if project else ""
    if near:
        cause = f"no id, name or beginning of an id fits; nearest: {', '.join(near)}"
    elif rows:
        cause = "no id, name or beginning of an id fits"
    else:
        cause = "no run has been received" + (f" of project {project!r}" if project else "")
    return ContextaError(
        f"there is no run {name!r}{within}",
        cause=cause,
        hint="contexta runs   lists them",
        exit_code=Exit.UNDECIDED,
    )


def _names(query: Query, project: str | None, limit: int) -> list[Row]:
    given = {"project": project, "limit": limit}
    return rows_of(query.query(statement("investigate/run_names"), given))
