"""The part of Jinja that templates may use: only listed nodes, filters and tests; nothing can be called."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import nodes

from ...dsl.frozen import frozen
from ...dsl.source import Span
from .filters import FILTERS, TESTS
from .reads import span_of

_SPECIAL_NAMES = frozenset({"self", "super", "caller", "varargs", "kwargs"})
_ALLOWED_NODES: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.Name),
    *(nodes.Const, nodes.Tuple, nodes.List, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Keyword),
    *(nodes.Getattr, nodes.Getitem, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos),
    nodes.Concat,
)


@frozen
class Broken:
    """A rule that a template breaks, and where in its text."""

    span: Span
    message: str
    help: str = ""


def check(tree: nodes.Template, text: str) -> Iterator[Broken]:
    """Everything in a tree (its line numbers offsets, as ``lexer`` makes them) that no template may have."""
    for node in tree.find_all(nodes.Node):
        for message, help_text in _problems(node, text):
            yield Broken(span_of(node, text), message, help_text)


def _problems(node: nodes.Node, text: str) -> Iterator[tuple[str, str]]:
    name = _name_of(node)
    if not isinstance(node, _ALLOWED_NODES):
        yield _refusal(node)
    elif isinstance(node, nodes.For) and node.recursive:
        yield "loops cannot be recursive", ""
    elif isinstance(node, nodes.Output) and _is_print(node, text):
        yield "print is not available", "write {{ … }}"
    elif isinstance(node, nodes.Filter):
        yield from _use("filter", node, FILTERS)
    elif isinstance(node, nodes.Test):
        yield from _use("test", node, TESTS)
    elif name is not None and (name.startswith("_") or name in _SPECIAL_NAMES):
        yield f"`{name}` is not a name that a template can read", ""


def _refusal(node: nodes.Node) -> tuple[str, str]:
    if isinstance(node, nodes.Call):
        return "nothing can be called in a template", "use a filter such as `| date`"
    return (
        f"{type(node).__name__.lower()} is not available in templates",
        "they have if, for, set and filters",
    )


def _is_print(node: nodes.Output, text: str) -> bool:
    """``{% print a %}`` is an output that begins before what it prints."""
    begins = node.lineno
    return text.startswith("print", begins - 1) and all(one.lineno != begins for one in node.nodes)


def _use(
    kind: str, node: nodes.Filter | nodes.Test, listed: Mapping[str, Callable[..., Any]]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the use of a filter or test: it does not exist, or takes other arguments."""
    if node.name not in listed:
        near = difflib.get_close_matches(node.name, listed, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(sorted(listed))}"
        yield f"there is no {kind} `{node.name}`", hint
    elif node.dyn_args is not None or node.dyn_kwargs is not None:
        yield f"the arguments of the {kind} `{node.name}` are written one by one", ""
    else:
        try:
            _signature(listed[node.name]).bind(
                None, *node.args, **{str(pair.key): pair for pair in node.kwargs}
            )
        except TypeError as error:
            yield f"the {kind} `{node.name}` does not go with what stands in its brackets: {error}", ""


@lru_cache(64)
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    """What a filter or test takes: the value, then what stands in brackets."""
    whole = inspect.signature(function)
    inner = [one for one in whole.parameters.values() if one.name != "context"]
    return whole.replace(parameters=inner)


def _name_of(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return node.arg.value if isinstance(node.arg.value, str) else None
    return None
