"""Parts of statements that are computed once: the groups of related records that aggregates read are the same
rows in every statement, and on every day that is worked through, until what they are made of changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...dsl.facts import GROUP, past_tables
from .sql import name

if TYPE_CHECKING:
    import duckdb
    from sqlglot import exp


@dataclass(slots=True)
class _Part:
    """A table with the rows of a part. ``reads``: the tables that it is made of."""

    table: str
    reads: frozenset[str]
    is_used: bool = True


class SharedParts:
    """The groups of the statements that run on a connection, each as a table of its own. It is known by its
    SQL; with what the tables hold that it reads, that is all it depends on, and whoever writes to one says
    so (``written``)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, ready: Callable[[str], None]) -> None:
        """``ready`` fills the tables that a statement reads and that wait to be filled."""
        self._connection = connection
        self._ready = ready
        self._parts: dict[str, _Part] = {}
        self._made = 0

    def share(self, statement: exp.Expr) -> None:
        """Have the statement read its groups from tables."""
        from sqlglot import exp

        from ...dsl import sqltree as sql

        given = statement.args.get("with_")
        parts = [] if given is None else given.expressions
        own = {part.alias for part in parts}
        for part in (part for part in parts if part.alias.startswith(GROUP)):
            reads = frozenset(found.name for found in part.this.find_all(exp.Table))
            text = part.this.sql(dialect="duckdb", copy=False)
            if not reads & own and not past_tables(text):
                part.set("this", sql.select([exp.Star()], sql.table(self._table(text, reads), "s")))

    def _table(self, text: str, reads: frozenset[str]) -> str:
        """The table that holds the rows of a part."""
        self._ready(text)
        part = self._parts.get(text)
        if part is None:
            part = self._parts[text] = _Part(f"_shared_{self._made}", reads)
            self._connection.execute(f"CREATE TEMP TABLE {name(part.table)} AS {text}")
            self._made += 1
        part.is_used = True
        return part.table

    def written(self, table: str) -> None:
        """A table holds something else now."""
        self._drop([text for text, part in self._parts.items() if table in part.reads])

    def trim(self) -> None:
        """Let go of what nothing has read since the last time: what a statement of another day depends on the
        day for."""
        self._drop([text for text, part in self._parts.items() if not part.is_used])
        for part in self._parts.values():
            part.is_used = False

    def _drop(self, texts: list[str]) -> None:
        for text in texts:
            self._connection.execute(f"DROP TABLE {name(self._parts.pop(text).table)}")
