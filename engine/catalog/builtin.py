"""The entities that playcall brings along: those of the ledger (``touch``, ``task``, ``answer``, ``quote``,
``opportunity``, ``reply``), and ``user`` for people."""

from __future__ import annotations

from collections.abc import Iterable

from ...dsl.types import FieldType, Kind, ToMany, Type

TASK_STATES = ("open", "snoozed", "done", "cleared", "cancelled")
PRIORITIES = ("urgent", "high", "normal", "low")
QUOTE_STATES = ("draft", "sent", "withdrawn", "accepted", "expired")
STAGES = ("spotted", "vetted", "handed_over", "meeting", "won", "lost")

_TEXT, _DATE, _INT, _BOOL = (Type(kind) for kind in (Kind.TEXT, Kind.DATE, Kind.INT, Kind.BOOL))
_MOMENT, _MONEY = Type(Kind.DATETIME), Type(Kind.MONEY, nullable=True)
_ABOUT = {
    "id": _TEXT,
    "record": _TEXT,
    "entity": _TEXT,
    "cycle": _TEXT.optional(),
    "account": _TEXT.optional(),
}
_COMMON = {**_ABOUT, "playbook": _TEXT, "play": _TEXT}
LEDGER_FIELDS: dict[str, dict[str, Type]] = {
    "touch": {
        **_COMMON,
        "type": _TEXT,
        "to": _TEXT,
        "state": _TEXT,
        "reason": _TEXT,
        "topic": _TEXT,
        "variant": _TEXT,
        "send_at": _MOMENT,
        "sent_at": _MOMENT.optional(),
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
        "outcome": _TEXT.optional(),
    },
    "answer": {
        **_ABOUT,
        "survey": _TEXT,
        "question": _TEXT,
        "first": _BOOL,
        "value": _TEXT,
        "number": Type(Kind.NUMBER, nullable=True),
        "amount": _MONEY,
        "currency": _TEXT.optional(),
        "date": _DATE.optional(),
        "name": _TEXT.optional(),
        "contact": _TEXT,
        "version": _INT,
        "answered_at": _MOMENT,
        "answered_on": _DATE,
    },
    "quote": {
        **_ABOUT,
        "pricebook": _TEXT,
        "state": Type(Kind.ENUM, values=QUOTE_STATES),
        "revision": _INT,
        "total": _MONEY,
        "currency": _TEXT,
        "valid_until": _DATE.optional(),
        "made_at": _MOMENT,
        "made_on": _DATE,
        "sent_on": _DATE.optional(),
        "accepted_on": _DATE.optional(),
        "accepted_by": _TEXT.optional(),
    },
    "opportunity": {
        **_COMMON,
        "title": _TEXT,
        "assignee": Type(Kind.USER),
        "stage": Type(Kind.ENUM, values=STAGES),
        "value": _MONEY,
        "currency": _TEXT.optional(),
        "opened_on": _DATE,
        "changed_on": _DATE,
        "meeting_on": _DATE.optional(),
        "closed_on": _DATE.optional(),
    },
    "reply": {
        **_ABOUT,
        "record": _TEXT.optional(),
        "entity": _TEXT.optional(),
        "touch": _TEXT.optional(),
        "contact": _TEXT,
        "automatic": _BOOL,
        "replied_at": _MOMENT,
        "replied_on": _DATE,
    },
}
_MANY = {
    "touch": "touches",
    "task": "tasks",
    "answer": "answers",
    "quote": "quotes",
    "opportunity": "opportunities",
    "reply": "replies",
}
# What of an entity's rows says which contact they concern, and which user has them.
_CONTACT = {"touch": "to", "answer": "contact", "reply": "contact"}
_ASSIGNEE = {"task": "assignee", "opportunity": "assignee"}
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
    """The fields of a built-in entity as names for expressions. What money is in stands in ``currency``."""
    by = {Kind.MONEY: "currency"}
    return {name: FieldType(name, type_, currency_by=by.get(type_.kind)) for name, type_ in types.items()}


def person_fields() -> dict[str, FieldType]:
    """The fields of ``user`` where people stand in playcall.yaml; the key is ``id``."""
    return field_types(_PERSON)


def ledger_relations(name: str, addressed: bool) -> Iterable[ToMany]:
    """``touches``, ``tasks``, ``answers`` … of an entity: of the record itself; of an account, also those of
    what belongs to it; of a user, what is assigned; of who has an e-mail address for a key (``addressed``),
    the messages to it and what came from it.
    """
    for entity, many in _MANY.items():
        if name == "account":
            yield ToMany(many, entity, (("_key", "account"),))
        elif name == "user" and entity in _ASSIGNEE:
            yield ToMany(many, entity, (("_key", _ASSIGNEE[entity]),))
        elif addressed and entity in _CONTACT:
            yield ToMany(many, entity, (("_key", _CONTACT[entity]),))
        else:
            yield ToMany(many, entity, (("_key", "record"),), (("entity", name),))
