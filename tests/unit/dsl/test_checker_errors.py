"""What the checker says about mistakes: code, place, message, help; and that it says each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from playcall.dsl.checker import CONDITION, VALUE
from playcall.dsl.diagnostics import Diagnostic
from playcall.dsl.types import Kind

GOLDEN = Path(__file__).parents[2] / "golden" / "expressions"


def golden(name: str) -> list[str]:
    """Blocks of a file: an expression, below it what is said, with carets under what is meant."""
    return (GOLDEN / name).read_text("utf-8").rstrip("\n").split("\n\n")[1:]


def rendered(text: str, found: list[Diagnostic]) -> str:
    lines = [text]
    for diagnostic in found:
        start, end = diagnostic.location.column - 1, diagnostic.location.end_column - 1
        lines.append(" " * start + "^" * (end - start) + f" {diagnostic.code} {diagnostic.message}")
        lines += [f"help: {diagnostic.help}"] if diagnostic.help else []
    return "\n".join(lines)


@pytest.mark.parametrize(
    "block", golden("mistakes.txt") + golden("slips.txt"), ids=lambda block: block.partition("\n")[0]
)
def test_each_mistake_is_said_where_it_stands(checked, block):
    text = block.partition("\n")[0]
    result, found = checked(text)
    assert result is None
    assert rendered(text, found) == block


def test_all_mistakes_are_found_in_one_pass(checked):
    _, found = checked(
        'days_to_renwal == 3 and fee > 5 and status == "actve" '
        "and count(account.tickets where sverity > 1) > 1"
    )
    assert [diagnostic.code for diagnostic in found] == ["E203", "E205", "E206", "E203"]


def test_a_name_whose_own_expression_is_wrong_is_not_wrong_again(checked):
    assert checked("broken + 1 > 5 and fee > 5 JPY") == (None, [])


@pytest.mark.parametrize(
    ("text", "want", "message"),
    [
        ("quantity", CONDITION, "a condition is true or false; this is an int"),
        (
            "status",
            frozenset({Kind.USER, Kind.EMAIL}),
            "this place takes an email or a user; this is an enum",
        ),
        ("fee", frozenset({Kind.NUMBER}), "this place takes a number; this is money in JPY"),
        ("quantity", frozenset({Kind.NUMBER}), None),
        ("auto_renew", CONDITION, None),
        ("leads", VALUE, "a list of int cannot stand here"),
        ("window", VALUE, "a duration cannot stand here"),
        ("arr", VALUE, None),
    ],
)
def test_the_place_says_what_it_takes(checked, text, want, message):
    result, found = checked(text, want)
    assert [diagnostic.message for diagnostic in found] == ([message] if message else [])
    assert (result is None) == (message is not None)


def test_a_pattern_is_read_beforehand(checked):
    _, found = checked('product matches "a(b"')
    assert found[0].code == "E209"
    assert found[0].message.startswith("the pattern cannot be read: ")


def test_params_cannot_blow_up_a_tree(checked, scope):
    params = dict(scope.params)
    for level in range(40):
        result, _ = checked(f"p{level - 1} + p{level - 1}" if level else "quantity", params=params)
        if result is None:
            break
        params[f"p{level}"] = result
    else:
        pytest.fail("forty doublings were accepted")
