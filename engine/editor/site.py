"""Where in a YAML document the cursor stands, also while the document is broken there.

A mark, a character that the text does not have, is put at the cursor; the document is parsed by the strict
reader, and the text that holds the mark says the place: the keys that lead to it, and what stands before
and after the cursor with quotes, escapes and folding undone. Where the document does not parse, the
cursor's line is mended in the ways that it is usually unfinished in; at last, only the lines that the
cursor's line is nested in are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dsl.frozen import frozen
from ..document import Entries, File, Items, Node, Scalar, read_documents

Path = tuple[str | int, ...]

LARGE = 200_000  # characters: of longer documents only the lines that lead to the cursor's are read

_BARE = re.compile(r"\s*(?:- +)*[\w.-]*")
_FLOW_KEY = re.compile(r"[{,]\s*[\w.-]*$")
_ROOT_LINE = re.compile(r"[\w-]+:[ \t]+[\w./-]+[ \t]*(?:#.*)?")
_INDENT = re.compile(r"[ ]*")


@frozen
class Site:
    """The text that the cursor stands in.

    ``path``: the keys and indexes that lead to it; of a key, to the mapping that it is in. ``parent`` is
    that mapping, or the mapping or list that holds the value; None at the root. ``alone``: it is a value on
    a line of its own or an empty one, where the keys of a mapping could begin. ``style``: as of ``Scalar``.
    """

    root: Node
    path: Path
    parent: Entries | Items | None
    is_key: bool
    before: str
    after: str
    style: str
    alone: bool

    @property
    def text(self) -> str:
        return self.before + self.after

    @property
    def names(self) -> tuple[str, ...]:
        """The keys of the path, without the indexes of lists."""
        return tuple(part for part in self.path if isinstance(part, str))


def site_at(text: str, offset: int) -> Site | None:
    """What the cursor stands in; None in comments and between texts."""
    mark = _unused(text)
    for attempt in _attempts(text, offset, mark):
        for root in read_documents(File("", attempt), []):
            found = _find(root, mark, root, (), None)
            if found is not None:
                return found
    return None


def _unused(text: str) -> str:
    """A character of private use (U+E000 and on) that the text does not have."""
    return next(char for code in range(0xE000, 0xF8FF) if (char := chr(code)) not in text)


def _attempts(text: str, offset: int, mark: str) -> Iterator[str]:
    if len(text) <= LARGE:
        yield from _mended(text, offset, mark)
    yield from _mended(*_nested_in(text, offset), mark)


def _mended(text: str, offset: int, mark: str) -> Iterator[str]:
    """The text with the mark: as it is, with the key that is being typed made one, with quotes and brackets
    that the line leaves open closed."""
    start = text.rfind("\n", 0, offset) + 1
    end = _line_end(text, offset)
    before, after = text[start:offset], text[offset:end]
    marked = before + mark + after
    yield text[:start] + marked + text[end:]
    if _BARE.fullmatch(before) and not after.strip():
        yield text[:start] + marked + ":" + text[end:]
    closing = _closing(before + after)
    if closing:
        yield text[:start] + marked + closing + text[end:]
        yield text[:start] + before + mark + _closing(before) + text[end:]
    if _FLOW_KEY.search(before):
        yield text[:start] + before + mark + ": " + after + closing + text[end:]


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return end - 1 if end > offset and text[end - 1] == "\r" else end


def _closing(line: str) -> str:
    """What closes the quotes and brackets that a line leaves open."""
    opened: list[str] = []
    pairs = {"(": ")", "[": "]", "{": "}"}
    for index, char in enumerate(line):
        if opened and opened[-1] in "\"'":
            if char == opened[-1]:
                opened.pop()
        elif char in "\"'" and not line[index - 1 : index].isalnum():
            opened.append(char)
        elif char in pairs:
            opened.append(pairs[char])
        elif opened and char == opened[-1]:
            opened.pop()
    return "".join(reversed(opened))


def _nested_in(text: str, offset: int) -> tuple[str, int]:
    """The cursor's line under the lines that it is nested in, and plain entries of the root above them;
    with the cursor's place in that text."""
    lines = text[:offset].split("\n")
    line = lines.pop() + text[offset : _line_end(text, offset)]
    above: list[str] = []
    level, is_item = _indent(line), line.lstrip().startswith("- ")
    for candidate in reversed(lines):
        stripped = candidate.strip()
        if not stripped or stripped.startswith("#"):
            continue
        indent = _indent(candidate)
        opens_list = is_item and indent == level and not stripped.startswith("- ")
        if indent < level or opens_list:
            above.append(candidate)
            level, is_item = indent, stripped.startswith("- ")
        elif indent == 0 and _ROOT_LINE.fullmatch(candidate.rstrip("\r")):
            above.append(candidate)
    kept = "".join(f"{one}\n" for one in reversed(above))
    column = offset - (text.rfind("\n", 0, offset) + 1)
    return kept + line + "\n", len(kept) + column


def _indent(line: str) -> int:
    return len(_INDENT.match(line)[0])  # type: ignore[index]  # it matches nothing, at least


def _find(node: Node, mark: str, root: Node, path: Path, parent: Entries | Items | None) -> Site | None:
    if isinstance(node, Scalar):
        return _site(node, mark, root, path, parent, is_key=False) if mark in node.text else None
    if isinstance(node, Items):
        children = ((item, (*path, index)) for index, item in enumerate(node.items))
        found = (_find(item, mark, root, below, node) for item, below in children)
        return next((site for site in found if site is not None), None)
    for key, value in node:
        if mark in key.text:
            return _site(key, mark, root, path, node, is_key=True)
        found_below = _find(value, mark, root, (*path, key.text), node)
        if found_below is not None:
            return found_below
    return None


def _site(
    scalar: Scalar, mark: str, root: Node, path: Path, parent: Entries | Items | None, *, is_key: bool
) -> Site:
    before, _, after = scalar.text.partition(mark)
    text = scalar.file.text
    line = text[text.rfind("\n", 0, scalar.start) + 1 : scalar.start]
    alone = scalar.plain and not is_key and not line.strip(" -")
    return Site(root, path, parent, is_key, before, after, scalar.style, alone)
