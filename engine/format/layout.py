"""One file in canonical layout, proved to say the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...dsl.diagnostics import Diagnostic
from ..comments import Comment, comments
from ..document import Entries, File, Items, Node, Scalar, read_document
from .expressions import same_expression
from .order import ANY, Meaning, Path
from .read import read
from .write import write


class LayoutError(Exception):
    """The file has mistakes, and is left as it is; carries them."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics = diagnostics


def laid_out(file: File) -> str:
    """The file's text in canonical layout, with the line ends that it has. Every comment, every key and every
    value is in it; the order of a playbook's keys is that of SPEC 5. Raises ``LayoutError``."""
    found: list[Diagnostic] = []
    node = read_document(file, found)
    if found:
        raise LayoutError(tuple(found))
    noted = comments(file)
    root = read(file, noted) if node is not None else None
    if root is None or node is None:
        return file.text
    meaning = Meaning(entry.name for entry in root.entries if root.mapping)
    text = write(root, meaning)
    if not _says_the_same(node, noted, File(file.name, text), meaning):
        place = file.location(0, 1)
        message = "the layout of this file cannot be changed without changing what it says"
        raise LayoutError((Diagnostic(place, "E101", message, "lay it out by hand"),))
    first = re.search("\r\n|\r|\n", file.text)
    return text if first is None or first[0] == "\n" else text.replace("\n", first[0])


def _says_the_same(node: Node, noted: Iterable[Comment], after: File, meaning: Meaning) -> bool:
    """Whether a file has the same keys, values and comments as before."""
    found: list[Diagnostic] = []
    read_again = read_document(after, found)
    if found or read_again is None or not _same(node, read_again, (), meaning):
        return False
    return sorted(one.text for one in noted) == sorted(one.text for one in comments(after))


def _same(one: Node, other: Node, path: Path, meaning: Meaning) -> bool:
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        equal = one.text == other.text
        if not equal and meaning.is_expression(path):
            equal = same_expression(one.text, other.text)
        return equal and one.plain == other.plain
    if isinstance(one, Items) and isinstance(other, Items):
        pairs = zip(one.items, other.items, strict=False)
        same_length = len(one.items) == len(other.items)
        return same_length and all(_same(a, b, (*path, ANY), meaning) for a, b in pairs)
    if isinstance(one, Entries) and isinstance(other, Entries):
        if one.values.keys() != other.values.keys():
            return False
        return all(
            _same(value, other.values[key], (*path, key), meaning) for key, value in one.values.items()
        )
    return False
