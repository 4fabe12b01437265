"""Messages that are prepared with a task, as the ledger keeps them: everything of the touches that they
become when somebody sends them, but what the task says already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final

from ..decide.model import Person, TouchRow

# What is the task's own, or said when it is sent.
_OF_TASK: Final = ("id", "occurrence", "playbook", "play", "entity", "record", "cycle", "account")
_ON_SENDING: Final = ("state", "reason", "fired_on", "send_at", "run", "members", "offers")
_KEPT: Final = tuple(name for name in TouchRow._fields if name not in (*_OF_TASK, *_ON_SENDING))
_PERSON: Final = tuple(one.name for one in fields(Person))
_values_of_person = attrgetter(*_PERSON)


def kept_sender(sender: Person | None) -> dict[str, object] | None:
    """Whom a message comes from, as JSON."""
    return dict(zip(_PERSON, _values_of_person(sender), strict=True)) if sender else None


def kept_mail(touch: TouchRow) -> dict[str, object]:
    """A prepared message as JSON."""
    values: dict[str, Any] = {name: getattr(touch, name) for name in _KEPT}
    values["sender"] = kept_sender(touch.sender)
    values["deadline"] = None  # that of the play; people send when they send
    return values


def touch_of_mail(
    mail: Mapping[str, Any], task: Mapping[str, Any], occurrence: str, run: str, now: datetime, today: date
) -> TouchRow:
    """The touch that a prepared message becomes when it is sent now. ``task``: its row; ``occurrence`` and
    ``run``: those of the task's own touch. Its id is still empty."""
    kept = {name: mail[name] for name in _KEPT}
    kept["sender"] = Person(**mail["sender"]) if mail["sender"] else None
    kept["cc"], kept["copies"] = tuple(mail["cc"]), tuple(mail["copies"])
    about = {name: task[name] for name in ("playbook", "play", "entity", "record", "cycle", "account")}
    return TouchRow(
        id="",
        occurrence=occurrence,
        state="queued",
        reason="",
        fired_on=today,
        send_at=now,
        run=run,
        members=(occurrence,),
        **about,
        **kept,
    )
