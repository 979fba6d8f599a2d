"""Text of any kind is harmless wherever it is shown, and nothing of it is lost in JSON."""

import csv as csv_reader
import io
import json as json_reader
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from contexta_processor.investigate.results import Rows, iso
from contexta_processor.surfaces.render import csv, json, markdown, tsv
from contexta_processor.surfaces.render.table import print_view
from contexta_processor.surfaces.render.text import duration, number, safe, size
from contexta_processor.surfaces.render.view import Column, Line, Table, View

ACTING = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
ANY_TEXT = st.text(st.characters(codec=None), max_size=40)


@given(ANY_TEXT)
def test_safe_text_is_one_line_that_cannot_act(text: str) -> None:
    """No control, bidirectional or tag character is left, and it can be encoded."""
    shown = safe(text)
    assert not ACTING.search(shown)
    shown.encode("utf-8")


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=4))
def test_tsv_keeps_its_grid(rows: list[tuple[str, str]]) -> None:
    """However hostile the values, a row is a line and a column a tab."""
    lines = list(tsv.lines(Rows(("a", "b"), rows)))
    assert len(lines) == len(rows) + 1
    assert all(line.count("\t") == 1 and "\n" not in line for line in lines)


@given(st.lists(st.tuples(ANY_TEXT, st.floats()), max_size=4))
def test_csv_keeps_its_grid_and_runs_no_formula(rows: list[tuple[str, float]]) -> None:
    """Text never begins like a formula; numbers stay as they are."""
    text = csv.dumps(Rows(("text", "number"), rows))
    read = list(csv_reader.reader(io.StringIO(text, newline="")))
    assert len(read) == len(rows) + 1
    for (shown, figure), (_, value) in zip(read[1:], rows, strict=True):
        assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert figure == tsv.as_text(value)


@given(st.recursive(ANY_TEXT | st.integers() | st.booleans() | st.none(), st.lists, max_leaves=5))
def test_json_says_exactly_what_it_was_given(value: object) -> None:
    """Escaping for a terminal changes bytes, never what they mean."""
    text = json.dumps({"value": value})
    assert json_reader.loads(text) == {"value": value}
    assert not ACTING.search(text.replace("\n", ""))
    text.encode("utf-8")


def test_json_of_what_json_has_no_word_for() -> None:
    """NaN and infinities as text, times in UTC, decimals and big integers exact, bytes as Base64."""
    told = {
        "nan": math.nan,
        "up": math.inf,
        "down": -math.inf,
        "big": 2**100,
        "exact": Decimal("1.10"),
        "bytes": b"\x00\xff",
        "day": date(2026, 5, 3),
        "time": datetime(2026, 5, 3, 9, 12, 44, 500000, UTC),
        "nothing": None,
    }
    assert json_reader.loads(json.dumps(told)) == {
        "nan": "NaN",
        "up": "Infinity",
        "down": "-Infinity",
        "big": 2**100,
        "exact": "1.10",
        "bytes": "AP8=",
        "day": "2026-05-03",
        "time": "2026-05-03T09:12:44.5Z",
        "nothing": None,
    }


def test_times_have_a_fraction_only_where_there_is_one() -> None:
    """Whole seconds are bare; a nanosecond is not lost; times before 1970 exist."""
    assert iso(1_777_799_564_000_000_000) == "2026-05-03T09:12:44Z"
    assert iso(1_777_799_564_000_000_001) == "2026-05-03T09:12:44.000000001Z"
    assert iso(1_777_799_564_500_000_000) == "2026-05-03T09:12:44.5Z"
    assert iso(-1) == "1969-12-31T23:59:59.999999999Z"
    assert iso(None) is None


@given(ANY_TEXT)
def test_markdown_keeps_its_table(text: str) -> None:
    """A cell is one cell, whatever is in it."""
    view = View((Table((Column("A"), Column("B")), [[text, "b"]]),))
    head, _, row = markdown.dumps(view).splitlines()[:3]
    assert row.replace("\\|", "").count("|") == head.count("|") == 3


def test_markdown_puts_what_could_mean_something_into_code() -> None:
    """Mentions, issues, links, images, comments, digests and list marks are shown as they are."""
    for text in (
        "@team",
        "#1",
        "https://x.example",
        "www.x.example",
        "![](beacon)",
        "<!-- a",
        "</details>",
        "9b91c7e4",
        "*a*",
        "_a_",
        "~~a~~",
        ":tada:",
    ):
        assert f"`{text}`" in markdown.dumps(View((Line.of(text),))), text
    assert markdown.dumps(View((Line.of("a ``` b"),))) == "````a ``` b````\n"
    assert markdown.dumps(View((Line.of("3 of 8 runs"),))) == "3 of 8 runs\n"
    assert markdown.dumps(View((Line.of("1. no list"),))) == "1\\. no list\n"


def test_quantities_read_as_people_write_them() -> None:
    """Durations, sizes and figures."""
    assert [duration(ms) for ms in (None, 0.25, 850, 12_300, 342_000, 11_040_000, 1e9)] == [
        "–",
        "0.25ms",
        "850ms",
        "12.3s",
        "5m 42s",
        "3h 04m",
        "11d 13h",
    ]
    assert [size(n) for n in (None, 0, 999, 1900, 184_221_903)] == [
        "–",
        "0 B",
        "999 B",
        "1.9 kB",
        "184.2 MB",
    ]
    assert [number(n) for n in (None, 0, 0.723, 118200, 1.2e-7, math.nan, 12.3456)] == [
        "–",
        "0",
        "0.723",
        "118,200",
        "1.2e-07",
        "NaN",
        "12.346",
    ]


@given(
    st.lists(st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT), min_size=1, max_size=3),
    st.integers(min_value=20, max_value=120),
)
def test_a_table_never_leaves_the_terminal(rows: list[tuple[str, str, str]], width: int) -> None:
    """Whatever is in it, no line is wider than the terminal, and the first column is whole."""
    columns = (Column("A"), Column("B", wrap=True), Column("C", optional=1))
    out = io.StringIO()
    view = View((Table(columns, rows),))
    print_view(view, Console(file=out, width=width, highlight=False))
    lines = out.getvalue().splitlines()
    assert all(cell_len(line.rstrip()) <= width for line in lines)
    assert not any(ACTING.search(line) for line in lines)


def test_a_narrow_terminal_leaves_out_what_matters_least_and_says_so() -> None:
    """Columns go in the order of how little they matter; nothing is cut without a word."""
    columns = (Column("RUN"), Column("KIND", optional=1), Column("NOTE", wrap=True, optional=2))
    view = View((Table(columns, [["r" * 20, "k" * 10, "one two"]]),))
    told = {}
    for width in (60, 36, 24):
        out = io.StringIO()
        print_view(view, Console(file=out, width=width, highlight=False))
        told[width] = out.getvalue()
    assert "one two" in told[60]
    assert "too narrow for NOTE" in told[36]
    assert "too narrow for KIND, NOTE" in " ".join(told[24].split())
    assert "r" * 20 in told[24]
