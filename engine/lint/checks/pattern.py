"""W209: a regular expression that says no more than a plain comparison."""

import re
from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic, Fix
from ....dsl.literals import quote
from ....dsl.source import Span
from ....dsl.typed import Call, Const
from ...playbook.loader import Loaded
from ..mends import rewritten
from ..subjects import Subject, expressions, operator

_PLAIN = re.compile(r"(?P<start>\^?)(?P<text>[^\\.^$*+?()\[\]{}|]+)(?P<end>\$?)")
_ANY = re.compile(r"\^?(?:\.\*)?\$?")
_LISTED = re.compile(r"\^\((?:\?:)?(?P<texts>[^\\.^$*+?()\[\]{}|]+(?:\|[^\\.^$*+?()\[\]{}|]+)+)\)\$")


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``matches`` with a pattern without any sign of its own but ``^`` at the start, ``$`` at the end, or a
    list of words between them; or with one that asks nothing."""
    for subject in expressions(loaded):
        if "matches" not in subject.checked.source.text:
            continue
        for node in subject.written:
            name = operator(node)
            if name not in ("matches", "not matches") or not isinstance(node, Call):
                continue
            pattern = node.args[1]
            plain = _plain(pattern.value, name) if isinstance(pattern, Const) else ""
            if isinstance(pattern, Const) and _ANY.fullmatch(str(pattern.value)):
                message = f"`{subject.text(pattern)}` is found in every text"
                help_text = f"ask `{subject.text(node.args[0])} is not missing`, or remove it"
                yield Diagnostic(subject.place(node), "W209", message, help_text)
            elif plain:
                message = f"`{subject.text(pattern)}` needs no regular expression"
                help_text = f"write `{subject.text(node.args[0])} {plain}`"
                fix = _fix(subject, node, plain)
                yield Diagnostic(subject.place(node), "W209", message, help_text, fix)


def _fix(subject: Subject, node: Call, plain: str) -> Fix | None:
    """Puts the comparison in the place of the operator and the pattern, if no bracket stands there too."""
    operand, pattern = node.args
    between = subject.checked.source.text[operand.span.end : pattern.span.start]
    if between.split() not in (["matches"], ["not", "matches"]):
        return None
    span = Span(operand.span.end, pattern.span.end)
    return rewritten(subject, span, f" {plain}", f"write `{plain}`")


def _plain(pattern: object, name: str) -> str:
    """The comparison that a pattern amounts to; empty: it is a pattern. ``$`` alone has no plain form."""
    is_not = name.startswith("not")
    listed = _LISTED.fullmatch(str(pattern))
    if listed:
        return f"{'not ' if is_not else ''}in [{', '.join(map(quote, listed['texts'].split('|')))}]"
    match = _PLAIN.fullmatch(str(pattern))
    if match is None or (match["end"] and not match["start"]):
        return ""
    if match["end"]:
        return f"{'!=' if is_not else '=='} {quote(match['text'])}"
    word = "starts with" if match["start"] else "contains"
    return f"{'not ' if is_not else ''}{word} {quote(match['text'])}"
