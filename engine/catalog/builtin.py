"""The entities that playcall brings along: ``touch`` and ``task`` from the ledger, ``user`` for people."""

from __future__ import annotations

from collections.abc import Iterable

from ...dsl.types import FieldType, Kind, ToMany, Type

TASK_STATES = ("open", "snoozed", "done", "cleared", "cancelled")
PRIORITIES = ("urgent", "high", "normal", "low")

_TEXT, _DATE = Type(Kind.TEXT), Type(Kind.DATE)
_COMMON = {
    "id": _TEXT,
    "playbook": _TEXT,
    "play": _TEXT,
    "record": _TEXT,
    "entity": _TEXT,
    "cycle": _TEXT.optional(),
    "account": _TEXT.optional(),
}
LEDGER_FIELDS: dict[str, dict[str, Type]] = {
    "touch": {
        **_COMMON,
        "type": _TEXT,
        "to": _TEXT,
        "state": _TEXT,
        "reason": _TEXT,
        "sent_on": _DATE.optional(),
        "fired_on": _DATE,
        "created_on": _DATE,
    },
    "task": {
        **_COMMON,
        "title": _TEXT,
        "assignee": Type(Kind.USER),
        "priority": Type(Kind.ENUM, values=PRIORITIES),
        "state": Type(Kind.ENUM, values=TASK_STATES),
        "rank": Type(Kind.NUMBER, nullable=True),
        "due": _DATE.optional(),
        "opened_on": _DATE,
        "closed_on": _DATE.optional(),
    },
}
_PERSON: dict[str, Type] = {
    "id": _TEXT,
    "name": _TEXT.optional(),
    "email": Type(Kind.EMAIL, nullable=True),
    "role": _TEXT.optional(),
    "manager": Type(Kind.USER, nullable=True),
    "team": _TEXT.optional(),
    "away_until": _DATE.optional(),
    "timezone": _TEXT.optional(),
    "locale": _TEXT.optional(),
    "country": _TEXT.optional(),
}
OPEN_TASKS = 'count(tasks where state == "open")'


def field_types(types: dict[str, Type]) -> dict[str, FieldType]:
    """The fields of a built-in entity as names for expressions."""
    return {name: FieldType(name, type_) for name, type_ in types.items()}


def person_fields() -> dict[str, FieldType]:
    """The fields of ``user`` where people stand in playcall.yaml; the key is ``id``."""
    return field_types(_PERSON)


def ledger_relations(name: str, addressed: bool) -> Iterable[ToMany]:
    """``touches`` and ``tasks`` of an entity: of the record itself; of an account, also those of what
    belongs to it; of a user, the tasks assigned. ``addressed``: the key is an e-mail address, so the
    touches are the messages to it.
    """
    touches = ToMany("touches", "touch", (("_key", "record"),), (("entity", name),))
    tasks = ToMany("tasks", "task", (("_key", "record"),), (("entity", name),))
    if name == "account":
        touches = ToMany("touches", "touch", (("_key", "account"),))
        tasks = ToMany("tasks", "task", (("_key", "account"),))
    elif name == "user":
        tasks = ToMany("tasks", "task", (("_key", "assignee"),))
    elif addressed:
        touches = ToMany("touches", "touch", (("_key", "to"),))
    return touches, tasks
