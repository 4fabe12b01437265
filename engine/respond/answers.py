"""What somebody posts to a survey → answers that can be kept, or what is wrong with each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...dsl.frozen import frozen
from ...dsl.interpreter import World
from ...dsl.types import Value
from ..forms.late import ValueOf
from ..forms.survey import Question, Survey
from .parse import Given, Problem, parse

Posted = Mapping[str, Sequence[str]]  # a form as browsers post it: name → values


@frozen
class Accepted:
    """Every answer that stands now, by question in the survey's order: those given before and not changed
    among them."""

    answers: Mapping[str, Given]


@frozen
class Refused:
    """What is wrong, by question (or by the posted name that is none). Nothing is kept."""

    problems: Mapping[str, Problem]


def check_answers(
    survey: Survey, before: Mapping[str, Given], posted: Posted, value_of: ValueOf, world: World
) -> Accepted | Refused:
    """The answers that a post leaves, or why it is refused.

    A question that is posted empty is unanswered again; one that is not posted keeps its answer from
    ``before``, unless its condition hides it now. ``value_of`` gives the values kept with the invitation
    (``survey.reads()``), ``world`` is what conditions are evaluated in (``forms.late.late_world``).
    """
    kept: dict[str, Given] = {}
    problems: dict[str, Problem] = {}
    for name in posted:
        if _question_of(name) not in survey.questions:
            problems[name] = Problem("unknown")
    for question in survey.questions.values():
        texts = _texts(question, posted)
        if not is_shown(question, kept, value_of, world):
            if texts is not None and any(texts.values()):
                problems[question.name] = Problem("hidden")
            continue
        found = before.get(question.name) if texts is None else _read(question, texts, value_of)
        if isinstance(found, Problem):
            problems[question.name] = found
        elif found is not None:
            kept[question.name] = found
        elif question.required:
            problems[question.name] = Problem("required")
    return Refused(problems) if problems else Accepted(kept)


def asked_with(
    survey: Survey, before: Mapping[str, Given], posted: Posted, value_of: ValueOf, world: World
) -> dict[str, Given | None]:
    """The questions that are asked, given the answers ``before`` and those of a post that can be read; each
    with its answer, or None."""
    asked: dict[str, Given | None] = {}
    for question in survey.questions.values():
        given = {name: answer for name, answer in asked.items() if answer is not None}
        if is_shown(question, given, value_of, world):
            texts = _texts(question, posted)
            found = before.get(question.name) if texts is None else _read(question, texts, value_of)
            asked[question.name] = None if isinstance(found, Problem) else found
    return asked


def is_shown(question: Question, answers: Mapping[str, Given], value_of: ValueOf, world: World) -> bool:
    """Whether a question is asked, given the answers before it. Where that is unknown it is not."""
    if question.shown is None:
        return True
    later: dict[str, Value] = {name: given.value for name, given in answers.items()}
    return question.shown.value(value_of, later, world) is True


def _question_of(posted: str) -> str:
    """The question that a posted name belongs to: a person's has two, ``who.email`` and ``who.name``."""
    return posted.partition(".")[0]


def _texts(question: Question, posted: Posted) -> dict[str, list[str]] | None:
    """What was posted for a question, by what follows the dot; None: it was not posted at all."""
    found = {
        name.partition(".")[2]: [value for value in values if value.strip()]
        for name, values in posted.items()
        if _question_of(name) == question.name
    }
    return found or None


def _read(
    question: Question, texts: Mapping[str, Sequence[str]], value_of: ValueOf
) -> Given | Problem | None:
    if any(len(values) > 1 for values in texts.values()):
        return Problem("several")
    single = {part: values[0] for part, values in texts.items() if values}
    return parse(question.answering, single, value_of) if single else None
