"""What is sent, held against its schemas before a use case sees it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker

from .problems import RefusedError, Slip
from .shapes import Schema

MOST_SLIPS: Final = 20
_MOST_WORDS: Final = 300  # of one slip: it may quote what was sent
_FORMATS: Final = FormatChecker(formats=["date"])
_TRUTHS: Final = {"true": True, "false": False}


def checker(schema: Schema) -> Draft202012Validator:
    """What tells whether a value is as the schema says."""
    return Draft202012Validator(schema, format_checker=_FORMATS)


def slips_of(value: object, by: Draft202012Validator, place: str) -> list[Slip]:
    """What is wrong with a value, and where."""
    found = sorted(by.iter_errors(value), key=lambda error: error.json_path)
    return [
        ("/".join([place, *map(_escaped, error.absolute_path)]), error.message[:_MOST_WORDS])
        for error in found[:MOST_SLIPS]
    ]


def _escaped(part: str | int) -> str:
    """A part of a JSON pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def read_texts(given: Iterable[tuple[str, str]], fields: Mapping[str, Schema]) -> dict[str, object]:
    """Parameters of a path or query, as their schemas have them; those left out as their defaults say. What
    cannot be read stays text. Raises ``RefusedError`` for one that is given twice."""
    found: dict[str, object] = {name: one["default"] for name, one in fields.items() if "default" in one}
    seen: set[str] = set()
    for name, text in given:
        if name in seen:
            raise RefusedError(
                422, "a parameter is given twice", [(f"/query/{_escaped(name)}", "give it once")]
            )
        seen.add(name)
        found[name] = _read_text(text, fields.get(name, {}).get("type"))
    return found


def _read_text(text: str, kind: object) -> object:
    if kind == "integer" and text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    if kind == "boolean":
        return _TRUTHS.get(text, text)
    return text


def read_json(raw: bytes) -> object:
    """The JSON of a body. Raises ``RefusedError`` for what is none, or none that every reader takes alike."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise RefusedError(400, "the body is not well-formed JSON") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")
