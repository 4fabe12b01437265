"""The part of Jinja that templates may use, and programs compiled from it.

Jinja's own sandbox keeps templates from Python's insides but has no limit of time or memory. Here only listed
nodes, filters and tests exist, nothing can be called, loops run over given lists alone, and every loop and
output counts against a budget. What ``{{ … }}`` prints does not go into the text: a placeholder does, and the
value is kept beside it, so no value can be read as Markdown, HTML or Jinja.
"""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateRuntimeError,
    TemplateSyntaxError,
    nodes,
    pass_context,
)
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from .errors import RenderError, TemplateError
from .filters import FILTERS, LOCALE, TESTS, join_texts
from .values import ValueTextError, write

MOST_STEPS = 100_000  # elements that all loops of one message may go through
MOST_OUTPUTS = 20_000  # values that one message may print
LONGEST_MESSAGE = 1_000_000  # characters

_NONCE = "p" + secrets.token_hex(6)  # lower case: it must survive as part of a host name
PLACEHOLDER = re.compile(rf"{_NONCE}(\d{{5}})x")

_STATE = "_state"
_LOOP_FIELDS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})
_SPECIAL_NAMES = frozenset({"self", "super", "caller", "varargs", "kwargs"})
_TROUBLE = (TemplateRuntimeError, ArithmeticError, TypeError, ValueError, LookupError, RecursionError)
_ALLOWED_NODES: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.Name),
    *(nodes.Const, nodes.Tuple, nodes.List, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Keyword),
    *(nodes.Getattr, nodes.Getitem, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(
        nodes.Add,
        nodes.Sub,
        nodes.Mul,
        nodes.Div,
        nodes.FloorDiv,
        nodes.Mod,
        nodes.Neg,
        nodes.Pos,
        nodes.Concat,
    ),
)


class _Unknown(StrictUndefined):
    """A name that is not in the context; using it fails with a sentence about the name."""

    @property
    def _undefined_message(self) -> str:
        return f"`{self._undefined_name}` is not known here"


class _Environment(ImmutableSandboxedEnvironment):
    """Attributes are keys of plain mappings, nothing else; arithmetic is for numbers of sane size."""

    intercepted_binops = frozenset({"+", "*", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Undefined):
            return obj  # so that the message names the first unknown name of `a.b.c`
        if isinstance(obj, LoopContext) and attribute in _LOOP_FIELDS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, list | tuple) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else None
        if isinstance(argument, str) and not argument.startswith("_"):
            return self.getattr(obj, argument)
        return self.undefined(obj=obj, name=str(argument))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(one, int | float) and abs(one) < 1e15 for one in (left, right)):
            raise ValueTextError(f"uses `{operator}` on something else than numbers; texts are joined with ~")
        return super().call_binop(context, operator, left, right)


@dataclass(slots=True)
class _State:
    """One message in the making: the texts behind its placeholders, and what it has used up."""

    locale: str
    texts: list[str] = field(default_factory=list)
    size: int = 0
    steps: int = 0

    def add(self, text: str) -> str:
        """The placeholder that now stands for the text."""
        self.size += len(text)
        if self.size > LONGEST_MESSAGE or len(self.texts) >= MOST_OUTPUTS:
            raise ValueTextError(f"makes the message too long (over {LONGEST_MESSAGE:,} characters)")
        self.texts.append(text)
        return f"{_NONCE}{len(self.texts) - 1:05d}x"


@dataclass(frozen=True, slots=True)
class Filled:
    """What a program printed: text with placeholders, and the texts that they stand for, by number."""

    shape: str
    texts: tuple[str, ...]

    def plain(self) -> str:
        """The text with every placeholder replaced."""
        return PLACEHOLDER.sub(lambda match: self.texts[int(match[1])], self.shape)


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled template text. ``outputs``: line and source of every ``{{ … }}``; ``first_line``: the line
    of the file on which the text begins; ``tree``: the syntax tree as written, for analysis."""

    file: str
    first_line: int
    tree: nodes.Template
    outputs: tuple[tuple[int, str], ...]
    code: Template

    def run(self, context: Mapping[str, object], locale: str) -> Filled:
        """Prints with the values of the context, written for the locale. Raises ``RenderError``."""
        state = _State(locale)
        pieces, length = [], 0
        try:
            for piece in self.code.root_render_func(
                self.code.new_context({**context, _STATE: state, LOCALE: locale})
            ):
                length += len(piece)
                if length > LONGEST_MESSAGE:
                    raise ValueTextError(f"makes the message too long (over {LONGEST_MESSAGE:,} characters)")
                pieces.append(piece)
        except _TROUBLE as error:
            raise self._explain(error) from error
        return Filled("".join(pieces), tuple(state.texts))

    def _explain(self, error: Exception) -> RenderError:
        line = self._line_of(error.__traceback__)
        text = str(error)
        if isinstance(error, ValueTextError):
            here = [source for at, source in self.outputs if at == line]
            subject = error.subject or (here[0] if len(here) == 1 else None)
            text = f"`{subject}` {text}" if subject else f"a value here {text}"
        elif not isinstance(error, TemplateRuntimeError):
            text = f"cannot be worked out: {text}"
        return RenderError(text, self.file, line + self.first_line - 1 if line else None)

    def _line_of(self, traceback: TracebackType | None) -> int | None:
        line = None
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.file:
                line = self.code.get_corresponding_lineno(traceback.tb_lineno)
            traceback = traceback.tb_next
        return line


def compile_program(source: str, file: str, first_line: int = 1) -> Program:
    """Checks and compiles a text. Raises ``TemplateError`` with the line of the file."""
    try:
        tree = _ENVIRONMENT.parse(source)
        _check(tree)
        outputs = tuple(_outputs(source))
        code = _ENVIRONMENT.compile(_Rewriter(outputs).visit(_ENVIRONMENT.parse(source)), file, file)
    except TemplateSyntaxError as error:
        raise TemplateError(_sentence(error), file, error.lineno + first_line - 1) from error
    except (RecursionError, MemoryError) as error:
        raise TemplateError("the template nests too deeply", file, first_line) from error
    return Program(file, first_line, tree, outputs, Template.from_code(_ENVIRONMENT, code, {}))


def _check(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED_NODES):
            raise TemplateSyntaxError(_refusal(node), node.lineno)
        if isinstance(node, nodes.For) and node.recursive:
            raise TemplateSyntaxError("loops cannot be recursive", node.lineno)
        if isinstance(node, nodes.Filter):
            _check_listed("filter", node.name, FILTERS, node.lineno)
        if isinstance(node, nodes.Test):
            _check_listed("test", node.name, TESTS, node.lineno)
        name = _name_of(node)
        if name is not None and (name.startswith("_") or name in _SPECIAL_NAMES):
            raise TemplateSyntaxError(f"`{name}` is not a name that a template can read", node.lineno)


def _name_of(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return node.attr
    if (
        isinstance(node, nodes.Getitem)
        and isinstance(node.arg, nodes.Const)
        and isinstance(node.arg.value, str)
    ):
        return node.arg.value
    return None


def _refusal(node: nodes.Node) -> str:
    if isinstance(node, nodes.Call):
        return "nothing can be called in a template; use a filter such as `| date`"
    return f"{type(node).__name__.lower()} is not available in templates; they have if, for, set and filters"


def _check_listed(kind: str, name: str, listed: Mapping[str, object], line: int) -> None:
    if name in listed:
        return
    near = difflib.get_close_matches(name, listed, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(sorted(listed))}"
    raise TemplateSyntaxError(f"there is no {kind} `{name}`; {hint}", line)


def _sentence(error: TemplateSyntaxError) -> str:
    text = error.message or "not readable as a template"
    return text[0].lower() + text[1:].rstrip(".")


def _outputs(source: str) -> Iterator[tuple[int, str]]:
    """Line and source of every ``{{ … }}`` in document order, as the lexer sees them."""
    parts: list[str] | None = None
    start, before = 1, ""
    for line, token, text in _ENVIRONMENT.lex(source):
        if token == "variable_begin":
            parts, start = [], line
        elif token == "variable_end" and parts is not None:
            yield start, "".join(parts).strip()
            parts = None
        elif parts is not None:
            parts.append(text)
        elif before == "block_begin" and text == "print":
            raise TemplateSyntaxError("print is not available; write {{ … }}", line)
        before = before if token == "whitespace" else token


class _Rewriter(NodeTransformer):
    """Turns outputs into placeholders, joins into bounded ones, and counts the steps of loops."""

    def __init__(self, outputs: tuple[tuple[int, str], ...]) -> None:
        self._outputs = iter(outputs)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 (jinja2 finds visitors by node name)
        node.nodes = [
            one if isinstance(one, nodes.TemplateData) else self._printed(one) for one in node.nodes
        ]
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "_each")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "_concat")

    def _printed(self, node: nodes.Node) -> nodes.Expr:
        _, source = next(self._outputs)
        inner: nodes.Expr = self.visit(node)
        return _filtered(inner, "_emit", nodes.Const(source, lineno=node.lineno))


def _filtered(node: nodes.Node, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    made = nodes.Filter(node, name, list(arguments), [], None, None, lineno=node.lineno)
    made.set_environment(_ENVIRONMENT)
    return made


@pass_context
def _emit(context: Context, value: object, source: str) -> str:
    state: _State = context.parent[_STATE]
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    try:
        return state.add(write(value, state.locale))
    except ValueTextError as error:
        error.subject = error.subject or source
        raise


@pass_context
def _each(context: Context, value: object) -> object:
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    if not isinstance(value, list | tuple):
        raise ValueTextError("loops over something else than a list")
    state: _State = context.parent[_STATE]
    state.steps += len(value)
    if state.steps > MOST_STEPS:
        raise ValueTextError(f"loops more than {MOST_STEPS:,} times")
    return value


def _make_environment() -> _Environment:
    environment = _Environment(
        undefined=_Unknown,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
        extensions=[],
    )
    environment.globals.clear()
    environment.tests = dict(TESTS)
    environment.filters = {**FILTERS, "_emit": _emit, "_each": _each, "_concat": join_texts}
    return environment


_ENVIRONMENT = _make_environment()
