"""YAML as playcall reads it: strictly, as nodes that know their place, every mistake a diagnostic.

Nothing is typed here: a scalar is its text, and whoever reads it says which type it wants (``shape.py``).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from ..dsl.diagnostics import Diagnostic
from ..dsl.source import Location
from .nodes import Entries as Entries
from .nodes import File as File
from .nodes import Items as Items
from .nodes import Node as Node
from .nodes import Scalar as Scalar
from .scalars import BREAKS
from .scalars import quoted as quoted
from .yaml_errors import short, syntax_error

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MOST_KEYS = 5_000  # of one mapping
MOST_MISTAKES = 200  # of YAML itself: in a file that has more, there is nothing to learn from the rest

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_file(root: Path, path: Path, found: list[Diagnostic], data: bytes | None = None) -> File | None:
    """The text of a file (UTF-8, with or without BOM), named relative to ``root``; None, with a
    diagnostic, where it is too large, cannot be read or decoded. ``data`` takes the place of what is on
    disk."""
    name = name_of(root, path)
    place = Location(name, 1, 1, 1, 2)
    try:
        size = path.stat().st_size if data is None else len(data)
        if size > MAX_BYTES:
            found.append(
                Diagnostic(place, "E108", f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read")
            )
            return None
        return File(name, (path.read_bytes() if data is None else data).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8: byte {error.start + 1} cannot be decoded"
        found.append(Diagnostic(place, "E101", message, "save it as UTF-8"))
    except OSError as error:
        found.append(Diagnostic(place, "E101", f"the file cannot be read: {error.strerror or error}"))
    return None


def name_of(root: Path, path: Path) -> str:
    """A file's name relative to a project's folder; its path where it is not below that."""
    folder = root.as_posix()
    return path.as_posix() if folder == "." else path.as_posix().removeprefix(f"{folder.rstrip('/')}/")


def read_document(file: File, found: list[Diagnostic]) -> Node | None:
    """The one document of a file. None if it is empty or cannot be parsed; mistakes go to ``found``."""
    documents = read_documents(file, found)
    if len(documents) > 1:
        message = "a second document (`---`) in a file that holds one"
        found.append(Diagnostic(documents[1].location, "E101", message, "put it into a file of its own"))
    return documents[0] if documents else None


def read_documents(file: File, found: list[Diagnostic]) -> list[Node]:
    """All documents of a file; those before a syntax error are kept, the one that has it is not."""
    documents: list[Node] = []
    loader = None
    builder = None
    try:
        loader = _Loader(file.text)
        builder = _Builder(file, loader, found)
        while (event := loader.get_event()) is not None and not isinstance(event, yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                documents.append(builder.node(loader.get_event(), 0, False))
    except _TooDeepError as deep:
        location = file.location(deep.at, deep.at + 1)
        found.append(Diagnostic(location, "E108", f"more than {MAX_DEPTH} levels deep"))
        return []
    except _TooManyError as last:
        found.append(Diagnostic(last.location, "E108", f"more than {last}; what follows is not read"))
        return []
    except yaml.YAMLError as error:
        last_quoted, brackets = (builder.last_quoted, builder.open) if builder else (None, [])
        found.append(syntax_error(file, error, last_quoted, brackets))
    except RecursionError:
        found.append(Diagnostic(file.location(0, 1), "E108", f"more than {MAX_DEPTH} levels deep"))
    finally:
        if loader is not None:
            loader.dispose()
    return [node for node in documents if not (isinstance(node, Scalar) and node.plain and not node.text)]


class _TooDeepError(Exception):
    def __init__(self, at: int) -> None:
        self.at = at


class _TooManyError(Exception):
    def __init__(self, location: Location, what: str) -> None:
        super().__init__(what)
        self.location = location


class _Builder:
    """Builds nodes from the scanner's events, refusing what playcall does not read."""

    def __init__(self, file: File, loader: Any, found: list[Diagnostic]) -> None:
        self.file = file
        self.loader = loader
        self.found = found
        self.mistakes = 0
        self.last_quoted: Scalar | None = None
        self.open: list[int] = []  # the brackets around what is read

    def node(self, event: Any, depth: int, flow: bool, indent: int = -1) -> Node:
        start = self.file.offset(event.start_mark)
        if depth > MAX_DEPTH:
            raise _TooDeepError(start)
        kind = type(event)
        refused = event.anchor is not None or (kind is not yaml.AliasEvent and event.tag is not None)
        if refused:
            self._refuse_reference(event, start)
        if kind is yaml.ScalarEvent:
            scalar = self._scalar(event, start, flow, indent)
            return replace(scalar, broken=True) if refused else scalar
        if kind is yaml.MappingStartEvent:
            return self._entries(event, start, depth)
        if kind is yaml.SequenceStartEvent:
            return self._items(event, start, depth)
        return Scalar("", "", self.file, start, start, broken=True)  # an alias, already refused

    def _items(self, event: Any, start: int, depth: int) -> Items:
        flow, indent = bool(event.flow_style), event.start_mark.column
        items: list[Node] = []
        self.open += [start] * flow
        while not isinstance(event := self.loader.get_event(), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1, flow, indent))
        del self.open[len(self.open) - flow :]
        end = self.file.offset(event.end_mark) if flow else start + 1
        return Items(tuple(items), self.file.location(start, end))

    def _entries(self, event: Any, start: int, depth: int) -> Entries:
        flow, indent = bool(event.flow_style), event.start_mark.column
        entries = Entries({}, {}, self.file.location(start, start + 1))
        last: Node | None = None
        self.open += [start] * flow
        while not isinstance(event := self.loader.get_event(), yaml.MappingEndEvent):
            key = self.node(event, depth + 1, flow, indent)
            value = self.node(self.loader.get_event(), depth + 1, flow, indent)
            if not isinstance(key, Scalar):
                self._report(key.location, "E101", "a mapping's key must be a text")
            elif flow and isinstance(value, Scalar) and not value.text and self._has_no_colon(key):
                self._cut_at_comma(key, last)
            else:
                self._add(entries, key, value)
                last = value
        del self.open[len(self.open) - flow :]
        return entries

    def _add(self, entries: Entries, key: Scalar, value: Node) -> None:
        if key.text == "<<" and key.plain:
            self._report(key.location, "E103", "merge keys (`<<`) are not read", "write the keys out")
        elif key.text in entries.values:
            line = entries.keys[key.text].location.line
            message = f"`{key.text}` stands twice in this mapping: first in line {line}"
            self._report(key.location, "E102", message, "keep one of the two")
        elif len(entries.values) == MOST_KEYS:
            raise _TooManyError(key.location, f"{MOST_KEYS:,} keys in one mapping")
        else:
            entries.values[key.text] = value
            entries.keys[key.text] = key

    def _scalar(self, event: Any, start: int, flow: bool, indent: int) -> Scalar:
        end = self.file.offset(event.end_mark)
        style = "" if event.style is None else event.style
        scalar = Scalar(event.value, style, self.file, start, end, indent)
        if style in ("'", '"'):
            self.last_quoted = scalar
        if style or not event.value:
            return scalar
        after = self.file.text[end : end + 3]
        if (
            "#" in after
            and re.match(r"[ \t]+#", after)
            and (unbalanced(scalar.text) or re.match(r" #\w", after))
        ):
            help_text = "quote it; if a comment is meant, leave a space after `#`"
            return self._cut(
                scalar, "YAML takes what follows ` #` as a comment and ends the text here", help_text
            )
        if flow and unbalanced(scalar.text):
            sign = self.file.text[end : end + 20].lstrip()[:1] or "end"
            return self._cut(scalar, f"YAML ends this text at the `{sign}`", "quote it")
        return scalar

    def _cut(self, scalar: Scalar, message: str, help_text: str) -> Scalar:
        self._report(scalar.location, "E110", f"{message}: `{short(scalar.text)}`", help_text)
        return Scalar(scalar.text, scalar.style, scalar.file, scalar.start, scalar.end, broken=True)

    def _cut_at_comma(self, key: Scalar, last: Node | None) -> None:
        """``{value: min(a, 100)}``: YAML sees a key ``100)`` without a value."""
        if key.broken or (isinstance(last, Scalar) and last.broken):
            return
        if isinstance(last, Scalar) and last.plain:
            message = f"YAML ends this text at the comma: `{short(last.text)}`"
            self._report(last.location, "E110", message, "quote the whole text")
        else:
            self._report(key.location, "E106", f"`{short(key.text)}` has no value", "write `key: value`")

    def _has_no_colon(self, key: Scalar) -> bool:
        return not self.file.text[key.end : key.end + 1000].lstrip(" \t" + BREAKS).startswith(":")

    def _refuse_reference(self, event: Any, start: int) -> None:
        """Report an alias, an anchor or a tag."""
        if isinstance(event, yaml.AliasEvent):
            word, sign = "aliases", f"*{event.anchor}"
        elif event.anchor is not None:
            word, sign = "anchors", f"&{event.anchor}"
        else:
            word, sign = "tags", re.split(r"\s", self.file.text[start : start + 1000], maxsplit=1)[0]
        location = self.file.location(start, start + len(sign))
        help_text = f"if a text that begins with `{sign[0]}` is meant, quote it; else write it out"
        self._report(location, "E103", f"{word} (`{sign}`) are not read", help_text)

    def _report(self, location: Location, code: str, message: str, help_text: str = "") -> None:
        if self.mistakes == MOST_MISTAKES:
            raise _TooManyError(location, f"{MOST_MISTAKES} mistakes of YAML")
        self.mistakes += 1
        self.found.append(Diagnostic(location, code, message, help_text))


def unbalanced(text: str) -> bool:
    """Whether brackets or quotes are open at the end, so that more must follow."""
    depth = 0
    quote = ""
    previous = ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char == '"' or (char == "'" and not previous.isalnum()):
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        previous = char
    return bool(quote) or depth > 0
