"""The edits of checks that know the one safe mend of what they find."""

from __future__ import annotations

from collections.abc import Iterator

from ...dsl.diagnostics import Fix
from ...dsl.source import Span
from ...dsl.typed import Call, Typed
from .subjects import Subject, operator


def rewritten(subject: Subject, span: Span, text: str, title: str) -> Fix | None:
    """The fix that makes a part of an expression another text; None where it does not stand in the file as
    such."""
    edit = subject.checked.source.edit(span, text)
    return Fix(title, (edit,)) if edit is not None else None


def dropped(subject: Subject, part: Typed, word: str, title: str) -> Fix | None:
    """The fix that removes one of the parts that ``word`` (``and``, ``or``) joins, together with the word.
    None where it is no such part, or brackets stand between it and the word."""
    for node in subject.written:
        parts = list(_joined(node, word))
        place = next((at for at, one in enumerate(parts) if one is part), None)
        if len(parts) < 2 or place is None:
            continue
        if place:
            gap, span = (parts[place - 1], part), Span(parts[place - 1].span.end, part.span.end)
        else:
            gap, span = (part, parts[1]), Span(part.span.start, parts[1].span.start)
        between = subject.checked.source.text[gap[0].span.end : gap[1].span.start]
        return rewritten(subject, span, "", title) if between.split() == [word] else None
    return None


def _joined(node: Typed, word: str) -> Iterator[Typed]:
    """The parts that a chain of one word joins, in order; the node itself where it is none."""
    if isinstance(node, Call) and operator(node) == word:
        for arg in node.args:
            yield from _joined(arg, word)
    else:
        yield node
