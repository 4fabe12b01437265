"""E413: ``answer("intent")`` or ``answered(…)`` that names a survey or question which is not there."""

from collections.abc import Iterator, Mapping

from ....dsl import syntax
from ....dsl.diagnostics import Diagnostic
from ....dsl.ledger_forms import surveys_named
from ....dsl.parser import parse
from ....dsl.source import Location
from ...forms.survey import Survey
from ...playbook.loader import Loaded
from ...shape import suggestion
from ..subjects import Subject, expressions


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Surveys are named by their names, questions by theirs."""
    for subject in expressions(loaded):
        if "answer" in subject.checked.source.text:
            tree = parse(subject.checked.source)
            for named in surveys_named(tree) if not isinstance(tree, Diagnostic) else ():
                yield from _named(named, subject, loaded.surveys)


def _named(
    named: tuple[syntax.Literal, ...], subject: Subject, surveys: Mapping[str, Survey]
) -> Iterator[Diagnostic]:
    name = str(named[0].value)
    survey = surveys.get(name)
    if survey is None:
        known = suggestion(name, surveys) or f"write surveys/{name}.yaml"
        yield Diagnostic(_place(named[0], subject), "E413", f"there is no survey `{name}`", known)
    elif len(named) > 1 and named[1].value not in survey.questions:
        question = str(named[1].value)
        known = suggestion(question, survey.questions) or f"it asks: {', '.join(survey.questions)}"
        message = f"the survey {name} has no question `{question}`"
        yield Diagnostic(_place(named[1], subject), "E413", message, known)


def _place(literal: syntax.Literal, subject: Subject) -> Location:
    return subject.checked.source.location(literal.span)
