"""Do this shell's OTEL_* and CONTEXTA_* settings lead telemetry to the server? Each fix is a command to paste."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from contexta_processor.base.data_dir import DataDir
from contexta_processor.cli.checks.check import Check

Environment = Mapping[str, str]
SIGNALS = ("TRACES", "LOGS", "METRICS")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0", "::"})
_GRPC, _HTTP = "grpc", "http/protobuf"


@dataclass(frozen=True)
class Doors:
    """Where the server listens: `HOST:PORT` of OTLP/gRPC and OTLP/HTTP."""

    grpc: str
    http: str

    @classmethod
    def of(cls, running: Mapping[str, Any]) -> "Doors":
        """From serve.json."""
        return cls(str(running["grpc"]), str(running["http"]))


def check_environment(
    environment: Environment, doors: Doors | None, data: DataDir
) -> Iterator[Check]:
    """Findings about the variables that decide where telemetry goes; one that says so when all is well.

    doors: of the running server; without one only what is wrong by itself is found.
    """
    found = [
        *_switched_off(environment),
        *_sampled(environment),
        *_data_directory(environment, data),
        *_own_endpoint(environment, doors, data),
        *(finding for endpoint in _endpoints(environment) for finding in endpoint.check(doors)),
        *_proxy(environment, doors),
    ]
    yield from found
    if any(finding.level != "ok" for finding in found):
        return
    if not any(
        name.endswith("_ENDPOINT")
        for name in environment
        if name.startswith(("OTEL_EXPORTER_OTLP", "CONTEXTA_"))
    ):
        default = "127.0.0.1:4317"
        if doors is None or doors.grpc == default:
            yield Check(
                "environment",
                "ok",
                f"no endpoint is set: contexta and OTLP/gRPC exporters use {default}",
            )
        else:
            yield Check(
                "environment",
                "warning",
                f"no endpoint is set: emitters use {default}, the server listens on {doors.grpc}",
                f"export OTEL_EXPORTER_OTLP_ENDPOINT=http://{doors.grpc} OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
            )


@dataclass(frozen=True)
class Endpoint:
    """One endpoint variable with the protocol that goes with it."""

    variable: str
    url: str
    protocol_variable: str
    protocol: str | None

    @property
    def for_signal(self) -> str | None:
        """`traces` for OTEL_EXPORTER_OTLP_TRACES_ENDPOINT; None for the general one."""
        part = (
            self.variable.removeprefix("OTEL_EXPORTER_OTLP_")
            .removesuffix("_ENDPOINT")
            .removesuffix("ENDPOINT")
        )
        return part.lower() or None

    def check(self, doors: Doors | None) -> Iterator[Check]:
        """What is wrong with it; else where it leads."""
        try:
            parts = urlsplit(self.url if "://" in self.url else f"//{self.url}")
            port = parts.port
        except ValueError:
            yield self._wrong(f"{self.url!r} is not a URL", "http://127.0.0.1:4317")
            return
        if not parts.scheme:
            yield self._wrong(f"{self.url!r} has no scheme", f"http://{self.url}")
            return
        if doors is None:
            yield Check(
                "environment",
                "warning",
                f"{self.variable} points to {self.url}, and no server runs for this directory",
                "contexta serve",
            )
            return
        grpc_port, http_port = (int(door.rpartition(":")[2]) for door in (doors.grpc, doors.http))
        host = parts.hostname or ""
        if port not in (grpc_port, http_port) or (
            host not in _LOOPBACK and host not in _hosts(doors)
        ):
            yield Check(
                "environment",
                "warning",
                f"{self.variable} points to {self.url}, which is not this server",
                f"export {self.variable}=http://{doors.grpc} {self.protocol_variable}={_GRPC}",
            )
        elif parts.scheme == "https":
            yield self._wrong(
                f"{self.url} asks for TLS, the server's door is plain",
                f"http://{parts.netloc}{parts.path}",
            )
        elif port == grpc_port:
            yield from self._at_grpc()
        else:
            yield from self._at_http(parts)

    def _at_grpc(self) -> Iterator[Check]:
        if self.protocol is not None and self.protocol != _GRPC:
            yield Check(
                "environment",
                "error",
                f"{self.variable} is the OTLP/gRPC port, {self.protocol_variable} says {self.protocol}",
                f"export {self.protocol_variable}={_GRPC}",
            )
        else:
            yield Check(
                "environment", "ok", f"{self.variable} leads to this server's OTLP/gRPC port"
            )

    def _at_http(self, parts: SplitResult) -> Iterator[Check]:
        if self.protocol in (None, _GRPC):
            says = (
                f"{self.protocol_variable} says grpc"
                if self.protocol
                else "without a protocol exporters speak gRPC"
            )
            yield Check(
                "environment",
                "error",
                f"{self.variable} is the OTLP/HTTP port, {says}",
                f"export {self.protocol_variable}={_HTTP}",
            )
            return
        signal, path = self.for_signal, parts.path.rstrip("/")
        if signal is None and path.startswith("/v1"):
            yield self._wrong(
                f"{self.url} has a path: exporters add /v1/traces themselves",
                f"http://{parts.netloc}",
            )
        elif signal is not None and path != f"/v1/{signal}":
            yield self._wrong(
                f"{self.url} is used as it is, without /v1/{signal} added",
                f"http://{parts.netloc}/v1/{signal}",
            )
        else:
            yield Check(
                "environment", "ok", f"{self.variable} leads to this server's OTLP/HTTP port"
            )

    def _wrong(self, detail: str, better: str) -> Check:
        return Check(
            "environment", "error", f"{self.variable}: {detail}", f"export {self.variable}={better}"
        )


def _endpoints(environment: Environment) -> Iterator[Endpoint]:
    general = environment.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    for signal in ("", *(f"{name}_" for name in SIGNALS)):
        variable = f"OTEL_EXPORTER_OTLP_{signal}ENDPOINT"
        protocol_variable = f"OTEL_EXPORTER_OTLP_{signal}PROTOCOL"
        own = environment.get(protocol_variable)
        if url := environment.get(variable):
            used = protocol_variable if own or not general else "OTEL_EXPORTER_OTLP_PROTOCOL"
            yield Endpoint(variable, url, used, own or general)


def _hosts(doors: Doors) -> set[str]:
    return {door.rpartition(":")[0].strip("[]") for door in (doors.grpc, doors.http)}


def _switched_off(environment: Environment) -> Iterator[Check]:
    for name in ("OTEL_SDK_DISABLED", "CONTEXTA_DISABLED"):
        if environment.get(name, "").strip().lower() in ("true", "1", "yes", "on"):
            yield Check(
                "environment",
                "error",
                f"{name}={environment[name]}: nothing is emitted",
                f"unset {name}",
            )
    for signal in SIGNALS:
        name = f"OTEL_{signal}_EXPORTER"
        exporters = environment.get(name, "otlp").split(",")
        if "otlp" not in (exporter.strip().partition("_")[0] for exporter in exporters):
            level = "error" if signal == "TRACES" else "warning"
            yield Check(
                "environment",
                level,
                f"{name}={environment[name]}: other instrumentations send no {signal.lower()} here",
                f"export {name}=otlp",
            )


def _sampled(environment: Environment) -> Iterator[Check]:
    sampler = environment.get("OTEL_TRACES_SAMPLER", "")
    if sampler and not sampler.endswith("always_on"):
        yield Check(
            "environment",
            "warning",
            f"OTEL_TRACES_SAMPLER={sampler}: spans of other instrumentations are dropped before they are sent (contexta's own are kept)",
            "unset OTEL_TRACES_SAMPLER   (while a run is recorded)",
        )


def _data_directory(environment: Environment, data: DataDir) -> Iterator[Check]:
    told = environment.get("CONTEXTA_DATA")
    if told and Path(told).resolve() != data.root.resolve():
        yield Check(
            "environment",
            "warning",
            f"CONTEXTA_DATA is {told}, looked at here is {data.root}",
            f"contexta doctor --data {told}",
        )


def _own_endpoint(environment: Environment, doors: Doors | None, data: DataDir) -> Iterator[Check]:
    endpoint = environment.get("CONTEXTA_ENDPOINT")
    if not endpoint:
        return
    if endpoint.startswith("file:"):
        target = Path(endpoint.removeprefix("file:").removeprefix("//"))
        if target.resolve() in (data.root.resolve(), data.inbox.resolve()):
            yield Check(
                "environment", "ok", f"CONTEXTA_ENDPOINT={endpoint}: files, taken in from here"
            )
        else:
            yield Check(
                "environment",
                "warning",
                f"CONTEXTA_ENDPOINT={endpoint} writes files to another directory than {data.root}",
                f"contexta runs --data {target}   (or export CONTEXTA_ENDPOINT=file:{data.root})",
            )
        return
    # contexta's own emitter tells gRPC from HTTP by the same protocol variable as every exporter
    protocol = environment.get("CONTEXTA_PROTOCOL") or environment.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL"
    )
    yield from Endpoint(
        "CONTEXTA_ENDPOINT", endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol
    ).check(doors)


def _proxy(environment: Environment, doors: Doors | None) -> Iterator[Check]:
    """gRPC goes through http(s)_proxy unless no_proxy names the host."""
    if doors is None:
        return
    for name in ("https_proxy", "http_proxy", "grpc_proxy"):
        proxy = environment.get(name) or environment.get(name.upper())
        exempt = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        host = doors.grpc.rpartition(":")[0]
        if proxy and host not in exempt and exempt.strip() != "*":
            yield Check(
                "environment",
                "warning",
                f"{name} is set: exporters may go through the proxy to reach {host}",
                f"export no_proxy={exempt + ',' if exempt else ''}{host},localhost",
            )
            return
