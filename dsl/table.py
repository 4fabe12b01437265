"""The parse table of ``grammar.lark`` as plain data: lark makes it once, ``lalr.py`` runs it.

It is kept in ``grammar.json``, so that no command pays for building it (100 ms), nor for importing lark.
After a change of the grammar: ``python -m playcall.dsl.table``, which needs lark; a test says so if it was
forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .frozen import frozen

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLE = Path(__file__).with_name("grammar.json")


@frozen
class Rule:
    """What becomes of the ``size`` topmost values when the parser has seen a whole ``origin``.

    ``build``: the method of the builder that is handed the ``kept`` ones; empty: the one kept value stands as
    it is; ``None``: the kept values as a list, to be put in place by the rule that uses this one. ``spread``:
    which of the kept ones are such lists.
    """

    origin: str
    size: int
    build: str | None
    kept: tuple[int, ...]
    spread: tuple[int, ...]


@frozen
class Table:
    """``terminals``: name and pattern, the first that matches is meant. ``states``: for each state and symbol
    what to do: a number from 0 is the state to go to, ``-1 - n`` says that rule ``n`` is complete. Parsing
    begins in state 0 and ends in ``end``."""

    terminals: tuple[tuple[str, str], ...]
    ignored: frozenset[str]
    rules: tuple[Rule, ...]
    states: tuple[Mapping[str, int], ...]
    end: int


def load() -> Table:
    """The table as it ships."""
    data = json.loads(TABLE.read_text("utf-8"))
    rules = (Rule(rule[0], rule[1], rule[2], tuple(rule[3]), tuple(rule[4])) for rule in data["rules"])
    return Table(
        terminals=tuple((name, pattern) for name, pattern in data["terminals"]),
        ignored=frozenset(data["ignored"]),
        rules=tuple(rules),
        states=tuple(data["states"]),
        end=data["end"],
    )


def dump(table: Table) -> str:
    """The table as JSON, a rule or a state a line, so that a change of the grammar can be read in a diff."""
    rules = ([rule.origin, rule.size, rule.build, rule.kept, rule.spread] for rule in table.rules)
    parts = {
        "terminals": _lines(table.terminals),
        "ignored": json.dumps(sorted(table.ignored)),
        "rules": _lines(rules),
        "states": _lines(table.states),
        "end": json.dumps(table.end),
    }
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in parts.items()) + "\n}\n"


def _lines(items: Iterable[object]) -> str:
    return "[\n" + ",\n".join(json.dumps(item) for item in items) + "\n]"


def build(grammar: str) -> Table:
    """The table that lark makes of a grammar, its states in an order that does not depend on hashes."""
    from lark import Lark

    parser: Any = Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False)
    table = parser.parser.parser._parse_table
    lexer = parser.parser.lexer.root_lexer
    start, end = table.start_states["start"], table.end_states["start"]
    order = _reached(table.states, start)
    number = {state: index for index, state in enumerate(order)}
    rules = sorted(parser.rules, key=lambda rule: (rule.origin.name, rule.order))
    index_of = {rule: index for index, rule in enumerate(rules)}

    def coded(target: Any) -> int:
        return -1 - index_of[target] if target in index_of else number[target]

    rows = (table.states[state] for state in order)
    return Table(
        terminals=tuple((one.name, one.pattern.to_regexp()) for one in lexer.terminals),
        ignored=frozenset(lexer.ignore_types),
        rules=tuple(map(_rule, rules)),
        states=tuple({symbol: coded(row[symbol][1]) for symbol in sorted(row)} for row in rows),
        end=number[end],
    )


def _reached(states: Mapping[Any, Mapping[str, Any]], start: Any) -> list[Any]:
    """All states, each when it is first reached from the start by symbols in order of their names."""
    order = [start]
    seen = {start}
    for state in order:
        for symbol in sorted(states[state]):
            target = states[state][symbol][1]
            if target in states and target not in seen:
                seen.add(target)
                order.append(target)
    return order


def _rule(rule: Any) -> Rule:
    """What lark would do for a rule, by its conventions: strings in the grammar are left out (unless the rule
    is marked ``!``), ``_rules`` are put in place, ``?rules`` of one value stand for it. No rule is empty."""
    assert rule.expansion, rule.origin
    keep_all = rule.options.keep_all_tokens
    kept = [i for i, one in enumerate(rule.expansion) if keep_all or not (one.is_term and one.filter_out)]
    spread = [i for i in kept if not rule.expansion[i].is_term and rule.expansion[i].name.startswith("_")]
    build_by = rule.alias or rule.origin.name
    if rule.options.expand1 and not rule.alias and len(kept) == 1 and not spread:
        build_by = ""
    elif rule.origin.name.startswith("_"):
        build_by = None
    return Rule(rule.origin.name, len(rule.expansion), build_by, tuple(kept), tuple(spread))


if __name__ == "__main__":
    TABLE.write_text(dump(build(GRAMMAR.read_text("utf-8"))), "utf-8")
