"""Candidates with all that deciding them needs, and what was judged of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import repeat
from typing import NamedTuple

from ...dsl.frozen import frozen
from ...dsl.typed import Checked
from ...dsl.types import Duration, Value
from ..catalog.model import Cycle
from ..evaluate.gather import RecordFacts
from ..evaluate.model import Person, PlayId
from ..playbook.model import Play, Playbook
from .contacts import Contacts
from .drafts import Draft, SendTime
from .model import Candidate
from .offers import Offers, no_offers
from .policy import Policy, Scope
from .quiet import is_country, is_timezone, next_good_hour
from .verdicts import Verdict

EpisodeId = tuple[str, str, str, int]  # playbook, play, record, number


@frozen
class Room:
    """How many of a play, a playbook or the project may fire in this run: ``left`` of ``limit`` in so many
    ``days`` (0: in each run). What is over waits for a person, or (``defer``) for its turn."""

    limit: int
    left: int
    days: int = 0
    defer: bool = False


@frozen
class Named:
    """Somebody whom a customer named, about a record in a cycle, to take the place of a recipient."""

    recipient: str
    person: Person
    cycle: str | None


@frozen
class Setting:
    """What all decisions of a run share.

    - ``bad_sources``: why the data of a source, or of one field (ENTITY.FIELD), must not act.
    - ``is_paused``: whether a play is paused; ``limits``: how many may fire in this run, by scope.
    - ``approved``: ids of held occurrences that a person released.
    - ``ended``: episodes that are closed (in this run or before).
    - ``later``: the day a duration after a day; ``cycle_of``: the cycle of an entity.
    - ``policy``: the contact rules; ``contacts``: what the ledger knows of the people.
    - ``identities`` of plays and ``origins`` of playbooks: names that stay over renames.
    - ``timezone``, ``country``: the project's.
    - ``offers`` makes the quotes that messages offer.
    - ``named``: whom customers named, by entity and record, the latest last.
    """

    run: str
    now: datetime
    today: date
    playbooks: Mapping[str, Playbook]
    bad_sources: Mapping[str, str]
    is_paused: Callable[[str, str], bool]
    limits: Mapping[Scope, Sequence[Room]]
    approved: frozenset[str]
    ended: frozenset[EpisodeId]
    later: Callable[[date, Duration], date]
    cycle_of: Callable[[str], Cycle | None]
    locale: str
    policy: Policy = field(default_factory=Policy)
    contacts: Contacts = field(default_factory=Contacts)
    identities: Mapping[PlayId, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    country: str = ""
    offers: Offers = no_offers
    named: Mapping[tuple[str, str], Sequence[Named]] = field(default_factory=dict)
    _times: dict[tuple[str | None, ...], SendTime] = field(default_factory=dict, init=False, compare=False)

    def identity(self, playbook: str, play: str) -> str:
        """What a play is called for good: the name of its own first run."""
        return self.identities.get((playbook, play), f"{playbook}.{play}")

    @property
    def at_once(self) -> SendTime:
        """When what nobody reads goes."""
        return SendTime(self.now)

    def send_times(self, persons: Iterable[Person], accounts: Iterable[Person | None]) -> Iterable[SendTime]:
        """When the messages of this run to people of accounts go."""
        if self.policy.rules.quiet_hours is None:
            return repeat(self.at_once)
        found: list[SendTime] = []
        for person, account in zip(persons, accounts, strict=True):
            of = (account.timezone, account.country) if account else ()
            place = (person.timezone, person.country, *of)
            time = self._times.get(place)
            if time is None:
                time = self._times[place] = self._send_time(place[::2], place[1::2])
            found.append(time)
        return found

    def _send_time(self, timezones: Iterable[str | None], countries: Iterable[str | None]) -> SendTime:
        """By the first time zone and the first country that are known."""
        timezone = next((one for one in timezones if one and is_timezone(one)), self.timezone)
        codes = (one.strip().upper() for one in countries if one)
        country = next((code for code in codes if is_country(code)), self.country)
        return SendTime(self.good_hour(self.now, timezone, country), timezone, country)

    def good_hour(self, at: datetime, timezone: str | None, country: str | None) -> datetime:
        """``at``, or where the recipient's quiet hours lie then, their end."""
        quiet = self.policy.rules.quiet_hours
        if quiet is None:
            return at
        return next_good_hour(at, quiet, timezone or self.timezone, country or self.country)

    def why_held(self, reader: Playbook | Play) -> str:
        """What is wrong with the data that a playbook or a play reads; "" where nothing is."""
        if not self.bad_sources:
            return ""
        bad = sorted(reader.reads & self.bad_sources.keys())
        return "; ".join(self.bad_sources[name] for name in bad)


@dataclass(slots=True, eq=False)
class Case:
    """A candidate with its record's facts (None: not in the snapshot). ``drafts`` are what it would do, known
    once its people are; they and ``decided`` are the pipeline's to change, which applies what is found."""

    candidate: Candidate
    facts: RecordFacts | None
    drafts: tuple[Draft, ...] = ()
    decided: bool = False

    @property
    def waits_for_approval(self) -> bool:
        """Held by something that only a person releases."""
        known = self.candidate.known
        return known is not None and known.verdict == "held" and known.reason != "source"


def facts_of(case: Case) -> RecordFacts:
    """The facts of a case whose record is in the snapshot."""
    assert case.facts is not None
    return case.facts


@dataclass(slots=True, eq=False)
class Docket:
    """The undecided cases of one play as it stands, in order of their records. What a concern can ask of the
    play is asked once for all of them."""

    playbook: Playbook
    play: Play
    cases: list[Case]

    @property
    def place(self) -> PlayId:
        """The play's name, as dockets are ordered by it."""
        return self.play.playbook, self.play.name

    def values(self, checked: Checked) -> list[Value]:
        """What an expression of the play is for each of the cases, whose records are in the snapshot."""
        return [facts.value(checked) for facts in self.facts]

    @property
    def facts(self) -> list[RecordFacts]:
        """The facts of each of the cases, whose records are in the snapshot."""
        return list(map(facts_of, self.cases))


class Judgement(NamedTuple):
    """What became of a case. ``detail`` names the source, field or number behind the reason; ``deadline``:
    the last day to which a cap may put it off."""

    case: Case
    verdict: Verdict
    reason: str = ""
    detail: str = ""
    deadline: date | None = None


class Change(NamedTuple):
    """A case that is not decided yet, but would do something else than before."""

    case: Case
    drafts: tuple[Draft, ...]


# One concern: looks at all undecided cases at once, play by play, and finds something of those that it
# applies to.
Concern = Callable[[Sequence[Docket], Setting], Iterable[Judgement | Change]]
