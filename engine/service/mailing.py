"""E-mail assist: a message that a play has prepared with a task, which the assignee edits and sends. It goes
through the outbox like every other, so that it is sent at most once and keeps the contact rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select, update

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..decide.model import TouchRow, identifier
from ..deliver.context import encode
from ..deliver.render import one_line
from ..ledger import tables, tasks
from ..ledger.errors import AbsentRowError, LedgerError
from ..ledger.events import Event, record
from ..ledger.mails import touch_of_mail
from ..ledger.tasks import Act
from ..ledger.write import OPEN_TASK, add_touches
from ..template.errors import TemplateError
from ..template.files import OWN_LETTER
from .access import ForbiddenError, Person
from .delivering import Renderer
from .office import Office

LONGEST_TEXT: Final = 20_000  # characters


@frozen
class Prepared:
    """A message to be edited. ``trouble``: why its template could not be filled; then it begins empty.
    ``state``: what became of it; empty while it is not sent."""

    number: int
    task: Mapping[str, Any]
    to: str
    name: str
    cc: tuple[str, ...]
    subject: str
    text: str
    trouble: str
    state: str


def prepared(office: Office, person: Person, task_id: str, number: int) -> Prepared:
    """The message with that number (from 1) of a task. Raises ``PlaycallError``: there is none, or it is
    somebody else's."""
    with office.ledger.reading() as connection:
        task = tasks.show(connection, task_id, office.today())
        _require_assignee(task, person)
        touch = _touch(connection, task, number, office.act(person.actor))
        state = _state(connection, touch.id)
    subject, text, trouble = "", "", ""
    try:
        rendered = Renderer(office.workspace.project, office.workspace.clock).text(touch)
        subject, text = rendered.subject, rendered.text
    except (TemplateError, ValueError) as error:
        trouble = str(error)
    name = touch.recipient_name or ""
    return Prepared(number, task, touch.recipient, name, touch.cc, subject, text, trouble, state)


def send(office: Office, person: Person, task_id: str, number: int, subject: str, text: str) -> None:
    """Queue a message as its assignee has edited it, once. Raises ``PlaycallError``."""
    words, title = text.replace("\r\n", "\n").strip(), one_line(subject)
    if not words or not title:
        raise PlaycallError("a message has a subject and a text")
    if len(words) > LONGEST_TEXT:
        raise PlaycallError(f"the text is longer than {LONGEST_TEXT:,} characters")
    with office.acting(person) as (connection, act):
        _hold(connection, task_id, person)
        task = tasks.show(connection, task_id, act.today)
        touch = _touch(connection, task, number, act)
        if _state(connection, touch.id):
            raise LedgerError("this message has been sent already")
        context = encode({"letter.paragraphs": _paragraphs(words)})
        edited = touch._replace(template=OWN_LETTER, subject=title, context=context)
        add_touches(connection, [edited])
        told = {"touch": touch.id, "to": touch.recipient}
        record(connection, [Event(act.at, act.actor, "task.mailed", task_id, told)])


def states(connection: Connection, task: Mapping[str, Any]) -> list[str]:
    """What became of each message of a task; empty for one that is not sent."""
    return [_state(connection, _id(task, mail)) for mail in task["mails"]]


def _require_assignee(task: Mapping[str, Any], person: Person) -> None:
    if task["assignee"] != person.name or not person.may("csm"):
        raise ForbiddenError("only the assignee of a task sends its messages")
    if task["state"] not in OPEN_TASK:
        raise LedgerError(f"the task is {task['state']}; its messages are not sent any more")


def _hold(connection: Connection, task_id: str, person: Person) -> None:
    """Have nobody hand the task over or close it until the message is queued. Raises ``PlaycallError``."""
    task = tables.task.c
    mine = (task.id == task_id) & (task.assignee == person.name) & task.state.in_(OPEN_TASK)
    held = update(tables.task).where(mine).values(assignee=person.name).returning(task.id)
    if not person.may("csm") or connection.execute(held).first() is None:
        raise ForbiddenError("only the assignee of an open task sends its messages")


def _touch(connection: Connection, task: Mapping[str, Any], number: int, act: Act) -> TouchRow:
    """The touch that a message would become now. Raises ``AbsentRowError``: there is no such message."""
    if not 1 <= number <= len(task["mails"]):
        raise AbsentRowError("the task has no such message")
    mail = task["mails"][number - 1]
    touch = tables.touch.c
    own = connection.execute(select(touch.occurrence, touch.run).where(touch.id == task["id"])).one()
    made = touch_of_mail(mail, task, own.occurrence, own.run, act.at, act.today)
    return made._replace(id=_id(task, mail))


def _id(task: Mapping[str, Any], mail: Mapping[str, Any]) -> str:
    return identifier("mail", task["id"], str(mail["action"]), mail["recipient"].casefold())


def _state(connection: Connection, touch_id: str) -> str:
    touch = tables.touch.c
    return connection.execute(select(touch.state).where(touch.id == touch_id)).scalar() or ""


def _paragraphs(text: str) -> list[dict[str, list[str]]]:
    """The text as its template takes it: what an empty line parts, line by line."""
    parts = (part.strip("\n") for part in text.split("\n\n"))
    return [{"lines": [line for line in part.split("\n") if line.strip()]} for part in parts if part.strip()]
