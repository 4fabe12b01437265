"""Params: literals, lists and tables become checked expressions."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from playcall.dsl.typed import Const, Param, walk
from playcall.dsl.types import Duration, Money, Value
from playcall.engine.playbook.model import Play, StateTrigger

DO = "    do: [{task: Call, assign: csm}]\n"

LITERALS: dict[str, tuple[str, str, Value]] = {
    "int": ("140", "devices < p", 140),
    "number": ("0.25", "devices < p", 0.25),
    "percent": ("10%", "devices < p", 0.1),
    "date": ("2026-04-01", "renewal_date < p", date(2026, 4, 1)),
    "duration": ("90d", "renewal_date < today + p", Duration(90, "d")),
    "money": ("50000 JPY", "arr < p", Money(Decimal(50000), "JPY")),
    "bool": ("true", "auto_renew is p", True),
    "word": ("mdm", "product is p", "mdm"),
    "words": ("Acme Co", "product is p", "Acme Co"),
    "hyphens": ("renewal-intent", "product is p", "renewal-intent"),
    "quoted number": ('"140"', "product is p", "140"),
    "quotes inside": ("'say \"x\"'", "product is p", 'say "x"'),
}


@pytest.mark.parametrize(("text", "condition", "value"), LITERALS.values(), ids=LITERALS)
def test_a_literal_is_itself(play: Callable[..., Play], text: str, condition: str, value: Value) -> None:
    read = play(f"    when: {condition}\n{DO}", f"params: {{p: {text}}}\n")
    (param,) = _params(read)
    assert isinstance(param.value, Const)
    assert param.value.value == value


def _params(play: Play) -> list[Param]:
    assert isinstance(play.trigger, StateTrigger)
    return [node for node in walk(play.trigger.when.tree) if isinstance(node, Param)]


TABLES = {
    "with else": ("{by: product, mdm: 140, connect: 120, else: 90}", [140, 120, 90], False),
    "of every value": ("{by: status, active: 1, cancelled: 2, renewed: 3}", [1, 2, 3], False),
    "with gaps": ("{by: account.segment, mid: 3}", [3], True),
}


@pytest.mark.parametrize(("table", "values", "nullable"), TABLES.values(), ids=TABLES)
def test_a_table_is_a_chain_of_conditions(
    play: Callable[..., Play], table: str, values: list[int], nullable: bool
) -> None:
    read = play(f"    when: quantity > p\n{DO}", f"params:\n  p: {table}\n")
    (param,) = _params(read)
    assert param.type.nullable is nullable
    numbers = [node.value for node in walk(param.value) if isinstance(node, Const) and node.value in values]
    assert set(numbers) == set(values)


def test_a_list_is_a_list(play: Callable[..., Play]) -> None:
    read = play(f"    when: quantity in p\n{DO}", "params: {p: [90, 45, 7]}\n")
    (param,) = _params(read)
    assert str(param.type) == "list of int"
