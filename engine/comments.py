"""The comments of a YAML file, and where they stand. YAML's scanner drops them: they are what is left between
its tokens."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ..dsl.frozen import frozen
from .document import File

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COMMENT = re.compile(r"#[^\r\n]*")
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+(#[^\r\n]*)")


@frozen
class Comment:
    """``text`` (from ``#`` on, without blanks at its end) at the offset ``start``. ``alone``: nothing else
    stands in its line."""

    text: str
    start: int
    alone: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def comments(file: File) -> list[Comment]:
    """Every comment in order; where the file cannot be scanned to its end, those before that place."""
    found: list[Comment] = []
    text, last = file.text, 0
    sign = _next_sign(text, 0)
    loader = None
    try:
        loader = _Loader(text)
        while sign < len(text) and (token := loader.get_token()) is not None:
            start, end = file.offset(token.start_mark), file.offset(token.end_mark)
            if sign < start:
                _between(text, last, start, found)
            elif isinstance(token, yaml.ScalarToken) and (header := _HEADER.match(text, start)):
                _add(text, header.start(1), header[1], found)
            last = max(last, end)
            sign = sign if sign >= last else _next_sign(text, last)
    except yaml.YAMLError:
        return found
    finally:
        if loader is not None:
            loader.dispose()
    _between(text, last, len(text), found)
    return found


def _next_sign(text: str, start: int) -> int:
    """Where the next ``#`` is; the text's end where there is none."""
    at = text.find("#", start)
    return len(text) if at < 0 else at


def _between(text: str, start: int, end: int, found: list[Comment]) -> None:
    for match in _COMMENT.finditer(text, start, end):
        _add(text, match.start(), match[0], found)


def _add(text: str, start: int, comment: str, found: list[Comment]) -> None:
    before = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    found.append(Comment(comment.rstrip(), start, not text[before:start].strip()))
