"""Products with their releases, contracts, what is installed, what customers said, and invoices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ...dsl.frozen import frozen
from .tables import Row


@frozen
class _Product:
    """A product: how often it is released, when last (days before the anchor), list price a unit in JPY."""

    code: str
    releases: int
    months_apart: int
    latest_days_ago: int
    unit_price: int


# The newest release of Lantern comes out within the last fortnight: some customers fall two behind that day.
# Compass has its next release announced but not yet out.
_PRODUCTS = (
    _Product("Kite", 12, 4, 35, 4800),
    _Product("Lantern", 9, 6, 6, 2600),
    _Product("Harbor", 7, 6, 120, 3200),
    _Product("Compass", 15, 3, -20, 9000),
)
_LAG_SHARES = {0: 63, 1: 28, 2: 6, 3: 2, 4: 1}
_UNITS = {"enterprise": (200, 2000), "mid": (50, 300), "smb": (10, 80), "longtail": (1, 15)}
_JPY_PER_UNIT = {"JPY": Decimal(1), "USD": Decimal(150), "EUR": Decimal(165)}
_FORTNIGHT = 14
_ASK_AHEAD = 140  # days; the library's renewal-intent play
_MARCH_SHARE = 0.2


def releases(anchor: date) -> list[Row]:
    """Every release of every product, oldest first."""
    return [
        {
            "product": product.code,
            "number": number,
            "generally_available": add_months(
                anchor - timedelta(days=product.latest_days_ago),
                -product.months_apart * (product.releases - number),
            ),
        }
        for product in _PRODUCTS
        for number in range(1, product.releases + 1)
    ]


def add_months(day: date, months: int) -> date:
    """``day`` plus calendar months, clamped to the month's end."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(years + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(years, month + 1, min(day.day, (first_of_next - timedelta(days=1)).day))


def contracts(rng: Random, anchor: date, count: int, accounts: list[Row]) -> list[Row]:
    """``count`` contracts: most accounts have one, some have several products."""
    days = _renewal_days(rng, anchor, count)
    owners = accounts[: min(count, len(accounts))]
    owners += rng.choices(accounts, k=count - len(owners))
    held: dict[object, int] = {}
    rows = []
    for number, (account, (renewal, watched)) in enumerate(zip(owners, days, strict=True), start=1):
        order = held[account["account_id"]] = held.get(account["account_id"], -1) + 1
        # From the second contract on, the next product in the catalogue: an account has no product twice
        # before it has all of them.
        first = int(str(account["account_id"])[1:]) * 7 % len(_PRODUCTS)
        product = _PRODUCTS[(first + order) % len(_PRODUCTS)]
        rows.append(_contract(rng, anchor, number, account, product, renewal, watched))
    return rows


def _renewal_days(rng: Random, anchor: date, count: int) -> list[tuple[date, bool]]:
    """When each contract ends, and whether it must be one that the 140-day play asks about.

    A fifth ends on 31 March, when Japan's fiscal year does; the rest is spread over the year, and for each
    of the last fourteen days a few pass 140 days.
    """
    each_day = max(1, count // 500)
    fortnight = [anchor - timedelta(days=back) + timedelta(days=_ASK_AHEAD) for back in range(_FORTNIGHT)]
    watched = [(day, True) for day in fortnight for _ in range(each_day)][:count]
    march = date(anchor.year + (anchor > date(anchor.year, 3, 31)), 3, 31)
    rest = [
        (march if rng.random() < _MARCH_SHARE else anchor + timedelta(days=rng.randint(-10, 354)), False)
        for _ in range(count - len(watched))
    ]
    days = watched + rest
    rng.shuffle(days)
    return days


def _contract(
    rng: Random, anchor: date, number: int, account: Row, product: _Product, renewal: date, watched: bool
) -> Row:
    years = 1 if watched or rng.random() < 0.8 else 3
    end = add_months(renewal, 12 * rng.randint(0, years - 1))
    auto_renew = not watched and rng.random() < 0.35
    quantity = rng.randint(*_UNITS[str(account["segment"])])
    currency = str(account["currency"])
    return {
        "contract_id": f"K-{number:06d}",
        "account_id": account["account_id"],
        "product": product.code,
        "status": "active" if watched else _status(rng, end, anchor),
        "term_start": add_months(end + timedelta(days=1), -12 * years),
        "renewal_date": end,
        "auto_renew": auto_renew,
        "notice_days": rng.choice((30, 60, 90)) if auto_renew else None,
        "quantity": quantity,
        "currency": currency,
        "arr": _price(product, quantity, currency, discount=rng.choice((0, 0, 5, 10, 15))),
    }


def _status(rng: Random, end: date, anchor: date) -> str:
    if end < anchor:
        return rng.choices(("renewed", "lapsed", "active"), weights=(6, 3, 1))[0]
    return rng.choices(("active", "cancelled", "renewed"), weights=(93, 5, 2))[0]


def _price(product: _Product, quantity: int, currency: str, discount: int) -> Decimal:
    """A year's price: whole yen, or cents."""
    yen = Decimal(product.unit_price * quantity * (100 - discount)) / 100
    places = Decimal(1) if currency == "JPY" else Decimal("0.01")
    return (yen / _JPY_PER_UNIT[currency]).quantize(places)


def installations(rng: Random, anchor: date, contracts: list[Row]) -> list[Row]:
    """What the support portal knows of each contract: devices, and the release; a few never reported."""
    newest = {
        product.code: product.releases - (product.latest_days_ago < 0) for product in _PRODUCTS
    }  # generally available at the anchor
    lags, shares = list(_LAG_SHARES), list(_LAG_SHARES.values())
    return [
        {
            "contract_id": contract["contract_id"],
            "devices": max(1, round(int(str(contract["quantity"])) * rng.triangular(0.55, 1.35, 0.95))),
            "installed_release": max(1, newest[str(contract["product"])] - rng.choices(lags, shares)[0]),
            "reported_on": anchor - timedelta(days=rng.randint(0, 45)),
        }
        for contract in contracts
        if rng.random() < 0.97
    ]


def renewals(rng: Random, anchor: date, contracts: list[Row]) -> list[Row]:
    """What customers already told their CSM about contracts that end within half a year."""
    rows: list[Row] = []
    for contract in contracts:
        end = contract["renewal_date"]
        near = isinstance(end, date) and anchor <= end <= anchor + timedelta(days=180)
        if near and contract["status"] == "active" and rng.random() < 0.14:
            rows.append(
                {
                    "contract_id": contract["contract_id"],
                    "intent": rng.choices(("yes", "no", "undecided"), weights=(70, 17, 13))[0],
                    "noted_on": anchor - timedelta(days=rng.randint(0, 40)),
                    "budget_date": None,
                }
            )
    return rows


def budgets(rng: Random, anchor: date, contracts: list[Row]) -> list[Row]:
    """When some of those whose contracts renew by themselves make their budget, as sales found out."""
    rows: list[Row] = []
    for contract in contracts:
        end = contract["renewal_date"]
        ahead = isinstance(end, date) and anchor + timedelta(days=120) <= end
        if ahead and contract["auto_renew"] and rng.random() < 0.05:
            assert isinstance(end, date)
            rows.append(
                {
                    "contract_id": contract["contract_id"],
                    "intent": None,
                    "noted_on": anchor - timedelta(days=rng.randint(0, 40)),
                    "budget_date": end - timedelta(days=rng.randint(60, 240)),
                }
            )
    return rows


def invoices(rng: Random, anchor: date, contracts: list[Row]) -> list[Row]:
    """One invoice a contract and year, up to three years back; a few of the latest are not paid yet."""
    rows: list[Row] = []
    for contract in contracts:
        for back, issued in enumerate(_invoice_days(contract, anchor)):
            due = issued + timedelta(days=30)
            open_share = 0.04 if back == 0 else 0.002
            unpaid = due > anchor or rng.random() < open_share
            rows.append(
                {
                    "invoice_id": f"INV-{len(rows) + 1:06d}",
                    "contract_id": contract["contract_id"],
                    "amount": contract["arr"],
                    "currency": contract["currency"],
                    "issued_on": issued,
                    "due_on": due,
                    "paid_on": None if unpaid else min(anchor, issued + timedelta(days=rng.randint(8, 55))),
                }
            )
    return rows


def _invoice_days(contract: Row, anchor: date) -> Iterator[date]:
    start = contract["term_start"]
    assert isinstance(start, date)
    years = range(2, -3, -1)
    days = (add_months(start, 12 * year) for year in years)
    return (day for day in days if anchor - timedelta(days=3 * 365) <= day <= anchor)
