"""Syntax tree → typed tree: every name resolved, every operator one overload; or diagnostics why not.

The checker goes on after a mistake: what is wrong gets the type ERROR, which fits everywhere, so one pass
finds all mistakes and says each once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import assert_never, cast

from . import dates, ledger_forms, mismatch
from . import syntax as s
from .checking import Frame, unknown
from .diagnostics import Diagnostic, Fix
from .enums import foreign_literals
from .functions import FUNCTION_NAMES, resolve
from .history import HISTORY_FORMS, history
from .literals import quote
from .names import did_you_mean
from .parser import parse
from .paths import path
from .patterns import currency_problem, regex_problem
from .related import AGGREGATE_NAMES, aggregate, is_aggregate, over
from .scope import Scope
from .source import SourceText, Span
from .typed import Call, Checked, Clock, Const, Typed, children, walk
from .types import Duration, Kind, Type

CONDITION = frozenset({Kind.BOOL})
VALUE = frozenset(Kind) - {Kind.LIST, Kind.DURATION, Kind.ERROR}  # what a record's field can hold
ANYTHING = VALUE | {Kind.LIST, Kind.DURATION}  # what a param can be
MAX_NODES = 5_000  # params stand in the tree wherever they are used, so short texts can make large trees

_EQUALITIES = ("==", "!=", "is", "is not", "in", "not in")


def check(
    source: SourceText, scope: Scope, diagnostics: list[Diagnostic], want: Collection[Kind] = VALUE
) -> Checked | None:
    """The checked expression; or None, with what is wrong (E2xx) added to ``diagnostics``.

    ``want``: the kinds that the place takes; ``CONDITION`` where it must be true or false, ``ANYTHING`` where
    lists and durations are welcome too. None without a diagnostic means that a name in it has the type ERROR:
    what is wrong was said there.
    """
    key = (scope.entity, source.text, frozenset(want))
    known = scope.schema.checked.get(key)
    if known is not None:
        return Checked(scope.entity, cast(Typed, known), source)
    tree = parse(source)
    if isinstance(tree, Diagnostic):
        diagnostics.append(tree)
        return None
    checker = Checker(source, scope, diagnostics)
    typed = checker.visit(tree, Frame(scope.record))
    checker.expect(typed, want)
    if checker.failed:
        return None
    sound = _measure(typed)
    if sound is None:
        checker.report(
            typed.span, "E201", "the expression with its params is too large", "move parts to derived fields"
        )
    if not sound:
        return None
    if not checker.own:
        scope.schema.checked[key] = typed
    return Checked(scope.entity, typed, source)


def erroneous(scope: Scope, source: SourceText) -> Checked:
    """What stands in for a param whose own expression is wrong, so that its uses are not wrong again."""
    return Checked(scope.entity, unknown(Span(0, len(source.text))), source)


def _measure(typed: Typed) -> bool | None:
    """Whether a tree is free of ERROR; None if it is too large."""
    sound, count, below = True, 0, [typed]
    while below:
        node = below.pop()
        sound = sound and node.type.kind is not Kind.ERROR
        count += 1
        if count > MAX_NODES:
            return None
        below.extend(children(node))
    return sound


class Checker:
    """The check of one expression."""

    def __init__(self, source: SourceText, scope: Scope, diagnostics: list[Diagnostic]) -> None:
        self.source = source
        self.scope = scope
        self.failed = False  # not the length of the list: a field's own check may add to it meanwhile
        self.own = False  # whether it means something else in another playbook
        self._diagnostics = diagnostics

    def report(self, span: Span, code: str, message: str, help_: str = "", instead: str = "") -> Const:
        """Note a mistake; gives the node that stands in for what is wrong. ``instead``: what was probably
        meant in the span's place."""
        self.failed = True
        edit = self.source.edit(span, instead) if instead else None
        fix = Fix(f"write `{instead}`", (edit,), safe=False) if edit is not None else None
        found = Diagnostic(self.source.location(span), code, message, help_, fix)
        if found not in self._diagnostics:
            self._diagnostics.append(found)
        return unknown(span)

    def expect(self, typed: Typed, want: Collection[Kind]) -> None:
        """Report a result that its place does not take. An int stands where a number does."""
        kind = typed.type.kind
        if kind is Kind.ERROR or kind in want or (kind is Kind.INT and Kind.NUMBER in want):
            return
        if set(want) == CONDITION:
            self._report(typed.span, mismatch.condition(typed.type, self._text(typed.span)))
        else:
            self.report(typed.span, "E205", mismatch.wanted(typed.type, want))

    def visit(self, node: s.Syntax, frame: Frame, near: Type | None = None) -> Typed:
        """The typed node of a syntax node. ``near``: the type of what it is compared with."""
        match node:
            case s.Literal():
                return Const(node.value, _literal_type(node), node.span)
            case s.Clock():
                return Clock(node.name, Type(Kind.DATE if node.name == "today" else Kind.DATETIME), node.span)
            case s.Path():
                return path(self, node, frame, near)
            case s.ListOf():
                return self._list(node, frame, near)
            case s.Unary():
                return self._unary(node, frame)
            case s.Binary():
                return self._binary(node, frame)
            case s.Logic():
                return self._join(node.op, [self.condition(part, frame) for part in node.parts], node.span)
            case s.Between():
                return self._between(node, frame)
            case s.IsMissing():
                name = "is not missing" if node.negated else "is missing"
                return self.operator(name, (self.visit(node.operand, frame),), node.span)
            case s.Conditional():
                return self._conditional(node, frame)
            case s.Call():
                return self._call(node, frame)
            case _:
                assert_never(node)

    def condition(self, node: s.Syntax, frame: Frame) -> Typed:
        """The typed node of a condition; anything but a bool is reported."""
        typed = self.visit(node, frame)
        if typed.type.kind in (Kind.BOOL, Kind.ERROR):
            return typed
        self._report(typed.span, mismatch.condition(typed.type, self._text(typed.span)))
        return unknown(typed.span)

    def operator(self, name: str, args: tuple[Typed, ...], span: Span) -> Call | Const:
        """The overload of an operator for its operands; reported where there is none."""
        resolved = resolve(name, [arg.type for arg in args])
        if resolved is not None:
            return Call(resolved.id, args, resolved.result, span)
        texts = [self._text(arg.span) for arg in args]
        return self._report(span, mismatch.operator(name, args, texts, self.scope.settings.currency))

    def _report(self, span: Span, found: mismatch.Mismatch) -> Const:
        return self.report(span, found.code, found.message, found.help)

    def _text(self, span: Span) -> str:
        return self.source.text[span.start : span.end]

    def _list(self, node: s.ListOf, frame: Frame, near: Type | None) -> Typed:
        items = tuple(self.visit(item, frame, near) for item in node.items)
        resolved = resolve("list", [item.type for item in items])
        if resolved is None:
            return self._report(node.span, mismatch.items(items))
        return Call(resolved.id, items, resolved.result, node.span)

    def _unary(self, node: s.Unary, frame: Frame) -> Typed:
        if node.op == "not":
            return self.operator("not", (self.condition(node.operand, frame),), node.span)
        return self.operator("neg", (self.visit(node.operand, frame),), node.span)

    def _binary(self, node: s.Binary, frame: Frame) -> Typed:
        left = self.visit(node.left, frame)
        right = self.visit(node.right, frame, left.type if node.op in _EQUALITIES else None)
        typed = self.operator(node.op, (left, right), node.span)
        if isinstance(typed, Call) and node.op in _EQUALITIES:
            self._literals_of_enum(left, right)
            self._literals_of_enum(right, left)
        if node.op in ("matches", "not matches") and isinstance(right, Const):
            self._literal(right, regex_problem)
        if node.op in ("+", "-") and left.type.kind is Kind.DATE and right.type.kind is Kind.DURATION:
            self._whole_days(right, node)
        return typed

    def _whole_days(self, duration: Typed, node: s.Binary) -> None:
        """Report hours and minutes, written or of a param, that a date is moved by."""
        for part in walk(duration):
            if (
                isinstance(part, Const)
                and isinstance(part.value, Duration)
                and part.value.unit in dates.MINUTES
            ):
                message = f"a date has no time of day, so `{node.op}` does not take `{part.value}`"
                self.report(node.span, "E205", message, "write whole days: `1d`")
                return

    def _literals_of_enum(self, one: Typed, other: Typed) -> None:
        """Report the literals of ``other`` that ``one``, which has only certain values, can never be."""
        values = one.type.values
        for literal in foreign_literals(one, other):
            help_, near = did_you_mean(str(literal.value), values)
            message = f'`{self._text(one.span)}` is never "{literal.value}"'
            instead = quote(near) if near and self._text(literal.span)[:1] in ("'", '"') else ""
            self.report(literal.span, "E206", message, help_ or f"its values: {', '.join(values)}", instead)

    def _literal(self, node: Typed, problem: Callable[[str], tuple[str, str] | None]) -> Typed:
        """The node or, reported, what stands in for a wrong literal."""
        is_text = isinstance(node, Const) and isinstance(node.value, str)
        found = problem(str(node.value)) if isinstance(node, Const) and is_text else None
        return self.report(node.span, "E209", *found) if found else node

    def _join(self, op: str, parts: list[Typed], span: Span | None = None) -> Typed:
        """A chain of ``and`` or ``or`` as a balanced tree: a long one must not be a deep one."""
        if len(parts) == 1:
            return parts[0]
        middle = (len(parts) + 1) // 2
        left, right = self._join(op, parts[:middle]), self._join(op, parts[middle:])
        return self.operator(op, (left, right), span or Span(left.span.start, right.span.end))

    def _between(self, node: s.Between, frame: Frame) -> Typed:
        operand = self.visit(node.operand, frame)
        low, high = self.visit(node.low, frame), self.visit(node.high, frame)
        above = self.operator(">=", (operand, low), Span(node.operand.span.start, node.low.span.end))
        below = self.operator("<=", (operand, high), Span(node.operand.span.start, node.high.span.end))
        if above.type.kind is Kind.ERROR or below.type.kind is Kind.ERROR:
            return unknown(node.span)
        both = self.operator("and", (above, below), node.span)
        return self.operator("not", (both,), node.span) if node.negated else both

    def _conditional(self, node: s.Conditional, frame: Frame) -> Typed:
        condition = self.condition(node.condition, frame)
        then, otherwise = self.visit(node.then, frame), self.visit(node.otherwise, frame)
        resolved = resolve("if", [condition.type, then.type, otherwise.type])
        if resolved is None:
            return self._report(node.span, mismatch.choice(then, otherwise))
        return Call(resolved.id, (condition, then, otherwise), resolved.result, node.span)

    def _call(self, node: s.Call, frame: Frame) -> Typed:
        node = over(node, self.scope.over) if frame.outer is None else node
        name = node.name.text
        if is_aggregate(self, node, frame):
            return aggregate(self, node, frame)
        if name in ledger_forms.LEDGER_FORMS:
            return self._ledger_form(node, frame)
        if name in HISTORY_FORMS:
            return history(self, node, frame)
        args = tuple(self.visit(arg, frame) for arg in node.args)
        if name not in FUNCTION_NAMES and name != "same_cycle":
            return self._no_function(node.name)
        if node.where is not None or node.by is not None:
            return self.report(node.span, "E209", f"{name}() goes over no records: no `where`, no `by`")
        return self._function(name, args, node)

    def _function(self, name: str, args: tuple[Typed, ...], node: s.Call) -> Typed:
        resolved = resolve(name, [arg.type for arg in args])
        if resolved is None:
            if any(arg.type.kind is Kind.ERROR for arg in args):
                return unknown(node.span)
            found = mismatch.function(name, args)
            place = node if found.argument is None else args[found.argument]
            return self._report(place.span, found)
        is_wrong = name == "convert" and self._literal(args[1], currency_problem) is not args[1]
        return unknown(node.span) if is_wrong else Call(resolved.id, args, resolved.result, node.span)

    def _no_function(self, name: s.Word) -> Typed:
        known: Iterable[str] = (
            *FUNCTION_NAMES,
            *AGGREGATE_NAMES,
            *HISTORY_FORMS,
            *ledger_forms.LEDGER_FORMS,
        )
        guess = did_you_mean(name.text, known)
        return self.report(name.span, "E202", f"there is no function `{name.text}()`", *guess)

    def _ledger_form(self, node: s.Call, frame: Frame) -> Typed:
        name = node.name.text
        if frame.outer is not None:
            message = f"{name}() is about the playbook's record and cannot stand inside an aggregate"
            return self.report(node.span, "E204", message)
        if not ledger_forms.known(name, frame.record):
            return self.report(node.span, "E202", f"{name}() is not known of {frame.record.name}")
        text = ledger_forms.spelled_out(node, self.scope)
        if text is None:
            return self.report(node.span, "E209", *ledger_forms.misuse(name))
        params = self.scope.params
        if self.scope.cycle is not None:
            params = {**params, ledger_forms.CYCLE: self.scope.cycle}
        self.own = True
        inner = Checker(self.source, replace(self.scope, params=params), self._diagnostics)
        tree = cast(s.Syntax, parse(SourceText.of(text)))
        typed = inner.visit(ledger_forms.placed(tree, node), frame)
        self.failed = self.failed or inner.failed
        return typed


def _literal_type(node: s.Literal) -> Type:
    """The type of a literal; a text's says which text it is, money's which currency."""
    match node.kind:
        case Kind.TEXT:
            return Type(Kind.TEXT, values=(str(node.value),))
        case Kind.MONEY:
            return Type(Kind.MONEY, currency=node.text.rpartition(" ")[2])
        case _:
            return Type(node.kind)
