"""An answer as a Python object: a table to look at, a document, and Arrow for whatever comes next."""

import importlib
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from contexta_processor.investigate.results import Result
from contexta_processor.surfaces.columns import as_table
from contexta_processor.surfaces.render.view import View, shortened

if TYPE_CHECKING:
    import pyarrow as pa

R = TypeVar("R", bound=Result)

ROWS_SHOWN = 200
"""Rows of each table that a notebook or a prompt is shown."""
WHOLE = ".df(), .pl(), .arrow() and .to_dict() have all"
"""Where the other rows are."""


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
        """The answer as one flat Arrow table: times are timestamps in UTC, a column has the same type whether or not
        anything is in it, NaN stays NaN and what is missing is null."""
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

        return html.dumps(self._shown())

    def __repr__(self) -> str:
        from rich.console import Console

        from contexta_processor.surfaces.render.table import print_view

        out = io.StringIO()
        print_view(self._shown(), Console(file=out, width=160, highlight=False))
        return out.getvalue().rstrip("\n")

    def _shown(self) -> View:
        """The view as a page can hold it: a table of more rows is cut, and says so."""
        return shortened(self._view(self.result), ROWS_SHOWN, rest=WHOLE)
