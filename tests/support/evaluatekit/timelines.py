"""Tests of a playbook drawn at random: records, what changes on which days, sources that are bad."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from playcall.dsl.source import Location
from playcall.dsl.types import Money, Value
from playcall.engine.testing.model import Change, Outage, PlaybookTest, RecordId

FIRST = date(2026, 3, 2)
NOWHERE = Location("law", 1, 1, 1, 1)
_CONTRACTS = (("contract", "mdm/1"), ("contract", "mdm/2"), ("contract", "sso/1"))
_ACCOUNTS = (("account", "A1"), ("account", "A2"))
_CONTACTS = (("contact", "a@x.test"), ("contact", "b@x.test"), ("contact", "c@x.test"))


def _nullable(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.one_of(values, values, values, st.none())


def _days(around: int, spread: int) -> st.SearchStrategy[Value]:
    return st.integers(around - spread, around + spread).map(lambda n: FIRST + timedelta(days=n))


def _moments() -> st.SearchStrategy[Value]:
    start = datetime(2026, 3, 1, 18, tzinfo=UTC)
    return st.integers(-80, 200).map(lambda hours: start + timedelta(hours=hours))


_ACCOUNT_IDS = st.sampled_from(("A1", "A2", "A3"))  # the last is nobody's
_FIELDS: dict[str, dict[str, st.SearchStrategy[Value]]] = {
    "contract": {
        "account_id": _ACCOUNT_IDS,
        "status": st.sampled_from(("active", "active", "cancelled", "lapsed")),
        "term_start": _nullable(st.one_of(_days(-20, 20), _days(-360, 8))),
        "renewal_date": _nullable(_days(12, 30)),
        "notice_days": _nullable(st.integers(0, 20)),
        "quantity": st.integers(0, 30),
        "devices": _nullable(st.integers(0, 30)),
        "score": _nullable(st.floats(-10, 30, allow_nan=False)),
        "arr": _nullable(st.integers(0, 3000).map(lambda n: Money(Decimal(n), "JPY"))),
        "seen_at": _nullable(_moments()),
    },
    "account": {
        "parent_id": _nullable(st.sampled_from(("A1", "A2"))),
        "name": st.sampled_from(("Acme", "株式会社")),
        "segment": st.sampled_from(("enterprise", "mid", "smb")),
        "csm": _nullable(st.sampled_from(("kato", "mori", "gone"))),
        "timezone": _nullable(st.just("Europe/Berlin")),
        "nps": _nullable(st.integers(0, 10)),
    },
    "contact": {
        "account_id": _ACCOUNT_IDS,
        "name": st.sampled_from(("Ann", "Ben")),
        "role": _nullable(st.sampled_from(("buyer", "user"))),
        "rank": _nullable(st.integers(0, 3)),
    },
}
_KEYS: dict[RecordId, dict[str, Value]] = {
    ("contract", "mdm/1"): {"product": "mdm", "number": 1},
    ("contract", "mdm/2"): {"product": "mdm", "number": 2},
    ("contract", "sso/1"): {"product": "sso", "number": 1},
}


@st.composite
def timelines(draw: st.DrawFn) -> PlaybookTest:
    """A test of three to six run-days that expects nothing in particular."""
    gaps = draw(st.lists(st.integers(1, 9), min_size=2, max_size=5))
    days = [FIRST]
    for gap in gaps:
        days.append(days[-1] + timedelta(days=gap))
    records: dict[RecordId, dict[str, Value]] = {}
    for place in (*_CONTRACTS, *_ACCOUNTS, *_CONTACTS):
        if draw(st.integers(0, 5)) > 0:
            own = st.fixed_dictionaries(_FIELDS[place[0]])
            records[place] = {**_KEYS.get(place, {}), **draw(own)}
    changes = draw(st.lists(_changes(days, list(records)), max_size=6)) if records else []
    outages = draw(st.lists(_outages(days), max_size=1))
    return PlaybookTest(
        name="law",
        playbook="law",
        params={},
        variant=None,
        start=draw(st.sampled_from((None, FIRST - timedelta(days=2), FIRST - timedelta(days=30)))),
        days=tuple(days),
        records=records,
        changes=tuple(sorted(changes, key=lambda change: change.on)),
        outages=tuple(outages),
        completions=(),
        answers=(),
        expect=(),
        nothing_else=True,
        location=NOWHERE,
    )


@st.composite
def _changes(draw: st.DrawFn, days: list[date], records: list[RecordId]) -> Change:
    place = draw(st.sampled_from(records))
    on = draw(st.sampled_from(days[1:]))
    if draw(st.integers(0, 9)) == 0:
        return Change(on, place, None)
    field = draw(st.sampled_from(sorted(_FIELDS[place[0]])))
    return Change(on, place, {**_KEYS.get(place, {}), field: draw(_FIELDS[place[0]][field])})


@st.composite
def _outages(draw: st.DrawFn, days: list[date]) -> Outage:
    status = draw(st.sampled_from(("stale", "broken")))
    return Outage(draw(st.sampled_from(days)), draw(st.sampled_from(("crm", "extra"))), status)
