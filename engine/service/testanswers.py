"""What customers answer on a day of a test, kept as the pages of surveys keep it."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.interpreter import Record, World
from ...dsl.interpreter import evaluate as value_of
from ...dsl.typed import Typed
from ..evaluate.context import iso
from ..evaluate.gather import account_of
from ..evaluate.model import Moment
from ..forms.late import late_world
from ..ledger import links
from ..ledger.answers import Subject
from ..ledger.links import LinkRow
from ..ledger.tasks import Act
from ..testing.model import Answered
from .answering import answer_survey
from .facts import Facts


def give_answers(connection: Connection, base: Facts, moment: Moment, given: Iterable[Answered]) -> None:
    """Keep the answers of this day, which its run then sees. Raises ``PlaycallError`` for one that the page
    would refuse."""
    today = [one for one in given if one.on == moment.today]
    if today:
        base.fill_ledger_facts(connection, moment.today)
    for one in today:
        _give(connection, base, moment, one)


def _give(connection: Connection, base: Facts, moment: Moment, given: Answered) -> None:
    survey = given.survey
    record = base.store.record(survey.entity, given.record)
    if record is None:
        raise _refused(given, f"the test has no {survey.entity} `{given.record}` on that day")
    link = links.latest(connection, "survey", survey.name, survey.entity, given.record)
    if link is not None and moment.now >= link.expires_at:
        closed = link.expires_at.astimezone(ZoneInfo(base.workspace.project.settings.timezone)).date()
        raise _refused(given, f"the survey that was sent last closed on {closed}")
    world = base.world(moment)
    subject = _subject(base, record, world, given, link)
    refused = answer_survey(
        connection,
        survey,
        subject,
        given.posted,
        lambda checked: value_of(checked.tree, record, world, checked.entity),
        late_world(base.workspace.catalog.schema, base.workspace.project.settings, moment.now),
        Act(subject.respondent, moment.now, moment.today),
    )
    if refused is not None:
        why = "; ".join(f"`{name}`: {problem.said('en')}" for name, problem in refused.problems.items())
        raise _refused(given, f"the survey's page does not take this: {why}")


def _subject(base: Facts, record: Record, world: World, given: Answered, link: LinkRow | None) -> Subject:
    """What the answers are about, in the record's cycle of that day. Where nobody was asked and the test does
    not say who answers, it is nobody in particular."""
    catalog, entity = base.workspace.catalog, given.survey.entity

    def value(tree: Typed | None) -> str | None:
        return None if tree is None else iso(value_of(tree, record, world, entity))

    cycle = catalog.entities[entity].cycle
    return Subject(
        survey=given.survey.name,
        entity=entity,
        record=given.record,
        cycle=value(cycle.checked.tree if cycle else None),
        account=value(account_of(catalog, entity).get("key")),
        respondent=given.by or (link.recipient if link else ""),
    )


def _refused(given: Answered, why: str) -> PlaycallError:
    return PlaycallError(f"{given.location}: the answer on {given.on} to `{given.survey.name}`: {why}")
