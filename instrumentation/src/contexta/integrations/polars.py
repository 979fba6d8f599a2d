"""polars: what is read, or scanned to be read, is a consumed data set with path and, read, content."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Final

from contexta.integrations.instrumentor import Instrumentor, Patch
from contexta.integrations.patches import Patches
from contexta.integrations.readers import patch_readers

_READERS: Final = (
    "read_avro",
    "read_csv",
    "read_delta",
    "read_excel",
    "read_ipc",
    "read_json",
    "read_ndjson",
    "read_ods",
    "read_parquet",
    "scan_csv",
    "scan_delta",
    "scan_ipc",
    "scan_ndjson",
    "scan_parquet",
)


class PolarsInstrumentor(Instrumentor):
    """Tells about polars' readers and scanners."""

    targets = ("polars >= 1, < 3",)

    def hooks(self) -> Mapping[str, Patch]:
        """The readers of the package itself."""
        return {"polars": _patch}


def _patch(module: ModuleType, patches: Patches) -> None:
    patch_readers(module, patches, _READERS, "contexta.integrations.polars")


__all__ = ["PolarsInstrumentor"]
