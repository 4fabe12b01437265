"""What the decision stage takes and gives: candidates in, rows for the ledger out. All frozen; the rows that
are made by the hundred thousand are tuples, which take a sixth of the time.

Identifiers are computed, never drawn: the same inputs give the same rows, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from ...dsl.frozen import frozen
from ...dsl.types import Money
from ..evaluate.model import Due
from ..evaluate.model import EpisodeRow as EpisodeRow
from ..evaluate.model import Origin as Origin
from ..evaluate.model import Person as Person
from ..evaluate.model import PlayRow as PlayRow
from .ids import identifier as identifier
from .verdicts import Verdict

TouchType = Literal["email", "survey", "quote", "webhook", "task", "opportunity"]
WORK: Final = ("task", "opportunity")  # the types of touches that are somebody's work, not sent
PREPARED: Final = 1_000_000  # actions from this number on are messages that people send from a task
MESSAGES: Final = ("email", "survey", "quote")  # the types of touches that people read
TouchState = Literal[
    "queued",
    "transmitting",
    "sent",
    "failed",
    "unknown",
    "deferred",
    "cancelled",
    "expired",
    "open",
    "closed",
]
TaskState = Literal["open", "snoozed", "done", "cleared", "cancelled"]


@frozen
class Candidate(Due):
    """One occurrence to be decided: due now, or left open by an earlier run, whose row is ``known`` then.
    ``identity``: what its play is called for good, where another had its name before; ``id`` is its row's, or
    computed from what makes it unique (``unique_parts``; for many see ``pipeline.candidates_of``)."""

    known: OccurrenceRow | None = None
    identity: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            made = self.known.id if self.known else identifier(*unique_parts(self, self.identity))
            object.__setattr__(self, "id", made)


def unique_parts(due: Due, identity: str) -> tuple[str, ...]:
    """What makes an occurrence unique."""
    named = (identity,) if identity else (due.playbook, due.play)
    return *named, due.record, due.key, due.due.isoformat()


class OccurrenceRow(NamedTuple):
    """One occurrence as the ledger keeps it. ``held_since``: the day since which it is held without a
    break (held days do not count against grace)."""

    id: str
    playbook: str
    play: str
    entity: str
    record: str
    key: str
    origin: Origin
    cycle: str | None
    target: str
    anchor: date | None
    due: date
    deadline: date | None
    verdict: Verdict
    reason: str
    detail: str
    open: bool
    fired_on: date | None
    decided_on: date
    held_since: date | None
    episode: int | None
    parent: str | None
    run: str


@frozen
class Offer:
    """The revision of a quote that goes out.

    ``based_on`` is the revision that stands in the ledger (0: there is no quote yet); where ``revision`` is
    another one, it is made, for ``reason``. ``content`` is the revision as plain JSON; ``approval``: why a
    person must approve it first (empty: nobody must). ``shown`` gives what a message in a language says of
    it, by the names that templates read (``quote.total``).
    """

    id: str
    pricebook: str
    entity: str
    record: str
    cycle: str | None
    account: str | None
    based_on: int
    revision: int
    content: Mapping[str, object]
    total: Money
    valid_until: date | None
    reason: str
    approval: str
    shown: Callable[[str], Mapping[str, object]] = field(repr=False, compare=False)


class TouchRow(NamedTuple):
    """One message to one recipient, or one task: a row of the outbox.

    ``recipient`` is an address, a user key (task) or a channel's name (webhook); ``cc`` addresses;
    ``sender`` the person it comes from (None: the channel's own ``from``); ``context`` the values its
    template reads, encoded by engine.deliver.context; ``fired_on`` the run's local day; ``send_at`` UTC.

    Of a message: ``address`` is the recipient's as it is compared (``contacts.normal``); ``customer``: they
    are one, so it counts against caps; ``topic_kind`` the topic's class; ``subject`` takes the place of the
    template's; ``timezone`` and ``country`` the recipient's; ``deadline`` the last day on which it may go
    where caps put it off (None: a state, as long as it lasts).
    """

    id: str
    occurrence: str
    playbook: str
    play: str
    entity: str
    record: str
    cycle: str | None
    account: str | None
    action: int
    type: TouchType
    channel: str
    template: str
    recipient: str
    recipient_name: str | None
    locale: str | None
    cc: tuple[str, ...]
    sender: Person | None
    context: Mapping[str, object]
    state: TouchState
    reason: str
    fired_on: date
    send_at: datetime
    run: str
    members: tuple[str, ...] = ()  # ids of all occurrences it serves (`together`), its own first
    address: str | None = None
    customer: bool = False
    topic: str = ""
    topic_kind: str = ""
    variant: str = ""
    subject: str | None = None
    timezone: str | None = None
    country: str | None = None
    deadline: date | None = None
    copies: tuple[str, ...] = ()  # addresses of the customers among ``cc``
    offers: tuple[Offer, ...] = ()  # the quotes in it, one a record that it serves


@frozen
class TaskRow:
    """One task; its id is its touch's."""

    id: str
    playbook: str
    play: str
    entity: str
    record: str
    cycle: str | None
    account: str | None
    title: str
    assignee: str
    priority: str
    rank: float | None
    due: date | None
    kind: str
    checklist: tuple[str, ...]
    action: int
    episode: int | None
    opened_on: date
    outcomes: Mapping[str, str] = field(default_factory=dict)
    mails: tuple[TouchRow, ...] = ()  # prepared for the assignee: the touches that they become when sent


@frozen
class OpenTask:
    """A task on the worklist, as far as the facts may close it."""

    id: str
    playbook: str
    play: str
    record: str
    action: int
    episode: int | None


@frozen
class QueuedTouch:
    """A message that waits, as far as the facts may cancel it: a row for each record that it is about."""

    id: str
    playbook: str
    play: str
    record: str
    cycle: str | None
    occurrence: str


@frozen
class Foreseen:
    """How many occurrences of a play's moments the last snapshot foresaw for a day."""

    playbook: str
    play: str
    day: date
    count: int


@frozen
class RunRow:
    """One run: its logical time, the snapshot and playbooks it decided on, and its counts."""

    id: str
    as_of: datetime
    day: date
    snapshot: str
    fingerprint: str
    summary: Mapping[str, object] = field(default_factory=dict)


@frozen
class Commit:
    """Everything that one run writes, in one transaction.

    ``occurrences`` are new or decided again; ``cancels`` are queued touches with the reason;
    ``cleared`` are open tasks that the facts closed, with the reason.
    """

    run: RunRow
    occurrences: tuple[OccurrenceRow, ...]
    touches: tuple[TouchRow, ...]
    tasks: tuple[TaskRow, ...]
    episodes: tuple[EpisodeRow, ...]
    cancels: tuple[tuple[str, str], ...]
    cleared: tuple[tuple[str, str], ...]
    plays: tuple[PlayRow, ...]
    foreseen: tuple[Foreseen, ...]
