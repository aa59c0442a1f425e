"""Mistakes of structure: what the JSON Schema refuses, each in words of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError

from shop.seeding.document import Mistake

SCHEMA_PATH: Final = Path(__file__).with_name("seed_schema.json")

_KINDS: Final = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "object": "an object",
    "string": "text",
}


@cache
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return loaded


def structure_mistakes(document: object) -> Iterator[Mistake]:
    validator = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    for error in validator.iter_errors(document):
        yield from _in_words(error)


def _in_words(error: ValidationError) -> Iterator[Mistake]:
    path = _path(error.absolute_path)
    limit: Any = error.validator_value
    part: Any = error.schema
    if error.validator == "required":
        # The error for one missing name is repeated for each; its message begins with the quoted name.
        names = [name for name in limit if error.message.startswith(f"'{name}'")]
        yield from (Mistake(f"{path}.{name}", "is missing") for name in names)
    elif error.validator == "additionalProperties":
        given: Any = error.instance
        names = [name for name in given if name not in part["properties"]]
        yield from (Mistake(f"{path}.{name}", "is not a known property") for name in names)
    else:
        say = _WORDS.get(str(error.validator))
        yield Mistake(path, say(limit, part) if say else error.message)


def _of_kind(kinds: str | list[str], _: Any) -> str:
    return "must be " + " or ".join(_KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _at_least(count: int, thing: str) -> str:
    return f"must have at least {count} {thing}"


_WORDS: Final[dict[str, Callable[[Any, Any], str]]] = {
    "type": _of_kind,
    "minimum": lambda limit, _: f"must be at least {limit}",
    "maximum": lambda limit, _: f"must be at most {limit}",
    "minLength": lambda limit, _: "must not be empty" if limit == 1 else _at_least(limit, "characters"),
    "maxLength": lambda limit, _: f"must have at most {limit} characters",
    "minItems": lambda limit, _: _at_least(limit, "entry" if limit == 1 else "entries"),
    "uniqueItems": lambda _, __: "names something twice",
    "enum": lambda names, _: f"must be one of {', '.join(names)}",
    "const": lambda value, _: f"must be {value}",
    "format": lambda _, __: "must be a day such as 2026-11-27",
    "pattern": lambda _, part: str(part["says"]),
    "minProperties": lambda _, part: f"must name exactly one of {', '.join(part['properties'])}",
    "maxProperties": lambda _, part: f"must name exactly one of {', '.join(part['properties'])}",
}


def _path(parts: Iterable[str | int]) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
