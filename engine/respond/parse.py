"""One posted answer → its value: each kind of question has its own rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from ...dsl.frozen import frozen
from ...dsl.literals import MAX_MONEY
from ...dsl.typed import Checked
from ...dsl.types import Money, Value
from ...dsl.values import money_text, plain
from ..forms.late import ValueOf
from ..forms.survey import Amount, Answering, Choice, Day, FreeText, Number, Scale, Somebody
from .figures import unit_of

ProblemCode = Literal[
    "required", "unknown", "hidden", "several", "choice", "number", "date", "amount", "address",
    "too_small", "too_large", "too_long", "characters", "decimals",
]  # fmt: skip
MAX_NAME = 200  # characters of a person's name
_REORDERING = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # Unicode TR 9, explicit marks
_NUMBER = re.compile(r"-?([0-9]{1,18}|[0-9]{1,3}(,[0-9]{3}){1,5})(\.[0-9]{1,9})?")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")

# What people are told, in English and Japanese; `{limit}` is the bound that was missed.
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "required": ("Please answer this question.", "この質問にお答えください。"),
    "unknown": ("There is no such question.", "この質問はありません。"),
    "hidden": ("This is not asked with your other answers.", "ほかの回答によりこの質問は対象外です。"),
    "several": ("Please give one answer.", "回答は一つだけ選んでください。"),
    "choice": ("Please choose one of the answers.", "選択肢から選んでください。"),
    "number": ("Please enter a number.", "数字を入力してください。"),
    "date": ("Please enter a date such as 2026-04-01.", "2026-04-01 のように日付を入力してください。"),
    "amount": ("Please enter an amount.", "金額を入力してください。"),
    "address": ("Please enter an e-mail address.", "メールアドレスを入力してください。"),
    "too_small": ("It must be {limit} or more.", "{limit} 以上にしてください。"),
    "too_large": ("It must be {limit} or less.", "{limit} 以下にしてください。"),
    "too_long": ("It must be no longer than {limit} characters.", "{limit} 文字以内にしてください。"),
    "characters": ("It has characters that cannot be kept.", "使用できない文字が含まれています。"),
    "decimals": ("It has too many decimals; the smallest unit is {limit}.", "最小単位は {limit} です。"),
}


@frozen
class Given:
    """An answer. ``value`` is what conditions read, ``text`` what ``answer()`` gives; ``name`` of a person
    who was named by address."""

    value: Value
    text: str
    name: str = ""


@frozen
class Problem:
    """Why an answer cannot be kept. ``limit``: the bound that it missed."""

    code: ProblemCode
    limit: str = ""

    def said(self, language: str) -> str:
        """The sentence for the person who answers: Japanese, else English."""
        english, japanese = _SAID[self.code]
        return (japanese if language.startswith("ja") else english).format(limit=self.limit)


def parse(answering: Answering, texts: Mapping[str, str], value_of: ValueOf) -> Given | Problem:
    """The answer in the posted texts (by what follows the dot of their names; not all are empty)."""
    if isinstance(answering, Somebody):
        return _person(texts)
    if set(texts) != {""}:
        return Problem("unknown")
    text = texts[""]
    match answering:
        case Choice(options):
            return Given(text, text) if text in options else Problem("choice")
        case Scale(_, least, most):
            return _scale(text, least, most)
        case FreeText(most):
            return _text(text, most)
        case Day(least, most):
            return _bounded(_day(text), value_of, least, most)
        case Number(least, most):
            return _bounded(_number(text), value_of, least, most)
        case Amount(expected):
            return _amount(text, expected, value_of)


def _plain(text: str) -> str:
    """As typed on any keyboard: full-width digits and signs are digits and signs."""
    return unicodedata.normalize("NFKC", text).strip()


def _decimal(text: str) -> Decimal | None:
    found = _plain(text)
    return Decimal(found.replace(",", "")) if _NUMBER.fullmatch(found) else None


def _scale(text: str, least: int, most: int) -> Given | Problem:
    number = _decimal(text)
    if number is None or number != int(number):
        return Problem("number")
    if not least <= number <= most:
        return Problem("too_small", str(least)) if number < least else Problem("too_large", str(most))
    return Given(int(number), str(int(number)))


def _text(text: str, most: int) -> Given | Problem:
    kept = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(kept) > most:
        return Problem("too_long", str(most))
    return Given(kept, kept) if printable(kept, "\n\t") else Problem("characters")


def printable(text: str, also: str = "") -> bool:
    """Whether a text has no control characters, no halves of surrogate pairs, and none of the marks that
    reorder what follows (with which it can read as something else)."""
    return all(one in also or unicodedata.category(one) not in ("Cc", "Cs") for one in text) and not (
        _REORDERING & set(text)
    )


def _day(text: str) -> date | Problem:
    found = _DATE.fullmatch(_plain(text))
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else Problem("date")
    except ValueError:
        return Problem("date")


def _number(text: str) -> float | Problem:
    number = _decimal(text)
    return Problem("number") if number is None else float(number)


def _bounded(
    value: float | date | Problem, value_of: ValueOf, least: Checked | None, most: Checked | None
) -> Given | Problem:
    """The answer, if it lies within bounds; a bound that is unknown for the record is none."""
    if isinstance(value, Problem):
        return value
    lower = None if least is None else value_of(least)
    upper = None if most is None else value_of(most)
    if lower is not None and value < lower:  # type: ignore[operator]  # the loader has checked their kinds
        return Problem("too_small", plain(lower))
    if upper is not None and value > upper:  # type: ignore[operator]
        return Problem("too_large", plain(upper))
    return Given(value, plain(value))


def _amount(text: str, expected: Checked, value_of: ValueOf) -> Given | Problem:
    known = value_of(expected)
    currency = known.currency if isinstance(known, Money) else expected.type.currency
    amount = _decimal(text)
    if amount is None or currency is None:
        return Problem("amount")
    if amount < 0:
        return Problem("too_small", "0")
    if amount >= MAX_MONEY:
        return Problem("too_large", f"{MAX_MONEY:f}")
    unit = unit_of(currency)
    if amount % unit:
        return Problem("decimals", money_text(Money(unit, currency)))
    value = Money(amount.quantize(unit), currency)
    return Given(value, money_text(value))


def _person(texts: Mapping[str, str]) -> Given | Problem:
    from email_validator import EmailNotValidError, validate_email

    if set(texts) - {"email", "name"}:
        return Problem("unknown")
    name = unicodedata.normalize("NFC", texts.get("name", "")).strip()
    if len(name) > MAX_NAME:
        return Problem("too_long", str(MAX_NAME))
    if not printable(name):
        return Problem("characters")
    try:
        address = validate_email(
            _plain(texts.get("email", "")), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return Problem("address")
    return Given(address.normalized, address.normalized, name)
