"""The table of overloads: what combines, and what type comes out."""

from __future__ import annotations

import pytest

from playcall.dsl.functions import FUNCTION_NAMES, OVERLOADS, resolve
from playcall.dsl.types import Kind, Type

INT, NUMBER, TEXT, BOOL = Type(Kind.INT), Type(Kind.NUMBER), Type(Kind.TEXT), Type(Kind.BOOL)
DATE, MOMENT, DURATION = Type(Kind.DATE), Type(Kind.DATETIME), Type(Kind.DURATION)
YEN, DOLLARS, MONEY = Type(Kind.MONEY, currency="JPY"), Type(Kind.MONEY, currency="USD"), Type(Kind.MONEY)
DAYS = Type(Kind.INT, countdown="days")
ERROR = Type(Kind.ERROR)

RESULTS = [
    ("+", (INT, INT), INT),
    ("+", (INT, NUMBER), NUMBER),
    ("+", (DAYS, INT), DAYS),
    ("+", (INT, DAYS), DAYS),
    ("-", (DAYS, INT), DAYS),
    ("-", (INT, DAYS), INT),
    ("-", (DAYS, DAYS), INT),
    ("*", (DAYS, INT), INT),
    ("/", (INT, INT), NUMBER.optional()),
    ("%", (INT, INT), INT.optional()),
    ("*", (YEN, INT), YEN),
    ("*", (NUMBER, MONEY), MONEY),
    ("/", (YEN, NUMBER), YEN.optional()),
    ("/", (YEN, YEN), NUMBER.optional()),
    ("+", (YEN, MONEY), MONEY),
    ("+", (DATE, DURATION), DATE),
    ("-", (DATE, MOMENT), INT),
    ("-", (MOMENT, DURATION), MOMENT),
    ("==", (TEXT, Type(Kind.ENUM, values=("a",))), BOOL),
    ("<", (DATE, MOMENT.optional()), BOOL.optional()),
    ("is", (INT.optional(), NUMBER), BOOL),
    ("is missing", (TEXT.optional(),), BOOL),
    ("in", (INT, Type(Kind.LIST, item=NUMBER.optional())), BOOL.optional()),
    ("in", (DATE, Type(Kind.LIST)), BOOL),
    ("if", (BOOL.optional(), INT, NUMBER), NUMBER.optional()),
    ("if", (BOOL, YEN, MONEY), MONEY),
    ("if", (BOOL, DURATION, DURATION), DURATION),
    ("default", (INT.optional(), INT), INT),
    ("default", (INT.optional(), INT.optional()), INT.optional()),
    ("max", (INT, INT, NUMBER), NUMBER),
    ("min", (DATE, MOMENT), DATE),
    ("round", (NUMBER,), INT),
    ("round", (YEN,), YEN),
    ("convert", (MONEY, Type(Kind.TEXT, values=("EUR",))), Type(Kind.MONEY, nullable=True, currency="EUR")),
    ("days_until", (MOMENT,), DAYS),
    ("business_days_until", (DATE,), Type(Kind.INT, nullable=True, countdown="business_days")),
    ("concat", (TEXT, INT, DATE), TEXT),
    ("+", (ERROR, INT), ERROR),
    ("<", (ERROR, INT), BOOL),
    ("and", (ERROR, BOOL), BOOL),
]

REFUSED = [
    ("+", (YEN, DOLLARS)),
    ("==", (YEN, DOLLARS)),
    ("if", (BOOL, YEN, DOLLARS)),
    ("<", (BOOL, BOOL)),
    ("==", (DATE, INT)),
    ("+", (DATE, DATE)),
    ("+", (TEXT, TEXT)),
    ("and", (INT, BOOL)),
    ("contains", (INT, TEXT)),
    ("max", (INT,)),
    ("min", (INT, DATE)),
    ("days_until", (INT,)),
    ("default", (DURATION, DURATION)),
    ("nonsense", (INT,)),
]


@pytest.mark.parametrize(("name", "args", "expected"), RESULTS)
def test_result(name: str, args: tuple[Type, ...], expected: Type) -> None:
    resolved = resolve(name, args)
    assert resolved is not None
    assert resolved.result == expected
    assert OVERLOADS[resolved.id].name == name


@pytest.mark.parametrize(("name", "args"), REFUSED)
def test_no_overload(name: str, args: tuple[Type, ...]) -> None:
    assert resolve(name, args) is None


def test_function_names_are_what_a_person_may_call() -> None:
    assert {"days_until", "round", "default", "min"} <= set(FUNCTION_NAMES)
    assert not {"neg", "if", "list", "same_cycle", "and", "contains"} & set(FUNCTION_NAMES)
