"""Which triggers are moments, and of what date."""

from __future__ import annotations

import pytest

from playcall.dsl.checker import check
from playcall.dsl.countdown import moment_of
from playcall.dsl.source import SourceText
from playcall.dsl.typed import Aggregate, Call, Const, Field, Param

# Derived fields of the test's catalogue.
DERIVED = {
    ("contract", "days_to_renewal"): "days_until(renewal_date)",
    ("contract", "days_to_notice"): "days_to_renewal - notice_days",
    ("account", "next_renewal"): "days_until(min(contracts.renewal_date where product == outer.name)) + nps",
}


def spell(node) -> str:
    """A typed tree on one line."""
    match node:
        case Const():
            return str(node.value)
        case Field():
            return ".".join((*(["outer"] if node.outer else []), *node.hops, node.name))
        case Param():
            return f"params.{node.name}"
        case Call(op, args):
            return f"{op}({', '.join(map(spell, args))})"
        case Aggregate():
            where = f" where {spell(node.where)}" if node.where else ""
            return f"{node.fn}({'.'.join((*node.hops, node.relation.name))}.{spell(node.value)}{where})"
        case _:
            return node.name


# trigger: date, unit, direction, offset, targets as (text, tree), whether they are a list
MOMENTS = {
    "days_until(renewal_date) == 140": ("renewal_date", "days", "until", "0", [("140", "140")], False),
    "140 == days_until(renewal_date)": ("renewal_date", "days", "until", "0", [("140", "140")], False),
    "days_to_renewal == lead": ("renewal_date", "days", "until", "0", [("lead", "params.lead")], False),
    "days_since(term_start) in [30, -7]": (
        "term_start", "days", "since", "0", [("30", "30"), ("-7", "neg:int(7)")], True,
    ),
    "days_to_renewal in leads": (
        "renewal_date", "days", "until", "0", [("90", "90"), ("45", "45"), ("7", "7")], True,
    ),
    "business_days_until(renewal_date) + 2 - quantity == 5": (
        "renewal_date", "business_days", "until", "-:int(2, quantity)", [("5", "5")], False,
    ),
    "days_to_notice == 30": ("renewal_date", "days", "until", "neg:int(notice_days)", [("30", "30")], False),
    "3 + days_since(seen_at) == quantity * 2": (
        "+:date_int(today, days_until(seen_at))", "days", "since", "3",
        [("quantity * 2", "*:int(quantity, 2)")], False,
    ),
    "account.next_renewal == 10": (
        "min(account.contracts.renewal_date where ==:text(product, outer.account.name))",
        "days", "until", "account.nps", [("10", "10")], False,
    ),
    "(days_until(renewal_date) if auto_renew else days_until(term_start) + 1) == 3": (
        "if:date(auto_renew, renewal_date, term_start)", "days", "until", "if:int(auto_renew, 0, 1)",
        [("3", "3")], False,
    ),
}  # fmt: skip

STATES = [
    "days_to_renewal <= 140",
    "days_to_renewal == 140 and auto_renew",
    "not days_to_renewal == 140",
    "quantity == 140",
    "days_to_renewal * 1 == 140",
    "days_to_renewal == days_to_notice",
    "days_to_renewal == 140.5",
    "days_to_renewal not in [90, 45]",
    "auto_renew",
    "min(days_to_renewal, days_to_notice) == 3",
    "(days_until(renewal_date) if auto_renew else days_since(term_start)) == 3",
]


@pytest.fixture
def moment(checked, scope):
    def derived(entity, name):
        result, found = checked(DERIVED[entity, name], entity=entity, params={})
        assert found == []
        return result.tree

    def run(text):
        found = []
        result = check(SourceText.of(text), scope, found)
        assert result is not None, found
        return moment_of(result, derived)

    return run


@pytest.mark.parametrize("text", MOMENTS)
def test_a_countdown_that_equals_an_int_is_a_moment(moment, text):
    found = moment(text)
    targets = [(label, spell(node)) for label, node in found.targets]
    told = (spell(found.date), found.unit, found.direction, spell(found.offset), targets, found.is_list)
    assert told == MOMENTS[text]


@pytest.mark.parametrize("text", STATES)
def test_anything_else_is_a_state(moment, text):
    assert moment(text) is None
