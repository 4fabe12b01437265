"""Figures of a price book: amounts in its currency, and percentages."""

from __future__ import annotations

from ...dsl.typed import Checked, Const
from ...dsl.types import Kind
from ..document import Node
from .reading import Reading


def read_money(node: Node | None, what: str, currency: str, reading: Reading) -> Checked | None:
    """An amount in the price book's currency; one whose currency the record says is taken as it is (a
    quote in another cannot be made, and says so)."""
    checked = reading.value(node, what, (Kind.MONEY,))
    if node is None or checked is None or checked.type.currency in (None, currency):
        return checked
    message = f"{what} is in {checked.type.currency}, and the price book in {currency}"
    help_text = f'write it in {currency}, or convert it: convert(…, "{currency}")'
    reading.findings.add("E207", checked.source.location(checked.tree.span), message, help_text)
    return None


def read_percent(node: Node | None, what: str, reading: Reading) -> Checked | None:
    """A share of 1: ``3%``, or an expression that gives 0.03. A whole number is a slip for a percentage."""
    checked = reading.value(node, what, (Kind.NUMBER,))
    if checked is None or checked.type.kind is not Kind.INT:
        return checked
    text = checked.source.text.strip()
    literal = isinstance(checked.tree, Const)
    message = f"{what} is a share of 1, and `{text}` is a whole number"
    help_text = f"write {text}%" if literal else f"write {text} * 1% if it counts percents"
    reading.findings.add("E411", checked.source.location(checked.tree.span), message, help_text)
    return None
