"""A YAML file → groups with their comments. The file is one that the strict reader takes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import yaml

from ..comments import Comment
from ..document import File
from .model import Entry, Group, Text

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(file: File, found: Iterable[Comment]) -> Group | None:
    """The file's one document with the comments found in it; None where it is not a mapping or a list."""
    root = yaml.compose(file.text, _Loader)
    if not isinstance(root, yaml.CollectionNode):
        return None
    return _with_header(_Reader(file, found).group(root, len(file.text), -1))


def _with_header(root: Group) -> Group:
    """The comments that a blank line parts from the first key are the file's, whatever key comes first."""
    first = root.entries[0].before if root.entries else []
    blank = next((at for at in reversed(range(len(first))) if not first[at]), -1)
    root.header, first[:] = first[: blank + 1], first[blank + 1 :]
    return root


class _Reader:
    """Goes through the nodes and the comments at once, in the order of the file."""

    def __init__(self, file: File, found: Iterable[Comment]) -> None:
        self._file = file
        self._left = list(found)[::-1]
        self._last: Entry | None = None
        self._kept = 0  # the line up to which a block scalar keeps its blank lines

    def group(self, node: Any, until: int, outside: int) -> Group:
        """A collection, with all comments up to ``until`` that belong into it. ``outside``: the column of the
        collection around it."""
        mapping, flow = isinstance(node, yaml.MappingNode), bool(node.flow_style)
        group = Group(mapping, flow)
        pairs = node.value if mapping else [(None, item) for item in node.value]
        starts = [self._start(key, value, flow) for key, value in pairs]
        inside = flow and outside >= 0  # what stands behind the root's own brackets is the root's too
        end = self._file.offset(node.end_mark) if inside else until
        for at, (key, value) in enumerate(pairs):
            raw = None if key is None else self._raw(key)
            entry = Entry(raw, Text("", "", ""), self._above(starts[at], at == 0))
            group.entries.append(entry)
            self._last = entry
            following = starts[at + 1] if at + 1 < len(starts) else end
            entry.value = self._value(value, following, node.start_mark.column)
            self._last = entry if isinstance(entry.value, Group) and entry.value.flow else self._last
        # A list may stand as far left as the key above it: a comment there belongs to what follows.
        column = node.start_mark.column + (node.start_mark.column == outside)
        self._below(group, end, 0 if flow or outside < 0 else column)
        return group

    def _value(self, node: Any, until: int, indent: int) -> Text | Group:
        if isinstance(node, yaml.CollectionNode):
            return self.group(node, until, indent)
        style = node.style or ""
        raw = self._raw(node)
        if style in ("|", ">") and "+" in raw.splitlines()[0].split("#")[0]:
            self._kept = self._content_from(node.end_mark)
        return Text(raw, node.value, style, _content_indent(raw, indent) if style in ("|", ">") else 0)

    def _content_from(self, mark: Any) -> int:
        """The line from which something stands after a block: what marks the document's end is not written
        again, and blank lines behind it would become the block's own."""
        line, _ = self._file.position(self._file.offset(mark))
        last, _ = self._file.position(len(self._file.text))
        while line <= last and self._file.line(line).split()[:1] in ([], ["..."]):
            line += 1
        return line

    def _raw(self, node: Any) -> str:
        return self._file.text[self._file.offset(node.start_mark) : self._file.offset(node.end_mark)]

    def _start(self, key: Any, value: Any, flow: bool) -> int:
        """Where an entry begins: at its key, or at the dash of a list's item."""
        start = self._file.offset((key or value).start_mark)
        return start if key is not None or flow else self._dash(start)

    def _dash(self, start: int) -> int:
        """The dash of the list's item that begins at an offset."""
        text, at = self._file.text, start
        while at and text[at - 1] in " \t":
            at -= 1
        if at and text[at - 1] == "-":
            return at - 1
        return self._dashes[bisect_left(self._dashes, start) - 1]  # in a line above

    @cached_property
    def _dashes(self) -> list[int]:
        tokens = yaml.scan(self._file.text, _Loader)
        return [self._file.offset(one.start_mark) for one in tokens if isinstance(one, yaml.BlockEntryToken)]

    def _above(self, start: int, first: bool) -> list[str]:
        """The comments and blank lines above an entry; blank ones not above a group's first line."""
        lines: list[str] = []
        while self._left and self._left[-1].start < start:
            self._take(lines, first)
        if self._is_blank_above(start) and (lines or not first):
            lines.append("")
        return lines

    def _below(self, group: Group, end: int, column: int) -> None:
        """The comments below a group's last entry that are indented as far as it is."""
        while self._left and self._left[-1].start < end:
            place = self._file.position(self._left[-1].start)
            if self._left[-1].alone and place[1] - 1 < column:
                break
            self._take(group.after, False)

    def _take(self, lines: list[str], first: bool) -> None:
        """The next comment: to the entry before it in its line, or to lines of its own."""
        comment = self._left.pop()
        if not comment.alone and self._last is not None and not self._last.beside:
            self._last.beside = comment.text
            return
        if self._is_blank_above(comment.start) and (lines or not first):
            lines.append("")
        lines.append(comment.text)

    def _is_blank_above(self, offset: int) -> bool:
        line, _ = self._file.position(offset)
        return line > max(self._kept, 1) and not self._file.line(line - 1).strip()


def _content_indent(raw: str, parent: int) -> int:
    """How far the content of a block scalar is indented: as its first line that is not blank, or by its own
    number more than the collection around it."""
    header, *body = raw.splitlines()
    explicit = next((int(sign) for sign in header.split("#")[0] if sign.isdigit()), 0)
    if explicit:
        return parent + explicit
    return next((len(line) - len(line.lstrip(" ")) for line in body if line.strip(" ")), 0)
