"""Short forms for the ledger: ``fired("ask")`` and its kin are aggregates over ``touches`` and ``tasks``.

A short form is spelled out as text of the language and checked like any other; only ``same_cycle``, which
asks whether a touch belongs to the record's present cycle, has no name that people can write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from . import syntax as s
from .literals import quote
from .printer import print_syntax
from .scope import Scope
from .types import TEXTUAL, EntityType, Kind

# What a form says, with what it is asked about filled in. `touches` are messages and tasks alike.
_FORMS = {
    "fired": "any(touches where {play})",
    "days_since_fired": "today - max(touches.fired_on where {play})",
    "open_task": 'any(tasks where {play} and state in ["open", "snoozed"])',
    "task_state": 'default(latest(tasks.state by opened_on where {play}), "none")',
    "touched_within": "any(touches where sent_on >= today - {span} and type in {messages}{cycle})",
}
LEDGER_FORMS = frozenset(_FORMS)
CYCLE = "cycle"  # the param under which the record's cycle is handed to a form
CYCLE_KINDS = TEXTUAL | {Kind.INT, Kind.DATE, Kind.DATETIME}  # what a cycle may be
_MESSAGES = ("email", "survey", "quote")

# Functions whose part is not built yet, and what they come with.
LATER = dict.fromkeys(("was", "change", "changed", "days_in_state"), "history") | {
    "answered": "surveys",
    "answer": "surveys",
    "quote_status": "quotes",
}


def usage(name: str) -> str:
    """How a form is written."""
    return "touched_within(30d)" if name == "touched_within" else f'{name}("play")'


def known(name: str, record: EntityType) -> bool:
    """Whether the ledger's entity that a form reads is related to this record."""
    relation, entity = ("tasks", "task") if name in ("open_task", "task_state") else ("touches", "touch")
    return relation in record.to_many and record.to_many[relation].entity == entity


def spelled_out(call: s.Call, scope: Scope) -> str | None:
    """The form as text, to be checked with the record's cycle as the param ``cycle``; None: it is not
    written as it should be."""
    if len(call.args) != 1 or call.by is not None or call.where is not None:
        return None
    argument = call.args[0]
    form = _FORMS[call.name.text]
    if call.name.text == "touched_within":
        span = _span_text(argument, scope)
        return span and form.format(span=span, messages=_messages(scope), cycle=_in_cycle(scope))
    if not isinstance(argument, s.Literal) or argument.kind is not Kind.TEXT:
        return None
    playbook, _, play = str(argument.value).rpartition(".")
    playbook = playbook or scope.playbook
    if not playbook or not play:
        return None
    return form.format(play=_of_play(playbook, play, scope))


def _of_play(playbook: str, play: str, scope: Scope) -> str:
    return f"playbook == {quote(playbook)} and play == {quote(play)}{_in_cycle(scope)}"


def _in_cycle(scope: Scope) -> str:
    """The condition that a touch or task is of the record's present cycle, to be added to others."""
    if scope.cycle is None:
        return ""
    # Touches hold the cycle as text.
    cycle = f"concat(params.{CYCLE})" if scope.cycle.type.kind is Kind.INT else f"params.{CYCLE}"
    return f" and same_cycle(cycle, {cycle}, {scope.tolerance_days})"


def _span_text(argument: s.Syntax, scope: Scope) -> str | None:
    """A duration, written or of a param."""
    match argument:
        case s.Literal(Kind.DURATION):
            return print_syntax(argument)
        case s.Path("" | "params", words) if len(words) == 1 and words[0].text in scope.params:
            return f"params.{words[0].text}"
        case _:
            return None


def _messages(scope: Scope) -> str:
    """The types of touch that are messages, of those that this schema has."""
    declared = scope.schema.entities["touch"].fields["type"].type.values
    return f"[{', '.join(quote(name) for name in _MESSAGES if not declared or name in declared)}]"


def placed(node: s.Syntax, at: s.Syntax) -> s.Syntax:
    """The tree with every node at the place of another one: where the person wrote the form."""
    span = at.span
    match node:
        case s.Path():
            return replace(node, span=span, words=tuple(replace(word, span=span) for word in node.words))
        case s.ListOf():
            return replace(node, span=span, items=tuple(placed(item, at) for item in node.items))
        case s.Unary() | s.IsMissing():
            return replace(node, span=span, operand=placed(node.operand, at))
        case s.Binary():
            return replace(node, span=span, left=placed(node.left, at), right=placed(node.right, at))
        case s.Logic():
            return replace(node, span=span, parts=tuple(placed(part, at) for part in node.parts))
        case s.Call():
            return replace(
                node,
                span=span,
                name=replace(node.name, span=span),
                args=tuple(placed(arg, at) for arg in node.args),
                by=node.by and placed(node.by, at),
                where=node.where and placed(node.where, at),
            )
        case _:
            return replace(node, span=span)


def plays_named(node: s.Syntax) -> Iterator[s.Literal]:
    """The texts that name plays in short forms, in order: for the check that there are such plays."""
    if isinstance(node, s.Call) and node.name.text in LEDGER_FORMS and len(node.args) == 1:
        argument = node.args[0]
        if isinstance(argument, s.Literal) and argument.kind is Kind.TEXT:
            yield argument
    for child in s.children(node):
        yield from plays_named(child)
