"""Check the registry: by the shape of Weaver's v2 format, and by the rules of our own names.

python semconv/tools/check.py                     check semconv/registry; exit 1 where it is wrong
python semconv/tools/check.py DIR                 check another registry
python semconv/tools/check.py --schema FILE.json  also against the schema Weaver publishes
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import definitions
import naming
import shape
import strict_yaml
import yaml
from problem import Problem
from references import DEFINED, References, duplicate_problems, renaming_problems

REGISTRY = Path(__file__).resolve().parents[1] / "registry"


def problems(root: Path, published: Path | None = None) -> list[Problem]:
    """Everything wrong with the registry at `root`, by file; empty if nothing is.

    published: a JSON schema as Weaver publishes it, checked besides our own stricter one.
    """
    found: list[Problem] = []
    documents = dict(_documents(root, found))
    found += _shape_problems(documents, published)
    if found:
        # Rules about names can only be read off files of the right shape.
        return sorted(found)
    return sorted(_rule_problems(documents))


def report(root: Path, published: Path | None = None) -> int:
    """Say on stderr what is wrong with the registry at `root`; 0 if nothing is, else 1."""
    found = problems(root, published)
    for problem in found:
        sys.stderr.write(f"error: {problem}\n")
    if found:
        sys.stderr.write(f"hint:  the rules are in {Path(__file__).parent.name}/naming.py,")
        sys.stderr.write(" references.py and schema/\n")
    return 1 if found else 0


def _documents(root: Path, found: list[Problem]) -> Iterator[tuple[str, Any]]:
    """File, relative to the registry → document; what cannot be read goes to `found`."""
    manifest = root / "manifest.yaml"
    if not manifest.is_file():
        found.append(Problem(manifest.name, "file", "is not there: a registry needs a manifest"))
    files = [manifest] if manifest.is_file() else []
    for path in [*files, *definitions.registry_files(root)]:
        file = path.relative_to(root).as_posix()
        try:
            yield file, strict_yaml.read(path)
        except strict_yaml.DuplicateKeyError as error:
            found.append(Problem(file, error.key, str(error)))
        except yaml.YAMLError as error:
            found.append(Problem(file, "file", f"is not YAML: {' '.join(str(error).split())}"))


def _shape_problems(documents: dict[str, Any], published: Path | None) -> Iterator[Problem]:
    manifest, definition = shape.validator("manifest"), shape.validator("definition")
    weaver = shape.published_validator(published) if published is not None else None
    for file, document in documents.items():
        if file == "manifest.yaml":
            yield from shape.problems(file, document, manifest)
            continue
        yield from shape.problems(file, document, definition)
        if weaver is not None:
            yield from shape.problems(file, document, weaver)


def _rule_problems(documents: dict[str, Any]) -> Iterator[Problem]:
    sections = {
        section: [
            (file, entry)
            for file, document in documents.items()
            for entry in document.get(section, ())
        ]
        for section in DEFINED
    }
    upstream = {attribute.key for attribute in definitions.upstream_attributes()}
    for section, entries in sections.items():
        yield from duplicate_problems(section, entries)
        yield from renaming_problems(section, entries)
        if section == "attribute_groups":
            continue
        for file, entry in entries:
            yield from naming.brief_problems(file, entry[DEFINED[section]], entry)
            if section != "attributes":
                yield from naming.name_problems(file, entry[DEFINED[section]])
    yield from naming.attribute_problems(sections["attributes"], upstream)
    references = References(sections, upstream, definitions.upstream_names("entities"))
    yield from references.group_problems()
    for section in ("spans", "events"):
        for file, entry in sections[section]:
            yield from references.signal_problems(section, file, entry)
    for file, entry in sections["entities"]:
        yield from references.entity_problems(file, entry)
    yield from _import_problems(documents)


def _import_problems(documents: dict[str, Any]) -> Iterator[Problem]:
    for file, document in documents.items():
        for kind, names in document.get("imports", {}).items():
            for name in sorted(set(names) - definitions.upstream_names(kind)):
                yield Problem(file, name, f"is not among the upstream {kind} of upstream.yaml")


def main(arguments: list[str] | None = None) -> int:
    """Check one registry. 0 right, 1 wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("registry", nargs="?", type=Path, default=REGISTRY)
    parser.add_argument("--schema", type=Path, help="semconv.schema.v2.json of a Weaver release")
    options = parser.parse_args(arguments)
    return report(options.registry, options.schema)


if __name__ == "__main__":
    sys.exit(main())
