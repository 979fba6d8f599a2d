"""An answer as a Python object: a table to look at, a document, and Arrow for whatever comes next."""

import importlib
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from contexta_processor.investigate.results import Result, Rows
from contexta_processor.surfaces.render.view import View

if TYPE_CHECKING:
    import pyarrow as pa

R = TypeVar("R", bound=Result)


class Answer(Generic[R]):
    """What a question gave. `result` is the typed result; everything else is made from it."""

    def __init__(self, result: R, view: Callable[[R], View]) -> None:
        self.result = result
        self._view = view

    def to_dict(self) -> Any:
        """The JSON document of the command that asks the same."""
        from contexta_processor.surfaces.render.json import plain

        return plain(self.result.to_dict())

    def arrow(self) -> "pa.Table":
        """The answer as one flat Arrow table; times are timestamps in UTC."""
        return as_table(self.result.rows())

    def df(self) -> Any:
        """A pandas DataFrame. Raises: ImportError without pandas."""
        return self.arrow().to_pandas()

    def pl(self) -> Any:
        """A polars DataFrame. Raises: ImportError without polars."""
        polars: Any = importlib.import_module("polars")  # the reader's own
        return polars.from_arrow(self.arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Arrow's own interface: what makes `polars.DataFrame(answer)` and `pyarrow.table(answer)` work."""
        return self.arrow().__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        from contexta_processor.surfaces.render import html

        return html.dumps(self._view(self.result))

    def __repr__(self) -> str:
        from rich.console import Console

        from contexta_processor.surfaces.render.table import print_view

        out = io.StringIO()
        print_view(self._view(self.result), Console(file=out, width=160, highlight=False))
        return out.getvalue().rstrip("\n")


def as_table(rows: Rows) -> "pa.Table":
    """Rows as Arrow; a column of mixed values becomes text."""
    import pyarrow as pa

    columns = list(zip(*rows.values, strict=True)) or [()] * len(rows.columns)
    arrays = [
        _column(name, list(values)) for name, values in zip(rows.columns, columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=list(rows.columns))


def _column(name: str, values: list[object]) -> Any:
    import pyarrow as pa

    from contexta_processor.surfaces.render.tsv import as_text

    if name.endswith("_at") or name == "timestamp":
        bare = [value.removesuffix("Z") if isinstance(value, str) else None for value in values]
        return pa.array(bare, pa.string()).cast(pa.timestamp("ns"))
    plain = all(value is None or isinstance(value, str | int | float) for value in values)
    try:
        if plain:
            return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    return pa.array([None if value is None else as_text(value) for value in values], pa.string())
