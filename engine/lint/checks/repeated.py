"""W203: a condition that is said twice."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Checked
from ...playbook.fingerprint import canonical
from ...playbook.loader import Loaded
from ...playbook.model import Play, Playbook, StateTrigger
from ..subjects import Subject, conjuncts


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A part of ``where``, ``when`` and ``if`` that one of them holds already."""
    for playbook in loaded.playbooks.values():
        for play in playbook.plays.values():
            yield from _play(playbook, play)


def _play(playbook: Playbook, play: Play) -> Iterator[Diagnostic]:
    when = play.trigger.when if isinstance(play.trigger, StateTrigger) else None
    said: dict[str, str] = {}
    for key, checked in (("where", playbook.where), ("when", when), ("if", play.condition)):
        yield from _parts(key, checked, said)


def _parts(key: str, checked: Checked | None, said: dict[str, str]) -> Iterator[Diagnostic]:
    for part in conjuncts(checked.tree) if checked is not None else ():
        assert checked is not None
        subject = Subject(checked, True)
        first = said.setdefault(canonical(part), key)
        if first != key or said.get(f"{key}:{canonical(part)}"):
            message = f"`{subject.text(part)}` is said in `{first}` already"
            yield Diagnostic(subject.place(part), "W203", message, "remove one of the two")
        said[f"{key}:{canonical(part)}"] = key
