"""What tests have tried: each trigger and each condition of a play, both ways.

A trigger was tried `true` where it made an occurrence, `false` where it made none for a record of the
population; `if` and `unless` count where an occurrence was judged by them. Unknown is neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ...dsl.typed import Checked
from ..playbook.model import FollowUpTrigger, MomentTrigger, Play, Playbook, StateTrigger

WAYS: Final = ("true", "false")
Counted = Mapping[tuple[str, str], int]  # (target, way) → how often


@frozen
class Target:
    """One trigger or condition. ``key``: the key that it stands under; ``play`` empty: of the whole
    playbook."""

    playbook: str
    play: str
    key: str
    location: Location
    text: str

    @property
    def id(self) -> str:
        return f"{self.playbook}.{self.play}.{self.key}"


@dataclass(slots=True)
class Meter:
    """Counts how often targets came out which way."""

    counted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, target: str, value: object) -> None:
        """Count a value; an unknown one is not counted."""
        if isinstance(value, bool):
            self.counted[target, WAYS[not value]] += 1


def targets(playbook: Playbook) -> Iterable[Target]:
    """Everything of a playbook that is to be tried both ways."""
    for key, checked in (("where", playbook.where), ("stop", playbook.stop)):
        if checked is not None:
            yield _target(playbook, "", key, checked)
    for play in playbook.plays.values():
        yield _trigger(playbook, play)
        for key, checked in (("if", play.condition), ("unless", play.unless), ("clear", clear_of(play))):
            if checked is not None:
                yield _target(playbook, play.name, key, checked)


def clear_of(play: Play) -> Checked | None:
    """What closes a state's episodes, where that is written by itself."""
    return play.trigger.clear if isinstance(play.trigger, StateTrigger) else None


def _trigger(playbook: Playbook, play: Play) -> Target:
    trigger = play.trigger
    if isinstance(trigger, MomentTrigger | StateTrigger):
        return _target(playbook, play.name, "when", trigger.when)
    if isinstance(trigger, FollowUpTrigger):
        text = f"{trigger.parent} + {trigger.delay}"
        return Target(playbook.name, play.name, "after", play.location, text)
    return Target(playbook.name, play.name, "every", play.location, trigger.cron)


def _target(playbook: Playbook, play: str, key: str, checked: Checked) -> Target:
    place = checked.source.location(checked.tree.span)
    return Target(playbook.name, play, key, place, checked.source.text)


@frozen
class Coverage:
    """How often each target came out each way, in order of place."""

    targets: tuple[Target, ...]
    counted: Counted

    @property
    def missed(self) -> tuple[tuple[Target, str], ...]:
        """What never came out that way."""
        return tuple(
            (target, way) for target in self.targets for way in WAYS if not self.counted.get((target.id, way))
        )

    @property
    def share(self) -> Fraction:
        """The part of all ways that was tried, exactly; 1 where there is nothing to try."""
        ways = len(self.targets) * len(WAYS)
        return Fraction(ways - len(self.missed), ways) if ways else Fraction(1)

    @property
    def percent(self) -> str:
        """The share in percent, cut (never rounded up) after two digits: 100.00 is all."""
        hundredths = int(self.share * 10_000)
        return f"{hundredths // 100}.{hundredths % 100:02}"

    def to_json(self) -> dict[str, object]:
        return {
            "percent": float(self.percent),
            "tried": len(self.targets) * len(WAYS) - len(self.missed),
            "ways": len(self.targets) * len(WAYS),
            "missed": [_missed(target, way) for target, way in self.missed],
        }


def _missed(target: Target, way: str) -> dict[str, object]:
    return {
        "playbook": target.playbook,
        "play": target.play or None,
        "key": target.key,
        "never": way,
        "file": target.location.file,
        "line": target.location.line,
        "column": target.location.column,
        "text": target.text,
    }


def covered(playbooks: Iterable[Playbook], counted: Sequence[Counted]) -> Coverage:
    """The coverage of these playbooks by the counts of several tests."""
    total: Counter[tuple[str, str]] = Counter()
    for one in counted:
        total.update(one)
    found = [target for playbook in playbooks for target in targets(playbook)]
    return Coverage(tuple(sorted(found, key=lambda target: (target.location, target.id))), dict(total))
