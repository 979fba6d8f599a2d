"""`contexta.deployment`: bringing an artifact into an environment, with its checks and outcome."""

from __future__ import annotations

import os
from typing import Any

from contexta.base import coerce
from contexta.base.address import Address
from contexta.base.coerce import Attributes, Instant
from contexta.base.misuse import guarded
from contexta.scopes.scope import Scope
from contexta_semconv import attributes as names
from contexta_semconv import spans, values


class Deployment(Scope):
    """Bringing an artifact into an environment; made by `contexta.deployment`. Needs no run."""

    kind = spans.DEPLOYMENT
    status_key = names.DEPLOYMENT_STATUS
    statuses = frozenset(values.DeploymentStatus)

    def __init__(
        self,
        id: str,
        environment: str,
        artifact: str | None,
        source_run: str | None,
        report: str | None,
        started_at: Instant | None,
        completed_at: Instant | None,
    ) -> None:
        super().__init__(started_at)
        self._has_pulse = False  # a run around it would have one; the first record starts it
        self._id = coerce.text(id)
        self.environment = environment
        self._links: Attributes = {
            key: coerce.text(value)
            for key, value in (
                (names.CONTEXTA_DEPLOYMENT_ARTIFACT_ID, artifact),
                (names.CONTEXTA_DEPLOYMENT_SOURCE_RUN_ID, source_run),
                (names.CONTEXTA_DEPLOYMENT_REPORT_ID, report),
            )
            if value is not None
        }
        self._status: str | None = None
        self._completed_at = completed_at

    @property
    def id(self) -> str:
        """The deployment's id."""
        return self._id

    def _may_open(self, parent: Scope | None) -> bool:
        return True

    def _address_in(self, parent: Scope | None) -> Address:
        return (parent.address if parent else Address()).in_deployment(self._id)

    def _span_name(self) -> str:
        return "deployment"

    def _attributes(self) -> Attributes:
        started = self._started_at if self._started_at is not None else coerce.now()
        return {
            names.DEPLOYMENT_ENVIRONMENT_NAME: coerce.text(self.environment),
            names.CONTEXTA_DEPLOYMENT_STARTED_AT: coerce.iso(started),
            **self._links,
        }

    @guarded(None)
    def log_check(self, name: str, result: Any) -> None:
        """The result of one check (`contexta.deployment.check.<name>`): passed, failed, …"""
        if self._sink("log_check") is not None:
            outcome = {True: "passed", False: "failed"}.get(result, result)
            key = f"{names.CONTEXTA_DEPLOYMENT_CHECK_PREFIX}{coerce.text(name)}"
            self._span.set_attribute(key, coerce.text(outcome))

    @guarded(None)
    def set_status(self, status: str) -> None:
        """pending, succeeded, failed or rolled_back. Without it: succeeded, or failed by an exception."""
        if self._sink("set_status") is not None:
            self._status = coerce.text(status)

    def _status_of(self, error: BaseException | str | None) -> str | None:
        if error is not None:
            return values.DeploymentStatus.FAILED.value
        return self._status or values.DeploymentStatus.SUCCEEDED.value

    def _before_close(self) -> None:
        if self._emitter is not None and self._pid == os.getpid():
            self.wait_for_captures(self._emitter.settings.capture_timeout_s)

    def _last_words(self, at_ns: int | None) -> int | None:
        if self._status != values.DeploymentStatus.PENDING:
            done = coerce.now() if at_ns is None else at_ns
            self._span.set_attribute(names.CONTEXTA_DEPLOYMENT_COMPLETED_AT, coerce.iso(done))
        return None

    def end(
        self,
        status: str | None = None,
        error: BaseException | str | None = None,
        *,
        at: Instant | None = None,
    ) -> None:
        """Close it; see `Scope.end`. Its end is `completed_at` where that was given."""
        super().end(status, error, at=at if at is not None else self._completed_at)

    def _after_close(self) -> None:
        if self._emitter is not None and self._parent is None and self._pid == os.getpid():
            self._emitter.flush(self._emitter.settings.exit_timeout_s, patient=False)


def deployment(
    id: str,
    *,
    environment: str,
    artifact: str | None = None,
    source_run: str | None = None,
    report: str | None = None,
    started_at: Instant | None = None,
    completed_at: Instant | None = None,
) -> Deployment:
    """Bringing `artifact` into `environment` (staging, production, …). Needs no run.

    source_run: the run that made the artifact. report: id of the report it rests on.
    started_at, completed_at: when, if not now (telling a past deployment).
    """
    return Deployment(id, environment, artifact, source_run, report, started_at, completed_at)
