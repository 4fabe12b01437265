"""Where offices stand: one folder and one database after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .firms import Firm
from .office import Office, moved_in
from .processes import Nursery


class Estate:
    """Offices with ledgers on one kind of database; the newest takes the place of the one before."""

    def __init__(self, nursery: Nursery, databases: Any, root: Path) -> None:
        self._nursery = nursery
        self._databases = databases  # of PostgreSQL, or None: SQLite in the office's folder
        self._root = root
        self._made: list[str] = []

    def new(self, firm: Firm) -> Office:
        """An office with an empty ledger."""
        office = moved_in(firm, self._root, self._nursery)
        office.ledger = self._ledger()
        return office

    def like(self, office: Office) -> Office:
        """A copy, with its ledger, of an office that stands elsewhere."""
        return office.copied(self._root, self._ledger(like=office.ledger))

    def close(self) -> None:
        while self._made:
            self._databases.drop(self._made.pop())

    def _ledger(self, **like: str) -> str:
        self.close()
        if not self._databases:
            return ""
        self._made.append(self._databases.create(**like))
        return self._made[-1]
