"""Surveys that staff fills in: about a record, in their own name, on the page that customers have."""

from __future__ import annotations

from ...dsl.diagnostics import AbsentError
from ...dsl.interpreter import evaluate
from ...dsl.typed import Checked
from ...dsl.types import Value
from ..deliver.context import encode
from ..forms.late import key_of
from ..forms.spans import closes_at
from ..forms.survey import Survey
from ..ledger import access, links
from ..ledger.events import Event, record
from ..respond.desk import Invited, new_link
from ..respond.links import Keys
from .access import Person
from .latest import View
from .office import Office
from .subjects import subject_of


def surveys(office: Office) -> list[Survey]:
    """The surveys of the project, by name."""
    return sorted(office.workspace.surveys.values(), key=lambda survey: survey.name)


def begin(office: Office, person: Person, keys: Keys, name: str, key: str) -> str:
    """A link, for this person alone, to fill in a survey about a record as it is now. Gives its token. Raises
    ``PlaycallError``: there is no such survey or record."""
    survey = office.workspace.surveys.get(name)
    if survey is None:
        raise AbsentError(f"the project has no survey `{name}`")
    act = office.act(person.actor)
    with office.ledger.writing() as connection:
        account = access.find(connection, person.name)
        email = account.email if account is not None and account.email else person.name
        with office.latest.looking(connection, act.at, act.today) as view:
            invited, kept = _about(office, view, survey, key, email)
        until = closes_at(survey.open, act.at)
        row, token = new_link("survey", name, invited, act.at, until, kept, keys)
        links.add(connection, [row])
        told = {"survey": name, "entity": survey.entity, "record": key}
        record(connection, [Event(act.at, act.actor, "survey.begun", row.id, told)])
    return token


def _about(
    office: Office, view: View, survey: Survey, key: str, recipient: str
) -> tuple[Invited, dict[str, object]]:
    """Whom the link is for and what about, and what the survey shows and goes by of the record."""
    catalog, entity = office.workspace.catalog, survey.entity
    subject = subject_of(catalog, view, entity, key)

    def value(checked: Checked) -> Value:
        return evaluate(checked.tree, subject.record, view.world, entity)

    invited = Invited(
        entity=entity,
        record=key,
        cycle=subject.cycle,
        account=subject.account,
        recipient=recipient,
        locale=office.workspace.project.locale,
    )
    return invited, encode({key_of(checked): value(checked) for checked in survey.reads()})  # type: ignore[misc]
