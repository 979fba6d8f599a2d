"""Generate the Python constants and the wire reference from the registry.

python semconv/tools/generate.py           write what the registry says
python semconv/tools/generate.py --check   change nothing; exit 1 with a diff where a file is stale
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
import textwrap
from pathlib import Path

import check
import definitions
import jinja2
from definitions import Attribute, Registry, Signal, Use

SEMCONV = Path(__file__).resolve().parents[1]
WIDTH = 100


def generated_files(registry: Registry, root: Path) -> dict[Path, str]:
    """Every generated file of the repository at `root`, with the text the registry gives it."""
    environment = _environment()
    enums = [a for a in [*registry.own, *registry.upstream] if a.enum_class is not None]
    context = {"registry": registry, "enums": enums}
    package = root / "semconv" / "src" / "contexta_semconv"
    targets = {
        package / f"{module}.py": f"python/{module}.py.j2"
        for module in ("attributes", "events", "spans", "values", "types")
    }
    targets[root / "docs" / "wire.md"] = "markdown/wire.md.j2"
    return {
        path: environment.get_template(template).render(context).rstrip("\n") + "\n"
        for path, template in targets.items()
    }


def _environment() -> jinja2.Environment:
    templates = SEMCONV / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([templates, templates / "python", templates / "markdown"]),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
    )
    environment.filters["docstring"] = docstring
    environment.filters["prose"] = prose
    environment.filters["cell"] = cell
    environment.filters["level"] = level
    environment.filters["wire_type"] = wire_type
    environment.filters["anchor"] = anchor
    environment.filters["shown"] = shown
    environment.filters["link"] = link
    environment.filters["example_cell"] = example_cell
    return environment


def example(value: object) -> str:
    """An example value as people write it: JSON, with numbers and text as they are."""
    return json.dumps(value, ensure_ascii=False)


def prose(thing: Attribute | Signal) -> str:
    """What it says, in one paragraph."""
    return " ".join(part for part in (thing.deprecated, thing.brief, thing.note) if part)


def cell(text: str) -> str:
    """Text that stays within one cell of a Markdown table."""
    return text.replace("|", "\\|")


def level(use: Use) -> str:
    """The requirement level in words: `if the run failed` says when it is required."""
    if use.level == "conditionally_required":
        return f"required {use.condition}"
    name = use.level.replace("_", "-")
    return f"{name} {use.condition}" if use.condition else name


def wire_type(attribute: Attribute) -> str:
    """The type as the reference page says it: an enum is a string of known values."""
    return "enum" if attribute.enum_class is not None else attribute.kind


def anchor(attribute: Attribute) -> str:
    """Where the page defines the attribute."""
    return attribute.key.replace(".", "-")


def shown(attribute: Attribute) -> str:
    """The key as people read it, a template with its open end."""
    if not attribute.template:
        return attribute.key
    placeholder = re.search(r"<\w+>", attribute.brief)
    return f"{attribute.key}.{placeholder.group() if placeholder else '<key>'}"


def link(attribute: Attribute) -> str:
    """A link to where the page defines the attribute."""
    return f"[`{shown(attribute)}`](#{anchor(attribute)})"


def example_cell(attribute: Attribute) -> str:
    """The examples of an attribute, each as code."""
    return ", ".join(f"`{example(value)}`" for value in attribute.examples)


def docstring(thing: Attribute | Signal) -> str:
    """The docstring below a constant: brief, note, and for an attribute its type and examples."""
    paragraphs = [part for part in (thing.brief, thing.note, thing.deprecated) if part]
    if isinstance(thing, Attribute):
        paragraphs.append(_type_and_examples(thing))
    elif thing.span_name:
        paragraphs.append(f"Span name: {thing.span_name}.")
    body = "\n\n".join(textwrap.fill(text, WIDTH, break_on_hyphens=False) for text in paragraphs)
    # A raw docstring needs no escapes, but must not end in a quotation mark.
    return f'"""{body}\n"""' if "\n" in body or body.endswith('"') else f'"""{body}"""'


def _type_and_examples(attribute: Attribute) -> str:
    text = f"Type: {attribute.kind}"
    if attribute.enum_class is not None:
        text += f", known values in `values.{attribute.enum_class}`"
    if attribute.examples:
        text += ". Examples: " + ", ".join(example(value) for value in attribute.examples)
    if attribute.upstream:
        text += ". Defined by OpenTelemetry"
    return text + "."


def _stale(files: dict[Path, str], root: Path) -> list[str]:
    diffs: list[str] = []
    for path, text in files.items():
        found = path.read_text("utf-8") if path.exists() else ""
        name = str(path.relative_to(root))
        diff = difflib.unified_diff(
            found.splitlines(keepends=True),
            text.splitlines(keepends=True),
            name,
            f"{name} (registry)",
        )
        diffs.append("".join(diff))
    return [diff for diff in diffs if diff]


def main(arguments: list[str] | None = None) -> int:
    """Check the registry, then write the generated files or compare them. 0 fine, 1 not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on stale files")
    parser.add_argument("--root", type=Path, default=SEMCONV.parent, help="the repository")
    options = parser.parse_args(arguments)
    registry_root: Path = options.root / "semconv" / "registry"
    if check.report(registry_root) != 0:
        return 1
    files = generated_files(definitions.load(registry_root), options.root)
    stale = _stale(files, options.root)
    if options.check:
        for diff in stale:
            sys.stderr.write(diff)
        if stale:
            sys.stderr.write("error: generated files are stale\nhint:  make semconv\n")
        return 1 if stale else 0
    for path, text in files.items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
