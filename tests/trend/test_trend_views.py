"""How a trend looks: on a terminal of any width and alphabet, in Markdown, and as the page about it shows it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from math import nan
from pathlib import Path
from typing import Any

import pytest
from contract.doors import Server, start
from docs.pages import ROOT, blocks
from hypothesis import given
from hypothesis import strategies as st
from trend.telemetry import Job, take_in

from contexta_processor.surfaces.render import plot as plots
from contexta_processor.surfaces.render import svg
from contexta_processor.surfaces.render.view import Plot

Say = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_page_shows_what_the_command_prints(nights: Path, say: Say) -> None:
    """docs/trend.md, line by line: the nights of these tests on a terminal 100 wide."""
    (shown, *_) = [block.text for block in blocks(ROOT / "docs" / "trend.md") if block.language == "text"]  # fmt: skip
    printed = say("trend", "auc", "--table", "--data", nights, width=100).stdout
    printed = printed.replace(f" --data {nights}", "")
    assert [line.rstrip() for line in printed.splitlines()] == shown.splitlines()


def test_numbers_in_words_are_those_of_the_document(nights: Path, say: Say, ask: Any) -> None:
    """The shift, the band and the newest figure are printed as the JSON has them."""
    printed = say("trend", "auc", "--table", "--data", nights).stdout
    found = ask(nights, "auc")
    (change,) = found["change_points"]
    assert f"+{change['shift']:.4g}" in printed
    assert f"{found['band']['low']:.4g} to {found['band']['high']:.4g}" in printed
    assert f"{found['points'][-1]['value']:.4g}" in printed


def test_without_unicode_it_is_letters(nights: Path) -> None:
    """An output that has ASCII alone gets ASCII, with nothing escaped and nothing lost."""
    command = [str(Path(sys.executable).with_name("contexta")), "trend", "auc", "--table", "--data", str(nights)]  # fmt: skip
    plain = os.environ | {"PYTHONIOENCODING": "ascii", "COLUMNS": "80"}
    done = subprocess.run(command, capture_output=True, env=plain, timeout=60, check=True)
    printed = done.stdout.decode("ascii")
    assert "\\u" not in printed
    assert "\\x" not in printed
    assert "better +0.03" in printed
    assert "^" in printed
    drawn = [line for line in printed.splitlines() if line.startswith("    ")]
    assert max(map(len, drawn)) <= 80


def test_many_series_are_a_line_each_with_how_to_narrow_them(tmp_path: Path, say: Say) -> None:
    """One for each slice, and the options that pick one."""
    jobs = []
    for day in range(6):
        job = Job(f"r{day}", day).stage("evaluate")
        for place in ("north", "south", "east", "west"):
            job.metric("acc", 0.5 + day / 100, stage="evaluate", slice=place)
        jobs.append(job)
    data = take_in(tmp_path / "d", *jobs)
    printed = say("trend", "acc", "--table", "--data", data).stdout
    assert "4 series" in printed
    assert printed.count("▁▂▄▅▇█") == 4
    assert "--slice" in printed
    assert "│" in say("trend", "acc", "--slice", "north", "--table", "--data", data).stdout


def test_markdown_keeps_the_plot_in_a_fence(nights: Path, say: Say) -> None:
    """Safe to paste."""
    told = say("trend", "auc", "--md", "--data", nights).stdout
    assert "```text\n" in told
    assert told.count("```") == 2
    assert "| CHANGED AT |" in told


def test_a_pipe_gets_every_point(nights: Path, say: Say) -> None:
    """TSV and CSV: a line each, the address of the series in it."""
    lines = say("trend", "auc", "--data", nights).stdout.splitlines()
    assert len(lines) == 21
    header = lines[0].split("\t")
    assert len(header) == len(set(header))
    assert header[:4] == ["metric", "series", "over", "project"]
    assert len(say("trend", "auc", "--csv", "--data", nights).stdout.splitlines()) == 21


def test_a_trend_with_nothing_to_draw_says_so(tmp_path: Path, say: Say) -> None:
    """All NaN: no plot, no 0, words."""
    jobs = [Job(f"r{day}", day).metric("loss", nan) for day in range(4)]
    printed = say("trend", "loss", "--table", "--data", take_in(tmp_path / "d", *jobs)).stdout
    assert "no figure" in printed
    assert "4 NaN" in printed
    assert "│" not in printed


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a few runs."""
    data = tmp_path_factory.mktemp("served") / "data"
    take_in(data, *[Job(f"r{day}", day).metric("ratio/total", 0.5, step=day) for day in range(3)])
    running = start(data)
    yield running
    assert running.stop() == 0


def test_over_http_it_is_the_commands_json(server: Server, say: Say) -> None:
    """The same bytes, names with slashes too; an unknown parameter or number is 400, an unknown metric 404."""
    words = ("trend", "ratio/total", "--last", "2", "--json")
    local = say(*words, "--data", server.data).stdout
    status, told = server.web("/api/trend/ratio%2Ftotal?n=2")
    assert (status, told.decode()) == (200, local)
    assert say(*words, "--server", f"http://{server.addresses['web'].removeprefix('http://')}").stdout == local  # fmt: skip
    assert server.api("/api/trend/ratio%2Ftotal?run=r1")[1]["points"][0]["step"] == 1
    assert server.api("/api/trend/ratio%2Ftotal?band=wide")[0] == 400
    assert server.api("/api/trend/ratio%2Ftotal?band=nan")[0] == 400
    assert server.api("/api/trend/ratio%2Ftotal?depth=3")[0] == 400
    assert server.api("/api/trend/nothing")[0] == 404


FIGURES = st.lists(st.none() | st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=80)  # fmt: skip


@given(FIGURES, st.integers(20, 140), st.booleans(), st.data())
def test_any_values_can_be_drawn(values: list[float | None], width: int, ascii_only: bool, data: st.DataObject) -> None:  # fmt: skip
    """Whatever the values: as many rows as always, none wider than the room, gaps below, and SVG that is finite."""
    places = list(map(float, range(len(values))))
    inside = st.lists(st.floats(-5, 100), max_size=3)
    plot = Plot(values, places, "label", lambda value: f"{value:.3g}", None, data.draw(inside), data.draw(inside))  # fmt: skip
    lines = plots.lines(plot, width, ascii_only=ascii_only)
    finite = plots.finite_of(values)
    assert bool(lines) == bool(finite)
    assert all(len(line) <= max(width, 40) for line in lines)
    assert not ascii_only or all(line.isascii() for line in lines)
    cross = "x" if ascii_only else "×"
    assert not finite or (len(finite) < len(values)) == any(cross in line for line in lines)
    picture = svg.dumps(plot)
    assert bool(picture) == bool(finite)
    assert "nan" not in picture
    assert "inf" not in picture
    assert len(plots.spark(values, ascii_only=ascii_only)) <= 24
