"""Days on which a command may be killed at any moment. Each is prepared once and copied for every kill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from .estate import Estate
from .firms import Firm, asking, capped, limited
from .office import Office
from .processes import judged


@dataclass(frozen=True)
class Scene:
    """A firm, what was done before, and the command. Where caps keep something for other days it does not end
    in one day (``ends``)."""

    firm: Callable[[Path], Firm]
    command: str
    before: tuple[str, ...] = ()
    ends: bool = True


SCENES = {
    "the first run": Scene(asking, "run"),
    "a run": Scene(asking, "run", ("db upgrade",)),
    "a delivery": Scene(asking, "deliver", ("run --no-deliver",)),
    "an approval": Scene(limited, "approve renewals", ("run",)),
    "a run under caps": Scene(capped, "run", ("run", *3 * ("a day passes",)), ends=False),
}

# What the mail server has come to with a message.
STAGES = ("mail", "rcpt", "data", "body", "dot", "taken")


class Moment(NamedTuple):
    """When a command is killed: at a step, or when the mail server has come to a stage of a message."""

    scene: str
    number: int
    stage: str = ""

    def __str__(self) -> str:
        return f"{self.scene}, {self.stage or 'step'} {self.number}"


class Stage:
    """A scene, ready to be played as often as one likes."""

    def __init__(self, name: str, estate: Estate, prepared: Office) -> None:
        self._name = name
        self._scene = SCENES[name]
        self._estate = estate
        self._prepared = prepared

    def moments(self) -> list[Moment]:
        """All at which the command may be killed, as far as they can be told apart."""
        office = self._estate.like(self._prepared)
        before = len(office.taken())
        with judged(office.log, {}) as port:
            office.use(port)
            steps = len(office.steps(self._scene.command))
        messages = len(office.taken()) - before
        faults = office.faults_so_far()
        assert not faults, f"{self._name}: {faults}"
        said = [Moment(self._name, number + 1, stage) for number in range(messages) for stage in STAGES]
        return [Moment(self._name, number + 1) for number in range(steps)] + said

    def killed(self, moment: Moment) -> tuple[bool, list[str]]:
        """Whether the command came to that moment, and what of the promise was not kept when all was over."""
        office = self._estate.like(self._prepared)
        order: dict[str, Any] = {"kill_at": moment.number}
        script: dict[str, Any] = {}
        if moment.stage:
            order = {"pid": str(office.pid)}
            script = {"stage": moment.stage, "at": moment.number, "signal": "KILL", **order}
        with judged(office.log, script) as port:
            office.use(port)
            code = office.on_day(self._scene.command, **order)
        office.recovered(self._scene.command)
        return code == -9, self.faults(office)

    def faults(self, office: Office) -> list[str]:
        return office.faults() if self._scene.ends else office.faults_so_far()


def prepared(name: str, estate: Estate, stock: Estate, folder: Path) -> Stage:
    """A scene that is played on the estate; what it begins with is kept in the stock."""
    scene = SCENES[name]
    office = stock.new(scene.firm(folder / "acme"))
    with judged(office.log, {}) as port:
        office.use(port)
        for command in scene.before:
            if command == "a day passes":
                office.later()
            else:
                office.act(*office.dated(command))
    return Stage(name, estate, office)
