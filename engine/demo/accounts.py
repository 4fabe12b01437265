"""Staff, customers and the people there."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ...dsl.frozen import frozen
from . import words
from .names import CompanyName, japanese_companies, person, western_companies
from .tables import Row

MAIL_DOMAIN = "aozora-soft.example"  # the vendor whose playbooks these are


@frozen
class _Market:
    """A country the vendor sells to, with its share of all accounts."""

    country: str
    region: str
    timezone: str
    locale: str
    currency: str
    share: float


_JAPAN = _Market("JP", "japan", "Asia/Tokyo", "ja", "JPY", 0.72)
_ABROAD = (
    _Market("US", "americas", "America/New_York", "en", "USD", 0.12),
    _Market("GB", "emea", "Europe/London", "en", "USD", 0.06),
    _Market("DE", "emea", "Europe/Berlin", "en", "EUR", 0.05),
    _Market("SG", "apac", "Asia/Singapore", "en", "USD", 0.05),
)
_SEGMENTS = ("enterprise", "mid", "smb", "longtail")
_SEGMENT_SHARES = (6, 18, 36, 40)
_TEAMS = ("east", "west", "global")
_ROLES = (("decision_maker", 0.97), ("admin", 0.98), ("user", 0.55), ("finance", 0.3))
_WITH_PARENT = 0.1
_NPS_SHARES = (1, 1, 1, 2, 2, 4, 7, 12, 16, 10, 7)  # of the answers 0 to 10


def staff(rng: Random, anchor: date) -> list[Row]:
    """The vendor's people: a head, a lead for each team, the CSMs, and the renewals desk."""
    surnames = list(words.JA_SURNAMES)
    rng.shuffle(surnames)
    plan: list[tuple[str, str, int | None]] = [("head", "success", None)]
    plan += [("lead", team, 0) for team in _TEAMS]
    plan += [("csm", team, 1 + index) for index, team in enumerate(_TEAMS) for _ in range(6)]
    plan += [("renewals", "renewals", 0)] * 4
    ids = [latin for _, latin in surnames]
    rows: list[Row] = []
    for number, (role, team, manager) in enumerate(plan):
        away = anchor + timedelta(days=rng.randint(3, 20)) if rng.random() < 0.08 else None
        rows.append(
            {
                "user_id": ids[number],
                "name": _staff_name(surnames[number], rng.choice(words.JA_GIVEN), team),
                "email": f"{ids[number]}@{MAIL_DOMAIN}",
                "role": role,
                "team": team,
                "manager": None if manager is None else ids[manager],
                "locale": "en" if team == "global" else "ja",
                "away_until": away,
            }
        )
    return rows


def _staff_name(surname: tuple[str, str], given: tuple[str, str], team: str) -> str:
    """As customers read it: in Latin letters where they are abroad."""
    if team == "global":
        return f"{given[1]} {surname[1]}".title()
    return f"{surname[0]} {given[0]}"


def accounts(rng: Random, anchor: date, count: int, users: list[Row]) -> list[Row]:
    """``count`` customers; a tenth of them belong to another one."""
    markets = _markets(rng, count)
    companies = _companies(rng, markets)
    csms = {
        team: [user["user_id"] for user in users if user["team"] == team and user["role"] == "csm"]
        for team in _TEAMS
    }
    rows = [
        _account(rng, anchor, number, market, company, csms)
        for number, (market, company) in enumerate(zip(markets, companies, strict=True), start=1)
    ]
    _assign_parents(rng, rows)
    return rows


def _markets(rng: Random, count: int) -> list[_Market]:
    abroad = round(count * (1 - _JAPAN.share))
    chosen = [_JAPAN] * (count - abroad)
    chosen += rng.choices(_ABROAD, weights=[market.share for market in _ABROAD], k=abroad)
    rng.shuffle(chosen)
    return chosen


def _companies(rng: Random, markets: list[_Market]) -> list[CompanyName]:
    abroad = iter(western_companies(rng, [m.country for m in markets if m is not _JAPAN]))
    at_home = iter(japanese_companies(rng, sum(m is _JAPAN for m in markets)))
    return [next(at_home if market is _JAPAN else abroad) for market in markets]


def _account(
    rng: Random,
    anchor: date,
    number: int,
    market: _Market,
    company: CompanyName,
    csms: dict[str, list[object]],
) -> Row:
    team = rng.choice(("east", "west")) if market is _JAPAN else "global"
    return {
        "account_id": f"A{number:05d}",
        "parent_id": None,
        "name": company.name,
        "domain": company.domain,
        "segment": rng.choices(_SEGMENTS, weights=_SEGMENT_SHARES)[0],
        "country": market.country,
        "region": market.region,
        "csm": rng.choice(csms[team]),
        "timezone": market.timezone,
        "locale": market.locale,
        "currency": market.currency,
        "nps": rng.choices(range(11), weights=_NPS_SHARES)[0] if rng.random() < 0.45 else None,
        "phone": _phone(rng, market),
        "customer_since": anchor - timedelta(days=rng.randint(200, 4200)),
        "note": rng.choice(words.NOTES) if rng.random() < 0.15 else None,
    }


def _phone(rng: Random, market: _Market) -> str:
    if market is _JAPAN:
        return f"03-0000-{rng.randint(0, 9999):04d}"
    return f"+1-555-01{rng.randint(0, 99):02d}"


def _assign_parents(rng: Random, rows: list[Row]) -> None:
    """Subsidiaries point to larger accounts that have no parent themselves, so there is no circle."""
    parents = [row["account_id"] for row in rows if row["segment"] in ("enterprise", "mid")]
    holding = set(rng.sample(parents, max(1, len(parents) // 4))) if parents else set()
    for row in rows:
        if holding and row["account_id"] not in holding and rng.random() < _WITH_PARENT:
            row["parent_id"] = rng.choice(sorted(holding, key=str))


def customers(accounts: list[Row]) -> list[Row]:
    """The same companies as finance knows them: a number of its own, and the legal name."""
    return [
        {
            "customer_no": 700000 + number,
            "crm_id": account["account_id"],
            "legal_name": account["name"],
            "billing_currency": account["currency"],
        }
        for number, account in enumerate(accounts, start=1)
    ]


def contacts(rng: Random, anchor: date, accounts: list[Row]) -> list[Row]:
    """One to four people an account; nearly every account has a decision maker and an administrator."""
    rows: list[Row] = []
    for account in accounts:
        taken: set[str] = set()
        for role, share in _ROLES:
            if rng.random() < share:
                rows.append(_contact(rng, anchor, account, role, taken))
    return rows


def _contact(rng: Random, anchor: date, account: Row, role: str, taken: set[str]) -> Row:
    human = person(rng, account["locale"] == "ja")
    mailbox = human.mailbox if human.mailbox not in taken else f"{human.mailbox}{len(taken) + 1}"
    taken.add(mailbox)
    return {
        "email": f"{mailbox}@{account['domain']}",
        "account_id": account["account_id"],
        "name": human.name,
        "role": role,
        "locale": account["locale"] if rng.random() < 0.9 else None,
        "last_seen": anchor - timedelta(days=rng.randint(0, 400)) if rng.random() < 0.8 else None,
    }
