"""What earlier runs left, from the ledger into the fact store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ..decide.lifecycle import followed
from ..evaluate import tables
from ..evaluate.context import Store
from ..evaluate.model import History, Parent, PlayId
from ..ledger import read
from ..playbook.model import FollowUpTrigger, Playbook


def history_of(connection: Connection, playbooks: Sequence[Playbook], store: Store) -> History:
    """Fill the store's tables of occurrences and episodes, and read the rest."""
    plays = [(book.name, play.name) for book in playbooks for play in book.plays.values()]
    recorded = read.fill_occurrences(connection, store, tables.OCCURRENCE, plays)
    read.fill_episodes(connection, store, tables.EPISODE, plays)
    return History(
        plays={(row.playbook, row.play): row for row in read.play_rows(connection)},
        recorded=frozenset(recorded),
        parents=_parents(connection, playbooks),
    )


def _parents(connection: Connection, playbooks: Sequence[Playbook]) -> dict[PlayId, tuple[Parent, ...]]:
    found: dict[PlayId, tuple[Parent, ...]] = {}
    for book in playbooks:
        for play in book.plays.values():
            if isinstance(play.trigger, FollowUpTrigger):
                first = followed(book, play).name
                rows = read.followable(connection, book.name, play.trigger.parent, play.name, first)
                found[book.name, play.name] = tuple(rows)
    return found
