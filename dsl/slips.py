"""What somebody probably meant where an expression cannot be read: other languages' spellings, a Japanese
keyboard's characters, a forgotten bracket. Text and place in, message and help out."""

from __future__ import annotations

import re
import unicodedata

from .currencies import CURRENCIES
from .frozen import frozen
from .source import Span
from .syntax import RESERVED

KEYWORDS = RESERVED | {"between", "contains", "starts", "with", "matches", "missing", "where", "by"}
RELATIONS = ("==", "!=", "<=", ">=", "<", ">")
_QUOTES = dict.fromkeys("“”„‟«»「」『』〝〟＂", '"') | dict.fromkeys("‘’‚‛＇", "'")
_CHAINED = "comparisons do not chain"
_UNITS = "durations are written 90d 2w 3mo 1y 12h 30min 5bd"
_CHOICE = "write `A if CONDITION else B`"
_LIKENESS = "write `contains`, `starts with` or `matches`"
_SIGNS = (("¥￥", "JPY"), ("€", "EUR"), ("£", "GBP"), ("$", "USD"))
_CODES = "|".join(sorted(CURRENCIES))


@frozen
class Slip:
    """Where, what is wrong, and what to write instead (or nothing). ``mend``: the texts that take the place
    of spans, where no other reading is left; it may leave later slips."""

    span: Span
    message: str
    help: str = ""
    mend: tuple[tuple[Span, str], ...] = ()


# (what stands at the place, message, help, mend or None); ``{0}`` is what stands there, ``{1}`` its first
# group.
_AT_PLACE: tuple[tuple[re.Pattern[str], str, str, str | None], ...] = tuple(
    (re.compile(pattern), message, help_, mend)
    for pattern, message, help_, mend in (
        (r"(?<===)=", "`===` is not an operator", "write `==`", ""),
        (r"=>", "`=>` is not an operator", "write `>=`", ">="),
        (r"=<", "`=<` is not an operator", "write `<=`", "<="),
        (r"=(?!=)", "`=` is not an operator", "write `==` to compare", "=="),
        (r"&&", "`&&` is not an operator", "write `and`", "and"),
        (r"&", "`&` is not an operator", "write `and`", None),
        (r"\|\|", "`||` is not an operator", "write `or`", "or"),
        (r"\|", "`|` is not an operator", "write `or`", None),
        (r"<>", "`<>` is not an operator", "write `!=`", "!="),
        (r"!(?!=)", "`!` is not an operator", "write `not`", None),
        (r"\?", "`?` is not an operator", _CHOICE, None),
        *(
            (
                rf"[{signs}]\s*([0-9]+(?:\.[0-9]+)?)",
                "`{0}` is not how money is written",
                f"write `{{1}} {code}`",
                None,
            )
            for signs, code in _SIGNS
        ),
        (r"[$€£¥￥]", "`{0}` is not how money is written", "write the code after it: `50000 JPY`", None),
        (r"\{\{?|\}\}?", "`{0}` belongs to templates", "an expression stands without braces", None),
        (r"[0-9]{1,2}T[0-9:]*", "a date has no time of day here", "compare with a date: `2026-04-01`", None),
        (rf"([0-9]+)({_CODES})\b", "`{0}` is not how money is written", "write `{1} {2}`", "{1} {2}"),
        (r"[0-9]+[^\W\d]\w*", "`{0}` is neither a number nor a duration", _UNITS, None),
        (r"\.([0-9]+)", "`{0}` is not how a number is written", "write `0.{1}`", "0.{1}"),
        (r"~", "`~` is not an operator", "write `matches`", None),
        (r"(?i:i?like|rlike|regexp?)\b", "`{0}` is not an operator", _LIKENESS, None),
        (r";\s*$", "`;` is not an operator", "remove it: one expression stands alone", ""),
        (r"starts_?with\b", "`{0}` is not an operator", "write `starts with`", "starts with"),
        (
            r"(?:(?<=\btoday)|(?<=\bnow))\(\s*\)",
            "`today` and `now` stand without brackets",
            "remove them",
            "",
        ),
        (r"(?<=\btoday)\.(\w+)", "`today` has no parts", "write `{1}(today)`", None),
        (
            r"""(["'])(?!(?:[^\\\n]|\\.)*?\1)""",
            "this text has no closing quote",
            "close it with {0} on the same line",
            None,
        ),
    )
)


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
        or _outside(text, place, found)
        or _half_between(text, place, found)
    )
    if slip:
        return slip
    span = Span(place, place + len(found))
    wanted = _describe(expected, text[:place])
    if not found:
        return Slip(span, f"the expression ends too early: expected {wanted}")
    return Slip(span, f"unexpected `{found}`: expected {wanted}")


def keyword_as_currency(text: str, span: Span) -> Slip | None:
    """``x > 5 AND not y``: what reads as an amount in a currency of that name."""
    word = re.search(r"\b[^\W\d]+$", text[: span.end])
    return _upper_case(text, word.start()) if word else None


def _look_alike(text: str, place: int) -> Slip | None:
    """Smart quotes and full-width characters."""
    character = text[place : place + 1]
    span = Span(place, place + 1)
    if character in _QUOTES and character:
        straight = _QUOTES[character]
        help_ = f"write a straight quote: {straight}"
        return Slip(span, f"`{character}` is not a quote here", help_, _requoted(text, place, straight))
    if character == "\u3000":
        blanks = Span(place, place + len(text[place:]) - len(text[place:].lstrip("\u3000")))
        return Slip(span, "a full-width space", "write an ordinary space", ((blanks, " "),))
    plain = unicodedata.normalize("NFKC", character)
    if character.isascii() or plain == character or not plain.isascii():
        return None
    wide, narrow = _narrow(text, place)
    message = f"`{character}` is a full-width character"
    mend = ((wide, narrow),) if narrow else ()
    return Slip(span, message, f"write `{narrow or plain}`", mend)


def _requoted(text: str, place: int, straight: str) -> tuple[tuple[Span, str], ...]:
    """The mend of a text between quotes that look like the straight one: both are replaced. Nothing where it
    does not close, or holds what a straight quote would end or escape."""
    same = "".join(sign for sign, plain in _QUOTES.items() if plain == straight)
    closing = re.compile(rf"[^{same}{straight}\\]*([{same}{straight}])(?!\w)").match(text, place + 1)
    if closing is None:
        return ()
    end = Span(closing.start(1), closing.end(1))
    return ((Span(place, place + 1), straight), *(() if closing[1] == straight else ((end, straight),)))


def _narrow(text: str, place: int) -> tuple[Span, str]:
    """A run of full-width characters, and of the ASCII signs that make up operators with them, in ASCII."""
    end = place
    while end < len(text) and ("\uff01" <= text[end] <= "\uff5e" or (end > place and text[end] in "<>=!")):
        end += 1
    plain = unicodedata.normalize("NFKC", text[place:end])
    alone = plain == "=" and (place == 0 or text[place - 1] not in "<>=!")
    return Span(place, end), "==" if alone else plain


def _upper_case(text: str, place: int) -> Slip | None:
    """A keyword that is not in lower case, here or as the word before (read as a name)."""
    here = re.compile(r"[^\W\d]+").match(text, place)
    before = re.search(r"\b([^\W\d]+)\s+$", text[:place])
    for word, start in ((here and here[0], place), (before and before[1], before.start() if before else 0)):
        if word and word.lower() in KEYWORDS and word != word.lower():
            span = Span(start, start + len(word))
            message, lower = f"`{word}` is not a keyword: they are lower case", word.lower()
            return Slip(span, message, f"write `{lower}`", ((span, lower),))
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
        return Slip(span, "digits are not grouped", f"write `{plain}`", ((span, plain),))
    unit = re.compile(r"(day|week|month|year|hour|minute)s?\b").match(text, place)
    if unit:
        short = {"month": "mo", "minute": "min"}.get(unit[1], unit[1][0])
        span = Span(number.start(), unit.end())
        message, duration = f"`{text[span.start : span.end]}` is not a duration", f"{number[1]}{short}"
        return Slip(span, message, f"write `{duration}`", ((span, duration),))
    currency = re.compile(r"[A-Za-z]{3}\b").match(text, place)
    if currency:
        span = Span(place, currency.end())
        code = currency[0].upper()
        mend = ((span, code),) if code in CURRENCIES else ()
        return Slip(span, f"`{currency[0]}` is not a currency's code", f"write `{number[1]} {code}`", mend)
    return None


def _known_spelling(text: str, place: int) -> Slip | None:
    for pattern, message, help_, mend in _AT_PLACE:
        match = pattern.match(text, place)
        if match:
            words, span = (match[0], *match.groups()), Span(place, match.end())
            edits = () if mend is None else ((span, _apart(text, span, mend.format(*words))),)
            return Slip(span, message.format(*words), help_.format(*words), edits)
    return None


def _apart(text: str, span: Span, word: str) -> str:
    """A word with the blanks that it needs to stand apart from its neighbours; signs need none."""
    if not word.isalpha():
        return word
    before = " " if text[span.start - 1 : span.start].strip() else ""
    return f"{before}{word}{' ' if text[span.end : span.end + 1].strip() else ''}"


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


def _outside(text: str, place: int, found: str) -> Slip | None:
    """``count(tickets) > 3 where E``."""
    if found != "where" or _innermost(text[:place]) is not None:
        return None
    help_ = "write it inside: `count(R where E)`"
    return Slip(Span(place, place + len(found)), "`where` stands inside the brackets of an aggregate", help_)


def _half_between(text: str, place: int, found: str) -> Slip | None:
    """``x between 1, 5`` and ``x between 1 to 5``."""
    after = re.search(r"\bbetween\b(?!.*\band\b)(.*)$", text[:place], re.DOTALL)
    word = re.compile(r",|-|\.\.+|to\b").match(text, place)
    if after is None or word is None or _innermost(after[1]) is not None:
        return None
    return Slip(Span(place, word.end()), f"`between` has no `{word[0]}`", "write `between A and B`")


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
