"""What the interpreter asks of the facts: records, what they are related to, and both as they once were."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from .types import ToMany, ToOne, Value

GROUP = "_group_"  # begins the names that SQL gives to the groups of related records which aggregates read

Record = Mapping[str, Value]  # stored fields by name, and the key as text under "_key"


class Facts(Protocol):
    """Where the interpreter finds the records that a record is related to."""

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        """The record that a to-one step of a record of ``entity`` leads to, if there is one."""

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        """The records that a to-many step of a record of ``entity`` leads to, in any order."""


class PastFacts(Facts, Protocol):
    """The facts as they were known on an earlier day: of each entity those that were last kept on or before
    it; where none were, it has no records."""

    def record(self, entity: str, key: str) -> Record | None:
        """The record that had this key (text, the fields of a key joined by ``/``), if there was one."""

    def origin(self, entity: str) -> str:
        """Which kept facts an entity's records are of, for people; "" where there are none."""


class Past(Protocol):
    """The facts of earlier days, as far as they are kept."""

    def days(self, before: date) -> Sequence[date]:
        """The days before that one of which facts are kept, oldest first (in the project's time zone)."""

    def on(self, day: date) -> PastFacts:
        """The facts as they were known on a day."""


class NoFacts(PastFacts):
    """There are no records."""

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        return None

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        return ()

    def record(self, entity: str, key: str) -> Record | None:
        return None

    def origin(self, entity: str) -> str:
        return ""


class NoPast(Past):
    """Nothing is kept."""

    def days(self, before: date) -> Sequence[date]:
        return ()

    def on(self, day: date) -> PastFacts:
        return NO_FACTS


NO_FACTS = NoFacts()
NO_PAST = NoPast()


_PAST_TABLE = re.compile(r'"([a-z][a-z0-9_]*)@([0-9]{4}-[0-9]{2}-[0-9]{2})"')


def past_table(entity: str, day: date) -> str:
    """The table of an entity's records as they were known on a day. No entity's name has an ``@``."""
    return f"{entity}@{day.isoformat()}"


def past_tables(sql: str) -> set[tuple[str, date]]:
    """The tables of earlier days that a statement reads: entity and day of each."""
    return {(entity, date.fromisoformat(day)) for entity, day in _PAST_TABLE.findall(sql)}


@lru_cache(maxsize=16)
def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name."""
    return ZoneInfo(name)


def same_time_on(day: date, now: datetime, timezone: str) -> datetime:
    """The moment at which the project's clocks show on ``day`` what they show ``now``; where clocks are put
    forward past that time, the same moment by the hour that was left. The local date is always ``day``."""
    local = now.astimezone(zone(timezone))
    return local.replace(year=day.year, month=day.month, day=day.day, fold=0).astimezone(now.tzinfo)
