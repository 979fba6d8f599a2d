"""docs/emit.md tells everything there is to type and to set."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import contexta
from contexta.testing import capture

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "emit.md").read_text()


def test_every_public_name_is_on_the_page():
    """Whatever `__all__` lists is explained."""
    missing = [name for name in contexta.__all__ if name != "__version__" and name not in PAGE]
    assert not missing


def test_every_variable_is_on_the_page_and_no_other():
    """The variables the code reads and those of the table are the same."""
    source = "".join(file.read_text() for file in (ROOT / "instrumentation/src").rglob("*.py"))
    read = set(re.findall(r'"(CONTEXTA_[A-Z_]+)"', source))
    told = set(re.findall(r"`(CONTEXTA_[A-Z_]+)`", PAGE))
    assert read == told


def test_the_snippets_run():
    """The Python of the page and of the README works as it stands."""
    for page in (PAGE, (ROOT / "instrumentation" / "README.md").read_text()):
        for snippet in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
            with capture() as evidence:
                exec(compile(snippet, "snippet", "exec"), {})  # the documentation's own code
            assert evidence.spans("run")
            assert evidence.events("contexta.metric")


def test_log_metrics_takes_what_log_metric_takes():
    """Only the names and values differ: whatever is said of one metric can be said of several."""
    one, several = (
        inspect.signature(call).parameters for call in (contexta.log_metric, contexta.log_metrics)
    )
    assert set(one) - {"name", "value"} == set(several) - {"values"}
    with capture() as evidence, contexta.run("p", environment=False):
        contexta.log_metrics({"psi": 0.1, "ks": 0.2}, reference="run_1", stddev=0.5, scope="run")
    told = evidence.events("contexta.metric")
    assert [event["contexta.metric.reference"] for event in told] == ["run_1"] * 2
