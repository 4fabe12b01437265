"""What earlier runs left, from the ledger into the fact store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..decide.lifecycle import followed
from ..evaluate import tables
from ..evaluate.context import Store
from ..evaluate.model import History, Parent, PlayId, PlayRow
from ..evaluate.reference.recorded import Recorded
from ..ledger import changes, read
from ..playbook.model import FollowUpTrigger, Play, Playbook, StateTrigger


@dataclass(slots=True)
class Kept:
    """Which tables of the ledger the store has, where one process decides day after day: they are filled
    once, then brought up to date with what has changed (``ledger.changes``). ``parents``: of follow-ups, the
    same."""

    tables: set[str] = field(default_factory=set)
    parents: dict[PlayId, tuple[Parent, ...]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the table is there already; from now on it is."""
        was_there = name in self.tables
        self.tables.add(name)
        return was_there


def history_of(
    connection: Connection, playbooks: Sequence[Playbook], store: Store, kept: Kept | None = None
) -> History:
    """Fill the store's tables of occurrences and episodes, and read the rest. ``kept``: they may be there
    already."""
    amend = kept is not None and kept.has(tables.OCCURRENCE)
    plays, repeating = _names(playbooks)
    recorded = read.fill_occurrences(connection, store, tables.OCCURRENCE, plays, amend=amend)
    read.fill_episodes(connection, store, tables.EPISODE, plays, repeating, amend=amend)
    parents = _parents(connection, playbooks) if kept is None else _amended(connection, playbooks, kept)
    return _history(connection, recorded, parents)


def recorded_of(connection: Connection, playbooks: Sequence[Playbook]) -> tuple[History, Recorded]:
    """The same with the occurrences and episodes themselves, for the reference evaluation."""
    recorded = read.recorded(connection, *_names(playbooks))
    parents = _parents(connection, playbooks)
    return _history(connection, frozenset(recorded.occurrences), parents), recorded


def _names(playbooks: Sequence[Playbook]) -> tuple[list[PlayId], list[PlayId]]:
    """The plays, and those of them that fire again while a state lasts."""
    plays = _plays(playbooks)
    repeating = [(play.playbook, play.name) for play in plays if _repeats(play)]
    return [(play.playbook, play.name) for play in plays], repeating


def _history(
    connection: Connection, recorded: frozenset[PlayId], parents: Mapping[PlayId, tuple[Parent, ...]]
) -> History:
    plays = {(row.playbook, row.play): row for row in read.play_rows(connection)}
    return History(plays=plays, recorded=recorded, parents=parents)


def _plays(playbooks: Sequence[Playbook]) -> list[Play]:
    return [play for book in playbooks for play in book.plays.values()]


def _repeats(play: Play) -> bool:
    return isinstance(play.trigger, StateTrigger) and play.trigger.again is not None


def _parents(
    connection: Connection, playbooks: Sequence[Playbook], *, amend: bool = False
) -> dict[PlayId, tuple[Parent, ...]]:
    found: dict[PlayId, tuple[Parent, ...]] = {}
    for book in playbooks:
        for play in book.plays.values():
            if isinstance(play.trigger, FollowUpTrigger):
                place, first = (play.trigger.parent, play.name), followed(book, play).name
                found[book.name, play.name] = tuple(
                    read.followable(connection, book.name, *place, first, amend=amend)
                )
    return found


def _amended(
    connection: Connection, playbooks: Sequence[Playbook], kept: Kept
) -> Mapping[PlayId, tuple[Parent, ...]]:
    """The parents that were kept, with what has changed since; for always the same playbooks."""
    amend = kept.has(changes.PARENTS)
    changed = read.changed_records(connection)
    for place, news in _parents(connection, playbooks, amend=amend).items():
        old = (one for one in kept.parents.get(place, ()) if (place[0], one.record) not in changed)
        kept.parents[place] = tuple(sorted((*old, *news), key=lambda one: (one.record, one.key)))
    changes.forget(connection, changes.PARENTS)
    return kept.parents


@frozen
class Names:
    """What plays and playbooks are called for good, so that a rename changes no hash and a name that another
    play had before makes no clash: of a play the name of its own first run (with a number where that was
    taken), of a playbook that of its oldest play."""

    plays: Mapping[PlayId, str]
    playbooks: Mapping[str, str]

    @classmethod
    def of(cls, known: Iterable[PlayRow], playbooks: Iterable[Playbook]) -> Names:
        """The names of what the ledger knows, and of the plays that run for the first time."""
        rows = list(known)
        plays = {(row.playbook, row.play): row.identity for row in rows}
        taken = set(plays.values())
        for play in _plays(list(playbooks)):
            if (play.playbook, play.name) not in plays:
                name = _free(f"{play.playbook}.{play.name}", taken)
                plays[play.playbook, play.name] = name
                taken.add(name)
        first: dict[str, PlayRow] = {}
        for row in sorted(rows, key=lambda row: (row.first_run, row.identity)):
            first.setdefault(row.playbook, row)
        return cls(plays, {book: row.identity.partition(".")[0] for book, row in first.items()})

    def second(self, playbook: str, play: str) -> str:
        """The name of a play that is not the first with its name; "" for any other."""
        name = self.plays.get((playbook, play), "")
        return name if "~" in name else ""


def _free(name: str, taken: set[str]) -> str:
    numbered = (f"{name}~{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)
