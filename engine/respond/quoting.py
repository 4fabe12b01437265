"""A price book and the values of its expressions for one record → a quote, or why there is none.

Every amount is computed exactly from figures that the quote shows, and rounded once, half away from zero, to
the currency's unit; sums are of rounded amounts and so need none. The order is: lines, adjustments as
written, the minimum, ``round``, tax. Decimal throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from ...dsl.interpreter import World
from ...dsl.typed import Checked
from ...dsl.types import Money, Value
from ..forms.late import ValueOf
from ..forms.pricebook import Adjustment, Flat, Line, PercentOf, PerUnit, PriceBook, Tier
from ..forms.wording import Show, Wording
from .closing import QuoteError, Terms, closed, settle, sum_of, tax_of
from .figures import amount_text, decimal_of, exact, figure, percent_text, unit_of
from .period import Share, share_of
from .quote import LineKind, NoQuote, Quote, QuoteLine, Texts

_WHOLE = Share(Fraction(1), "")


def make_quote(book: PriceBook, value_of: ValueOf, world: World, show: Show) -> Quote | NoQuote:
    """The quote that a price book makes of one record's values.

    ``value_of`` gives the value of each of the book's expressions (``book.reads()``), ``world`` is what
    ``approve`` is evaluated in (``forms.late.late_world``), ``show`` writes values into labels and reasons.
    """
    try:
        with exact():
            return _Maker(book, value_of, world, show).quote()
    except QuoteError as error:
        return NoQuote(str(error), error.unknown)


@dataclass(slots=True)
class _Maker:
    """The making of one quote."""

    book: PriceBook
    value_of: ValueOf
    world: World
    show: Show
    made: dict[str, QuoteLine | None] = field(default_factory=dict)

    def quote(self) -> Quote:
        book = self.book
        starts, ends, share = self._period()
        made = [self._line(line, share) for line in book.lines.values()]
        lines = [line for line in made if line is not None]
        if not lines:
            raise QuoteError("no line of the price book applies to this record")
        for adjustment in book.adjust:
            lines.extend(self._adjusted(adjustment, sum_of(lines)))
        minimum = None if book.minimum is None else self._money(book.minimum, "`minimum`")
        rate = None if book.tax is None else self._share(book.tax, "`tax`")
        round_to = book.round_to or unit_of(book.currency)
        closing = closed(lines, Terms(book.currency, round_to, rate), minimum)
        tax = tax_of(closing)
        net = sum_of(closing) - tax
        quantity = None if book.quantity is None else self._number(book.quantity, "`quantity`")
        return Quote(
            pricebook=book.name,
            currency=book.currency,
            title=self._texts(book.title),
            quantity=quantity,
            starts=starts,
            ends=ends,
            lines=closing,
            net=net,
            tax=tax,
            total=net + tax,
            approval=self._approval(net, tax),
            round_to=round_to,
            tax_rate=rate,
        )

    def _period(self) -> tuple[date | None, date | None, Share]:
        period = self.book.period
        if period is None:
            return None, None, _WHOLE
        start, end = self._day(period.start, "`from`"), self._day(period.end, "`to`")
        anchor = start if period.anchor is None else self._day(period.anchor, "`anchor`")
        try:
            share = share_of(start, end, anchor, period.per)
        except ValueError as error:
            raise QuoteError(str(error)) from None
        return start, end - timedelta(days=1), share

    def _line(self, line: Line, share: Share) -> QuoteLine | None:
        """A line, made once; None where its condition is false or there is nothing of it."""
        if line.name not in self.made:
            wanted = line.condition is None or self._truth(line.condition, f"`if` of the line `{line.name}`")
            self.made[line.name] = self._priced(line, share) if wanted else None
        return self.made[line.name]

    def _priced(self, line: Line, share: Share) -> QuoteLine | None:
        where = f"the line `{line.name}`"
        quantity: Decimal | None = None
        match line.price:
            case PerUnit():
                quantity = self._quantity(line.price, where)
                if quantity == 0:
                    return None
                exact_amount, how = self._per_unit(line.price, quantity, where)
            case Flat(amount):
                exact_amount = self._money(amount, where)
                how = amount_text(exact_amount, self.book.currency)
            case PercentOf():
                return self._percent_of(line, line.price, share)
        whole = _WHOLE if line.once else share
        charged = exact_amount * whole.periods.numerator / whole.periods.denominator
        if whole.periods != 1:
            how = f"{_enclosed(how)} × {_enclosed(whole.text)}"
        return self._made("unit" if quantity is not None else "flat", line, charged, how, quantity)

    def _percent_of(self, line: Line, price: PercentOf, share: Share) -> QuoteLine | None:
        parts = [self._line(self.book.lines[name], share) for name in price.of]
        there = [part for part in parts if part is not None]
        if not there:
            return None
        rate = self._share(price.percent, f"the line `{line.name}`")
        amounts = " + ".join(amount_text(part.amount, self.book.currency) for part in there)
        how = f"{percent_text(rate)} × {_enclosed(amounts)}"
        return self._made("percent", line, sum_of(there) * rate, how, None)

    def _made(
        self, kind: LineKind, line: Line, amount: Decimal, how: str, quantity: Decimal | None
    ) -> QuoteLine:
        charged, steps = settle(amount, how, self.book.currency)
        return QuoteLine(kind, line.name, self._texts(line.label), charged, steps, quantity)

    def _quantity(self, price: PerUnit, where: str) -> Decimal:
        own = price.quantity or self.book.quantity
        assert own is not None, "a line a unit has a quantity: the loader has seen to it"
        quantity = self._number(own, f"the quantity of {where}" if price.quantity else "`quantity`")
        if quantity < 0:
            raise QuoteError(f"the quantity of {where} is {figure(quantity)}, less than none")
        return quantity

    def _per_unit(self, price: PerUnit, quantity: Decimal, where: str) -> tuple[Decimal, str]:
        """The exact amount of a quantity, and how it comes about."""
        last = price.tiers[-1].end
        if last is not None and quantity > last:
            raise QuoteError(f"{where} has no price for {figure(quantity)}, only up to {last}")
        slices = graduated(price.tiers, quantity) if price.graduated else [in_volume(price.tiers, quantity)]
        total, steps = Decimal(0), []
        for tier, units in slices:
            each = self._money(tier.price, where)
            total += each * units
            steps.append(f"{figure(units)} × {amount_text(each, self.book.currency)}")
        return total, " + ".join(steps)

    def _adjusted(self, one: Adjustment, so_far: Decimal) -> list[QuoteLine]:
        where = f"the adjustment `{one.name}`"
        if one.condition is not None and not self._truth(one.condition, f"`if` of {where}"):
            return []
        if one.percent is not None:
            rate = self._share(one.percent, where)
            exact_amount = so_far * rate
            how = f"{percent_text(rate)} × {amount_text(so_far, self.book.currency)}"
        else:
            assert one.amount is not None, "an adjustment has one of the two: the loader has seen to it"
            exact_amount = self._money(one.amount, where)
            how = amount_text(exact_amount, self.book.currency)
        charged, steps = settle(exact_amount, how, self.book.currency)
        label, reason = self._texts(one.label), self._texts(one.reason)
        return [QuoteLine("adjust", one.name, label, charged, steps, reason=reason)]

    def _approval(self, net: Decimal, tax: Decimal) -> str:
        late = self.book.approve
        if late is None:
            return ""
        totals: Mapping[str, Value] = {
            "net": Money(net, self.book.currency),
            "total": Money(net + tax, self.book.currency),
        }
        wanted = late.value(self.value_of, totals, self.world)
        text = late.checked.source.text.strip()
        if wanted is None:
            return f"whether it needs approval is unknown: `{text}`"
        return text if wanted else ""

    def _texts(self, wording: Wording) -> Texts:
        return wording.languages(self.value_of, self.show)

    def _present(self, checked: Checked, what: str) -> Value:
        value = self.value_of(checked)
        if value is None:
            text = checked.source.text.strip()
            raise QuoteError(f"{what} is unknown: `{text}` has no value for this record", text)
        return value

    def _money(self, checked: Checked, what: str) -> Decimal:
        value = self._present(checked, what)
        assert isinstance(value, Money)
        if value.currency != self.book.currency:
            raise QuoteError(f"{what} is in {value.currency}, and the price book in {self.book.currency}")
        return value.amount

    def _number(self, checked: Checked, what: str) -> Decimal:
        value = self._present(checked, what)
        assert isinstance(value, int | float)
        return Decimal(value) if isinstance(value, int) else decimal_of(value)

    def _share(self, checked: Checked, what: str) -> Decimal:
        return self._number(checked, what)

    def _truth(self, checked: Checked, what: str) -> bool:
        return self._present(checked, what) is True

    def _day(self, checked: Checked, what: str) -> date:
        value = self._present(checked, what)
        assert isinstance(value, date)
        return value


def in_volume(tiers: tuple[Tier, ...], quantity: Decimal) -> tuple[Tier, Decimal]:
    """The tier of a whole quantity; less than the first tier's start is of the first."""
    return next((tier for tier in reversed(tiers) if tier.start <= quantity), tiers[0]), quantity


def graduated(tiers: tuple[Tier, ...], quantity: Decimal) -> list[tuple[Tier, Decimal]]:
    """How many units fall into each tier; tiers that none falls into are left out."""
    bounds = [Decimal(max(tier.start - 1, 0)) for tier in tiers[1:]]
    slices, below = [], Decimal(0)
    for tier, bound in zip(tiers, [*bounds, quantity], strict=True):
        units = min(quantity, bound) - below
        if units > 0:
            slices.append((tier, units))
            below += units
    return slices


def _enclosed(text: str) -> str:
    return f"({text})" if " + " in text else text
