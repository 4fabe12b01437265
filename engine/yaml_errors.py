"""What to say where YAML cannot be read: one plain sentence, at the place of the mistake rather than where
the scanner gave up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from ..dsl.diagnostics import Diagnostic, Fix
from ..dsl.source import Edit
from .nodes import File, Scalar
from .scalars import quoted


def short(text: str) -> str:
    """A text for a message, cut where it is long."""
    return text if len(text) <= 60 else text[:57] + "…"


_QUOTED_THEN_MORE = re.compile(r"""(?:^|[-:]\s+)(?P<value>("[^"]*"|'[^']*')\s*[^\s,:#}\]].*)$""")
_VALUE = re.compile(r"^[\s-]*[^\s:]+:\s+(?P<value>[^\s'\"\[{|>].*)$")


def syntax_error(
    file: File, error: yaml.YAMLError, last_quoted: Scalar | None, brackets: Sequence[int]
) -> Diagnostic:
    """One plain sentence for what the YAML scanner or parser stumbled over, at the place of the mistake."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # a reader error: a character that YAML forbids
        at = getattr(error, "position", 0)
        forbidden = next((i for i, char in enumerate(file.text) if not _printable(char)), at)
        char = file.text[forbidden : forbidden + 1]
        code = f"U+{ord(char):04X}" if char else "character"
        return Diagnostic(
            file.location(forbidden, forbidden + 1), "E101", f"the character {code} may not stand in YAML"
        )
    at = file.offset(mark)
    return (
        _unclosed_quote(file, at, error, last_quoted)
        or (_unclosed_bracket(file, at, brackets[-1]) if brackets else None)
        or _look_alike(file, at)
        or _missing_space(file, at)
        or _cut_by_syntax(file, at, str(error))
        or _plain_error(file, at, error)
    )


_NO_SPACE = re.compile(r"^\s*(?:- )?(?P<sign>[\w-]+:)[^\s:/]|^\s*(?P<dash>-)[\[{\w]")
_KEY = "[A-Za-z_][A-Za-z0-9_-]*"
_BLANKS = "[\u00a0\u2000-\u200a\u202f\u3000]+"
# What a Japanese keyboard or a word processor writes where YAML wants a sign of its own; message, help, mend.
_LOOK_ALIKES = (
    (rf"\s*(?:- )?{_KEY}(?P<sign>：\s*)", "`：` is a full-width colon", "write `: `", ": "),
    (
        rf" *(?:- )?{_KEY}:(?P<sign>{_BLANKS})",
        "this is not the space that YAML wants",
        "write an ordinary one",
        " ",
    ),
    (rf" *(?P<sign>{_BLANKS}) *{_KEY}:", "YAML does not indent by these blanks", "write ordinary ones", None),
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
    is_after_bracket = file.text[:at].rstrip()[-1:] in ("]", "}")
    if line == first or (found in ("[", "{") and not is_after_bracket):
        return None
    begin = at - (file.position(at)[1] - 1) + indent
    message = "not valid YAML: a comma is missing before this line"
    help_text = f"separate what stands in {opened}{sign} by commas, or close the {opened} of line {first}"
    return Diagnostic(file.location(begin, begin + 1), "E101", message, help_text)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _look_alike(file: File, at: int) -> Diagnostic | None:
    """A colon or a blank that looks like YAML's own, which takes it for text."""
    for line in _around(file, at):
        for pattern, message, help_text, instead in _LOOK_ALIKES:
            match = re.match(pattern, file.line(line))
            if match:
                start, end = (file.begin(line) + place for place in match.span("sign"))
                place = file.location(start, end)
                fix = Fix(help_text, (Edit(place, instead),)) if instead else None
                return Diagnostic(place, "E101", f"not valid YAML: {message}", help_text, fix)
    return None


def _around(file: File, at: int) -> tuple[int, int]:
    """The line of an error, and the last one before it that is not empty."""
    number, _ = file.position(at)
    return number, next((one for one in range(number - 1, 0, -1) if file.line(one).strip()), number)


def _missing_space(file: File, at: int) -> Diagnostic | None:
    """``when:x > 5`` or ``-{task: …}``, in the line of the error or in the last one before it that is not
    empty: YAML takes both for text."""
    for line in _around(file, at):
        match = _NO_SPACE.match(file.line(line))
        if match:
            sign = "sign" if match["sign"] else "dash"
            start, end = (file.begin(line) + place for place in match.span(sign))
            message = f"not valid YAML: a space is missing after `{match[sign]}`"
            return Diagnostic(file.location(start, end), "E101", message)
    return None


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
    message = f"YAML ends this text at the `{file.text[at]}`: `{short(text)}`"
    return Diagnostic(file.location(start, start + len(text)), "E110", message, "quote the whole text")


def _quote_whole(file: File, start: int, text: str, sign: str) -> Diagnostic:
    text = re.split(r"\s#", text)[0].rstrip()
    message = f"YAML ends this text at {sign}: `{short(text)}`"
    place = file.location(start, start + len(text))
    # What begins and ends with the same quote may be meant as quoted already, with one too many inside.
    is_quoted = text[0] == text[-1] and text[0] in "'\""
    fix = None if is_quoted else Fix("quote the whole text", (Edit(place, quoted(text)),))
    return Diagnostic(place, "E110", message, "quote the whole text", fix)


def _plain_error(file: File, at: int, error: yaml.YAMLError) -> Diagnostic:
    problem = str(getattr(error, "problem", None) or error)
    char = file.text[at : at + 1]
    help_text = ""
    if char == "\t":
        problem, help_text = "a tab where YAML wants spaces", "indent with spaces"
    elif "cannot start any token" in problem:
        problem, help_text = f"a text may not begin with `{char}`", "quote it"
    elif "block sequence entries are not allowed" in problem:
        problem, help_text = "a list cannot begin behind its key", "begin it on a line of its own"
    elif char in ("]", "}") and "expected key" in problem:
        problem, help_text = f"nothing is open that this {char} could close", "remove it"
    elif ("expected key" in problem or "'-' indicator" in problem) and _begins_line(file, at):
        problem = "this line is indented otherwise than those above that it could belong to"
        help_text = "give it the indentation of the keys that it stands beside"
    elif at >= len(file.text.rstrip()):
        problem, help_text = f"the file ends too early: {problem}", "look for an unclosed quote or bracket"
    return Diagnostic(file.location(at, at + 1), "E101", f"not valid YAML: {problem}", help_text)


def _begins_line(file: File, at: int) -> bool:
    """Whether nothing but blanks stands before a place in its line."""
    line, column = file.position(at)
    return not file.line(line)[: column - 1].strip()


def _printable(char: str) -> bool:
    code = ord(char)
    return (
        char in "\t\n\r\x85"
        or 0x20 <= code <= 0x7E
        or 0xA0 <= code <= 0xD7FF
        or (0xE000 <= code <= 0xFFFD and code != 0xFEFF)
        or code >= 0x10000
    )
