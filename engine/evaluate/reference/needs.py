"""What is computed for the records of a play, made once for each play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ....dsl.typed import Typed
from ...playbook.model import Play, Playbook
from ..context import Occasion
from ..gather import Need, ending_of, need_of


@dataclass(slots=True)
class Needs:
    """The needs of plays, remembered for as long as the plays are looked at: an entry holds its play, so the
    play's id stays its own."""

    _whole: dict[int, tuple[Play, Need]] = field(default_factory=dict)
    _ends: dict[int, tuple[Play, Need]] = field(default_factory=dict)

    def whole(self, occasion: Occasion, playbook: Playbook, play: Play) -> Need:
        """What finding what is due, deciding and acting on a play needs."""
        if id(play) not in self._whole:
            self._whole[id(play)] = (play, need_of(occasion, playbook, play))
        return self._whole[id(play)][1]

    def ends(self, occasion: Occasion, playbook: Playbook, play: Play) -> Need:
        """What ends the open tasks and the waiting messages of a play."""
        if id(play) not in self._ends:
            self._ends[id(play)] = (play, ending_of(occasion, playbook, play))
        return self._ends[id(play)][1]


def targets_of(need: Need) -> Mapping[str, Typed]:
    """The due dates of a moment, by N as written in a list."""
    dates = need.trees[len(need.trees) - len(need.targets) :]
    return dict(zip(need.targets, dates, strict=True))
