"""Where each character of a YAML scalar's value stands in the file.

YAML's scanner gives a scalar's value and its first and last place, no more. Here the raw text is decoded a
second time, by the same rules (YAML 1.1, as libyaml applies them), keeping the offset of every character.
"""

from __future__ import annotations

import re

BREAKS = "\r\n\x85\u2028\u2029"
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX = {"x": 2, "u": 4, "U": 8}
_HEADER = re.compile(r"[|>](?P<marks>[-+0-9]*)[^" + BREAKS + r"]*(?:\r\n|[" + BREAKS + r"]|$)")

Decoded = list[tuple[str, int]]


def decode(raw: str, start: int, end: int, style: str, indent: int) -> Decoded:
    """The characters of the scalar at ``raw[start:end]``, each with its offset in ``raw``.

    ``style`` is ``''`` (plain), ``'``, ``"``, ``|`` or ``>``; ``indent`` is that of the surrounding block
    (block scalars with an explicit indentation indicator count from it).
    """
    if style in ("|", ">"):
        return _block(raw, start, style == ">", indent)
    if style in ("'", '"'):
        return _flow(raw, start + 1, end - 1, style)
    return _flow(raw, start, end, "")


def break_length(raw: str, at: int) -> int:
    """How many characters the line break at ``at`` has: 0 where there is none."""
    if at >= len(raw) or raw[at] not in BREAKS:
        return 0
    return 2 if raw.startswith("\r\n", at) else 1


def _break(raw: str, at: int) -> str:
    """What a line break becomes in the value: YAML keeps only the two Unicode separators."""
    return "\n" if raw[at] in "\r\n\x85" else raw[at]


def _flow(raw: str, at: int, end: int, quote: str) -> Decoded:
    """Plain and quoted scalars: lines are joined, a blank line is a line break."""
    out: Decoded = []
    while at < end:
        if raw[at] in " \t" or break_length(raw, at):
            at = _fold(raw, at, end, out)
        elif quote == '"' and raw[at] == "\\":
            at = _escape(raw, at, end, out)
        elif quote == "'" and raw[at] == "'":
            out.append(("'", at))
            at += 2
        else:
            out.append((raw[at], at))
            at += 1
    return out


def _fold(raw: str, at: int, end: int, out: Decoded) -> int:
    """White space inside a flow scalar: kept within a line; around line breaks it becomes a space, or the
    further breaks. Gives the offset after it."""
    spaces: Decoded = []
    breaks: Decoded = []
    while at < end:
        length = break_length(raw, at)
        if length:
            breaks.append((_break(raw, at), at))
        elif raw[at] in " \t":
            spaces.append((raw[at], at))
            length = 1
        else:
            break
        at += length
    if not breaks:
        out.extend(spaces)
    elif len(breaks) == 1 and breaks[0][0] == "\n":
        out.append((" ", breaks[0][1]))
    else:
        out.extend(breaks[1:] if breaks[0][0] == "\n" else breaks)
    return at


def _escape(raw: str, at: int, end: int, out: Decoded) -> int:
    """One backslash sequence of a double-quoted scalar; a backslash before a line break joins the lines."""
    code = raw[at + 1]
    length = break_length(raw, at + 1)
    if length:
        after = at + 1 + length
        while after < end and (raw[after] in " \t" or break_length(raw, after)):
            if break_length(raw, after):
                out.append((_break(raw, after), after))
            after += break_length(raw, after) or 1
        return after
    if code in _HEX:
        digits = raw[at + 2 : at + 2 + _HEX[code]]
        out.append((chr(int(digits, 16)), at))
        return at + 2 + len(digits)
    out.append((_ESCAPES[code], at))
    return at + 2


def _block(raw: str, start: int, folded: bool, indent: int) -> Decoded:
    """Literal and folded scalars, as libyaml's ``yaml_parser_scan_block_scalar`` reads them."""
    header = _HEADER.match(raw, start)
    assert header is not None
    marks, at = header["marks"], header.end()
    explicit = next((int(mark) for mark in marks if mark.isdigit()), 0)
    wanted = (max(indent, 0) + explicit) if explicit else 0
    out: Decoded = []
    at, wanted, trailing = _blank_lines(raw, at, wanted, max(indent + 1, 1))
    leading: Decoded = []
    previous_blank = False
    while at < len(raw) and _column(raw, at) == wanted:
        blank = raw[at] in " \t"
        if folded and leading and leading[0][0] == "\n" and not previous_blank and not blank:
            out.extend(trailing or [(" ", leading[0][1])])
        else:
            out.extend(leading + trailing)
        previous_blank = blank
        while at < len(raw) and not break_length(raw, at):
            out.append((raw[at], at))
            at += 1
        length = break_length(raw, at)
        leading = [(_break(raw, at), at)] if length else []
        at, wanted, trailing = _blank_lines(raw, at + length, wanted, max(indent + 1, 1))
    if "-" not in marks:
        out.extend(leading)
    if "+" in marks:
        out.extend(trailing)
    return out


def _blank_lines(raw: str, at: int, wanted: int, least: int) -> tuple[int, int, Decoded]:
    """Skips empty lines and the indentation: the offset after them, the block's indentation (found here
    if ``wanted`` is 0), and the line breaks passed."""
    breaks: Decoded = []
    deepest = 0
    while True:
        column = _column(raw, at)
        while at < len(raw) and raw[at] == " " and (not wanted or column < wanted):
            at, column = at + 1, column + 1
        deepest = max(deepest, column)
        length = break_length(raw, at)
        if not length:
            return at, wanted or max(deepest, least), breaks
        breaks.append((_break(raw, at), at))
        at += length


def _column(raw: str, at: int) -> int:
    start = at
    while start > 0 and raw[start - 1] not in BREAKS:
        start -= 1
    return at - start


def quoted(text: str) -> str:
    """A text of one line in YAML's quotes: those that need no escape, if there are such."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'
