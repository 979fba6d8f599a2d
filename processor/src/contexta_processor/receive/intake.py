"""What happens to one request, whichever door it came through."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from contexta_processor.base.quarantine import SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.receive.counters import Counters
from contexta_processor.receive.overload import Admission, Unavailable
from contexta_processor.receive.wellformed import Checked, check


class Verdict(Enum):
    """What the sender is to do next."""

    TAKEN = auto()
    """Forget it: it is durable, but for what `rejected_count` says."""
    BAD_DATA = auto()
    """Never send it again."""
    COME_BACK = auto()
    """Send it again in `retry_after_s`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request, before it is put into a protocol's terms."""

    verdict: Verdict
    rejected_count: int = 0
    message: str = ""
    retry_after_s: float = 0.0


class Intake:
    """Takes checked requests in. Thread safe.

    append: makes a record durable before it returns; raises Unavailable.
    set_aside: makes bytes and reason durable before it returns; raises Unavailable.
    """

    def __init__(
        self,
        append: Callable[[Signal, bytes], object],
        set_aside: Callable[[SetAside], object],
        admission: Admission,
        counters: Counters,
    ) -> None:
        self._append = append
        self._set_aside = set_aside
        self.admission = admission
        self.counters = counters

    def take(
        self,
        signal: Signal,
        body: bytes,
        *,
        door: str,
        check: Callable[[Signal, bytes], Checked] = check,
    ) -> Answer:
        """Check, keep and answer one request.

        check: how this body is read; protobuf unless told otherwise. door: grpc or http, for the counts.
        """
        self.counters.add("received_requests", signal=signal.label, door=door)
        self.counters.add("received_bytes", len(body), signal=signal.label, door=door)
        try:
            with self.admission.admit(len(body)):
                return self._keep(signal, check(signal, body))
        except Unavailable as refusal:
            self.counters.add("refused_requests", cause=refusal.cause, door=door)
            return Answer(
                Verdict.COME_BACK, message=refusal.detail, retry_after_s=refusal.retry_after_s
            )

    def _keep(self, signal: Signal, checked: Checked) -> Answer:
        for item in checked.set_aside:
            self._set_aside(item)
            self.counters.add("quarantined", reason=item.reason.value)
        if checked.body is not None:
            self._append(signal, checked.body)
            self.counters.add("journaled_items", checked.item_count, signal=signal.label)
            self.counters.add("journaled_bytes", len(checked.body), signal=signal.label)
        if checked.rejected_count:
            self.counters.add("rejected_items", checked.rejected_count, signal=signal.label)
        if not checked.readable:
            self.counters.add("rejected_requests", signal=signal.label)
            return Answer(Verdict.BAD_DATA, message=checked.message)
        return Answer(Verdict.TAKEN, checked.rejected_count, checked.message)
