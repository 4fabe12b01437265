"""What an evaluation takes from the ledger and gives to the decisions."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime
from typing import Literal, NamedTuple

from ...dsl.frozen import frozen

# Reasons for which an occurrence closed for its own due date only: a date that moves ahead is due again.
LAPSED = ("grace", "unknown", "capped", "superseded", "date", "moved")

Origin = Literal["moment", "state", "follow_up", "schedule"]
PlayId = tuple[str, str]  # (playbook, play)


class EpisodeRow(NamedTuple):
    """One stretch of days on which a state holds for a record. ``number`` counts a play's episodes of a
    record from 1. ``seen_on``: first run that saw it true; ``opened_on``: when it had held long enough;
    ``fired_on``: the last firing; ``closed_on`` with ``closed_by`` (clear, left, cycle, stop, removed).

    A tuple, because a run makes them by the ten thousand: a quarter of the time of a frozen dataclass."""

    playbook: str
    play: str
    entity: str
    record: str
    number: int
    cycle: str | None
    seen_on: date
    opened_on: date | None
    fired_on: date | None
    closed_on: date | None
    closed_by: str


@frozen
class PlayRow:
    """What the ledger knows of a play as such: the local days of its own first and last run, and its
    ``identity``, the name of its first run, which stays over renames."""

    playbook: str
    play: str
    first_run: date
    last_run: date
    fingerprint: str
    identity: str = ""


@frozen
class Person:
    """Somebody to write to or to give work to: their record's key, address and what messages need.
    ``customer``: found among what is known of customers, not among the users."""

    key: str
    email: str | None
    name: str | None
    locale: str | None
    timezone: str | None
    country: str | None = None
    customer: bool = False


@frozen
class Parent:
    """A fired occurrence whose follow-up is not recorded yet. ``acted_on``: the local day its first
    message was sent or its task opened."""

    id: str
    record: str
    key: str
    cycle: str | None
    target: str
    anchor: date | None
    episode: int | None
    acted_on: date


@frozen
class Moment:
    """The clock of a run: ``now`` is aware (UTC), ``today`` the project's local date."""

    now: datetime
    today: date


@frozen
class History:
    """What earlier runs left. Occurrences and episodes are tables of the fact store (``tables.py``),
    because there may be millions; ``recorded`` says which plays have occurrences at all."""

    plays: Mapping[PlayId, PlayRow]
    recorded: frozenset[PlayId]
    parents: Mapping[PlayId, tuple[Parent, ...]]  # by follow-up play


@frozen
class Due:
    """One occurrence that is due and not in the ledger. ``key`` is unique beside (playbook, play,
    record); ``anchor`` the countdown's own date, if it lies ahead of the due date; ``deadline`` the last
    day in time (None: a state). A ``due`` after today only comes along with others (`ahead`)."""

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
    episode: int | None = None
    parent: str | None = None


@frozen
class Unknown:
    """Records for which a trigger or ``where`` came out unknown, by the field that was missing."""

    playbook: str
    play: str
    field: str
    count: int


@frozen
class Found:
    """What one play's trigger found."""

    due: tuple[Due, ...] = ()
    episodes: tuple[EpisodeRow, ...] = ()
    duplicates: int = 0


@frozen
class Evaluation:
    """One pass over all plays. ``evaluated`` counts records × plays; ``duplicates`` occurrences in grace
    that the ledger has already; ``foreseen`` how many moments of a play fall on each coming day."""

    due: tuple[Due, ...]
    episodes: tuple[EpisodeRow, ...]
    unknown: tuple[Unknown, ...]
    evaluated: int
    duplicates: int
    foreseen: tuple[tuple[str, str, date, int], ...]

    def of(self, playbooks: Set[str]) -> Evaluation:
        """What it found of these playbooks; its counts are of all, so they are nought here."""
        return Evaluation(
            due=tuple(one for one in self.due if one.playbook in playbooks),
            episodes=tuple(one for one in self.episodes if one.playbook in playbooks),
            unknown=tuple(one for one in self.unknown if one.playbook in playbooks),
            evaluated=0,
            duplicates=0,
            foreseen=tuple(one for one in self.foreseen if one[0] in playbooks),
        )

    def beside(self, other: Evaluation) -> Evaluation:
        """Both; they are about different playbooks."""
        return Evaluation(
            due=self.due + other.due,
            episodes=self.episodes + other.episodes,
            unknown=self.unknown + other.unknown,
            evaluated=self.evaluated + other.evaluated,
            duplicates=self.duplicates + other.duplicates,
            foreseen=self.foreseen + other.foreseen,
        )


def same_cycle(left: str, right: str, tolerance: int) -> bool:
    """Two cycle values are the same, or dates (ISO) no more than ``tolerance`` days apart."""
    if left == right:
        return True
    try:
        return abs((date.fromisoformat(left) - date.fromisoformat(right)).days) <= tolerance
    except ValueError:
        return False
