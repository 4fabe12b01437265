"""What customers answer in a test: `{on: DAY, survey: NAME, record: KEY, answer: …}`.

Names and choices are checked here; what only the record's values decide (bounds, currencies, what is asked at
all), where the test runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from ..document import Entries, Node, Scalar
from ..forms.survey import Choice, FreeText, Question, Somebody, Survey
from ..shape import Fields, Findings, as_list, read_each, read_fields, read_text, shape, suggestion
from .days import check_day
from .model import Answered, RecordId
from .values import read_date

_ANSWER = shape("an item of `answers`", "on survey record answer by", "on survey record answer")

Posted = dict[str, tuple[str, ...]]


def read_answers(
    fields: Fields, surveys: Mapping[str, Survey], records: Collection[RecordId], days: Sequence[date]
) -> tuple[Answered, ...]:
    """The answers of a test, in order of their days; what is wrong with them is reported."""
    items = as_list(fields.get("answers"))
    found = (_answered(item, surveys, records, days, fields.findings) for item in items)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.on))


def _answered(
    node: Node,
    surveys: Mapping[str, Survey],
    records: Collection[RecordId],
    days: Sequence[date],
    findings: Findings,
) -> Answered | None:
    fields = read_fields(node, _ANSWER, findings)
    if fields is None or not {"on", "survey", "record", "answer"} <= fields.node.values.keys():
        return None
    on = read_date(fields.node.values["on"], "`on`", findings)
    if on is not None:
        check_day(on, days, fields, findings)
    survey = _survey(fields, surveys)
    record = fields.text("record")
    by = fields.text("by") if "by" in fields else None
    if survey is None or record is None:
        return None
    keys = [key for entity, key in records if entity == survey.entity]
    if record not in keys:
        message = f"the test has no {survey.entity} `{record}`, which the survey is about"
        findings.add("E504", fields.node.values["record"].location, message, suggestion(record, keys))
    posted = read_posted(fields.node.values["answer"], survey, findings)
    return None if on is None else Answered(on, survey, record, posted, by, node.location)


def _survey(fields: Fields, surveys: Mapping[str, Survey]) -> Survey | None:
    name = fields.text("survey")
    if name is not None and name not in surveys:
        help_text = suggestion(name, surveys) or f"write surveys/{name}.yaml"
        location = fields.node.values["survey"].location
        fields.findings.add("E413", location, f"there is no survey `{name}`", help_text)
    return surveys.get(name or "")


def read_posted(node: Node, survey: Survey, findings: Findings) -> Posted:
    """What somebody answers, as the survey's page posts it. One value is the answer to the first question; a
    mapping holds answers by question."""
    return dict(_posted(node, survey, findings))


def _posted(node: Node, survey: Survey, findings: Findings) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not isinstance(node, Entries):
        yield from _value(node, next(iter(survey.questions.values())), findings)
        return
    given: list[tuple[str, tuple[str, ...]]] = []

    def read(key: Scalar, value: Node) -> None:
        question = survey.questions.get(key.text)
        if question is not None:
            given.extend(_value(value, question, findings))
        else:
            message = f"the survey `{survey.name}` has no question `{key.text}`"
            findings.add("E413", key.location, message, suggestion(key.text, survey.questions))

    read_each(node, read, findings, "the answer to")
    if not node.values:
        findings.add("E106", node.location, "`answer` is empty", "write `QUESTION: VALUE`")
    yield from given


def _value(node: Node, question: Question, findings: Findings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The answer to one question, as its page posts it: of a person, the address. What YAML reads as a number
    or a date is one where the question asks for that."""
    what, kind = f"the answer to `{question.name}`", question.answering
    if isinstance(node, Scalar) and not isinstance(kind, Choice | FreeText | Somebody):
        text: str | None = node.text
    else:
        text = read_text(node, findings, what)
    if text is None:
        return
    if isinstance(kind, Choice) and text not in kind.options:
        help_text = suggestion(text, kind.options) or f"there are: {', '.join(kind.options)}"
        findings.add("E413", node.location, f"`{text}` is no answer to `{question.name}`", help_text)
    yield (f"{question.name}.email" if isinstance(kind, Somebody) else question.name), (text,)
