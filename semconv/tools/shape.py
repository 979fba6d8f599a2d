"""Does a file have the shape of Weaver's definition format? By a JSON schema, ours or Weaver's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import strict_yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from problem import Problem

SCHEMAS = Path(__file__).parent / "schema"
LONGEST = 200
NAMING_FIELDS = ("key", "name", "type", "id", "ref", "ref_group")


def validator(name: str) -> Draft202012Validator:
    """The validator of our own schema `name`: `definition` or `manifest`."""
    schema: Mapping[str, Any] = strict_yaml.read(SCHEMAS / f"{name}.schema.yaml")
    return Draft202012Validator(schema)


def published_validator(path: Path) -> Draft202012Validator:
    """The validator of a schema file as Weaver publishes it, in JSON."""
    return Draft202012Validator(json.loads(path.read_text("utf-8")))


def problems(file: str, document: Any, schema: Draft202012Validator) -> Iterator[Problem]:
    """Every way in which `document` departs from `schema`."""
    for error in schema.iter_errors(document):
        # An error of "one of several forms" says most through the form that fits best.
        precise = best_match([error]) or error
        yield Problem(file, _key_at(document, precise), _in_short(precise.message))


def _in_short(message: str) -> str:
    """The message on one line; of a long one, which quotes a whole entry, only both ends."""
    line = " ".join(message.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"


def _key_at(document: Any, error: ValidationError) -> str:
    """The named things around the error, outermost first; else where in the file it is."""
    names: list[str] = []
    here: Any = document
    for step in error.absolute_path:
        here = here[step]
        names += _names_in(here)[:1]
    return " / ".join(names) or "/".join(str(step) for step in error.absolute_path) or "file"


def _names_in(value: object) -> list[str]:
    """What an entry is called, the most telling field first."""
    if not isinstance(value, Mapping):
        return []
    entry = cast("Mapping[str, object]", value)
    return [name for field in NAMING_FIELDS if isinstance(name := entry.get(field), str)]
