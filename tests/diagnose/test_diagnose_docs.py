"""The page, the table of codes, and the shape of the answer say the same."""

import re
from pathlib import Path

import pytest

from contexta_processor.investigate.diagnose.codes import SEVERITIES, Code, codes

PAGE = (Path(__file__).parents[2] / "docs" / "diagnose.md").read_text()


def section(code: str) -> str:
    """What the page says of one code."""
    found = re.search(rf"^### {code} .*?(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"{code} is not on the page"
    return found.group()


@pytest.mark.parametrize("code", codes().values(), ids=str)
def test_the_page_says_what_the_table_says(code: Code) -> None:
    """Word for word: title, severity, meaning, why, what to do, and the next command."""
    told = section(code.code)
    assert told.splitlines()[0] == f"### {code.code} {code.title}"
    assert f"- Severity: {code.rule or code.severity[0]}\n" in told
    assert f"- Means: {code.means}\n" in told
    assert f"- Matters: {code.matters}\n" in told
    assert f"- Do: {code.do}\n" in told
    assert f"- Next: `{code.next}`" in told


def test_the_page_has_no_code_of_its_own() -> None:
    """Sections and overview list the codes of the table, each once, in its order."""
    assert re.findall(r"^### (D\d{3}) ", PAGE, re.MULTILINE) == list(codes())
    overview = re.findall(r"^\| \[(D\d{3})\]\(#[\w-]+\) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    told = [(code.code, code.title, ", ".join(code.severity)) for code in codes().values()]
    assert overview == told


def test_codes_are_well_formed() -> None:
    """D and three digits, worst severity first, a rule where there is a choice, titles unlike each other."""
    for code in codes().values():
        assert re.fullmatch(r"D\d{3}", code.code)
        assert code.severity
        assert list(code.severity) == [each for each in SEVERITIES if each in code.severity]
        assert (code.rule is not None) == (len(code.severity) > 1), code.code
    titles = [code.title for code in codes().values()]
    assert len(set(titles)) == len(titles)
