"""Programs: Jinja texts, checked and compiled, and what they print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import TracebackType

from jinja2 import Template, TemplateRuntimeError, TemplateSyntaxError, nodes
from jinja2.visitor import NodeTransformer

from ...dsl.frozen import frozen
from ...dsl.source import Location, SourceText, Span
from ..shape import Findings
from .errors import RenderError
from .filters import LOCALE
from .reads import NameRead, find_reads, span_at
from .rules import check
from .sandbox import ENVIRONMENT, LONGEST_MESSAGE, PLACEHOLDER, STATE, TOO_LONG, State
from .values import ValueTextError

DEEP = 12  # levels of a template's tree
_OFFSET = re.compile(r" at \d+$")
_TROUBLE = (TemplateRuntimeError, ArithmeticError, TypeError, ValueError, LookupError, RecursionError)


@frozen
class Filled:
    """What a program printed: text with placeholders, and the texts that they stand for, by number."""

    shape: str
    texts: tuple[str, ...]

    def plain(self) -> str:
        """The text with every placeholder replaced."""
        return PLACEHOLDER.sub(lambda match: self.texts[int(match[1])], self.shape)


class Code:
    """A checked tree, compiled when it is first run: to lint a project is to run none. What the checks do not
    see, and compiling would (loops deep in each other, a target called `loop`), is compiled at once."""

    def __init__(self, tree: nodes.Template, source: SourceText, outputs: list[Span]) -> None:
        self._tree = tree
        self._source = source
        self._outputs = outputs

    @cached_property
    def template(self) -> Template:
        """Raises what Python raises of a tree that nests too deeply."""
        text, file = self._source.text, self._source.file
        code = ENVIRONMENT.compile(_Rewriter(text, self._outputs).visit(self._tree), file, file)
        return Template.from_code(ENVIRONMENT, code, {})


@frozen
class Program:
    """A text that can be run. ``reads``: the names that it reads, in order of place; ``outputs``: what stands
    in each ``{{ … }}``, by where it begins."""

    source: SourceText
    reads: tuple[NameRead, ...]
    outputs: Mapping[int, Span]
    code: Code

    @property
    def location(self) -> Location:
        """Where the text begins."""
        return self.source.location(Span(0, 0))

    def run(self, context: Mapping[str, object], locale: str) -> Filled:
        """Prints with the values of the context, written for the locale. Raises ``RenderError``."""
        state = State(locale)
        pieces, length = [], 0
        code = self.code.template
        try:
            for piece in code.root_render_func(code.new_context({**context, STATE: state, LOCALE: locale})):
                length += len(piece)
                if length > LONGEST_MESSAGE:
                    raise ValueTextError(TOO_LONG)
                pieces.append(piece)
        except _TROUBLE as error:
            raise self._explain(error) from error
        return Filled("".join(pieces), tuple(state.texts))

    def _explain(self, error: Exception) -> RenderError:
        at = self._where(error.__traceback__)
        span = self.outputs.get(at, Span(at, at))
        text = str(error)
        if isinstance(error, ValueTextError):
            subject = error.subject or self.source.text[span.start : span.end]
            text = f"`{subject}` {text}" if subject else f"a value here {text}"
        elif not isinstance(error, TemplateRuntimeError):
            text = f"cannot be worked out: {text}"
        return RenderError(text, self.source.location(span))

    def _where(self, traceback: TracebackType | None) -> int:
        """The offset of the statement or output that failed; 0 if it is not known."""
        at = 1
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.source.file:
                at = self.code.template.get_corresponding_lineno(traceback.tb_lineno)
            traceback = traceback.tb_next
        return at - 1


def reads_of(source: SourceText) -> tuple[NameRead, ...]:
    """The names that a text reads which breaks rules; nothing of one that cannot be read."""
    try:
        return find_reads(ENVIRONMENT.parse(source.text), source.text)
    except (TemplateSyntaxError, RecursionError):
        return ()


def compile_program(source: SourceText, findings: Findings) -> Program | None:
    """Checks and compiles a text; None where it breaks rules, each of which is reported (E402)."""
    text = source.text
    try:
        tree = ENVIRONMENT.parse(text)
        broken = list(check(tree, text))
        for one in broken:
            findings.add("E402", source.location(one.span), one.message, one.help)
        if broken:
            return None
        reads, outputs = find_reads(tree, text), _outputs(text)
        code = Code(tree, source, outputs)
        if "loop" in text or _is_deep(tree):
            _ = code.template  # whether it can be compiled, only the compiler knows
    except TemplateSyntaxError as error:
        findings.add("E402", source.location(_span(error, text)), _sentence(error))
        return None
    except (RecursionError, MemoryError, SyntaxError):
        findings.add("E402", source.location(Span(0, 0)), "the template nests too deeply")
        return None
    return Program(source, reads, {span.start: span for span in outputs}, code)


def _is_deep(tree: nodes.Node) -> bool:
    """Whether a tree nests so deeply that Python might not take what is made of it (it takes 20 loops in each
    other)."""
    level: list[nodes.Node] = [tree]
    for _ in range(DEEP):
        level = [inner for node in level for inner in node.iter_child_nodes()]
        if not level:
            return False
    return True


def _sentence(error: TemplateSyntaxError) -> str:
    text = _OFFSET.sub("", error.message or "not readable as a template").partition(". ")[0]
    return f"the template cannot be read: {text[0].lower()}{text[1:].rstrip('.')}"


def _span(error: TemplateSyntaxError, text: str) -> Span:
    """Where a syntax error stands; where the text ends too early, the innermost tag that is not closed."""
    at = error.lineno - 1
    if not (error.message or "").startswith("Unexpected end of template"):
        return Span(at, at)
    opened: list[int] = []
    for place, token, written in ENVIRONMENT.lex(text):
        if token == "name" and text[: place - 1].rstrip().endswith(("{%", "{%-", "{%+")):
            if written.startswith("end"):
                opened = opened[:-1]
            elif written in ("if", "for"):
                opened.append(place - 1)
    return span_at(text, opened[-1] if opened else at)


def _outputs(text: str) -> list[Span]:
    """What stands in each ``{{ … }}``, in order, without the blanks around it."""
    found: list[Span] = []
    begin = 0
    for place, token, written in ENVIRONMENT.lex(text):
        if token == "variable_begin":
            begin = place - 1 + len(written)
        elif token == "variable_end":
            inner = text[begin : place - 1]
            start = begin + len(inner) - len(inner.lstrip())
            found.append(Span(start, start + len(inner.strip())))
    return found


class _Rewriter(NodeTransformer):
    """Turns outputs into placeholders, joins into bounded ones, and counts the steps of loops."""

    def __init__(self, text: str, outputs: list[Span]) -> None:
        self._text = text
        self._outputs: Iterator[Span] = iter(outputs)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 (jinja2 finds visitors by node name)
        node.nodes = [
            one if isinstance(one, nodes.TemplateData) else self._printed(one) for one in node.nodes
        ]
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "_each", node.iter.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "_concat", node.lineno)

    def _printed(self, node: nodes.Node) -> nodes.Expr:
        span = next(self._outputs)
        inner: nodes.Expr = self.visit(node)
        # The place of the whole output, so that an error at run time finds it.
        written = nodes.Const(self._text[span.start : span.end], lineno=node.lineno)
        return _filtered(inner, "_emit", span.start + 1, written)


def _filtered(node: nodes.Node, name: str, place: int, *arguments: nodes.Expr) -> nodes.Filter:
    made = nodes.Filter(node, name, list(arguments), [], None, None, lineno=place)
    made.set_environment(ENVIRONMENT)
    return made
