"""Resources: who emitted. One row per distinct set of attributes, known by a hash of it."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from contexta_processor.reconstruct.fields import Kind
from contexta_processor.reconstruct.values import coerce, json_text, python_mapping


@dataclass(frozen=True)
class ResourceRow:
    """One row of `facts.resources`."""

    resource_id: int
    service_name: object
    service_instance_id: object
    host_name: object
    process_pid: object
    deployment_id: object
    deployment_environment: object
    attributes: str

    def as_row(self) -> dict[str, object]:
        """Column name → value."""
        return dict(self.__dict__)


@lru_cache(maxsize=4096)
def resource_row(serialized: bytes) -> ResourceRow:
    """The row of a serialized OTLP Resource."""
    attributes = python_mapping(Resource.FromString(serialized).attributes)
    text = json_text(attributes)
    digest = hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return ResourceRow(
        resource_id=int.from_bytes(digest[:8], "big"),
        service_name=coerce(attributes.get("service.name"), Kind.STRING),
        service_instance_id=coerce(attributes.get("service.instance.id"), Kind.STRING),
        host_name=coerce(attributes.get("host.name"), Kind.STRING),
        process_pid=coerce(attributes.get("process.pid"), Kind.INT),
        deployment_id=coerce(attributes.get("deployment.id"), Kind.STRING),
        deployment_environment=coerce(attributes.get("deployment.environment.name"), Kind.STRING),
        attributes=text,
    )


@lru_cache(maxsize=4096)
def scope_name_version(serialized: bytes) -> tuple[str | None, str | None]:
    """Name and version of a serialized OTLP InstrumentationScope."""
    scope = InstrumentationScope.FromString(serialized)
    return scope.name or None, scope.version or None
