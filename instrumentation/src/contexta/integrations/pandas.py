"""pandas: what is read from files is a consumed data set with fingerprint, path and row count."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Final

from contexta.integrations.instrumentor import Instrumentor, Patch
from contexta.integrations.patches import Patches
from contexta.integrations.readers import patch_readers

_READERS: Final = (
    "read_csv",
    "read_excel",
    "read_feather",
    "read_fwf",
    "read_hdf",
    "read_json",
    "read_orc",
    "read_parquet",
    "read_pickle",
    "read_sas",
    "read_spss",
    "read_stata",
    "read_table",
    "read_xml",
)


class PandasInstrumentor(Instrumentor):
    """Tells about pandas' readers."""

    targets = ("pandas >= 2, < 4",)

    def hooks(self) -> Mapping[str, Patch]:
        """The readers of the package itself."""
        return {"pandas": _patch}


def _patch(module: ModuleType, patches: Patches) -> None:
    patch_readers(module, patches, _READERS, "contexta.integrations.pandas")


__all__ = ["PandasInstrumentor"]
