"""W203: a condition, or a value of a list, that is said twice."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Call, Checked
from ...playbook.loader import Loaded
from ...playbook.model import Play, Playbook, StateTrigger
from ..mends import dropped
from ..ranges import literal
from ..subjects import Subject, conjuncts, expressions, operator


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A part of ``where``, ``when`` and ``if`` that one of them holds already; and, anywhere, a literal that
    stands twice in one list."""
    for subject in expressions(loaded):
        if "[" in subject.checked.source.text:
            yield from _lists(subject)
    for playbook in loaded.playbooks.values():
        for play in playbook.plays.values():
            yield from _play(playbook, play)


def _lists(subject: Subject) -> Iterator[Diagnostic]:
    for node in subject.written:
        seen: set[object] = set()
        for item in node.args if isinstance(node, Call) and operator(node) == "list" else ():
            value = literal(item)
            if value is not None and value in seen:
                message = f"`{subject.text(item)}` stands twice in this list"
                yield Diagnostic(subject.place(item), "W203", message, "keep one of the two")
            seen.add(value)


def _play(playbook: Playbook, play: Play) -> Iterator[Diagnostic]:
    when = play.trigger.when if isinstance(play.trigger, StateTrigger) else None
    said: dict[str, str] = {}
    for key, checked in (("where", playbook.where), ("when", when), ("if", play.condition)):
        yield from _parts(key, checked, said)


def _parts(key: str, checked: Checked | None, said: dict[str, str]) -> Iterator[Diagnostic]:
    if checked is None:
        return
    subject = Subject(checked, True)
    for part in conjuncts(checked.tree):
        text = " ".join(subject.text(part).split())
        if text in said:
            message = f"`{text}` is said in `{said[text]}` already"
            fix = dropped(subject, part, "and", f"remove the second `{text}`") if said[text] == key else None
            yield Diagnostic(subject.place(part), "W203", message, "remove one of the two", fix)
        said.setdefault(text, key)
