"""Messages that are prepared with a task, as the ledger keeps them: everything of the touches that they
become when somebody sends them, but what the task says already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from ..decide.model import Person, TouchRow

# What is the task's own, or said when it is sent.
_OF_TASK: Final = ("id", "occurrence", "playbook", "play", "entity", "record", "cycle", "account")
_ON_SENDING: Final = ("state", "reason", "fired_on", "send_at", "run", "members", "offers")
_KEPT: Final = tuple(name for name in TouchRow._fields if name not in (*_OF_TASK, *_ON_SENDING))


def kept_mail(touch: TouchRow) -> dict[str, object]:
    """A prepared message as JSON."""
    values: dict[str, Any] = {name: getattr(touch, name) for name in _KEPT}
    values["sender"] = asdict(touch.sender) if touch.sender else None
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
