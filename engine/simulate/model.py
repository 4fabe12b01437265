"""What a simulation assumes: how customers and staff react to plays, and how facts move with time."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ...dsl.typed import Checked
from ...dsl.types import Duration, Value
from ..forms.survey import Survey

DEFAULT_SEED = 1


@frozen
class Reply:
    """What a customer answers to the survey that a play asks. ``posted``: as its page posts it; ``open``: how
    long the page takes it."""

    survey: Survey
    posted: Mapping[str, tuple[str, ...]]
    open: Duration


@frozen
class Outcome:
    """One thing that may come of a play: for which share of its records, after how many days (one of
    ``first`` to ``last``, all alike), which fields of the record then have which values, what its survey is
    answered, whether the play's tasks are done, and whether the quote that it offers is accepted."""

    share: Fraction
    first: int
    last: int
    values: Mapping[str, Value]
    done: bool
    reply: Reply | None = None
    accepts: bool = False


@frozen
class Reaction:
    """What comes of a play that has acted: at most one of the outcomes; for the share that they leave,
    nothing."""

    playbook: str
    play: str
    entity: str
    outcomes: tuple[Outcome, ...]


@frozen
class Drift:
    """How facts move by themselves: on each day, before that day's run, every record for which ``when`` is
    true has its dates moved by durations and its fields set."""

    entity: str
    when: Checked
    moves: Mapping[str, Duration]
    values: Mapping[str, Value]
    location: Location


@frozen
class Behaviour:
    """An answers file. ``approve_after``: how many days a play waits until a person approves it (None: nobody
    does)."""

    seed: int = DEFAULT_SEED
    reactions: tuple[Reaction, ...] = ()
    drifts: tuple[Drift, ...] = ()
    approve_after: int | None = None

    def of(self, playbook: str, play: str) -> tuple[Reaction, ...]:
        """What is assumed of a play."""
        return tuple(one for one in self.reactions if (one.playbook, one.play) == (playbook, play))

    @property
    def changed_entities(self) -> frozenset[str]:
        """The entities whose records may change."""
        reacting = {one.entity for one in self.reactions if any(out.values for out in one.outcomes)}
        return frozenset(reacting | {one.entity for one in self.drifts})
