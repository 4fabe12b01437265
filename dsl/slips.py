"""What somebody probably meant where an expression cannot be read: other languages' spellings, a Japanese
keyboard's characters, a forgotten bracket. Text and place in, message and help out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from .source import Span
from .syntax import RESERVED

KEYWORDS = RESERVED | {"between", "contains", "starts", "with", "matches", "missing", "where", "by"}
RELATIONS = ("==", "!=", "<=", ">=", "<", ">")
_QUOTES = dict.fromkeys("“”„‟«»「」『』〝〟＂", '"') | dict.fromkeys("‘’‚‛＇", "'")
_CHAINED = "comparisons do not chain"
_UNITS = "durations are written 90d 2w 3mo 1y 12h 30min 5bd"
_CHOICE = "write `A if CONDITION else B`"


@dataclass(frozen=True, slots=True)
class Slip:
    """Where, what is wrong, and what to write instead (or nothing)."""

    span: Span
    message: str
    help: str = ""


# (what stands at the place, message, help); ``{0}`` is what stands there, ``{1}`` its first group.
_AT_PLACE: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), message, help_)
    for pattern, message, help_ in (
        (r"(?<===)=", "`===` is not an operator", "write `==`"),
        (r"=(?!=)", "`=` is not an operator", "write `==` to compare"),
        (r"&&?", "`{0}` is not an operator", "write `and`"),
        (r"\|\|?", "`{0}` is not an operator", "write `or`"),
        (r"<>", "`<>` is not an operator", "write `!=`"),
        (r"!(?!=)", "`!` is not an operator", "write `not`"),
        (r"\?", "`?` is not an operator", _CHOICE),
        (r"[$€£¥￥]\s*[0-9]*", "`{0}` is not how money is written", "write the code after it: `50000 JPY`"),
        (r"\{\{?|\}\}?", "`{0}` belongs to templates", "an expression stands without braces"),
        (r"[0-9]{1,2}T[0-9:]*", "a date has no time of day here", "compare with a date: `2026-04-01`"),
        (r"([0-9]+)([A-Z]{3})\b", "`{0}` is not how money is written", "write `{1} {2}`"),
        (r"[0-9]+[^\W\d]\w*", "`{0}` is neither a number nor a duration", _UNITS),
        (r"\.([0-9]+)", "`{0}` is not how a number is written", "write `0.{1}`"),
        (r'["\']', "this text has no closing quote", "close it with {0} on the same line"),
    )
)  # fmt: skip


def explain(text: str, place: int, expected: frozenset[str], found: str) -> Slip:
    """The best that can be said about ``text[place:]``, which starts with ``found`` (empty: the text ends)
    where only the terminals ``expected`` can stand."""
    slip = (
        _look_alike(text, place)
        or _upper_case(text, place)
        or _known_spelling(text, place)
        or _chained(text, place, expected, found)
        or _beside_number(text, place)
        or _misplaced_choice(text, place, found)
        or _round_list(text, place, found)
    )
    if slip:
        return slip
    span = Span(place, place + len(found))
    wanted = _describe(expected, text[:place])
    if not found:
        return Slip(span, f"the expression ends too early: expected {wanted}")
    return Slip(span, f"unexpected `{found}`: expected {wanted}")


def _look_alike(text: str, place: int) -> Slip | None:
    """Smart quotes and full-width characters."""
    character = text[place : place + 1]
    span = Span(place, place + 1)
    if character in _QUOTES and character:
        return Slip(
            span, f"`{character}` is not a quote here", f"write a straight quote: {_QUOTES[character]}"
        )
    if character == "\u3000":
        return Slip(span, "a full-width space", "write an ordinary space")
    plain = unicodedata.normalize("NFKC", character)
    if character.isascii() or plain == character or not plain.isascii():
        return None
    return Slip(
        span, f"`{character}` is a full-width character", f"write `{'==' if plain == '=' else plain}`"
    )


def _upper_case(text: str, place: int) -> Slip | None:
    """A keyword that is not in lower case, here or as the word before (read as a name)."""
    here = re.compile(r"[^\W\d]+").match(text, place)
    before = re.search(r"\b([^\W\d]+)\s+$", text[:place])
    for word, start in ((here and here[0], place), (before and before[1], before.start() if before else 0)):
        if word and word.lower() in KEYWORDS and word != word.lower():
            span = Span(start, start + len(word))
            return Slip(span, f"`{word}` is not a keyword: they are lower case", f"write `{word.lower()}`")
    return None


def _chained(text: str, place: int, expected: frozenset[str], found: str) -> Slip | None:
    if "NAME" in expected:
        return None
    if found in RELATIONS and re.search(r"\bnot\s*$", text[:place]):
        return Slip(
            Span(place, place + len(found)),
            f"`not` cannot stand before `{found}`",
            "write `!=`, or `not` before the whole comparison",
        )
    if found in RELATIONS or found in ("is", "in", "contains", "matches", "between"):
        help_ = "join them: `1 < x and x < 5`, or write `x between 1 and 5`"
        return Slip(Span(place, place + len(found)), _CHAINED, help_)
    return None


def _beside_number(text: str, place: int) -> Slip | None:
    """``50,000``, ``5 days``, ``5 jpy``: what stands after an integer."""
    number = re.search(r"\b([0-9]+)\s*$", text[:place])
    if not number:
        return None
    grouped = re.compile(r"(?:,[0-9]{3})+\b").match(text, place)
    if grouped:
        span = Span(number.start(), grouped.end())
        plain = (number[1] + grouped[0]).replace(",", "")
        return Slip(span, "digits are not grouped", f"write `{plain}`")
    unit = re.compile(r"(day|week|month|year|hour|minute)s?\b").match(text, place)
    if unit:
        short = {"month": "mo", "minute": "min"}.get(unit[1], unit[1][0])
        span = Span(number.start(), unit.end())
        return Slip(span, f"`{text[span.start : span.end]}` is not a duration", f"write `{number[1]}{short}`")
    currency = re.compile(r"[A-Za-z]{3}\b").match(text, place)
    if currency:
        span = Span(place, currency.end())
        help_ = f"write `{number[1]} {currency[0].upper()}`"
        return Slip(span, f"`{currency[0]}` is not a currency's code", help_)
    return None


def _known_spelling(text: str, place: int) -> Slip | None:
    for pattern, message, help_ in _AT_PLACE:
        match = pattern.match(text, place)
        if match:
            words = (match[0], *match.groups())
            return Slip(Span(place, match.end()), message.format(*words), help_.format(*words))
    return None


def _misplaced_choice(text: str, place: int, found: str) -> Slip | None:
    """``if C then A else B``."""
    if found == "if" or re.compile(r"then\b").match(text, place):
        word = found or "if"
        return Slip(Span(place, place + len(word)), f"`{word}` cannot stand here", _CHOICE)
    return None


def _round_list(text: str, place: int, found: str) -> Slip | None:
    """``x in (1, 2)``."""
    opened = _innermost(text[:place])
    if found == "," and opened is not None and re.search(r"\bin\s*$", text[:opened]):
        return Slip(Span(opened, opened + 1), "a list stands in square brackets", "write `in [...]`")
    return None


def _innermost(text: str) -> int | None:
    """Where the innermost bracket that is still open after this text was opened."""
    opened: list[int] = []
    for match in re.finditer(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[()\[\]]""", text):
        if match[0] in "([":
            opened.append(match.start())
        elif match[0] in ")]" and opened:
            opened.pop()
    return opened[-1] if opened else None


_AFTER_NOT = frozenset({"IN", "BETWEEN", "CONTAINS", "STARTS_WITH", "MATCHES"})


def _describe(expected: frozenset[str], before: str) -> str:
    """What may stand after a text, in words. The parser's own list is narrowed by what is really open: its
    states are shared between places."""
    if "NAME" in expected:
        return "a name" if len(expected) == 1 else "a value"
    if expected <= _AFTER_NOT:
        return "`in`, `between`, `contains`, `starts with` or `matches` after `not`"
    if expected == {"DOT"}:
        return "`.`"
    opened = _innermost(before)
    if len(re.findall(r"\bif\b", before)) > len(re.findall(r"\belse\b", before)) and "ELSE" in expected:
        return "an operator or `else`"
    if opened is None:
        return "an operator or the end"
    if before[opened] == "[":
        return "an operator, `,` or `]`"
    return "an operator, `,` or `)`" if re.search(r"\w\s*$", before[:opened]) else "an operator or `)`"
