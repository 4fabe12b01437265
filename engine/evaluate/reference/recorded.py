"""What earlier runs left, as the reference evaluation reads it: the rows of ``evaluate.tables``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date
from typing import NamedTuple

from ....dsl.frozen import frozen
from ..model import PlayId


class PastOccurrence(NamedTuple):
    """A recorded occurrence; the columns of ``tables.OCCURRENCE_COLUMNS``."""

    playbook: str
    play: str
    record: str
    key: str
    identity: str | None
    target: str
    due: date
    reason: str
    open: bool
    used: bool


class LastEpisode(NamedTuple):
    """The last episode of a play and record; the columns of ``tables.EPISODE_COLUMNS``."""

    playbook: str
    play: str
    record: str
    number: int
    cycle: str | None
    seen_on: date
    opened_on: date | None
    fired_on: date | None
    open: bool


@frozen
class Recorded:
    """Occurrences of each play by record, and the last episode of each play and record."""

    occurrences: Mapping[PlayId, Mapping[str, Sequence[PastOccurrence]]] = field(default_factory=dict)
    episodes: Mapping[PlayId, Mapping[str, LastEpisode]] = field(default_factory=dict)

    @classmethod
    def of(cls, occurrences: Iterable[PastOccurrence], episodes: Iterable[LastEpisode]) -> Recorded:
        """From the rows of the ledger."""
        known: dict[PlayId, dict[str, list[PastOccurrence]]] = {}
        for one in occurrences:
            known.setdefault((one.playbook, one.play), {}).setdefault(one.record, []).append(one)
        last: dict[PlayId, dict[str, LastEpisode]] = {}
        for episode in episodes:
            last.setdefault((episode.playbook, episode.play), {})[episode.record] = episode
        return cls(known, last)

    def of_record(self, play: PlayId, record: str) -> Sequence[PastOccurrence]:
        """The occurrences of a play for a record."""
        return self.occurrences.get(play, {}).get(record, ())

    def episode(self, play: PlayId, record: str) -> LastEpisode | None:
        """The last episode of a play for a record."""
        return self.episodes.get(play, {}).get(record)
