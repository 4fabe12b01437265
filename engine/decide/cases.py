"""One candidate with all that deciding it needs, and what was judged of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ...dsl.types import Duration, Value
from ..catalog.model import Cycle
from ..evaluate.gather import RecordFacts
from ..evaluate.model import PlayId
from ..playbook.model import Play, Playbook
from .model import Candidate, TouchRow
from .verdicts import Verdict

EpisodeId = tuple[str, str, str, int]  # playbook, play, record, number


@dataclass(frozen=True, slots=True)
class Setting:
    """What all decisions of a run share.

    - ``bad_sources``: why the data of a source must not act, by source.
    - ``is_paused``: whether a play is paused; ``limits``: how many of a play may fire in this run.
    - ``approved``: ids of held occurrences that a person released.
    - ``ended``: episodes that are closed (in this run or before).
    - ``later``: the day a duration after a day; ``cycle_of``: the cycle of an entity.
    """

    run: str
    now: datetime
    today: date
    playbooks: Mapping[str, Playbook]
    bad_sources: Mapping[str, str]
    is_paused: Callable[[str, str], bool]
    limits: Mapping[PlayId, int]
    approved: frozenset[str]
    ended: frozenset[EpisodeId]
    later: Callable[[date, Duration], date]
    cycle_of: Callable[[str], Cycle | None]
    locale: str

    def why_held(self, playbook: Playbook) -> str:
        """What is wrong with the sources that a playbook reads; "" where nothing is."""
        bad = sorted(playbook.reads & self.bad_sources.keys())
        return "; ".join(self.bad_sources[name] for name in bad)


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate, its play as it stands (None: removed) and its record's facts (None: not in the
    snapshot). ``touches`` are what it would do, known once its people are."""

    candidate: Candidate
    playbook: Playbook | None
    play: Play | None
    facts: RecordFacts | None
    touches: tuple[TouchRow, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a case. ``detail`` names the source, field or number behind the reason."""

    case: Case
    verdict: Verdict
    reason: str = ""
    detail: str = ""


# One concern: looks at all undecided cases at once and judges those that it applies to.
Step = Callable[[Sequence[Case], Setting], list[Judgement]]
