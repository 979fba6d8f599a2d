"""The OTLP/gRPC door: `Export` of the trace, logs and metrics services.

Handlers get raw bytes: the library's own parser would answer one bad byte with INTERNAL, which senders take for
"the server is broken". They are registered as stream handlers, which look the same on the wire: so it is us who ask for the message,
when there is a place for it (`arrivals.py`).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, RetryInfo
from google.rpc.status_pb2 import Status

from contexta_processor.receive.arrivals import Arrivals
from contexta_processor.receive.intake import Answer, Intake, Verdict
from contexta_processor.receive.otlp import OTLP, Otlp

DEFAULT_MAX_MESSAGE_BYTES = 64 * 1024 * 1024
_THREADS = 256
"""A call that waits for its message holds a thread; started as they are needed."""
_MINUTE_MS = 60_000

_RETRY_KEY = "google.rpc.retryinfo-bin"
_STATUS_KEY = "grpc-status-details-bin"

# The stubs leave open what a server and its handlers are generic over.
_grpc: Any = grpc


def build_server(
    intake: Intake, *, max_message_bytes: int = DEFAULT_MAX_MESSAGE_BYTES
) -> grpc.Server:
    """A server with the three services, not yet listening.

    No `maximum_concurrent_rpcs`: it answers RESOURCE_EXHAUSTED, which is final for a sender. Admission answers UNAVAILABLE instead.
    """
    server = _grpc.server(
        ThreadPoolExecutor(_THREADS, thread_name_prefix="otlp-grpc"),
        options=[
            ("grpc.so_reuseport", 0),  # a second server must fail to bind, not share in silence
            ("grpc.max_receive_message_length", max_message_bytes),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.keepalive_time_ms", 2 * _MINUTE_MS),
            ("grpc.keepalive_timeout_ms", 20_000),
            ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            ("grpc.max_connection_age_ms", 60 * _MINUTE_MS),
            ("grpc.max_connection_age_grace_ms", _MINUTE_MS),
        ],
    )
    arrivals = Arrivals()
    for otlp in OTLP.values():
        export = _grpc.stream_unary_rpc_method_handler(_export(intake, otlp, arrivals))
        handler = _grpc.method_handlers_generic_handler(otlp.service, {"Export": export})
        server.add_generic_rpc_handlers((handler,))
    return server


def _export(
    intake: Intake, otlp: Otlp, arrivals: Arrivals
) -> Callable[[Iterator[bytes], grpc.ServicerContext], bytes]:
    return partial(_handle, intake, otlp, arrivals)


def _handle(
    intake: Intake,
    otlp: Otlp,
    arrivals: Arrivals,
    messages: Iterator[bytes],
    context: grpc.ServicerContext,
) -> bytes:
    body = arrivals.receive(messages, context)
    if body is None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "Export takes exactly one message")
    answer = intake.take(otlp.signal, body, door="grpc")
    if answer.verdict is Verdict.COME_BACK:
        _refuse(context, grpc.StatusCode.UNAVAILABLE, answer.message, retry_info(answer))
    if answer.verdict is Verdict.BAD_DATA:
        violation = BadRequest.FieldViolation(field="body", description=answer.message)
        detail = BadRequest(field_violations=[violation])
        _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, answer.message, detail)
    return build_response(otlp, answer).SerializeToString()


def build_response(otlp: Otlp, answer: Answer) -> Any:
    """The signal's export response; `partial_success` is set only where something was not taken as it came."""
    response = otlp.response()
    if answer.rejected_count or answer.message:
        setattr(response.partial_success, otlp.rejected_field, answer.rejected_count)
        response.partial_success.error_message = answer.message
    return response


def retry_info(answer: Answer) -> RetryInfo:
    """When to come back."""
    seconds, rest = divmod(answer.retry_after_s, 1)
    return RetryInfo(retry_delay=Duration(seconds=int(seconds), nanos=int(rest * 1e9)))


def build_status(code: int, message: str, *details: Any) -> Status:
    """A `google.rpc.Status` with typed details."""
    packed: list[AnyMessage] = []
    for detail in details:
        holder = AnyMessage()
        holder.Pack(detail)
        packed.append(holder)
    return Status(code=code, message=message, details=packed)


def _refuse(
    context: grpc.ServicerContext, code: grpc.StatusCode, message: str, detail: Any
) -> NoReturn:
    status = build_status(code.value[0], message, detail)
    trailers = [(_STATUS_KEY, status.SerializeToString())]
    if isinstance(detail, RetryInfo):
        # Senders look in either place: the standard's, or (Python's) this one.
        trailers.append((_RETRY_KEY, detail.SerializeToString()))
    context.set_trailing_metadata(tuple(trailers))
    context.abort(code, message)
