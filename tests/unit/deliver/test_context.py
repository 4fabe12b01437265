from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playcall.dsl.types import Money
from playcall.engine.deliver.context import decode, encode

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.dates(),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=9)))),
    st.builds(Money, st.decimals(allow_nan=False, allow_infinity=False), st.sampled_from(["JPY", "USD"])),
)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=4)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_every_value_survives_json(context: dict[str, Any]) -> None:
    assert decode(json.loads(json.dumps(encode(context)))) == context


def test_dotted_names_become_nested_also_inside_lists() -> None:
    day, amount = date(2026, 7, 20), Money(Decimal("12.50"), "USD")
    stored = encode(
        {"contract.day": day, "contract.account.name": "A", "records": [{"contract.arr": amount}]}
    )
    assert stored["contract.day"] == {"$date": "2026-07-20"}
    assert stored["records"] == [{"contract.arr": {"$money": ["12.50", "USD"]}}]
    assert decode(stored) == {
        "contract": {"day": day, "account": {"name": "A"}},
        "records": [{"contract": {"arr": amount}}],
    }


@pytest.mark.parametrize(
    ("context", "error"),
    [
        ({"a": object()}, TypeError),
        ({"a": b"bytes"}, TypeError),
        ({"a": float("nan")}, ValueError),
        ({"a": [float("inf")]}, ValueError),
        ({"_a": 1}, ValueError),
        ({"a.__class__": 1}, ValueError),
        ({"a": {"$date": "2026-01-01"}}, ValueError),
    ],
)
def test_what_cannot_stand_in_a_message_is_refused(context: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        encode(context)


@pytest.mark.parametrize("stored", [{"a": 1, "a.b": 2}, {"a.b": 2, "a": 1}])
def test_a_name_that_is_both_value_and_record_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="context: `a"):
        decode(stored)


def test_a_datetime_keeps_its_zone() -> None:
    moment = datetime(2026, 7, 20, 8, 0, tzinfo=timezone(timedelta(hours=9)))
    assert encode({"m": moment}) == {"m": {"$datetime": "2026-07-20T08:00:00+09:00"}}
