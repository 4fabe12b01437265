"""Short forms for the ledger: ``fired("ask")`` and its kin are aggregates over its relations (``touches``,
``tasks``, ``answers``, ``quotes``).

A short form is spelled out as text of the language and checked like any other; only ``same_cycle``, which
asks whether a touch belongs to the record's present cycle, has no name that people can write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from . import syntax as s
from .frozen import frozen
from .literals import quote
from .printer import print_syntax
from .scope import Scope
from .types import TEXTUAL, EntityType, Kind

CYCLE = "cycle"  # the param under which the record's cycle is handed to a form
CYCLE_KINDS = TEXTUAL | {Kind.INT, Kind.DATE, Kind.DATETIME}  # what a cycle may be
_MESSAGES = ("email", "survey", "quote")

Fill = Callable[[Sequence[s.Syntax], Scope], Mapping[str, str] | None]


@frozen
class Form:
    """What a form says, with what it is asked about filled in: ``fill`` makes that of the arguments (None:
    they are not as they should be). ``entity`` is what it goes over, ``takes`` says how it is asked."""

    text: str
    entity: str
    fill: Fill
    takes: str
    usage: str


def _play(args: Sequence[s.Syntax], scope: Scope) -> Mapping[str, str] | None:
    names = _texts(args)
    playbook, _, play = names[0].rpartition(".") if len(names) == 1 else ("", "", "")
    playbook = playbook or scope.playbook
    return {"play": _of_play(playbook, play, scope)} if playbook and play else None


def _span(args: Sequence[s.Syntax], scope: Scope) -> Mapping[str, str] | None:
    span = _span_text(args[0], scope) if len(args) == 1 else None
    if span is None:
        return None
    return {"span": span, "messages": _messages(scope), "cycle": _in_cycle(scope)}


def _survey(args: Sequence[s.Syntax], scope: Scope) -> Mapping[str, str] | None:
    names = _texts(args)
    if len(names) != 1 or not names[0]:
        return None
    return {"survey": f"survey == {quote(names[0])}{_in_cycle(scope)}"}


def _question(args: Sequence[s.Syntax], scope: Scope) -> Mapping[str, str] | None:
    """Without a question, the survey's first is meant."""
    names = _texts(args)
    if len(names) not in (1, 2) or not all(names):
        return None
    which = f"question == {quote(names[1])}" if len(names) == 2 else "first"
    return {"question": f"survey == {quote(names[0])} and {which}{_in_cycle(scope)}"}


def _nothing(args: Sequence[s.Syntax], scope: Scope) -> Mapping[str, str] | None:
    return None if args else {"cycle": _in_cycle(scope)}


_OTHERS = ', or "playbook.play" for another playbook\'s'


def _of_one_play(name: str, text: str, entity: str) -> tuple[str, Form]:
    return name, Form(text, entity, _play, "one literal", f'`{name}("play")`{_OTHERS}')


# Touches are messages and tasks alike. Quotes are compared with themselves where no cycle narrows them.
_FORMS: Mapping[str, Form] = dict(
    [
        _of_one_play("fired", "any(touches where {play})", "touch"),
        _of_one_play("days_since_fired", "today - max(touches.fired_on where {play})", "touch"),
        _of_one_play("open_task", 'any(tasks where {play} and state in ["open", "snoozed"])', "task"),
        _of_one_play("task_state", 'default(latest(tasks.state by opened_on where {play}), "none")', "task"),
        (
            "touched_within",
            Form(
                "any(touches where sent_on >= today - {span} and type in {messages}{cycle})",
                "touch",
                _span,
                "one literal",
                "`touched_within(30d)`",
            ),
        ),
        (
            "answered",
            Form("any(answers where {survey})", "answer", _survey, "one literal", '`answered("survey")`'),
        ),
        (
            "answer",
            Form(
                'default(latest(answers.value by answered_at where {question}), "none")',
                "answer",
                _question,
                "one or two literals",
                '`answer("survey")` or `answer("survey", "question")`',
            ),
        ),
        (
            "quote_status",
            Form(
                'default(latest(quotes.state by made_at where true{cycle}), "none")',
                "quote",
                _nothing,
                "nothing",
                "`quote_status()`",
            ),
        ),
    ]
)
LEDGER_FORMS = frozenset(_FORMS)
PLAY_FORMS = frozenset(name for name, form in _FORMS.items() if form.fill is _play)
SURVEY_FORMS = frozenset(name for name, form in _FORMS.items() if form.fill in (_survey, _question))
_RELATIONS = {"touch": "touches", "task": "tasks", "answer": "answers", "quote": "quotes"}


def misuse(name: str) -> tuple[str, str]:
    """What is said of a form whose arguments are not as they should be: message and help."""
    form = _FORMS[name]
    return f"{name}() takes {form.takes}", f"write {form.usage}"


def known(name: str, record: EntityType) -> bool:
    """Whether the ledger's entity that a form reads is related to this record."""
    entity = _FORMS[name].entity
    relation = record.to_many.get(_RELATIONS[entity])
    return relation is not None and relation.entity == entity


def spelled_out(call: s.Call, scope: Scope) -> str | None:
    """The form as text, to be checked with the record's cycle as the param ``cycle``; None: it is not
    written as it should be."""
    if call.by is not None or call.where is not None:
        return None
    form = _FORMS[call.name.text]
    filled = form.fill(call.args, scope)
    return None if filled is None else form.text.format(**filled)


def _texts(args: Sequence[s.Syntax]) -> list[str]:
    """The arguments, where all of them are literal texts."""
    texts = [str(arg.value) for arg in args if isinstance(arg, s.Literal) and arg.kind is Kind.TEXT]
    return texts if len(texts) == len(args) else []


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
    for call in _calls(node, PLAY_FORMS):
        if len(call.args) == 1:
            yield from _literals(call)


def surveys_named(node: s.Syntax) -> Iterator[tuple[s.Literal, ...]]:
    """The texts that name a survey and, where there is a second one, its question."""
    for call in _calls(node, SURVEY_FORMS):
        literals = tuple(_literals(call))
        if literals:
            yield literals


def _calls(node: s.Syntax, names: frozenset[str]) -> Iterator[s.Call]:
    if isinstance(node, s.Call) and node.name.text in names:
        yield node
    for child in s.children(node):
        yield from _calls(child, names)


def _literals(call: s.Call) -> Iterator[s.Literal]:
    return (arg for arg in call.args if isinstance(arg, s.Literal) and arg.kind is Kind.TEXT)
