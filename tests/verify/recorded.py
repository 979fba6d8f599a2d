"""A run that recorded artifacts, told in OTLP, and the files it recorded."""

import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.otlp_words import T0, S, log, logs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from contexta_processor.base.signal import Signal
from contexta_processor.cli.connect import Source
from contexta_processor.cli.front_door import tell

Contexta = Callable[..., tuple[int, str, str]]
_next = itertools.count()


def sha256(data: bytes) -> str:
    """Hex digest."""
    return hashlib.sha256(data).hexdigest()


def numbered(records: list[tuple[str, dict[str, object]]], run: str = "r1") -> list[LogRecord]:
    """Records of one producer that numbers them, closed by a ledger."""
    told = [*records, ("contexta.ledger", {"contexta.ledger.last_seq": len(records)})]
    address = {"contexta.run.id": run, "contexta.producer.id": f"job-{run}"}
    return [
        log(name, {**address, "contexta.seq": seq, **attributes}, at_ns=T0 + seq * S)
        for seq, (name, attributes) in enumerate(told)
    ]


def artifact(name: str, /, **fields: object) -> tuple[str, dict[str, object]]:
    """A record of an artifact; its fields as keyword arguments."""
    told = {f"contexta.artifact.{key}": value for key, value in fields.items()}
    return "contexta.artifact", {"contexta.artifact.id": name, **told}


@dataclass
class Place:
    """A data directory, a directory of files, and the command on both."""

    data: Path
    files: Path
    contexta: Contexta

    def tell(self, request: ExportLogsServiceRequest) -> None:
        """Leave a request in the inbox."""
        tell(Source.chosen(str(self.data), None), Signal.LOGS, request.SerializeToString())

    def recorded(self, *artifacts: tuple[str, dict[str, object]], run: str = "r1") -> None:
        """A run that completed, with these artifacts."""
        announced = ("contexta.run.started", {"contexta.run.type": "training"})
        self.tell(logs(numbered([announced, *artifacts], run)))

    def write(self, name: str, data: bytes) -> str:
        """A file; its digest."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return sha256(data)

    def verify(self, *words: str, run: str = "r1") -> tuple[int, Any]:
        """`contexta artifacts verify`: exit code and JSON."""
        root = () if "--root" in words else ("--root", str(self.files))
        data = () if "--server" in words else ("--data", str(self.data))
        code, out, err = self.contexta("artifacts", "verify", run, *root, *data, "--json", *words)
        return code, json.loads(out) if out else err

    def sql(self, text: str) -> list[dict[str, Any]]:
        """Rows of a statement."""
        code, out, err = self.contexta("sql", text, "--data", str(self.data), "--json")
        assert code == 0, err
        return json.loads(out)

    def asked(self, *words: str) -> Any:
        """A reading command's JSON."""
        code, out, err = self.contexta(*words, "--data", str(self.data), "--json")
        assert code == 0, err
        return json.loads(out)

    def markers(self) -> list[tuple[str, str, str]]:
        """(subject, reason, severity) of every marker of a check."""
        rows = self.sql(
            "SELECT subject, reason, severity FROM degraded_markers WHERE category = 'verification' ORDER BY ALL"
        )
        return [(row["subject"], row["reason"], row["severity"]) for row in rows]
