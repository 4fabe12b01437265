"""E408: a short form such as ``fired("ask")`` that names a play which is not there."""

from collections.abc import Iterator, Mapping

from ....dsl import syntax
from ....dsl.diagnostics import Diagnostic
from ....dsl.ledger_forms import plays_named
from ....dsl.parser import parse
from ...playbook.loader import Loaded
from ...playbook.model import Playbook
from ...shape import suggestion
from ..subjects import Subject, expressions


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Plays are named as ``"play"``, or ``"playbook.play"`` of another one; old names (``was``) count."""
    known = {name: _names(playbook) for name, playbook in loaded.playbooks.items()}
    for playbook in loaded.playbooks.values():
        known.update(dict.fromkeys(playbook.was, known[playbook.name]))
    for subject in expressions(loaded):
        if '("' in subject.checked.source.text or "('" in subject.checked.source.text:
            yield from _named(subject, known)


def _names(playbook: Playbook) -> frozenset[str]:
    return frozenset(playbook.plays) | {old for play in playbook.plays.values() for old in play.was}


def _named(subject: Subject, known: Mapping[str, frozenset[str]]) -> Iterator[Diagnostic]:
    tree = parse(subject.checked.source)
    if isinstance(tree, Diagnostic):
        return
    for literal in plays_named(tree):
        yield from _literal(literal, subject, known)


def _literal(
    literal: syntax.Literal, subject: Subject, known: Mapping[str, frozenset[str]]
) -> Iterator[Diagnostic]:
    playbook, _, play = str(literal.value).rpartition(".")
    playbook = playbook or (subject.playbook.name if subject.playbook else "")
    place = subject.checked.source.location(literal.span)
    if playbook not in known:
        help_text = suggestion(playbook, known)
        yield Diagnostic(place, "E408", f"there is no playbook `{playbook}`", help_text)
    elif play not in known[playbook]:
        help_text = suggestion(play, known[playbook]) or f"it has: {', '.join(sorted(known[playbook]))}"
        yield Diagnostic(place, "E408", f"the playbook {playbook} has no play `{play}`", help_text)
