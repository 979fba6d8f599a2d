"""`log_relation`, `log_promotion`, `log_degraded`: what somebody says about evidence."""

from __future__ import annotations

from contexta.base.coerce import Instant
from contexta.base.misuse import guarded
from contexta.records import events
from contexta.records.sink import Recorder
from contexta_semconv import events as event_names


class Statements(Recorder):
    """What is said about things that are known already."""

    @guarded(None)
    def log_relation(
        self,
        type: str,
        from_id: str,
        to_id: str,
        *,
        from_kind: str | None = None,
        to_kind: str | None = None,
        confidence: str = "direct",
        evidence: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """Two things hang together (`contexta.relation`): `from_id` is `type` `to_id`.

        type: produced, consumed, derived_from, trained_on, evaluated_by, summarized_by, … (open).
        confidence: direct, or inferred; then `evidence` says from what.
        """
        sink = self._sink("log_relation")
        if sink is not None:
            relation = events.relation(
                type,
                from_id,
                to_id,
                from_kind=from_kind,
                to_kind=to_kind,
                confidence=confidence,
                evidence=evidence,
            )
            sink.record(event_names.RELATION, relation, at, captured_by)

    @guarded(None)
    def log_promotion(
        self,
        artifact: str,
        *,
        to: str,
        decision: str = "approved",
        from_environment: str | None = None,
        report: str | None = None,
        by: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """It was decided whether `artifact` may go into the environment `to` (`contexta.promotion`).

        decision: approved or rejected. report: id of the report it rests on. by: who decided.
        """
        sink = self._sink("log_promotion")
        if sink is not None:
            promotion = events.promotion(
                artifact,
                to=to,
                decision=decision,
                from_environment=from_environment,
                report=report,
                by=by,
            )
            sink.record(event_names.PROMOTION, promotion, at, captured_by)

    @guarded(None)
    def log_degraded(
        self,
        reason: str,
        *,
        severity: str = "warning",
        category: str = "capture",
        detail: str | None = None,
        expected: int | None = None,
        observed: int | None = None,
        remedy: str | None = None,
        at: Instant | None = None,
        captured_by: str | None = None,
    ) -> None:
        """Something is known to be missing or untrustworthy (`contexta.degraded`).

        severity: info, warning or error. category: capture, transport, sampling, redaction, ….
        expected, observed: how much there should be and how much there is.
        remedy: what would mend it.
        """
        sink = self._sink("log_degraded")
        if sink is not None:
            marker = events.degraded(
                reason,
                severity=severity,
                category=category,
                detail=detail,
                expected=expected,
                observed=observed,
                remedy=remedy,
            )
            sink.record(event_names.DEGRADED, marker, at, captured_by)
