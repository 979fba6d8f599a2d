"""Lineage as Mermaid and DOT: what was captured stays text, whatever it is made of."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lineage.telling import Told

from contexta_processor.surfaces.render import dot, mermaid
from contexta_processor.surfaces.render.drawing import Arrow, Box, Drawing

EXPECTED = Path(__file__).parent / "expected"
NASTY = 'a"];\n%% |x|--> `b` <script> #quot; \\N "" ünï💥 \u202e end'
ENTITY = re.compile(r"#(\d+);")


@pytest.mark.parametrize(("form", "suffix"), [("--mermaid", "mmd"), ("--dot", "dot")])
def test_the_drawing_of_a_story(
    told: Told, tmp_path: Path, contexta: Callable[..., Any], form: str, suffix: str
) -> None:
    """Inferred edges are dashed, what is tainted is marked, arrows go with the evidence, names are escaped."""
    told.run("train").artifact("train", "data", "consumed").artifact("train", 'm "1"|]')
    told.run("score").artifact("score", 'm "1"|]', "consumed").run("child", parent="gone")
    told.relation("quarantined_by", "data", "board").relation("parent_of", "train", "gone")
    told.deployment("live", "prod", artifact_id='m "1"|]').span_of_service("bot", "live")
    data = told.into(tmp_path)
    found = contexta("lineage", "train", form, "--data", data).stdout
    assert found == (EXPECTED / f"lineage.{suffix}").read_text()
    way = contexta("lineage", "live", "data", form, "--data", data).stdout
    assert way == (EXPECTED / f"way.{suffix}").read_text()
    contexta("lineage", "train", "--mermaid", "--dot", "--data", data, code=2)


def drawn(text: str) -> Drawing:
    boxes = (Box("1", (text, "run"), asked=True), Box("2", (text,), tainted=True, unknown=True))
    return Drawing(boxes, (Arrow("1", "2", text, dashed=True),), (text,))


@given(text=st.one_of(st.just(NASTY), st.text(min_size=1)))
def test_nothing_gets_out_of_a_mermaid_label(text: str) -> None:
    """The shape of the chart is the same for every text: one line each, labels between the only quotes."""
    lines = mermaid.dumps(drawn(text)).splitlines()
    assert len(lines) == 11
    assert [line.count('"') for line in lines[1:4]] == [2, 2, 2]
    label = lines[2].split('"')[1]
    assert not set(ENTITY.sub("", label)) & set('"#;<>&|[]{}`%\\')
    assert re.fullmatch(r'  n0 -\.->\|"[^"]*"\| n1', lines[3])
    assert lines[4].startswith("  %% ")


@given(text=st.one_of(st.just(NASTY), st.text(min_size=1)))
def test_nothing_gets_out_of_a_dot_string(text: str) -> None:
    """Each line is one statement whose strings are closed, and no backslash is an escape of the text's own."""
    lines = dot.dumps(drawn(text)).splitlines()
    assert len(lines) == 8
    string = r'"(?:[^"\\]|\\\\|\\"|\\n)*"'
    assert re.fullmatch(rf'  n0 \[label={string}, style="bold"\];', lines[3])
    assert re.fullmatch(rf'  n1 \[label={string}, style="dashed", color="#b91c1c", fontcolor="#b91c1c"\];', lines[4])  # fmt: skip
    assert re.fullmatch(rf"  n0 -> n1 \[label={string}, style=dashed\];", lines[5])
