"""What a decision read of the ledger, kept and given again: so a run can be decided once more as it was.

Both stand where a connection does, for statements that read: one asks the database and remembers, the other
remembers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.result import IteratorResult, Result, SimpleResultMetaData

from ...dsl.frozen import frozen
from .errors import LedgerError

_DIALECT = sqlite.dialect()  # what a statement is called does not depend on the database it ran on


@frozen
class Rows:
    """What one statement gave."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]

    def result(self) -> Result[Any]:
        return IteratorResult(SimpleResultMetaData(self.columns), iter(self.rows))


Reads = dict[str, Rows]  # by statement with its parameters


class Recording:
    """A connection whose reads are remembered."""

    def __init__(self, connection: Connection) -> None:
        self.reads: Reads = {}
        self._connection = connection

    def execute(self, statement: Any, parameters: Any = None) -> Result[Any]:
        found = self._connection.execute(statement, parameters)
        rows = Rows(tuple(found.keys()), [tuple(row) for row in found])
        self.reads[_name(statement, parameters)] = rows
        return rows.result()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class Remembering:
    """A connection that gives what was read before. ``beside`` is asked for what is not a read."""

    def __init__(self, reads: Mapping[str, Rows], beside: Connection) -> None:
        self._reads = reads
        self._connection = beside

    def execute(self, statement: Any, parameters: Any = None) -> Result[Any]:
        """Raises ``LedgerError`` for a statement that was not asked then."""
        known = self._reads.get(_name(statement, parameters))
        if known is None:
            raise LedgerError(
                "this version of playcall reads something of the ledger that the run did not; "
                "use the version of playcall that made the run"
            )
        return known.result()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def recording(connection: Connection) -> tuple[Connection, Reads]:
    """A connection that remembers its reads, and where it does."""
    made = Recording(connection)
    return cast(Connection, made), made.reads


def remembering(reads: Mapping[str, Rows], beside: Connection) -> Connection:
    """A connection that gives these reads again."""
    return cast(Connection, Remembering(reads, beside))


def _name(statement: Any, parameters: Any) -> str:
    compiled = statement.compile(dialect=_DIALECT)
    given = {**compiled.params, **(parameters or {})}
    return f"{compiled} {[(name, _value(value)) for name, value in sorted(given.items())]}"


def _value(value: object) -> str:
    """A parameter as text; the order of a list (`in`) says nothing."""
    return str(sorted(map(str, value))) if isinstance(value, list | tuple | set | frozenset) else str(value)
