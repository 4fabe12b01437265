"""What playbooks and plays were called before (`was:`)."""

from __future__ import annotations

from collections.abc import Sequence

from ..evaluate.model import PlayId
from ..playbook.model import Playbook


def renames(playbooks: Sequence[Playbook]) -> list[tuple[str, str, str, str]]:
    """(old playbook, old play, playbook, play) for every `was:`."""
    return [
        (old_book, old_play, book.name, play.name)
        for book in playbooks
        for play in book.plays.values()
        for old_book in (book.name, *book.was)
        for old_play in (play.name, *play.was)
        if (old_book, old_play) != (book.name, play.name)
    ]


def places(playbooks: Sequence[Playbook]) -> dict[PlayId, PlayId]:
    """The plays that there are, by each name that the ledger may know them by."""
    before = {(old_book, old_play): (book, play) for old_book, old_play, book, play in renames(playbooks)}
    now = [(book.name, play) for book in playbooks for play in book.plays]
    return before | dict(zip(now, now, strict=True))
