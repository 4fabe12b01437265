"""What holds of every quote, whatever the price book says."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from playcall.dsl.source import Location, SourceText, Span
from playcall.dsl.typed import Checked, Const
from playcall.dsl.types import Duration, Kind, Money, Schema, Settings, Type, Value
from playcall.engine.forms.late import late_world
from playcall.engine.forms.pricebook import (
    Adjustment,
    Flat,
    Line,
    PercentOf,
    Period,
    PerUnit,
    PriceBook,
    Tier,
)
from playcall.engine.forms.wording import plain_wording
from playcall.engine.respond.figures import unit_of
from playcall.engine.respond.period import share_of
from playcall.engine.respond.quote import NoQuote, Quote
from playcall.engine.respond.quoting import make_quote

HERE = Location("x.yaml", 1, 1, 1, 2)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
WORLD = late_world(Schema({}), Settings(), NOW)
CURRENCIES = ("JPY", "USD", "BHD")


def const(value: Value) -> Checked:
    """An expression that is a value."""
    return Checked("contract", Const(value, Type(Kind.MONEY), Span(0, 1)), SourceText.of("x"))


def value_of(checked: Checked) -> Value:
    assert isinstance(checked.tree, Const)
    return checked.tree.value


def quote_of(book: PriceBook) -> Quote | NoQuote:
    return make_quote(book, value_of, WORLD, lambda value, language: str(value))


def book_of(currency: str, lines: list[Line], **more: object) -> PriceBook:
    given: dict[str, object] = {
        "quantity": None, "period": None, "adjust": (), "minimum": None, "round_to": None, "tax": None,
        "approve": None, "valid_for": None, **more,
    }  # fmt: skip
    named = {line.name: line for line in lines}
    return PriceBook("b", "contract", currency, plain_wording("b"), lines=named, location=HERE, **given)  # type: ignore[arg-type]


def line(name: str, price: PerUnit | Flat | PercentOf, once: bool = False) -> Line:
    return Line(name, plain_wording(name), price, None, once, HERE)


prices = st.decimals(0, 10**6, places=4, allow_nan=False, allow_infinity=False)
percents = st.integers(-3000, 30000).map(lambda bp: bp / 10000)
quantities = st.integers(0, 100_000)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@st.composite
def tiers(draw: st.DrawFn, currency: str) -> tuple[Tier, ...]:
    starts = draw(st.lists(st.integers(2, 1000), unique=True, max_size=4).map(sorted))
    return tuple(Tier(start, None, const(Money(draw(prices), currency))) for start in [1, *starts])


@st.composite
def books(draw: st.DrawFn) -> PriceBook:
    currency = draw(st.sampled_from(CURRENCIES))
    lines = [line("a", Flat(const(Money(draw(prices), currency))), draw(st.booleans()))]
    if draw(st.booleans()):
        lines.append(line("b", PerUnit(draw(tiers(currency)), draw(st.booleans()), None)))
        lines.append(line("c", PercentOf(const(abs(draw(percents))), ("a", "b"))))
    wording = plain_wording("x")
    adjust = tuple(
        Adjustment(str(at), wording, const(share), None, wording, None)
        for at, share in enumerate(draw(st.lists(percents, max_size=3)))
    )
    start = draw(days)
    end = start + timedelta(days=draw(st.integers(1, 1500)))
    return book_of(
        currency,
        lines,
        quantity=const(draw(quantities)),
        period=draw(st.sampled_from([None, Period(const(start), const(end), None, Duration(1, "y"))])),
        adjust=adjust,
        minimum=draw(st.none() | prices.map(lambda amount: const(Money(amount, currency)))),
        round_to=draw(st.sampled_from([None, Decimal(1), Decimal(1000), Decimal("0.05")])),
        tax=draw(st.none() | percents.map(lambda share: const(abs(share)))),
    )


@given(books())
def test_lines_add_up_and_are_whole_units_of_the_currency(book: PriceBook) -> None:
    found = quote_of(book)
    assume(isinstance(found, Quote))
    assert isinstance(found, Quote)
    assert sum(one.amount for one in found.lines) == found.total == found.net + found.tax
    for one in found.lines:
        assert one.amount % unit_of(book.currency) == 0
        assert one.how
    assert found.net % found.round_to == 0
    assert found.net >= 0


@given(books())
def test_a_quote_is_the_same_every_time(book: PriceBook) -> None:
    assert quote_of(book) == quote_of(book)


@given(st.sampled_from(CURRENCIES), prices, quantities, days, st.integers(1, 3000))
def test_a_line_is_rounded_once(
    currency: str, price: Decimal, quantity: int, start: date, length: int
) -> None:
    """Whatever is multiplied, what is charged lies at most half a unit off the exact fraction."""
    assume(quantity > 0)
    end = start + timedelta(days=length)
    unit = PerUnit((Tier(0, None, const(Money(price, currency))),), False, None)
    period = Period(const(start), const(end), None, Duration(1, "y"))
    found = quote_of(book_of(currency, [line("a", unit)], quantity=const(quantity), period=period))
    assert isinstance(found, Quote)
    exact = Fraction(price) * quantity * share_of(start, end, start, Duration(1, "y")).periods
    assert abs(Fraction(found.total) - exact) * 2 <= Fraction(unit_of(currency))


@given(st.data(), quantities, quantities)
def test_more_units_never_cost_less_in_graduated_tiers(data: st.DataObject, one: int, other: int) -> None:
    priced = PerUnit(data.draw(tiers("USD")), True, None)
    totals = []
    for quantity in sorted((one, other)):
        found = quote_of(book_of("USD", [line("a", priced)], quantity=const(quantity)))
        totals.append(found.total if isinstance(found, Quote) else Decimal(0))
    assert totals[0] <= totals[1]


@given(st.data(), quantities, quantities)
def test_more_units_never_cost_less_within_a_volume_tier(data: st.DataObject, one: int, other: int) -> None:
    found = data.draw(tiers("USD"))
    bounds = [tier.start for tier in found]
    low, high = sorted((one + 1, other + 1))
    assume(sum(start <= low for start in bounds) == sum(start <= high for start in bounds))
    priced = PerUnit(found, False, None)
    totals = [
        quote.total
        for quantity in (low, high)
        if isinstance(quote := quote_of(book_of("USD", [line("a", priced)], quantity=const(quantity))), Quote)
    ]
    assert totals == sorted(totals)


@given(
    days,
    st.lists(st.integers(1, 800), min_size=1, max_size=4),
    days,
    st.sampled_from([Duration(1, "y"), Duration(2, "y"), Duration(1, "mo"), Duration(3, "mo")]),
)
def test_the_shares_of_a_split_period_add_up(
    start: date, cuts: list[int], anchor: date, per: Duration
) -> None:
    bounds = [start]
    for cut in cuts:
        bounds.append(bounds[-1] + timedelta(days=cut))
    parts = [share_of(a, b, anchor, per).periods for a, b in itertools.pairwise(bounds)]
    assert sum(parts) == share_of(bounds[0], bounds[-1], anchor, per).periods


@given(days, st.integers(1, 40))
def test_whole_years_are_whole(start: date, years: int) -> None:
    end = start.replace(year=start.year + years, day=min(start.day, 28))
    if start.day <= 28:
        assert share_of(start, end, start, Duration(1, "y")).periods == years
