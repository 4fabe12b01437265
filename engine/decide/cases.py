"""One candidate with all that deciding it needs, and what was judged of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from typing import Final

from ...dsl.frozen import frozen
from ...dsl.types import Duration, Value
from ..catalog.model import Cycle
from ..evaluate.gather import RecordFacts
from ..evaluate.model import Person, PlayId
from ..playbook.model import Play, Playbook
from .contacts import Contacts
from .model import Candidate, TouchRow
from .offers import Offers, no_offers
from .policy import Policy, Scope
from .quiet import is_country, is_timezone, next_good_hour
from .verdicts import Verdict

EpisodeId = tuple[str, str, str, int]  # playbook, play, record, number

# States of a touch that its occurrence fires for.
GOING: Final = frozenset({"queued", "open"})


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
    _hours: dict[tuple[str | None, str | None], datetime] = field(
        default_factory=dict, init=False, compare=False
    )  # when a message of this run may go, by time zone and country

    def identity(self, playbook: str, play: str) -> str:
        """What a play is called for good: the name of its own first run."""
        return self.identities.get((playbook, play), f"{playbook}.{play}")

    def good_hour(self, at: datetime, timezone: str | None, country: str | None) -> datetime:
        """``at``, or where the recipient's quiet hours lie then, their end."""
        quiet = self.policy.rules.quiet_hours
        if quiet is None:
            return at
        if at is not self.now:
            return next_good_hour(at, quiet, timezone or self.timezone, country or self.country)
        place = (timezone, country)
        if place not in self._hours:
            self._hours[place] = next_good_hour(at, quiet, timezone or self.timezone, country or self.country)
        return self._hours[place]

    def place_of(self, *people: Person | None) -> tuple[str | None, str | None]:
        """Time zone and country of the first who has one that is known; none where nothing depends on it."""
        if self.policy.rules.quiet_hours is None:
            return None, None
        timezone = country = None
        for one in people:
            if one is None:
                continue
            if timezone is None and one.timezone and is_timezone(one.timezone):
                timezone = one.timezone
            if country is None and one.country and is_country(code := one.country.strip().upper()):
                country = code
        return timezone or self.timezone, self.country if country is None else country

    def why_held(self, reader: Playbook | Play) -> str:
        """What is wrong with the data that a playbook or a play reads; "" where nothing is."""
        if not self.bad_sources:
            return ""
        bad = sorted(reader.reads & self.bad_sources.keys())
        return "; ".join(self.bad_sources[name] for name in bad)


@frozen(eq=False)
class Case:
    """A candidate, its play as it stands (None: removed) and its record's facts (None: not in the
    snapshot). ``touches`` are what it would do, known once its people are."""

    candidate: Candidate
    playbook: Playbook | None
    play: Play | None
    facts: RecordFacts | None
    touches: tuple[TouchRow, ...] = ()

    def with_touches(self, touches: tuple[TouchRow, ...]) -> Case:
        """The case with what it would do."""
        return Case(self.candidate, self.playbook, self.play, self.facts, touches)

    @property
    def waits_for_approval(self) -> bool:
        """Held by something that only a person releases."""
        known = self.candidate.known
        return known is not None and known.verdict == "held" and known.reason != "source"

    def value_of(self, part: str) -> Value:
        """The value of the playbook's ``where`` or ``stop``; where there is none: true, false."""
        checked = getattr(self.playbook, part)
        if checked is None or self.facts is None:
            return part == "where"
        return self.facts.value(checked)


@frozen(eq=False)
class Judgement:
    """What became of a case. ``detail`` names the source, field or number behind the reason; ``deadline``:
    the last day to which a cap may put it off."""

    case: Case
    verdict: Verdict
    reason: str = ""
    detail: str = ""
    deadline: date | None = None


# One concern: looks at all undecided cases at once and judges those that it applies to.
Step = Callable[[Sequence[Case], Setting], list[Judgement]]

# One concern that looks at each touch: judges cases of which nothing goes, gives the others with what does.
Sieve = Callable[[Sequence[Case], Setting], tuple[list[Judgement], list[Case]]]
