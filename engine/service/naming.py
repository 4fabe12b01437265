"""Whom customers named in their answers: they take the place of a recipient from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from ..decide.cases import Named
from ..evaluate.model import Person
from ..forms.survey import Somebody, Survey
from ..ledger.answers import people_named


def named(connection: Connection, surveys: Mapping[str, Survey]) -> Mapping[tuple[str, str], Sequence[Named]]:
    """Who stands as the answer to questions for a person, by entity and record, the latest last."""
    recipients = {
        (survey.name, question.name): question.answering.recipient
        for survey in surveys.values()
        for question in survey.questions.values()
        if isinstance(question.answering, Somebody)
    }
    found: dict[tuple[str, str], list[Named]] = {}
    for row in people_named(connection, recipients.keys()):
        address = row["value"]
        person = Person(address, address, row["name"], None, None, customer=True)
        recipient = recipients[row["survey"], row["question"]]
        found.setdefault((row["entity"], row["record"]), []).append(Named(recipient, person, row["cycle"]))
    return found
