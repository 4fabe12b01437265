"""Opportunities of the staff: leads that customer success found, vetted, handed over, met, won or lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from ...dsl.diagnostics import AbsentError, PlaycallError
from ...dsl.frozen import frozen
from ..catalog.builtin import STAGES
from ..decide.model import identifier
from ..ledger import browsing, events, opportunities
from ..ledger.errors import LedgerError
from ..ledger.opportunities import OpportunityRow
from ..ledger.rows import Row
from . import entered
from .access import Person
from .office import Office
from .people import Colleague, colleagues
from .subjects import subject_of

PAGE: Final = 50
MOST_WORDS: Final = 500  # characters of a title


@frozen
class Leads:
    """A page of them, with how many there are in each stage; ``after`` leads to the next page."""

    stage: str
    funnel: Mapping[str, int]
    leads: Sequence[Row]
    after: str


@frozen
class Lead:
    """One, with what happened to it, the stages that may follow, and who may be given it."""

    row: Row
    history: Sequence[events.Event]
    next_stages: Sequence[str]
    colleagues: Mapping[str, Colleague]


def leads(office: Office, stage: str, after: str) -> Leads:
    """A page of the open leads. Raises ``PlaycallError`` for an ``after`` or a stage that is none."""
    if stage and stage not in STAGES:
        raise PlaycallError(f"`{stage}` is no stage; there are {', '.join(STAGES)}")
    with office.ledger.reading() as connection:
        rows = browsing.open_opportunities(connection, stage, _where(after), PAGE + 1)
        funnel = opportunities.funnel(connection)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Leads(stage, funnel, rows[:PAGE], f"{last['opened_on']}/{last['id']}" if last else "")


def _where(after: str) -> tuple[date, str] | None:
    if not after:
        return None
    day, _, one = after.partition("/")
    try:
        return date.fromisoformat(day), one
    except ValueError:
        raise AbsentError("this is no page of the opportunities; begin at the first one") from None


def lead(office: Office, one: str) -> Lead | None:
    """One lead; None where there is none of that id."""
    with office.ledger.reading() as connection:
        try:
            row = opportunities.show(connection, one)
        except LedgerError:
            return None
        following = opportunities.following(row["stage"])
        return Lead(row, events.events(connection, one), following, colleagues(office, connection))


@frozen
class New:
    """A lead that somebody found: what it is about, who has it (empty: who found it), what it may be worth
    (as text; empty: nobody knows)."""

    entity: str
    record: str
    title: str
    assignee: str = ""
    amount: str = ""
    currency: str = ""
    note: str = ""


def create(office: Office, person: Person, new: New) -> str:
    """Note a lead about a record of the last load. Gives its id. Raises ``PlaycallError``."""
    title = entered.words(new.title, MOST_WORDS, "say what the opportunity is")
    if bool(new.amount) != bool(new.currency):
        raise PlaycallError("an amount has a currency: give both, or none")
    act = office.act(person.actor)
    assignee = new.assignee or person.name
    with office.ledger.writing() as connection:
        if assignee not in colleagues(office, connection):
            raise PlaycallError(f"there is no colleague `{assignee}`")
        with office.latest.looking(connection, act.at, act.today) as view:
            subject = subject_of(office.workspace.catalog, view, new.entity, new.record)
        row = OpportunityRow(
            id=identifier("opportunity", new.entity, new.record, act.actor, act.at.isoformat(), title),
            playbook="",
            play="",
            entity=new.entity,
            record=new.record,
            cycle=subject.cycle,
            account=subject.account,
            title=title,
            assignee=assignee,
            amount=Decimal(new.amount) if new.amount else None,
            currency=new.currency or None,
            opened_on=act.today,
        )
        opportunities.spot(connection, row, act, new.note or None)
    return row.id


def move(
    office: Office, person: Person, one: str, stage: str, *, note: str, assignee: str, meeting_on: str
) -> None:
    """Bring a lead to another stage; ``assignee``: who has it from now on (empty: who has it now). A meeting
    has a day (ISO). Raises ``PlaycallError``."""
    day = entered.day(meeting_on) if meeting_on else None
    with office.ledger.reading() as connection:
        if assignee and assignee not in colleagues(office, connection):
            raise PlaycallError(f"there is no colleague `{assignee}`")
    with office.acting(person) as (connection, act):
        opportunities.move(
            connection, one, stage, act, note=note or None, assignee=assignee or None, meeting_on=day
        )
