"""Groups → lines: two blanks a level, lists under their key, one blank line at most, comments where they
were."""

from __future__ import annotations

import re

from ...dsl.frozen import frozen
from ..columns import width
from ..scalars import quoted
from .expressions import printed
from .model import Entry, Group, Text
from .order import ANY, Meaning, Path

# What is written in brackets stays so while it fits.
WIDTH = 120
STEP = "  "


@frozen
class Line:
    """A line without its end, and the comment beside it."""

    text: str
    comment: str = ""


def write(root: Group, meaning: Meaning) -> str:
    """The text of a file; lines end with a line feed."""
    return "".join(f"{line}\n" for line in _beside(_Writer(meaning).lines(root, "", ())))


def _beside(lines: list[Line]) -> list[str]:
    """The lines with their comments, which are aligned in lines that follow each other."""
    out: list[str] = []
    run: list[Line] = []
    for line in [*lines, Line("")]:
        if line.comment:
            run.append(line)
            continue
        widest = max((width(one.text) for one in run), default=0)
        out.extend(f"{one.text}{' ' * (widest - width(one.text))}  {one.comment}" for one in run)
        out.append(line.text)
        run = []
    return out[:-1]


class _Writer:
    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    def lines(self, group: Group, indent: str, path: Path) -> list[Line]:
        """A group in block style."""
        out = _own_lines(group.header, indent)
        for entry in self._meaning.ordered(group, path):
            inner = (*path, entry.name if group.mapping else ANY)
            made = self._entry(entry, indent, inner)
            out.extend(made if out and out[-1].text else _without_blank(made))
        out.extend(_own_lines(group.after, indent))
        return out

    def _entry(self, entry: Entry, indent: str, path: Path) -> list[Line]:
        above = _own_lines(entry.before, indent)
        head = f"{indent}-" if entry.key is None else f"{indent}{entry.key}:"
        value = entry.value
        if isinstance(value, Text):
            text = printed(value, False) if self._meaning.is_expression(path) else value
            return [*above, *_scalar(head, _requoted(text), indent + STEP, entry.beside)]
        flat = self._flat(value, path) if value.flow or not value.entries else None
        if flat is not None and width(head) + 1 + width(flat) <= WIDTH:
            return [*above, Line(f"{head} {flat}", entry.beside)]
        inner = self.lines(value, indent + STEP, path)
        if entry.key is not None:
            return [*above, Line(head, entry.beside), *inner]
        return [*above, *_own_lines([entry.beside] if entry.beside else [], indent), *_dashed(inner, indent)]

    def _flat(self, group: Group, path: Path) -> str | None:
        """A group in brackets on one line; None where a comment or a text over several lines is in it."""
        parts: list[str] = []
        for entry in self._meaning.ordered(group, path):
            inner = (*path, entry.name if group.mapping else ANY)
            value = self._flat_value(entry.value, inner)
            if value is None or entry.beside or any(entry.before):
                return None
            parts.append(f"{entry.key}: {value}" if group.mapping else value)
        if group.after:
            return None
        return f"{{{', '.join(parts)}}}" if group.mapping else f"[{', '.join(parts)}]"

    def _flat_value(self, value: Text | Group, path: Path) -> str | None:
        if isinstance(value, Group):
            return self._flat(value, path)
        text = _requoted(printed(value, True) if self._meaning.is_expression(path) else value)
        return None if "\n" in text.raw or "\r" in text.raw else text.raw


def _own_lines(comments: list[str], indent: str) -> list[Line]:
    """Comments on lines of their own, and at most one blank line at a time."""
    lines = [Line(f"{indent}{comment}" if comment else "") for comment in comments]
    return [line for at, line in enumerate(lines) if line.text or not at or lines[at - 1].text]


def _without_blank(lines: list[Line]) -> list[Line]:
    return lines[1:] if lines and not lines[0].text and not lines[0].comment else lines


def _dashed(lines: list[Line], indent: str) -> list[Line]:
    """The lines of a list's item: comments above its first entry stand above the dash."""
    first = next(at for at, line in enumerate(lines) if not line.text.lstrip().startswith("#") and line.text)
    above = [Line(indent + line.text.lstrip()) if line.text else line for line in lines[:first]]
    begin = Line(f"{indent}- {lines[first].text.lstrip()}", lines[first].comment)
    return [*above, begin, *lines[first + 1 :]]


def _requoted(text: Text) -> Text:
    """Single quotes that double ones can replace as they are."""
    if text.style != "'" or not text.value.isprintable() or "\n" in text.raw or "\r" in text.raw:
        return text
    raw = quoted(text.value)
    return Text(raw, text.value, raw[0])


def _scalar(head: str, text: Text, indent: str, comment: str) -> list[Line]:
    """A text behind its key or dash; the lines after its first are indented by ``indent``."""
    if text.style in ("|", ">"):
        return _block(head, text, indent, comment)
    first, *more = _split(text.raw)
    if not more:
        return [Line(f"{head} {first}" if first else head, comment)]
    strip = re.compile(r"^[ \t]+|(?<!\\)[ \t]+$")
    inner = [strip.sub("", line) for line in more]
    lines = [
        Line(f"{head} {strip.sub('', first)}"),
        *(Line(f"{indent}{line}" if line else "") for line in inner),
    ]
    return [*lines[:-1], Line(lines[-1].text, comment)]


def _block(head: str, text: Text, indent: str, comment: str) -> list[Line]:
    """A literal or folded text: its header, and its lines as they are but for the indentation."""
    header, *body = _split(text.raw)
    lines = [line[text.indent :] for line in body]
    chomp = next((sign for sign in header.split("#")[0] if sign in "+-"), "")
    if chomp == "+":
        lines = lines[:-1] if lines and not lines[-1] else lines  # behind the last line's end
    else:
        while lines and not lines[-1].strip(" "):
            lines.pop()
    first = next((line for line in lines if line), "")
    digit = str(len(STEP)) if first.startswith(" ") else ""
    out = [Line(f"{indent}{line}" if line else "") for line in lines]
    return [Line(f"{head} {text.style}{digit}{chomp}", comment), *out]


def _split(raw: str) -> list[str]:
    return re.split("\r\n|\r|\n", raw)
