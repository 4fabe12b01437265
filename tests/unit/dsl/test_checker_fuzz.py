"""Whatever is written, the checker ends in a checked tree or in diagnostics, never otherwise."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playcall.dsl.typed import walk
from playcall.dsl.types import Kind

_ATOMS = st.sampled_from(
    [
        "quantity",
        "weight",
        "status",
        "product",
        "arr",
        "fee",
        "price",
        "renewal_date",
        "seen_at",
        "auto_renew",
        "notice_days",
        "days_to_renewal",
        "account.segment",
        "account.nps",
        "account.tickets",
        "account",
        "broken",
        "lead",
        "leads",
        "threshold",
        "own",
        "many",
        "params.lead",
        "outer.status",
        "today",
        "now",
        "1",
        "2.5",
        "10%",
        "30d",
        "2026-04-01",
        "true",
        '"active"',
        '"x"',
        "nosuch",
        "account.nosuch.more",
        "severity",
    ]
) | st.just("5 JPY")
_OPERATORS = st.sampled_from(
    ["or", "and", "+", "-", "*", "/", "%", "==", "!=", "<", ">=", "in", "not in", "contains", "is", "is not"]
)
_FUNCTIONS = st.sampled_from(
    [
        "days_until",
        "min",
        "max",
        "default",
        "round",
        "concat",
        "convert",
        "count",
        "sum",
        "avg",
        "any",
        "all",
        "none",
        "latest",
        "fired",
        "open_task",
        "answer",
        "nosuch",
    ]
)


def _larger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = part.map("({})".format)
    return (
        st.builds("{} {} {}".format, group, _OPERATORS, group)
        | st.builds("{} between {} and {}".format, group, group, group)
        | st.builds("{} if {} else {}".format, group, group, group)
        | st.builds("{} is missing".format, group)
        | st.builds("not {}".format, group)
        | st.lists(part, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.builds("{}({}, {})".format, _FUNCTIONS, part, part)
        | st.builds("{}({})".format, _FUNCTIONS, part)
        | st.builds("{}(account.tickets where {})".format, _FUNCTIONS, part)
        | st.builds("{}(account.contracts.arr where {})".format, _FUNCTIONS, part)
        | st.builds("latest(account.tickets.status by {} where {})".format, part, part)
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(_ATOMS, _larger, max_leaves=8))
def test_every_expression_ends_checked_or_diagnosed(checked, text):
    result, found = checked(text)
    if result is None:
        assert found or "broken" in text
    else:
        assert found == []
        assert all(node.type.kind is not Kind.ERROR for node in walk(result.tree))
    assert all(0 < d.location.column <= len(text) + 1 and d.message for d in found)
