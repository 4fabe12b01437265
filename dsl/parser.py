"""Text of an expression → syntax tree, or the one diagnostic that says where it stops making sense."""

from __future__ import annotations

from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, cast

from .builder import Builder
from .diagnostics import Diagnostic, Fix
from .literals import LiteralError
from .slips import Slip, explain
from .source import SourceText, Span
from .syntax import Syntax, depth

if TYPE_CHECKING:
    from lark import Lark

# Far above what people write, far below what Python's stack and a database's planner take.
MAX_LENGTH = 10_000
MAX_DEPTH = 64


def parse(source: SourceText) -> Syntax | Diagnostic:
    """The syntax tree of an expression, or an E201 at the first place where it cannot go on.

    Input over ``MAX_LENGTH`` characters or ``MAX_DEPTH`` levels is refused; chains of ``and`` or of ``or``
    are one level however long.
    """
    text = source.text
    if len(text) > MAX_LENGTH:
        return _refusal(
            source,
            Span(MAX_LENGTH, len(text)),
            f"the expression has {len(text)} characters; at most {MAX_LENGTH} are read",
            "move parts of it to derived fields",
        )
    if not text.strip():
        return _refusal(source, Span(0, len(text)), "an expression is missing here", "")
    tree = _read(source)
    if isinstance(tree, Diagnostic):
        return tree
    if depth(tree) > MAX_DEPTH:
        return _refusal(
            source,
            tree.span,
            f"the expression is nested more than {MAX_DEPTH} levels deep",
            "move parts of it to derived fields",
        )
    return tree


def _read(source: SourceText) -> Syntax | Diagnostic:
    from lark import UnexpectedCharacters, UnexpectedToken

    text = source.text
    try:
        return cast(Syntax, _grammar().parse(text))
    except LiteralError as refused:
        return _refusal(source, refused.span, refused.message, refused.help)
    except UnexpectedToken as error:
        at_end = error.token.type == "$END"
        start = len(text) if at_end else error.token.start_pos or 0
        slip = explain(text, start, frozenset(error.expected), "" if at_end else str(error.token))
    except UnexpectedCharacters as error:
        start = error.pos_in_stream or 0
        slip = explain(text, start, frozenset(error.allowed or ()), text[start])
    return _refusal(source, slip.span, slip.message, slip.help, _fix(source, slip))


def _fix(source: SourceText, slip: Slip) -> Fix | None:
    edits = [source.edit(span, text) for span, text in slip.mend]
    known = tuple(edit for edit in edits if edit is not None)
    return Fix(slip.help, known) if known and len(known) == len(edits) else None


def _refusal(source: SourceText, span: Span, message: str, help_: str, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(source.location(span), "E201", message, help_, fix)


@cache
def _grammar() -> Lark:
    """The parser, built once a process (about 80 ms). Lark could keep it on disk, but as a pickle in the
    shared temporary directory, where another user of the machine could put one of his own."""
    from lark import Lark

    text = FilePath(__file__).with_name("grammar.lark").read_text("utf-8")
    builder: Any = Builder()  # any object with a method a rule will do, whatever lark declares
    return Lark(text, parser="lalr", lexer="contextual", transformer=builder, maybe_placeholders=False)
