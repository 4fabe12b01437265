"""The key of a record as one text. The parts of a key of several fields are joined by ``/``; within a part
``/`` is written ``%2F`` and ``%`` is written ``%25`` (as in URLs, RFC 3986), so that no two keys are the same
text. The key of one field is its value as it is."""

from __future__ import annotations

from collections.abc import Sequence


def join_key(parts: Sequence[str]) -> str:
    """The key that the texts of its fields give."""
    if len(parts) == 1:
        return parts[0]
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def split_key(key: str, fields: int) -> list[str]:
    """The texts of a key's fields; as many as stand there, if the text is not a key of so many."""
    if fields == 1:
        return [key]
    return [part.replace("%2F", "/").replace("%25", "%") for part in key.split("/")]


def key_sql(parts: Sequence[str]) -> str:
    """The same in DuckDB's SQL, of expressions that are text; NULL where one of them is."""
    if len(parts) == 1:
        return parts[0]
    return " || '/' || ".join(f"replace(replace({part}, '%', '%25'), '/', '%2F')" for part in parts)
