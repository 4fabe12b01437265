"""What a case would do: who gets a message or a task, and when. What fires is written (``writing``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from ...dsl.frozen import frozen
from ..evaluate.model import Person
from ..playbook.model import Action
from .model import Offer, TouchState, TouchType

# States that an occurrence fires for.
GOING: Final = frozenset({"queued", "open"})


@frozen(eq=False)
class Doing:
    """An action of a play as one variant of it has it ("": there are none): what all its drafts share.
    ``topic_kind`` is the class of the ``topic``, where there is one."""

    number: int
    action: Action
    type: TouchType
    channel: str = ""
    topic: str = ""
    topic_kind: str = ""
    variant: str = ""


class SendTime(NamedTuple):
    """When a message goes, by the clock of a time zone and the calendar of a country (None: they do not
    matter)."""

    at: datetime
    timezone: str | None = None
    country: str | None = None


class Draft(NamedTuple):
    """One message to one recipient, or one task; the fields as in ``TouchRow``.

    ``person``: who is meant (None: a channel); ``account`` the key of the record's account; ``offer``: the
    quote in it."""

    doing: Doing
    recipient: str
    person: Person | None
    account: str | None
    state: TouchState
    time: SendTime
    address: str | None = None
    customer: bool = False
    cc: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    reason: str = ""
    offer: Offer | None = None

    @property
    def goes(self) -> bool:
        """Whether its occurrence fires for it."""
        return self.state in GOING
