"""Text of an expression → syntax tree, or the one diagnostic that says where it stops making sense."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import cast

from .builder import Builder
from .diagnostics import Diagnostic, Fix
from .lalr import Parser, UnexpectedError
from .literals import LiteralError
from .slips import Slip, explain, keyword_as_currency
from .source import SourceText, Span
from .syntax import Syntax, depth
from .table import load

# Far above what people write, far below what Python's stack and a database's planner take.
MAX_LENGTH = 10_000
MAX_DEPTH = 64


def parse(source: SourceText) -> Syntax | Diagnostic:
    """The syntax tree of an expression, or an E201 at the first place where it cannot go on.

    Input over ``MAX_LENGTH`` characters or ``MAX_DEPTH`` levels is refused; chains of ``and`` or of ``or``
    are one level however long.
    """
    read = _read(source.text)
    if not isinstance(read, Slip):
        return read
    return Diagnostic(source.location(read.span), "E201", read.message, read.help, _fix(source, read))


@lru_cache(8192)  # a project says many things more than once, and several of its readers ask for each
def _read(text: str) -> Syntax | Slip:
    nested = "move parts of it to derived fields"
    if len(text) > MAX_LENGTH:
        message = f"the expression has {len(text)} characters; at most {MAX_LENGTH} are read"
        return Slip(Span(MAX_LENGTH, len(text)), message, nested)
    if not text.strip():
        return Slip(Span(0, len(text)), "an expression is missing here")
    try:
        tree = cast(Syntax, _parser().parse(text))
    except LiteralError as refused:
        keyword = keyword_as_currency(text, refused.span)
        return keyword or Slip(refused.span, refused.message, refused.help)
    except UnexpectedError as error:
        return explain(text, error.start, error.expected, error.found)
    if depth(tree) > MAX_DEPTH:
        return Slip(tree.span, f"the expression is nested more than {MAX_DEPTH} levels deep", nested)
    return tree


def _fix(source: SourceText, slip: Slip) -> Fix | None:
    edits = [source.edit(span, text) for span, text in slip.mend]
    known = tuple(edit for edit in edits if edit is not None)
    return Fix(slip.help, known) if known and len(known) == len(edits) else None


@cache
def _parser() -> Parser:
    return Parser(load(), Builder())
