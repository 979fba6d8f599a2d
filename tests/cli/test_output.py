"""Where output goes decides its form; what was captured cannot act on whoever reads it."""

import csv
import io
import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest
from cli.story_store import CONTEXTA, EVAL, Contexta, Store

import contexta_processor

HOSTILE = "a\x1b[31mred\nnext\ttab\u202egnp"


def on_terminal(*words: str | Path, env: dict[str, str] | None = None) -> str:
    """What a command writes to a terminal of 200 columns."""
    leader, follower = pty.openpty()
    surroundings = {
        **{name: value for name, value in os.environ.items() if name not in ("NO_COLOR",)},
        "COLUMNS": "200",
        "TERM": "xterm-256color",
        **(env or {}),
    }
    with subprocess.Popen(
        [CONTEXTA, *map(str, words)], stdout=follower, stderr=subprocess.PIPE, env=surroundings
    ) as process:
        os.close(follower)
        written = bytearray()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            ready, _, _ = select.select([leader], [], [], 0.2)
            if not ready:
                continue
            try:
                chunk = os.read(leader, 65536)
            except OSError:  # the other end is closed
                break
            if not chunk:
                break
            written += chunk
        assert process.wait(30) == 0
    os.close(leader)
    return written.decode()


@pytest.fixture
def hostile(build: Store, tmp_path: Path) -> Path:
    """A store whose texts try to be more than text."""
    build.run(
        "r1",
        "2026-01-01 00:00:00",
        run__name=HOSTILE,
        project__name="=1+1",
        run__type="a|b `c` @team <!-- x",
    )
    build.close()
    return tmp_path / "data"


def test_a_terminal_gets_a_table(story: Path) -> None:
    """Columns, colour, marks that mean the same without it, and the next command."""
    text = on_terminal("runs", "--data", story)
    assert "EVIDENCE" in text
    assert "✓ completed" in text
    assert "\x1b[" in text
    assert f"contexta show {EVAL}" in text


def test_no_color_is_honoured(story: Path) -> None:
    """NO_COLOR: the same words without a single colour."""
    text = on_terminal("runs", "--data", story, env={"NO_COLOR": "1"})
    assert "✓ completed" in text
    assert "\x1b[3" not in text


def test_show_reads_like_a_page(story: Path) -> None:
    """Stages, metrics by slice, failures, conditions and doubts are all on it."""
    text = on_terminal("show", EVAL, "--data", story, env={"NO_COLOR": "1"})
    for told in (
        "✓ completed in 11m 19s",
        "refund_questions",
        "Failed samples: 1 of 2",
        "torch 2.4.1",
        "! partial",
        "sample_outputs_partially_redacted",
        f"contexta samples {EVAL} --failed",
    ):
        assert told in text


def test_a_pipe_gets_whole_values(contexta_process: Contexta, story: Path) -> None:
    """TSV: one line a row, nothing cut at 80 columns, no colour even where it is forced."""
    for env in ({}, {"FORCE_COLOR": "1"}, {"COLUMNS": "20"}):
        done = contexta_process("samples", EVAL, "--data", story, env=env)
        lines = done.stdout.splitlines()
        assert len(lines) == 3
        assert len({line.count("\t") for line in lines}) == 1
        assert "User asks whether a partially used annual plan can be refunded." in lines[1]
        assert "\x1b" not in done.stdout


def test_a_table_can_be_had_in_a_pipe(contexta_process: Contexta, story: Path) -> None:
    """--table: as on a terminal, with colour only where it is forced."""
    plain = contexta_process("runs", "--table", "--data", story).stdout
    assert "✓ completed" in plain
    assert "\x1b" not in plain
    forced = contexta_process(
        "runs", "--table", "--data", story, env={"FORCE_COLOR": "1", "TERM": "xterm"}
    )
    assert "\x1b[" in forced.stdout


def test_captured_text_cannot_act_on_a_terminal(contexta: Contexta, hostile: Path) -> None:
    """Escapes, line breaks and bidirectional controls are shown, in every text form."""
    for form in ("--table", "--md", "--csv", "--json", None):
        words = ["runs", "--data", hostile, *([form] if form else [])]
        text = contexta(*words).stdout
        assert "\x1b" not in text, form
        assert "\u202e" not in text, form
    tsv = contexta("runs", "--data", hostile).stdout
    assert len(tsv.splitlines()) == 2
    assert "a\\x1b[31mred\\nnext\\ttab\\u202egnp" in tsv


def test_csv_is_safe_in_a_spreadsheet(contexta: Contexta, hostile: Path) -> None:
    """Text that looks like a formula is marked as text; line breaks are quoted, not lost."""
    text = contexta("runs", "--data", hostile, "--csv").stdout
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["project"] == "'=1+1"
    assert "\nnext" in row["name"]


def test_markdown_renders_nothing_captured(contexta: Contexta, hostile: Path) -> None:
    """Pipes, backticks, mentions and comments stand in code spans and stay in their cell."""
    text = contexta("runs", "--data", hostile, "--md").stdout
    row = next(line for line in text.splitlines() if "r1" in line)
    assert "``a\\|b `c` @team <!-- x``" in row
    cells = row.replace("\\|", "").count("|")
    assert cells == text.splitlines()[0].count("|")


def test_names_that_become_columns_cannot_act_either(
    contexta: Contexta, build: Store, tmp_path: Path
) -> None:
    """Slices and scores head columns; they are escaped like everything captured, and are no markup."""
    begin = "2026-01-01 00:00:00"
    build.run("r1", begin)
    told = {
        "contexta.sample.id": "[red]s1[/red]",
        "contexta.slice": "[bold]a\x1b[31m|@team",
        "contexta.sample.score.`x`|\u202ey": 0.5,
        "contexta.sample.failure_tags": ["</td>"],
    }
    build.event("r1", "contexta.sample", begin, **told)
    build.close()
    data = tmp_path / "data"
    for command in ("show", "samples"):
        for form in ("--table", "--md", "--csv", "--json"):
            text = contexta(command, "r1", form, "--data", data).stdout
            assert "\x1b" not in text
            assert "\u202e" not in text
        table = contexta(command, "r1", "--table", "--data", data).stdout
        assert "[red]s1[/red]" in table
        assert "[bold]a\\x1b[31m|@team" in table
        markdown = contexta(command, "r1", "--md", "--data", data).stdout
        assert "`[bold]a\\x1b[31m\\|@team`" in markdown
    html = contexta_processor.connect(data).run("r1")._repr_html_()
    assert "</td>" not in html.replace("</td><", "").replace("</td></tr>", "")


def test_nothing_there_is_said(contexta: Contexta, build: Store, tmp_path: Path) -> None:
    """An empty answer is an answer: a sentence for people, an empty list for programs."""
    build.close()
    data = tmp_path / "data"
    assert "No runs fit." in contexta("runs", "--table", "--data", data).stdout
    assert contexta("runs", "--data", data).stdout.count("\n") == 1
    assert '"runs": []' in contexta("runs", "--json", "--data", data).stdout


def test_a_run_known_by_name_alone_says_what_is_missing(
    contexta: Contexta, build: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of which one record arrived is shown, and nothing is made up for it."""
    build.run("r1", None, run__expected_stages=["a", "b"])
    build.close()
    text = contexta("show", "r1", "--table", "--data", tmp_path / "data").stdout
    assert "✗ interrupted" in text, "announced long ago, and never heard of again"
    monkeypatch.setenv("CONTEXTA_STALE_AFTER_S", "1e12")
    text = contexta("show", "r1", "--table", "--data", tmp_path / "data").stdout
    assert "~ running" in text
    assert text.count("! never seen") == 2
    assert "1 not closed" in text
    for command in ("records", "samples", "artifacts", "environment"):
        assert contexta(command, "r1", "--table", "--data", tmp_path / "data").stdout.startswith(
            "No "
        )
