"""Generate the Python constants and the wire reference from the registry.

python semconv/tools/generate.py           write what the registry says
python semconv/tools/generate.py --check   change nothing; exit 1 with a diff where a file is stale
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import textwrap
from pathlib import Path

import check
import definitions
import jinja2
from definitions import Attribute, Registry, Signal

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
    environment.filters["example"] = example
    return environment


def example(value: object) -> str:
    """An example value as people write it: JSON, with numbers and text as they are."""
    return json.dumps(value, ensure_ascii=False)


def docstring(thing: Attribute | Signal) -> str:
    """The docstring below a constant: brief, note, and for an attribute its type and examples."""
    paragraphs = [thing.brief, *([thing.note] if thing.note else [])]
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
