"""Answers in a notebook: the command's document, typed columns, and HTML that does nothing but show."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow as pa
import pytest
from cli.story_store import DEPLOYMENT, EVAL, TRAIN, Store
from trend.telemetry import Job, take_in

import contexta_processor
from contexta_processor.cli.main import run
from contexta_processor.cli.reading import Evidence
from contexta_processor.investigate.results import Rows
from contexta_processor.surfaces.columns import as_table
from contexta_processor.surfaces.render import html
from contexta_processor.surfaces.render.view import Cell, Column, Line, Table, View, shortened

Ask = Callable[[Evidence], Any]

SAME: dict[str, tuple[Ask, list[str]]] = {
    "runs": (lambda e: e.runs(), ["runs"]),
    "run": (lambda e: e.run(EVAL), ["show", EVAL]),
    "records": (lambda e: e.records(EVAL), ["records", EVAL]),
    "samples": (lambda e: e.samples(EVAL), ["samples", EVAL]),
    "artifacts": (lambda e: e.artifacts(TRAIN), ["artifacts", TRAIN]),
    "environment": (lambda e: e.environment(EVAL), ["environment", EVAL]),
    "lineage": (lambda e: e.lineage(DEPLOYMENT), ["lineage", DEPLOYMENT]),
    "deployments": (lambda e: e.deployments(), ["deployments"]),
    "compare": (lambda e: e.compare(TRAIN, EVAL), ["compare", TRAIN, EVAL]),
    "diagnose": (lambda e: e.diagnose(EVAL), ["diagnose", EVAL]),
    "trend": (lambda e: e.trend("auc"), ["trend", "auc"]),
    "trend of steps": (lambda e: e.trend("loss", run=EVAL), ["trend", "loss", "--run", EVAL]),
    "trend of durations": (
        lambda e: e.trend("run", of="duration", project="churn", last=5, against="night-09"),
        ["trend", "run", "--of", "duration", "-p", "churn", "-n", "5", "--against", "night-09"],
    ),
    "sql": (lambda e: e.sql("FROM runs ORDER BY run_id"), ["sql", "FROM runs ORDER BY run_id"]),
}


@pytest.mark.parametrize("name", SAME)
def test_to_dict_is_the_commands_json(
    name: str, directory: Path, of_file: Evidence, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same document from both, whatever is asked."""
    ask, words = SAME[name]
    run([*words, "--json", "--data", str(directory)])
    assert ask(of_file).to_dict() == json.loads(capsys.readouterr().out)


def test_through_a_server_it_is_the_same(of_file: Evidence, of_server: Evidence) -> None:
    """A notebook on another machine sees what the file says."""
    for ask in (lambda e: e.trend("auc"), lambda e: e.run(EVAL), lambda e: e.compare(TRAIN, EVAL)):
        assert ask(of_server).to_dict() == ask(of_file).to_dict()


def test_a_missing_figure_is_null_and_nan_is_nan(tmp_path: Path) -> None:
    """In every frame: neither becomes the other, and neither becomes 0."""
    jobs = [
        Job("a", 0).metric("m", 1.0),
        Job("b", 1),
        Job("c", 2).metric("m", float("nan")),
        Job("d", 3).metric("m", float("-inf")),
    ]
    answer = contexta_processor.connect(take_in(tmp_path / "d", *jobs)).trend("m")
    column = answer.arrow().column("value")
    assert column.type == pa.float64()
    assert [value.is_valid for value in column] == [True, False, True, True]
    assert str(column[2].as_py()) == "nan"
    frame = answer.pl()
    assert isinstance(frame, polars.DataFrame)
    assert frame["value"].is_null().to_list() == [False, True, False, False]
    assert frame["value"].is_nan().to_list() == [False, None, True, False]
    assert isinstance(answer.df(), pandas.DataFrame)


def test_columns_keep_their_type_when_nothing_is_in_them(of_file: Evidence) -> None:
    """A list that is empty, or says nothing in a column, has the schema of a full one."""
    full, empty = of_file.runs().arrow(), of_file.runs(project="nobody's").arrow()
    assert empty.num_rows == 0
    for name, kind in (
        ("started_at", pa.timestamp("ns")),
        ("duration_ms", pa.float64()),
        ("degraded_count", pa.int64()),
        ("stages_expected", pa.int64()),
        ("name", pa.string()),
    ):
        assert full.schema.field(name).type == kind, name
        assert empty.schema.field(name).type == kind, name
    points = of_file.trend("auc").arrow()
    assert points.schema.field("step").type == pa.int64()
    assert points.column("step").null_count == points.num_rows
    assert points.schema.field("outside").type == pa.bool_()
    assert points.schema.field("started_at").type == pa.timestamp("ns")


def test_every_kind_of_value_has_its_type() -> None:
    """By what a result says, by the column's name, else by the values; what is mixed becomes text."""
    rows = Rows(
        ("value", "step", "active", "seen_at", "tags", "mixed", "nothing", "told", "big"),
        [
            (1, 3, True, "2026-05-03T09:12:44.000000123Z", ["a", "b"], 1, None, None, 2**70),
            (2.5, None, None, None, None, "x", None, None, None),
        ],
        kinds={"told": "boolean"},
    )
    table = as_table(rows)
    assert {field.name: str(field.type) for field in table.schema} == {
        "value": "double",
        "step": "int64",
        "active": "bool",
        "seen_at": "timestamp[ns]",
        "tags": "list<item: string>",
        "mixed": "string",
        "nothing": "string",
        "told": "bool",
        "big": "string",
    }
    assert table.column("seen_at").cast(pa.int64())[0].as_py() == 1777799564000000123
    assert table.column("big")[0].as_py() == str(2**70)
    assert (
        str(as_table(Rows(("value",), [("n/a",), (1.0,)])).schema.field("value").type) == "string"
    )


def test_anything_that_takes_arrow_takes_an_answer(of_file: Evidence) -> None:
    """pyarrow, polars, pandas and DuckDB, without code of ours."""
    answer = of_file.trend("auc")
    assert pa.table(answer).num_rows == 14
    assert polars.DataFrame(answer).height == 14
    assert len(pandas.DataFrame.from_arrow(answer)) == 14
    assert duckdb.sql("SELECT count(value) FROM answer").fetchone() == (13,)
    everything = [ask(of_file) for ask, _ in SAME.values()]
    assert all(pa.table(each).num_columns > 0 for each in everything)


class _Seen(HTMLParser):
    """Tags and attributes of a fragment; fails on tags that are not closed in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def seen(html: str) -> _Seen:
    """A fragment, read."""
    found = _Seen()
    found.feed(html)
    assert found.open == []
    return found


def test_a_trend_shows_itself_as_a_picture(of_file: Evidence) -> None:
    """SVG in the page's own colour: no script, no style sheet, nothing fetched."""
    html = of_file.trend("auc")._repr_html_()
    found = seen(html)
    assert found.tags.count("svg") == 1
    assert {"polyline", "circle", "title"} <= set(found.tags)
    assert not {"script", "style", "link", "img", "image", "iframe", "use", "foreignobject"} & set(found.tags)  # fmt: skip
    assert not [name for name, _ in found.attributes if name.startswith("on") or "href" in name or name == "src"]  # fmt: skip
    assert not re.findall(r"url\(|https?://(?!www\.w3\.org/2000/svg)", html)
    strokes = {value for name, value in found.attributes if name in ("stroke", "fill")}
    assert strokes <= {"currentColor", "none"}
    assert html.count("<polyline") == 2, "the line is broken where a night has no figure"
    assert "×" in html


def test_nothing_captured_is_markup(tmp_path: Path) -> None:
    """Names that are HTML are text, in tables, labels and pictures."""
    bad = '<img src=x onerror="alert(1)">&</title><script>'
    store = Store(tmp_path / "data")
    for day in range(1, 5):
        run_id = f"{bad}{day}"
        store.run(run_id, f"2026-05-0{day} 06:00:00", project__name=bad, run__type=bad, run__name=bad)  # fmt: skip
        told = {"contexta.metric.name": bad, "contexta.metric.value": day / 10, "contexta.metric.unit": bad}  # fmt: skip
        store.event(run_id, "contexta.metric", f"2026-05-0{day} 06:00:01", **told)
    store.close()
    evidence = contexta_processor.connect(tmp_path / "data")
    for answer in (evidence.trend(bad), evidence.runs(), evidence.run("latest"), evidence.diagnose("latest")):  # fmt: skip
        found = seen(answer._repr_html_())
        assert not {"img", "script"} & set(found.tags)
        assert not [name for name, _ in found.attributes if name.startswith("on")]
        assert repr(answer)


def test_every_answer_can_be_looked_at(of_file: Evidence) -> None:
    """A table in a console, a fragment in a notebook."""
    for ask, _ in SAME.values():
        answer = ask(of_file)
        assert repr(answer)
        seen(answer._repr_html_())


def test_a_long_answer_is_cut_and_says_so(of_file: Evidence) -> None:
    """A page holds the first 200 rows and how many there are; frames hold all."""
    answer = of_file.sql("SELECT range AS n FROM range(100_000)")
    for shown in (answer._repr_html_(), repr(answer)):
        assert "200 of 100,000 rows shown" in shown
        assert len(shown) < 100_000
    assert answer.arrow().num_rows == 100_000
    whole = of_file.sql("SELECT range AS n FROM range(200)")
    assert "shown" not in whole._repr_html_()
    rows = Table((Column("N"),), [[str(number)] for number in range(201)])
    cut, told = shortened(View((rows,)), 200, rest="the rest is there").blocks
    assert isinstance(cut, Table)
    assert len(cut.rows) == 200
    assert told == Line.of(Cell("200 of 201 rows shown; the rest is there", "dim"))


def test_colours_stand_out_on_light_and_on_dark_pages(of_file: Evidence) -> None:
    """A notebook's page may be either; 4.5 to 1 on white, more than 3.5 to 1 on a dark editor's grey."""
    colours = set(re.findall(r"color:(#[0-9a-f]{6})", html.dumps(View(tuple(_every_tone())))))
    assert len(colours) == 3
    for colour in colours:
        assert _contrast(colour, "#ffffff") >= 4.5
        assert _contrast(colour, "#1e1e1e") >= 3.5


def _every_tone() -> list[Line]:
    return [Line.of(Cell(tone, tone)) for tone in ("plain", "strong", "dim", "good", "warn", "bad")]


def _contrast(one: str, other: str) -> float:
    """After WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
