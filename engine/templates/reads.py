"""Which names a template reads, found without running it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jinja2 import nodes


@dataclass(frozen=True, slots=True, order=True)
class Read:
    """A name as the context must hold it (``contract.renewal_date``; fields of a list's elements as
    ``records[].contract.arr``) and the first line of the file that reads it."""

    name: str
    line: int


_Aliases = Mapping[str, frozenset[str]]  # local name -> what it may stand for; empty: something computed


def find_reads(tree: nodes.Template, first_line: int) -> tuple[Read, ...]:
    """All names, sorted. A loop variable stands for its list's elements, a set variable for what it was set
    to; where the branches of an ``if`` differ, for either."""
    collector = _Collector()
    collector.block(tree.body, {})
    return tuple(sorted(Read(name, line + first_line - 1) for name, line in collector.lines.items()))


class _Collector:
    def __init__(self) -> None:
        self.lines: dict[str, int] = {}

    def block(self, statements: Iterable[nodes.Node], aliases: _Aliases) -> _Aliases:
        """Reads the statements in order; returns the aliases that hold after them."""
        for statement in statements:
            aliases = self._statement(statement, aliases)
        return aliases

    def _statement(self, node: nodes.Node, aliases: _Aliases) -> _Aliases:
        if isinstance(node, nodes.Assign):
            return {**aliases, **_bind(node.target, self._expression(node.node, aliases))}
        if isinstance(node, nodes.If):
            return self._branches(node, aliases)
        if isinstance(node, nodes.For):
            self._loop(node, aliases)
            return aliases
        for child in node.iter_child_nodes():
            self._expression(child, aliases)
        return aliases

    def _branches(self, node: nodes.If, aliases: _Aliases) -> _Aliases:
        ends = []
        for branch in (node, *node.elif_):
            self._expression(branch.test, aliases)
            ends.append(self.block(branch.body, aliases))
        ends.append(self.block(node.else_, aliases))
        names = {name for end in ends for name in end}
        # A branch that does not set the name leaves the one of the context standing.
        return {name: frozenset().union(*(end.get(name, {name}) for end in ends)) for name in names}

    def _loop(self, node: nodes.For, aliases: _Aliases) -> None:
        lists = self._expression(node.iter, aliases)
        inner = {**aliases, **_bind(node.target, frozenset(f"{name}[]" for name in lists))}
        inner["loop"] = frozenset()
        if node.test is not None:
            self._expression(node.test, inner)
        self.block(node.body, inner)
        self.block(node.else_, aliases)

    def _expression(self, node: nodes.Node, aliases: _Aliases) -> frozenset[str]:
        """Notes what the expression reads; returns the names that it is itself, if it is a path."""
        paths = self._path(node, aliases)
        if paths is None:
            for child in node.iter_child_nodes():
                self._expression(child, aliases)
            return frozenset()
        for path in paths:
            self.lines[path] = min(node.lineno, self.lines.get(path, node.lineno))
        return paths

    def _path(self, node: nodes.Node, aliases: _Aliases) -> frozenset[str] | None:
        """What a chain of names stands for: None if it is no such chain, empty if it begins locally."""
        if isinstance(node, nodes.Name):
            return aliases.get(node.name, frozenset({node.name}))
        if isinstance(node, nodes.Getattr):
            return self._below(node.node, f".{node.attr}", aliases)
        if isinstance(node, nodes.Getitem):
            if isinstance(node.arg, nodes.Const):
                return self._below(node.node, _step(node.arg.value), aliases)
            return None
        if isinstance(node, nodes.Filter) and node.name in ("first", "last") and node.node is not None:
            return self._below(node.node, "[]", aliases)
        return None

    def _below(self, node: nodes.Node, step: str, aliases: _Aliases) -> frozenset[str] | None:
        above = self._path(node, aliases)
        return None if above is None else frozenset(f"{name}{step}" for name in above)


def _step(key: object) -> str:
    return f".{key}" if isinstance(key, str) else "[]"


def _bind(target: nodes.Node, paths: frozenset[str]) -> dict[str, frozenset[str]]:
    """A single name takes the paths; of a tuple's names nothing is known."""
    if isinstance(target, nodes.Name):
        return {target.name: paths}
    return {name.name: frozenset() for name in target.find_all(nodes.Name)}
