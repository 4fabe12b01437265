"""What the checker makes of correct expressions: types, resolved names, spelled-out short forms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from playcall.dsl.checker import check
from playcall.dsl.literals import quote
from playcall.dsl.source import SourceText
from playcall.dsl.typed import Aggregate, Call, Const, Field, Param, walk

# text, type as the language names it, nullable
TYPES = [
    ("140", "int", False),
    ("10%", "number", False),
    ("50000 JPY", "money (JPY)", False),
    ("5bd", "duration", False),
    ("today", "date", False),
    ("now", "datetime", False),
    ("quantity + weight", "number", False),
    ("quantity / 2", "number", True),
    ("fee * 10%", "money (JPY)", False),
    ("arr + 5 JPY", "money", False),
    ("arr > 5 JPY", "bool", False),
    ("fee / fee", "number", True),
    ("renewal_date - term_start", "int", False),
    ("renewal_date - 30", "date", False),
    ("renewal_date + 1mo", "date", False),
    ("seen_at < renewal_date", "bool", True),
    ("days_until(renewal_date)", "countdown (days)", False),
    ("business_days_until(renewal_date) + 3", "countdown (business_days)", True),
    ("days_since(renewal_date) * 2", "int", False),
    ("days_to_renewal - notice_days", "countdown (days)", True),
    ("account.segment", "enum", True),
    ("account.health.band", "text", True),
    ("account.csm", "user", True),
    ("account.csm.manager", "user", True),
    ("account.parent.parent.name", "text", True),
    ("contract.status", "enum", False),
    ('default(account.segment, "none")', "text", False),
    ("notice_days is missing", "bool", False),
    ("not notice_days is not missing", "bool", False),
    ("notice_days is 5", "bool", False),
    ("notice_days between 1 and 5", "bool", True),
    ("quantity not between 1 and 5", "bool", False),
    ('status in ["active", "lapsed"] or auto_renew', "bool", False),
    ("lead in leads", "bool", False),
    ('product not starts with "a"', "bool", False),
    ("5 if auto_renew else 0.5", "number", False),
    ("min(quantity, 5, weight)", "number", False),
    ('convert(arr, "USD")', "money (USD)", True),
    ("count(account.tickets)", "int", True),
    ("count(account.tickets where severity > 2)", "int", True),
    ("count(account.tickets where severity > outer.installed_release)", "int", True),
    ("count(account.tickets where severity > default(outer.installed_release, 0))", "int", True),
    ("count(releases where product == outer.product)", "int", False),
    ("sum(account.contracts.quantity)", "int", True),
    ('sum(account.contracts.fee where status == "active")', "money (JPY)", True),
    ("sum(account.contracts.arr)", "money", True),
    ("avg(account.contracts.quantity)", "number", True),
    ("min(account.contracts.days_to_renewal)", "int", True),
    ("max(account.contracts.account.nps)", "int", True),
    ("all(account.contracts where auto_renew)", "bool", True),
    ("latest(account.tickets.status by opened_on where severity > 1)", "text", True),
    ("count(tasks)", "int", False),
    ("any(tasks where opened_on > today - lead)", "bool", False),
    ("any(tasks where opened_on > today - own)", "bool", True),
    ("any(account.contracts where any(tasks where opened_on > today - own))", "bool", True),
    ("count(account.tickets where many > severity)", "int", True),
    ('fired("ask")', "bool", False),
    ('days_since_fired("other.ask") > 3', "bool", True),
    ('open_task("save")', "bool", False),
    ('task_state("save") == "none"', "bool", False),
    ("touched_within(window)", "bool", False),
]


@pytest.mark.parametrize(("text", "type_", "nullable"), TYPES, ids=[row[0] for row in TYPES])
def test_types(checked, text, type_, nullable):
    result, found = checked(text)
    assert found == []
    assert (str(result.type), result.type.nullable) == (type_, nullable)


def test_a_long_chain_is_a_shallow_tree(checked):
    result, _ = checked(" or ".join(f"quantity == {n}" for n in range(500)))
    assert len(list(walk(result.tree))) == 500 * 3 + 499


def test_inside_where_names_are_of_the_related_record_then_params(checked):
    result, _ = checked("count(account.tickets where severity > lead and product_of > 1)")
    assert result is None
    result, _ = checked("count(account.contracts where product == threshold and outer.product != product)")
    aggregate = result.tree
    assert isinstance(aggregate, Aggregate)
    fields = [node for node in walk(aggregate.where) if isinstance(node, Field)]
    assert [(field.name, field.outer) for field in fields] == [
        ("product", False),
        ("quantity", True),  # the param's own field, of the playbook's record
        ("product", True),
        ("product", False),
    ]


def test_a_param_carries_its_tree(checked):
    result, _ = checked("days_to_renewal == params.lead")
    left, right = result.tree.args
    assert isinstance(left, Field)
    assert left.derived
    assert right == Param("lead", Const(140, right.type, right.value.span), right.type, right.span)


def test_a_field_wins_over_a_param_of_the_same_name(checked, scope):
    result, _ = checked("quantity", params={"quantity": scope.params["lead"]})
    assert isinstance(result.tree, Field)


def test_a_step_continues_a_path_that_a_field_of_the_same_name_ends(checked):
    result, _ = checked("account.csm.manager")
    assert result.tree.hops == ("account", "csm")
    result, _ = checked("account.csm")
    assert (result.tree.hops, result.tree.name) == (("account",), "csm")


SHORT_FORMS = [
    (
        'fired("ask")',
        (
            'any(touches where playbook == "renewal-intent" and play == "ask" '
            "and same_cycle(cycle, params.cycle, 14))"
        ),
    ),
    (
        'days_since_fired("other.ask")',
        (
            'today - max(touches.fired_on where playbook == "other" and play == "ask" '
            "and same_cycle(cycle, params.cycle, 14))"
        ),
    ),
    (
        "touched_within(30d)",
        (
            'any(touches where sent_on >= today - 30d and type in ["email", "survey", "quote"] '
            "and same_cycle(cycle, params.cycle, 14))"
        ),
    ),
    (
        'answered("renewal-intent")',
        'any(answers where survey == "renewal-intent" and same_cycle(cycle, params.cycle, 14))',
    ),
    (
        'answer("renewal-intent")',
        (
            'default(latest(answers.value by answered_at where survey == "renewal-intent" and first '
            'and same_cycle(cycle, params.cycle, 14)), "none")'
        ),
    ),
    (
        'answer("renewal-intent", "who")',
        (
            'default(latest(answers.value by answered_at where survey == "renewal-intent" '
            'and question == "who" and same_cycle(cycle, params.cycle, 14)), "none")'
        ),
    ),
    (
        "quote_status()",
        (
            "default(latest(quotes.state by made_at where true and same_cycle(cycle, params.cycle, 14)), "
            '"none")'
        ),
    ),
]


def _shape(node):
    """A typed tree without places."""
    match node:
        case Call():
            return node.op
        case Aggregate():
            return node.fn, node.relation.name
        case Const():
            return node.value
        case _:
            return node.name


@pytest.mark.parametrize(("short", "long"), SHORT_FORMS)
def test_short_forms_are_aggregates_over_the_ledger(checked, scope, short, long):
    result, _ = checked(short)
    spelled, found = checked(long, params={**scope.params, "cycle": scope.cycle})
    assert found == []
    assert list(map(_shape, walk(result.tree))) == list(map(_shape, walk(spelled.tree)))
    assert {node.span for node in walk(result.tree) if not isinstance(node, Field)} >= {result.tree.span}


def test_without_a_cycle_a_short_form_asks_for_the_record_alone(checked):
    result, _ = checked('fired("ask")', cycle=None)
    assert not any(isinstance(node, Call) and node.op.startswith("same_cycle") for node in walk(result.tree))


def test_text_of_any_sort_is_a_literal(checked):
    for value in ('a"b', "it's", "back\\slash", "line\nbreak", "契約"):
        result, _ = checked(quote(value))
        assert result.tree.value == value


def test_a_date_literal_is_a_date(checked):
    result, _ = checked("2026-04-01")
    assert result.tree.value == date(2026, 4, 1)


def test_fields_may_be_checked_when_they_are_first_asked_for(scope):
    """A mapping of fields that checks derived ones on demand: asked by name only."""

    class OnDemand(dict):  # type: ignore[type-arg]
        def values(self):
            raise AssertionError("no field may be asked for that no expression names")

        items = values

    entities = dict(scope.schema.entities)
    contract = entities["contract"]
    entities["contract"] = replace(contract, fields=OnDemand(contract.fields))
    lazy = replace(scope, schema=replace(scope.schema, entities=entities))
    found = []
    assert check(SourceText.of("days_to_renewal == lead"), lazy, found) is not None
    check(SourceText.of("days_to_renwal == lead"), lazy, found)
    assert found[0].help == "did you mean `days_to_renewal`?"


def test_what_is_wrong_elsewhere_stays_silent(checked):
    assert checked("broken.x == 1")[1][0].code == "E204"
    assert checked("default(broken, 5) > 1") == (None, [])
