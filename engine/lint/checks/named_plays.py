"""E408: a short form such as ``fired("ask")`` that names a play which is not there."""

from collections.abc import Iterator, Mapping, Sequence

from ....dsl.diagnostics import Diagnostic
from ....dsl.ledger_forms import plays_named
from ....dsl.parser import parse
from ....dsl.source import Location
from ...playbook.loader import Loaded
from ...playbook.model import Playbook
from ...shape import suggestion
from ..subjects import Subject, expressions
from ..whole import Whole

Plays = Mapping[str, frozenset[str]]  # of each playbook
Named = tuple[str, str, Location]  # a playbook, a play, and where it is named


def gather(loaded: Loaded) -> tuple[Plays, tuple[Named, ...]]:
    """The plays that there are, and those that are named: as ``"play"``, or ``"playbook.play"`` of another
    one. Old names (``was``) count."""
    known = {name: _names(playbook) for name, playbook in loaded.playbooks.items()}
    for playbook in loaded.playbooks.values():
        known.update(dict.fromkeys(playbook.was, known[playbook.name]))
    return known, tuple(named for subject in expressions(loaded) for named in _named(subject))


def judge(whole: Whole, gathered: Sequence[tuple[Plays, tuple[Named, ...]]]) -> Iterator[Diagnostic]:
    """Those that are named and are not there."""
    known = {name: plays for there, _ in gathered for name, plays in there.items()}
    for _, named in gathered:
        for one in named:
            yield from _missing(*one, known)


def _names(playbook: Playbook) -> frozenset[str]:
    return frozenset(playbook.plays) | {old for play in playbook.plays.values() for old in play.was}


def _named(subject: Subject) -> Iterator[Named]:
    source = subject.checked.source
    tree = parse(source) if '("' in source.text or "('" in source.text else None
    for literal in plays_named(tree) if tree is not None and not isinstance(tree, Diagnostic) else ():
        playbook, _, play = str(literal.value).rpartition(".")
        playbook = playbook or (subject.playbook.name if subject.playbook else "")
        yield playbook, play, source.location(literal.span)


def _missing(playbook: str, play: str, place: Location, known: Plays) -> Iterator[Diagnostic]:
    if playbook not in known:
        help_text = suggestion(playbook, known)
        yield Diagnostic(place, "E408", f"there is no playbook `{playbook}`", help_text)
    elif play not in known[playbook]:
        help_text = suggestion(play, known[playbook]) or f"it has: {', '.join(sorted(known[playbook]))}"
        yield Diagnostic(place, "E408", f"the playbook {playbook} has no play `{play}`", help_text)
