"""Telling a decision about a thing: what `contexta quarantine` and `contexta release` have in common."""

import getpass
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.signal import Signal
from contexta_processor.cli.connect import Source

if TYPE_CHECKING:
    from contexta_processor.investigate.lineage.decision import Decided, Decision
    from contexta_processor.surfaces.render.output import Output


Command = Callable[..., Any]


def decision_options(command: Command) -> Command:
    """`--reason` and `--by`."""
    with_by = click.option(
        "--by",
        metavar="WHO",
        help="Who decides: a person, an incident, a ticket.  [default: the user's name]",
    )(command)
    return click.option("--reason", required=True, metavar="TEXT", help="Why.")(with_by)


def decide(
    decided: "Decided",
    source: Source,
    output: "Output",
    name: str,
    *,
    reason: str,
    by: str | None,
    project: str | None,
) -> None:
    """Look what a decision reaches, tell it, and only then show it.

    Raises: ContextaError, as `quarantine_of` and `release_of`; (Exit.UNREACHABLE) where it cannot be told: then nothing is decided.
    """
    from contexta_processor.cli.front_door import tell
    from contexta_processor.investigate.lineage.decision import quarantine_of, release_of
    from contexta_processor.surfaces.views.decision import decision_view

    who, why, at = _said("--by", by or _account()), _said("--reason", reason), time.time_ns()
    with source.open() as query:
        if decided == "quarantined":
            found = quarantine_of(query, name, by=who, reason=why, project=project)
        else:
            found = release_of(query, name, by=who, reason=why, at=at, project=project)
    tell(source, Signal.LOGS, evidence_request(found, at))
    output.show(found, decision_view)


def evidence_request(decision: "Decision", at: int) -> bytes:
    """One OTLP logs request with the relation that tells a decision. It belongs to no run."""
    import uuid

    from contexta_processor.cli.log_events import LogEvent, logs_request
    from contexta_processor.investigate.lineage.decision import RELATIONS
    from contexta_semconv import attributes as names
    from contexta_semconv import events

    told = {
        names.CONTEXTA_EVENT_ID: uuid.uuid4().hex,
        names.CONTEXTA_CAPTURED_BY: "contexta-decision",
        names.CONTEXTA_RELATION_TYPE: RELATIONS[decision.decided],
        names.CONTEXTA_RELATION_FROM: decision.id,
        names.CONTEXTA_RELATION_FROM_KIND: decision.kind,
        names.CONTEXTA_RELATION_TO: decision.by,
        names.CONTEXTA_RELATION_CONFIDENCE: "direct",
        names.CONTEXTA_RELATION_EVIDENCE: decision.reason,
    }
    severity = "warning" if decision.decided == "quarantined" else "info"
    return logs_request([LogEvent(events.RELATION, severity, at, told)])


def _said(option: str, text: str) -> str:
    """What was given, without space around it. Raises: ContextaError if nothing is left."""
    said = text.strip()
    if not said:
        raise ContextaError(
            f"{option} is empty",
            cause="a decision says who made it and why",
            hint=f'{option} "…"',
        )
    return said


def _account() -> str:
    """Who is logged in. Raises: ContextaError where the system doesn't say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise ContextaError(
            "it is not known who decides",
            cause="this process has no user name",
            hint="name a person, an incident or a ticket: --by WHO",
            exit_code=Exit.USAGE,
        ) from error
