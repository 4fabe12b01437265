"""Quotes: what a price book comes to, and why there is none."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from formkit import quoted

from playcall.dsl.types import Money, Value
from playcall.engine.forms.pricebook import PriceBook
from playcall.engine.playbook.loader import Loaded
from playcall.engine.respond.quote import NoQuote, Quote

Read = Callable[[str], tuple[Loaded, PriceBook]]

RECORD: dict[str, Value] = {
    "product": "mdm",
    "quantity": 100,
    "devices": 110,
    "renewal_date": date(2026, 7, 20),
    "term_start": date(2025, 7, 20),
    "arr": Money(Decimal(480000), "JPY"),
    "discount": Money(Decimal(10), "USD"),
    "auto_renew": False,
}


def made(read: Read, body: str, **changes: Value) -> Quote:
    found = attempted(read, body, **changes)
    assert isinstance(found, Quote), found
    return found


def attempted(read: Read, body: str, **changes: Value) -> Quote | NoQuote:
    return quoted(*read(body), {**RECORD, **changes}, {"_key": "A1", "segment": "enterprise"})


def amounts(found: Quote) -> dict[str, str]:
    return {line.name: str(line.amount) for line in found.lines}


TIERS = "lines: {licence: {unit: [{from: 1, price: 4800 JPY}, {from: 100, price: 4200 JPY}], tiers: %s}}\n"


@pytest.mark.parametrize(
    ("kind", "quantity", "amount", "how"),
    [
        ("volume", 1, "4800", "1 × 4800 JPY"),
        ("volume", 99, "475200", "99 × 4800 JPY"),
        ("volume", 100, "420000", "100 × 4200 JPY"),
        ("graduated", 99, "475200", "99 × 4800 JPY"),
        ("graduated", 100, "479400", "99 × 4800 JPY + 1 × 4200 JPY"),
        ("graduated", 150, "689400", "99 × 4800 JPY + 51 × 4200 JPY"),
    ],
)
def test_tiers(book: Read, kind: str, quantity: int, amount: str, how: str) -> None:
    found = made(book, f"quantity: quantity\n{TIERS % kind}", quantity=quantity)
    assert amounts(found) == {"licence": amount}
    assert found.lines[0].how == (how,)
    assert found.lines[0].quantity == quantity


@pytest.mark.parametrize(
    ("price", "amount", "how"),
    [
        ("0.5 JPY", "1", ("1 × 0.5 JPY", "0.5 JPY → 1 JPY")),
        ("0.4 JPY", "0", ("1 × 0.4 JPY", "0.4 JPY → 0 JPY")),
        ("2.5 JPY", "3", ("1 × 2.5 JPY", "2.5 JPY → 3 JPY")),
    ],
)
def test_halves_go_away_from_zero(book: Read, price: str, amount: str, how: tuple[str, ...]) -> None:
    found = made(book, f"quantity: 1\nlines: {{a: {{unit: {price}}}}}\n")
    assert amounts(found) == {"a": amount}
    assert found.lines[0].how == how


def test_a_currency_with_cents_keeps_them(book: Read) -> None:
    found = made(book, "currency: USD\nquantity: 3\nlines: {a: {unit: 3.335 USD}}\ntax: 7.25%\n")
    assert amounts(found) == {"a": "10.01", "tax": "0.73"}
    assert found.lines[0].how == ("3 × 3.335 USD", "10.005 USD → 10.01 USD")
    assert str(found.total) == "10.74"


def test_the_order_is_lines_adjustments_minimum_rounding_tax(book: Read) -> None:
    found = made(
        book,
        """quantity: 10
lines:
  licence: {unit: 4805 JPY}
  support: {percent: 20%, of: [licence]}
  setup: {flat: 999 JPY, once: true}
adjust:
  uplift: {percent: 3%, reason: Index}
  loyalty: {percent: -10%, reason: Three years}
  voucher: {amount: -100 JPY, reason: Voucher}
minimum: 60000 JPY
round: 1000 JPY
tax: 10%
""",
    )
    assert [line.kind for line in found.lines] == [
        "unit", "percent", "flat", "adjust", "adjust", "adjust", "minimum", "tax",
    ]  # fmt: skip
    assert amounts(found) == {
        "licence": "48050",
        "support": "9610",
        "setup": "999",
        "uplift": "1760",
        "loyalty": "-6042",
        "voucher": "-100",
        "minimum": "5723",
        "tax": "6000",
    }
    assert (found.net, found.tax, found.total) == (60000, 6000, 66000)
    without = made(book, "lines: {a: {flat: 1499 JPY}, b: {flat: 1 JPY}}\nround: 1000 JPY\ntax: 8%\n")
    assert amounts(without) == {"a": "1499", "b": "1", "round": "500", "tax": "160"}


def test_a_share_may_stand_before_what_it_is_a_share_of(book: Read) -> None:
    found = made(
        book,
        """lines:
  care: {percent: 50%, of: [support, licence]}
  support: {percent: 20%, of: [licence]}
  licence: {flat: 1000 JPY}
""",
    )
    assert amounts(found) == {"care": "600", "support": "200", "licence": "1000"}
    assert found.lines[0].how == ("50% × (200 JPY + 1000 JPY)",)


def test_lines_that_do_not_apply_are_left_out(book: Read) -> None:
    found = made(
        book,
        """quantity: 1
lines:
  licence: {unit: 100 JPY}
  none: {unit: 100 JPY, quantity: 0}
  other: {flat: 100 JPY, if: product == "connect"}
  share: {percent: 10%, of: [other]}
adjust: {gone: {percent: 10%, reason: x, if: auto_renew}}
""",
    )
    assert amounts(found) == {"licence": "100"}


@pytest.mark.parametrize(
    ("period", "amount", "how"),
    [
        ("{from: renewal_date, to: renewal_date + 1y}", "36500", "36500 JPY"),
        ("{from: renewal_date, to: renewal_date + 2y}", "73000", "36500 JPY × 2"),
        ("{from: 2026-07-20, to: 2026-08-19}", "3000", "36500 JPY × 30/365"),
        ("{from: 2026-07-20, to: 2027-08-19}", "39492", "36500 JPY × (1 + 30/366)"),
        ("{from: 2027-01-01, to: renewal_date + 1y, anchor: renewal_date}", "20000", "36500 JPY × 200/365"),
        ("{from: 2026-07-20, to: 2026-10-20, per: 1mo}", "109500", "36500 JPY × 3"),
        ("{from: 2026-01-31, to: 2026-02-28, per: 1mo}", "36500", "36500 JPY"),
        ("{from: 2024-02-29, to: 2025-02-28}", "36500", "36500 JPY"),
    ],
)
def test_a_period_costs_its_share(book: Read, period: str, amount: str, how: str) -> None:
    found = made(book, f"period: {period}\nlines: {{a: {{flat: 36500 JPY}}}}\n")
    assert amounts(found) == {"a": amount}
    assert found.lines[0].how[0] == how


def test_what_is_charged_once_costs_all_of_it(book: Read) -> None:
    found = made(
        book,
        """quantity: 2
period: {from: 2026-07-20, to: 2026-08-19}
lines:
  licence: {unit: 36500 JPY}
  setup: {flat: 5000 JPY, once: true}
  support: {percent: 10%, of: [licence, setup]}
""",
    )
    assert amounts(found) == {"licence": "6000", "setup": "5000", "support": "1100"}
    assert (found.starts, found.ends) == (date(2026, 7, 20), date(2026, 8, 18))


@pytest.mark.parametrize(
    ("body", "changes", "reason"),
    [
        (
            "quantity: max(quantity, devices)\nlines: {a: {unit: 1 JPY}}\n",
            {"devices": None},
            "`quantity` is unknown: `max(quantity, devices)` has no value for this record",
        ),
        (
            "lines: {a: {flat: arr}}\n",
            {"arr": None},
            "the line `a` is unknown: `arr` has no value for this record",
        ),
        (
            "lines: {a: {flat: 1 JPY, if: devices > 5}}\n",
            {"devices": None},
            "`if` of the line `a` is unknown: `devices > 5` has no value for this record",
        ),
        (
            "quantity: quantity\nlines: {a: {unit: 1 JPY}}\n",
            {"quantity": -1},
            "the quantity of the line `a` is -1, less than none",
        ),
        (
            "quantity: quantity\nlines: {a: {unit: 1 JPY}}\n",
            {"quantity": 0},
            "no line of the price book applies to this record",
        ),
        (
            "quantity: quantity\nlines: {a: {unit: [{from: 1, to: 50, price: 1 JPY}]}}\n",
            {},
            "the line `a` has no price for 100, only up to 50",
        ),
        (
            "lines: {a: {flat: 1 JPY}}\nperiod: {from: renewal_date, to: term_start}\n",
            {},
            "the period ends on 2025-07-20, and begins on 2026-07-20",
        ),
        (
            "lines: {a: {flat: 1 JPY}}\nperiod: {from: renewal_date, to: renewal_date + 60y}\n",
            {},
            "the period from 2026-07-20 to 2086-07-20 is longer than 50 years",
        ),
        (
            "lines: {a: {flat: 1 JPY}}\nadjust: {off: {amount: -2 JPY, reason: x}}\n",
            {},
            "more is taken off than there is: -1 JPY before tax",
        ),
    ],
)
def test_why_no_quote_can_be_made(book: Read, body: str, changes: dict[str, Value], reason: str) -> None:
    found = attempted(book, body, **changes)
    assert isinstance(found, NoQuote)
    assert found.reason == reason


def test_an_amount_in_another_currency_of_the_record_makes_no_quote(book: Read) -> None:
    found = attempted(book, "lines: {a: {flat: arr}}\n", arr=Money(Decimal(1), "USD"))
    assert isinstance(found, NoQuote)
    assert found.reason == "the line `a` is in USD, and the price book in JPY"


@pytest.mark.parametrize(
    ("approve", "changes", "wanted"),
    [
        ("total > arr * 1.5", {}, ""),
        ("total > arr * 0.1", {}, "total > arr * 0.1"),
        ("net >= 100000 JPY and total > net", {}, "net >= 100000 JPY and total > net"),
        ("total > arr", {"arr": None}, "whether it needs approval is unknown: `total > arr`"),
        ("auto_renew", {}, ""),
    ],
)
def test_who_has_to_approve(book: Read, approve: str, changes: dict[str, Value], wanted: str) -> None:
    body = f"lines: {{a: {{flat: 100000 JPY}}}}\ntax: 10%\napprove: {approve}\n"
    assert made(book, body, **changes).approval == wanted


def test_texts_for_customers_are_filled_in_each_language(book: Read) -> None:
    found = made(
        book,
        """title: {ja: "{{ product }} のお見積り", en: "Offer for {{ product }}"}
lines: {a: {flat: 1 JPY, label: "Licence until {{ renewal_date }}"}}
adjust: {up: {amount: 1 JPY, reason: {en: "Index", ja: "指数"}}}
""",
    )
    assert found.title == {"ja": "mdm のお見積り", "en": "Offer for mdm"}
    assert found.lines[0].label == {"": "Licence until 2026-07-20"}
    assert found.lines[1].reason == {"en": "Index", "ja": "指数"}
