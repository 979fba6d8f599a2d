"""Arrow without numpy, for commands that read and do no arithmetic.

pyarrow does without numpy where it is not installed; where it is, importing pyarrow imports it, which takes
longer than pyarrow itself.
"""

import sys
from importlib import import_module


class _WithoutNumpy:
    """A finder that answers for numpy alone, and says that it isn't there."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "numpy":
            raise ModuleNotFoundError("not while pyarrow is imported", name=name)


def import_arrow_alone() -> None:
    """Import pyarrow without numpy, unless either is there already; numpy itself stays importable.

    Arrow arrays then have no `to_numpy` for the rest of the process: only for a command that knows it needs none.
    """
    if "pyarrow" in sys.modules or "numpy" in sys.modules:
        return
    finder = _WithoutNumpy()
    sys.meta_path.insert(0, finder)
    try:
        import_module("pyarrow")
    finally:
        sys.meta_path.remove(finder)
