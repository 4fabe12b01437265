"""YAML as playcall reads it: strictly, as nodes that know their place, every mistake a diagnostic.

Nothing is typed here: a scalar is its text, and whoever reads it says which type it wants (``shape.py``).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ..dsl.diagnostics import Diagnostic, Fix
from ..dsl.record import record
from ..dsl.source import Edit, Location, SourceText
from .scalars import BREAKS, decode

MAX_BYTES = 1 << 20
MAX_DEPTH = 50

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class File:
    """One text file and where its lines begin. Lines end as editors see them: LF, CR LF or CR."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]
        self._skipped = int(text.startswith("\ufeff"))

    def offset(self, mark: Any) -> int:
        """The offset of a mark of the YAML scanner, which does not count a byte order mark."""
        return min(int(mark.index) + self._skipped, len(self.text))

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of a character, from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def location(self, start: int, end: int) -> Location:
        """The range ``text[start:end]``; an empty one covers one character."""
        first = self.position(start)
        if end <= start:
            return Location(self.name, *first, first[0], first[1] + 1)
        last = self.position(end - 1)
        return Location(self.name, *first, last[0], last[1] + 1)

    def begin(self, number: int) -> int:
        """The offset at which a line begins; the text's end beyond the file."""
        return self._starts[number - 1] if 1 <= number <= len(self._starts) else len(self.text)

    def line(self, number: int) -> str:
        """The text of a line, without its end; empty beyond the file."""
        if not 1 <= number <= len(self._starts):
            return ""
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : end].rstrip("\r\n")


@record(eq=False)
class Scalar:
    """A text. ``style`` is how it is written: ``''`` plain, ``'`` or ``"`` quoted, ``|`` or ``>`` block.
    ``broken``: YAML has cut it short, which is already reported."""

    text: str
    style: str
    file: File
    start: int
    end: int
    indent: int = 0
    broken: bool = False

    @property
    def plain(self) -> bool:
        return self.style == ""

    @property
    def location(self) -> Location:
        end = self.end
        while end > self.start and self.file.text[end - 1] in " " + BREAKS:
            end -= 1
        return self.file.location(self.start, end)

    @property
    def source(self) -> SourceText:
        """The text with the place of each of its characters."""
        file, text = self.file, self.text
        if self.plain and self.end - self.start == len(text) and file.text.startswith(text, self.start):
            line, column = file.position(self.start)
            return SourceText.of(text, file.name, line, column)
        decoded = decode(file.text, self.start, self.end, self.style, self.indent)
        offsets = [at for _, at in decoded]
        quoted = self.style in ("'", '"')
        last = self.end - 1 if quoted else offsets[-1] + 1 if offsets else self.start
        return SourceText(text, file.name, tuple(file.position(at) for at in (*offsets, last)), self.style)


@record(eq=False)
class Items:
    """A list."""

    items: tuple[Node, ...]
    location: Location


@record(eq=False)
class Entries:
    """A mapping: keys are always text; each key's own place is in ``keys``."""

    values: dict[str, Node]
    keys: dict[str, Scalar]
    location: Location

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return ((self.keys[name], node) for name, node in self.values.items())


Node = Scalar | Items | Entries


def read_file(root: Path, path: Path, found: list[Diagnostic], data: bytes | None = None) -> File | None:
    """The text of a file (UTF-8, with or without BOM), named relative to ``root``; None, with a
    diagnostic, where it is too large, cannot be read or decoded. ``data`` takes the place of what is on
    disk."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
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
    except yaml.YAMLError as error:
        found.append(_syntax_error(file, error, builder))
    except RecursionError:
        found.append(Diagnostic(file.location(0, 1), "E108", f"more than {MAX_DEPTH} levels deep"))
    finally:
        if loader is not None:
            loader.dispose()
    return [node for node in documents if not (isinstance(node, Scalar) and node.plain and not node.text)]


class _TooDeepError(Exception):
    def __init__(self, at: int) -> None:
        self.at = at


class _Builder:
    """Builds nodes from the scanner's events, refusing what playcall does not read."""

    def __init__(self, file: File, loader: Any, found: list[Diagnostic]) -> None:
        self.file = file
        self.loader = loader
        self.found = found
        self.last_quoted: Scalar | None = None
        self.open: list[int] = []  # the brackets around what is read

    def node(self, event: Any, depth: int, flow: bool, indent: int = -1) -> Node:
        start = self.file.offset(event.start_mark)
        if depth > MAX_DEPTH:
            raise _TooDeepError(start)
        self._refuse_references(event, start)
        if isinstance(event, yaml.MappingStartEvent):
            return self._entries(event, start, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(event, start, depth)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, start, flow, indent)
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
        self._report(scalar.location, "E110", f"{message}: `{_short(scalar.text)}`", help_text)
        return Scalar(scalar.text, scalar.style, scalar.file, scalar.start, scalar.end, broken=True)

    def _cut_at_comma(self, key: Scalar, last: Node | None) -> None:
        """``{value: min(a, 100)}``: YAML sees a key ``100)`` without a value."""
        if key.broken or (isinstance(last, Scalar) and last.broken):
            return
        if isinstance(last, Scalar) and last.plain:
            message = f"YAML ends this text at the comma: `{_short(last.text)}`"
            self._report(last.location, "E110", message, "quote the whole text")
        else:
            self._report(key.location, "E106", f"`{_short(key.text)}` has no value", "write `key: value`")

    def _has_no_colon(self, key: Scalar) -> bool:
        return not self.file.text[key.end : key.end + 1000].lstrip(" \t" + BREAKS).startswith(":")

    def _refuse_references(self, event: Any, start: int) -> None:
        tag = getattr(event, "tag", None)
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            word, sign = "aliases", f"*{anchor}"
        elif anchor is not None:
            word, sign = "anchors", f"&{anchor}"
        elif tag is not None:
            word, sign = "tags", re.split(r"\s", self.file.text[start : start + 1000], maxsplit=1)[0]
        else:
            return
        location = self.file.location(start, start + len(sign))
        help_text = f"if a text that begins with `{sign[0]}` is meant, quote it; else write it out"
        self._report(location, "E103", f"{word} (`{sign}`) are not read", help_text)

    def _report(self, location: Location, code: str, message: str, help_text: str = "") -> None:
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


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


_QUOTED_THEN_MORE = re.compile(r"""(?:^|[-:]\s+)(?P<value>("[^"]*"|'[^']*')\s*[^\s,:#}\]].*)$""")
_VALUE = re.compile(r"^[\s-]*[^\s:]+:\s+(?P<value>[^\s'\"\[{|>].*)$")


def _syntax_error(file: File, error: yaml.YAMLError, builder: _Builder | None) -> Diagnostic:
    """One plain sentence for what the YAML scanner or parser stumbled over, at the place of the mistake."""
    mark = getattr(error, "problem_mark", None)
    if mark is None or builder is None:  # a reader error: a character that YAML forbids
        at = getattr(error, "position", 0)
        forbidden = next((i for i, char in enumerate(file.text) if not _printable(char)), at)
        char = file.text[forbidden : forbidden + 1]
        code = f"U+{ord(char):04X}" if char else "character"
        return Diagnostic(
            file.location(forbidden, forbidden + 1), "E101", f"the character {code} may not stand in YAML"
        )
    at = file.offset(mark)
    return (
        _unclosed_quote(file, at, error, builder.last_quoted)
        or (_unclosed_bracket(file, at, builder.open[-1]) if builder.open else None)
        or _cut_by_syntax(file, at, str(error))
        or _plain_error(file, at, error)
    )


_KEY_LINE = re.compile(r"^\s*(- )?[\w.-]+:(\s|$)", re.MULTILINE)


def _unclosed_quote(file: File, at: int, error: Any, last: Scalar | None) -> Diagnostic | None:
    """A quote that is never closed, or only by the one that opens another text further down."""
    if error.context == "while scanning a quoted scalar":
        start = file.offset(error.context_mark)
        message = f"not valid YAML: this {file.text[start]} is not closed"
    elif last is not None and last.end <= at and _swallows_keys(last, at):
        start = last.start
        line, _ = file.position(last.end - 1)
        message = f"not valid YAML: this {file.text[start]} is closed only in line {line}"
    else:
        return None
    return Diagnostic(file.location(start, start + 1), "E101", message, f"close it with {file.text[start]}")


def _swallows_keys(quoted: Scalar, at: int) -> bool:
    """Whether a text over several lines, which ends right before the place, holds lines with keys."""
    file = quoted.file
    is_near = not file.text[quoted.end : at].strip()
    _, newline, more = file.text[quoted.start : quoted.end].partition("\n")
    return is_near and bool(newline) and _KEY_LINE.search(more) is not None


def _unclosed_bracket(file: File, at: int, start: int) -> Diagnostic | None:
    """A bracket that is still open in a later line: one that is no deeper than its own cannot be inside."""
    opened, sign = file.text[start], "]" if file.text[start] == "[" else "}"
    first, line = file.position(start)[0], file.position(at)[0]
    found, is_end = file.text[at : at + 1], not file.text[at:].strip()
    if found in ("]", "}") and found != sign:
        message = f"not valid YAML: this {opened} is closed by a {found}"
        return Diagnostic(file.location(start, start + 1), "E101", message, f"close it with {sign}")
    indent = _indent(file.line(line))
    if is_end or (line > first and indent <= _indent(file.line(first))):
        message = f"not valid YAML: this {opened} is not closed"
        return Diagnostic(file.location(start, start + 1), "E101", message, f"close it with {sign}")
    if line == first or found in ("[", "{"):
        return None
    begin = at - (file.position(at)[1] - 1) + indent
    message = "not valid YAML: a comma is missing before this line"
    help_text = f"separate what stands in {opened}{sign} by commas, or close the {opened} of line {first}"
    return Diagnostic(file.location(begin, begin + 1), "E101", message, help_text)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _cut_by_syntax(file: File, at: int, problem: str) -> Diagnostic | None:
    """The diagnostic for a text that YAML ends too early, if that is what the syntax error comes from."""
    number, column = file.position(at)
    begin = at - (column - 1)
    colon = "mapping values are not allowed" in problem
    if colon and re.fullmatch(r"\s*(- )?[\w.-]+", file.line(number)[: column - 1]):
        message = "not valid YAML: this key is indented more than the one above, which has a value already"
        return Diagnostic(file.location(at, at + 1), "E101", message, "give both the same indentation")
    if colon and (value := _VALUE.search(file.line(number))):
        return _quote_whole(file, begin + value.start("value"), value["value"], "the `: `")
    previous = begin - len(file.text[:begin].splitlines(keepends=True)[-1]) if begin else 0
    for line_start in (begin, previous):
        line = file.line(file.position(line_start)[0])
        if not colon and (quoted := _QUOTED_THEN_MORE.search(line)):
            return _quote_whole(
                file, line_start + quoted.start("value"), quoted["value"], "the closing quote"
            )
    return _cut_at_bracket(file, at)


def _cut_at_bracket(file: File, at: int) -> Diagnostic | None:
    """``{where: x in [1, 2]}``: a plain text in a flow mapping ends at a bracket."""
    number, column = file.position(at)
    before = file.line(number)[: column - 1].rstrip()
    if file.text[at : at + 1] not in ("[", "{", ":") or not before or before[-1] in ",:[{-'\"":
        return None
    signs = (": ", ", ", "{", "[", "- ")
    first = max((before.rfind(sign) + len(sign) for sign in signs if sign in before), default=0)
    text = before[first:].strip()
    start = at - (column - 1) + before.index(text, first)
    message = f"YAML ends this text at the `{file.text[at]}`: `{_short(text)}`"
    return Diagnostic(file.location(start, start + len(text)), "E110", message, "quote the whole text")


def _quote_whole(file: File, start: int, text: str, sign: str) -> Diagnostic:
    text = re.split(r"\s#", text)[0].rstrip()
    message = f"YAML ends this text at {sign}: `{_short(text)}`"
    place = file.location(start, start + len(text))
    # What begins and ends with the same quote may be meant as quoted already, with one too many inside.
    is_quoted = text[0] == text[-1] and text[0] in "'\""
    fix = None if is_quoted else Fix("quote the whole text", (Edit(place, quoted(text)),))
    return Diagnostic(place, "E110", message, "quote the whole text", fix)


def quoted(text: str) -> str:
    """A text of one line in YAML's quotes: those that need no escape, if there are such."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _plain_error(file: File, at: int, error: yaml.YAMLError) -> Diagnostic:
    problem = str(getattr(error, "problem", None) or error)
    char = file.text[at : at + 1]
    help_text = ""
    if char == "\t":
        problem, help_text = "a tab where YAML wants spaces", "indent with spaces"
    elif "cannot start any token" in problem:
        problem, help_text = f"a text may not begin with `{char}`", "quote it"
    elif char in ("]", "}") and "expected key" in problem:
        problem, help_text = f"nothing is open that this {char} could close", "remove it"
    elif at >= len(file.text.rstrip()):
        problem, help_text = f"the file ends too early: {problem}", "look for an unclosed quote or bracket"
    return Diagnostic(file.location(at, at + 1), "E101", f"not valid YAML: {problem}", help_text)


def _printable(char: str) -> bool:
    code = ord(char)
    return (
        char in "\t\n\r\x85"
        or 0x20 <= code <= 0x7E
        or 0xA0 <= code <= 0xD7FF
        or (0xE000 <= code <= 0xFFFD and code != 0xFEFF)
        or code >= 0x10000
    )
