"""Syntax tree → canonical text: one spelling for each tree, with no parentheses that do not matter."""

from __future__ import annotations

import re

from . import syntax as s

# How tightly an operator holds its operands, loosest first, as in grammar.lark.
_CHOICE, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, _OPERAND = range(9)
_ARITHMETIC = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT}
_LOGIC = {"or": _OR, "and": _AND}


def print_syntax(node: s.Syntax) -> str:
    """The canonical text: ``parse(print_syntax(tree))`` equals ``tree``."""
    return _text(node, _CHOICE)


def _text(node: s.Syntax, least: int) -> str:
    """The text of a node where the grammar takes one that binds at least this tightly."""
    text = _bare(node)
    return text if _strength(node) >= least else f"({text})"


def _strength(node: s.Syntax) -> int:
    match node:
        case s.Conditional():
            return _CHOICE
        case s.Logic(op):
            return _LOGIC[op]
        case s.Unary(op):
            return _NOT if op == "not" else _SIGN
        case s.Binary(op):
            return _ARITHMETIC.get(op, _COMPARISON)
        case s.Between() | s.IsMissing():
            return _COMPARISON
        case _:
            return _OPERAND


def _bare(node: s.Syntax) -> str:
    match node:
        case s.Literal():
            return node.text
        case s.Clock():
            return node.name
        case s.Path():
            return str(node)
        case s.ListOf(items):
            return f"[{_joined(items)}]"
        case s.Unary("not", operand):
            return f"not {_text(operand, _NOT)}"
        case s.Unary(_, operand):
            return f"-{_text(operand, _SIGN)}"
        case s.Binary():
            return _binary(node)
        case s.Logic(op, parts):
            return f" {op} ".join(_text(part, _LOGIC[op] + 1) for part in parts)
        case s.Between(operand, low, high, negated):
            word = "not between" if negated else "between"
            return f"{_text(operand, _SUM)} {word} {_text(low, _SUM)} and {_text(high, _SUM)}"
        case s.IsMissing(operand, negated):
            return f"{_text(operand, _SUM)} is {'not ' if negated else ''}missing"
        case s.Conditional(then, condition, otherwise):
            return f"{_text(then, _OR)} if {_text(condition, _OR)} else {_text(otherwise, _CHOICE)}"
        case s.Call():
            return _call(node)


def _binary(node: s.Binary) -> str:
    strength = _strength(node)
    if strength == _COMPARISON:
        left, right = _text(node.left, _SUM), _text(node.right, _SUM)
        if node.op in ("is", "is not") and re.match(r"missing\b", right):
            right = f"({right})"  # a field of that name, which would read as the test `is missing`
    else:
        left, right = _text(node.left, strength), _text(node.right, strength + 1)
    return f"{left} {node.op} {right}"


def _call(node: s.Call) -> str:
    by = f"by {print_syntax(node.by)}" if node.by else ""
    where = f"where {print_syntax(node.where)}" if node.where else ""
    return f"{node.name.text}({' '.join(part for part in (_joined(node.args), by, where) if part)})"


def _joined(nodes: tuple[s.Syntax, ...]) -> str:
    return ", ".join(print_syntax(node) for node in nodes)
