"""What earlier runs left, from the ledger into the fact store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ..decide.lifecycle import followed
from ..evaluate import tables
from ..evaluate.context import Store
from ..evaluate.model import History, Parent, PlayId
from ..ledger import read
from ..playbook.model import FollowUpTrigger, Play, Playbook, StateTrigger


def history_of(connection: Connection, playbooks: Sequence[Playbook], store: Store) -> History:
    """Fill the store's tables of occurrences and episodes, and read the rest."""
    plays = [(play.playbook, play.name) for play in _plays(playbooks)]
    recorded = read.fill_occurrences(connection, store, tables.OCCURRENCE, plays)
    repeating = [(play.playbook, play.name) for play in _plays(playbooks) if _repeats(play)]
    read.fill_episodes(connection, store, tables.EPISODE, plays, repeating)
    return History(
        plays={(row.playbook, row.play): row for row in read.play_rows(connection)},
        recorded=frozenset(recorded),
        parents=_parents(connection, playbooks),
    )


def _plays(playbooks: Sequence[Playbook]) -> list[Play]:
    return [play for book in playbooks for play in book.plays.values()]


def _repeats(play: Play) -> bool:
    return isinstance(play.trigger, StateTrigger) and play.trigger.again is not None


def _parents(connection: Connection, playbooks: Sequence[Playbook]) -> dict[PlayId, tuple[Parent, ...]]:
    found: dict[PlayId, tuple[Parent, ...]] = {}
    for book in playbooks:
        for play in book.plays.values():
            if isinstance(play.trigger, FollowUpTrigger):
                first = followed(book, play).name
                rows = read.followable(connection, book.name, play.trigger.parent, play.name, first)
                found[book.name, play.name] = tuple(rows)
    return found
