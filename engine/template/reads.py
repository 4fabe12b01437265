"""Which names a template reads, found without running it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from jinja2 import nodes

from ...dsl.frozen import frozen
from ...dsl.source import Span

EACH = "[]"  # the step from a list to its elements

_STEP = re.compile(r"""\.\s*\w+|\[\s*(?:"[^"]*"|'[^']*'|[^\]]*)\s*\]""")
_WORD = re.compile(r"\w+")

Path = tuple[str, ...]
_Aliases = Mapping[str, frozenset[Path]]  # local name -> what it may stand for; empty: something computed


@frozen
class NameRead:
    """A name as the values of a message must hold it: ``contract.renewal_date``; fields of a list's elements
    as ``records[].contract.arr``. ``span``: where it is written; ``shown``: it is printed as it is."""

    path: Path
    span: Span
    shown: bool


def find_reads(tree: nodes.Template, text: str) -> tuple[NameRead, ...]:
    """All reads of a tree whose line numbers are offsets (``lexer``), of all branches, in order of place.

    A loop variable stands for its list's elements, a set variable for what it was set to; where the branches
    of an ``if`` differ, for either."""
    collector = _Collector(text)
    collector.block(tree.body, {})
    return tuple(sorted(collector.reads, key=lambda read: (read.span.start, read.path)))


class _Collector:
    def __init__(self, text: str) -> None:
        self.reads: dict[NameRead, None] = {}
        self._text = text

    def block(self, statements: Iterable[nodes.Node], aliases: _Aliases) -> _Aliases:
        """Reads the statements in order; returns the aliases that hold after them."""
        for statement in statements:
            aliases = self._statement(statement, aliases)
        return aliases

    def _statement(self, node: nodes.Node, aliases: _Aliases) -> _Aliases:
        if isinstance(node, nodes.Assign):
            paths = _path(node.node, aliases)  # only another name: it is read where that one is
            if paths is None:
                self._expression(node.node, aliases)
            return {**aliases, **_bind(node.target, paths or frozenset())}
        if isinstance(node, nodes.If):
            return self._branches(node, aliases)
        if isinstance(node, nodes.For):
            self._loop(node, aliases)
            return aliases
        shown = isinstance(node, nodes.Output)
        for child in node.iter_child_nodes():
            self._expression(child, aliases, shown)
        return aliases

    def _branches(self, node: nodes.If, aliases: _Aliases) -> _Aliases:
        ends = []
        for branch in (node, *node.elif_):
            self._expression(branch.test, aliases)
            ends.append(self.block(branch.body, aliases))
        ends.append(self.block(node.else_, aliases))
        names = {name for end in ends for name in end}
        # A branch that does not set the name leaves the one of the context standing.
        return {name: frozenset().union(*(end.get(name, {(name,)}) for end in ends)) for name in names}

    def _loop(self, node: nodes.For, aliases: _Aliases) -> None:
        lists = self._expression(node.iter, aliases)
        inner = {**aliases, **_bind(node.target, frozenset((*path, EACH) for path in lists))}
        inner["loop"] = frozenset()
        if node.test is not None:
            self._expression(node.test, inner)
        self.block(node.body, inner)
        self.block(node.else_, aliases)

    def _expression(self, node: nodes.Node, aliases: _Aliases, shown: bool = False) -> frozenset[Path]:
        """Notes what the expression reads; returns the names that it is itself, if it is a path."""
        paths = _path(node, aliases)
        if paths is None:
            for child in node.iter_child_nodes():
                self._expression(child, aliases)
            return frozenset()
        span = span_of(node, self._text)
        self.reads |= dict.fromkeys(NameRead(path, span, shown) for path in paths)
        return paths


def _path(node: nodes.Node, aliases: _Aliases) -> frozenset[Path] | None:
    """What a chain of names stands for: None if it is no such chain, empty if it begins locally."""
    if isinstance(node, nodes.Name):
        return aliases.get(node.name, frozenset({(node.name,)}))
    if isinstance(node, nodes.Getattr):
        return _below(node.node, node.attr, aliases)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        step = node.arg.value
        return _below(node.node, step if isinstance(step, str) else EACH, aliases)
    if isinstance(node, nodes.Filter) and node.name in ("first", "last") and node.node is not None:
        return _below(node.node, EACH, aliases)
    return None


def _below(node: nodes.Node, step: str, aliases: _Aliases) -> frozenset[Path] | None:
    above = _path(node, aliases)
    return None if above is None else frozenset((*path, step) for path in above)


def span_of(node: nodes.Node, text: str) -> Span:
    """Where a node is written: a chain of names whole, a call with its bracket, anything else by its first
    word or sign."""
    at = node.lineno - 1
    if isinstance(node, nodes.Call):
        return Span(_start(node.node), at + 1)
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        match = _STEP.match(text, at)
        return Span(_start(node), match.end() if match else at + 1)
    return span_at(text, at)


def span_at(text: str, at: int) -> Span:
    """The word or the sign that stands at an offset."""
    match = _WORD.match(text, at)
    return Span(at, match.end() if match else at + 1)


def _start(node: nodes.Node) -> int:
    """Where a chain of names begins; Jinja places each of its nodes where that one's own step stands."""
    if isinstance(node, nodes.Getattr | nodes.Getitem | nodes.Filter | nodes.Call) and node.node is not None:
        return _start(node.node)
    return node.lineno - 1


def _bind(target: nodes.Node, paths: frozenset[Path]) -> dict[str, frozenset[Path]]:
    """A single name takes the paths; of a tuple's names nothing is known."""
    if isinstance(target, nodes.Name):
        return {target.name: paths}
    return {name.name: frozenset() for name in target.find_all(nodes.Name)}
