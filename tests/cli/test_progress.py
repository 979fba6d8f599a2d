"""Long work says how far it is, on a terminal and nowhere else."""

import io
import sys

import pytest

from contexta_processor.cli import progress
from contexta_processor.cli.progress import Progress


class Terminal(io.StringIO):
    """Standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_it_is_one_line_that_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """How much of how much, without what a file name would do to a terminal; at the end the line is empty."""
    monkeypatch.setattr(progress, "_AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    with Progress(4_000_000, after_s=0) as running:
        running.add("reading a\x1b[31m", 1_000_000)
        running.rows(2_000_000, 3_000_000)
    told, rows, end = shown.getvalue().split("\r\x1b[K")[1:]
    assert told == "reading a\\x1b[31m  1.0 MB of 4.0 MB"
    assert rows == "making rows  2.0 MB of 3.0 MB"
    assert end == ""


def test_a_pipe_and_short_work_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in a log of CI, nothing for what takes a moment."""
    for stream, after_s in ((io.StringIO(), 0.0), (Terminal(), 60.0)):
        monkeypatch.setattr(sys, "stderr", stream)
        with Progress(after_s=after_s) as running:
            running.add("taking in", 1)
        assert stream.getvalue() == ""
