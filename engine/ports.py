"""What adapters implement and what the engine is given from outside: sources, channels, the clock.

Adapters know this module and plain records, nothing else of the engine. They are found by entry point
(groups ``playcall.sources``, ``playcall.channels`` and ``playcall.exports``; the entry's name is the
``adapter:`` key).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, Protocol

# The days that a run may stand at: far enough from both ends of the calendar to count from them.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)


class Clock(Protocol):
    """Where the engine gets the time. Tests give a fixed one."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still: ``--as-of`` and tests."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class SourceError(Exception):
    """A source or one of its tables could not be read; the text says what, where and what to do next."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table that lies in one file which DuckDB reads by itself. CSV is UTF-8 here, header in line 1.

    ``modified_at`` is when the data last changed (UTC); ``origin`` is the user's own file, for messages
    (``path`` may be a mended copy of it). ``columns`` are the header's names (csv only).

    ``mend`` is called when the strict read of ``path`` fails: it writes a copy that reads strictly. Such a
    copy may have a ``row_column`` (the row's number in the user's own tool) and a ``fault_column`` (what is
    wrong with the row as a whole, or empty); neither is data.
    """

    path: Path
    format: Literal["csv", "parquet", "json"]
    modified_at: datetime
    origin: str
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    row_column: str = ""
    fault_column: str = ""
    mend: Callable[[], TableFile] | None = None


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table that arrives as rows of plain values (str, int, float, Decimal, bool, date, datetime, None).

    ``rows`` yields batches (lists of tuples in the order of ``columns``); it may raise ``SourceError``.
    ``first_row`` is the number that a user's own tool shows for the first data row (2 in a spreadsheet),
    ``row_column`` the column that holds each row's number instead, where some were left out.
    """

    columns: tuple[str, ...]
    rows: Iterator[Sequence[tuple[object, ...]]]
    modified_at: datetime
    origin: str
    first_row: int = 1
    row_column: str = ""


RawTable = TableFile | TableRows


class Source(Protocol):
    """A named set of tables. Built as ``cls(name, config, root)``: the source's name, its mapping from
    playcall.yaml (secrets already filled in, ``adapter`` and ``fresh`` taken out) and the project folder.
    Raises ``SourceError`` for a configuration it cannot use.
    """

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None: ...

    def tables(self) -> Sequence[str]:
        """The names of the tables that can be opened, sorted."""
        ...

    def files(self, table: str) -> Sequence[Path]:
        """The files that a table is read from, by which it can be seen whether it has changed; none where it
        lies elsewhere. Raises ``SourceError`` if the table is missing."""
        ...

    def open(self, table: str, scratch: Path) -> RawTable:
        """One table, ready to load. ``scratch`` is a folder for temporary copies, removed after the load.
        Raises ``SourceError`` if the table is missing, empty of columns, or unreadable."""
        ...


class ChannelError(Exception):
    """A channel cannot be used at all (bad configuration, refused login); the text names the channel and
    says what to do next."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message, rendered: who sends, who receives, the bytes, and headers of the carrier (webhooks).

    ``message_id`` is what the message calls itself, for people who look for it ("": it has no such name).
    """

    touch_id: str
    sender: str
    recipients: tuple[str, ...]
    payload: bytes
    headers: Mapping[str, str]
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message.

    - ``sent``: the server accepted it.
    - ``failed``: the server refused it for good (5xx, an address that cannot be).
    - ``retry``: the server provably did not accept it (connection lost before the end of DATA, 4xx).
    - ``unknown``: nobody can say (connection lost after the end of DATA); never resent by itself.

    ``lost``: nobody answered (no connection, or one that broke or went silent), which says more about the
    server than about this message. ``refused``: the recipient that the server would not take, and ``status``
    its enhanced status code (RFC 3463; empty: it gave none).
    """

    state: Literal["sent", "failed", "retry", "unknown"]
    detail: str = ""
    lost: bool = False
    refused: str = ""
    status: str = ""


class Channel(Protocol):
    """A way out. Built as ``cls(name, config, root)`` like a source; raises ``ChannelError``."""

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None: ...

    def send(self, envelope: Envelope) -> Outcome:
        """Send one message; connections are kept between calls. Delivery trouble is an ``Outcome``, never
        an exception; ``ChannelError`` only for what no message could pass (bad login, unusable
        configuration)."""
        ...

    def check(self) -> str:
        """Try the channel without sending (connect, log in, write permission); one line for ``doctor``.
        Raises ``ChannelError``."""
        ...

    def close(self) -> None:
        """Let go of connections; may be called twice."""
        ...


class ExportError(Exception):
    """A database that tables are exported to could not be used; the text says what, where and what to do
    next. What it held before, it holds still."""


ExportKind = Literal["text", "integer", "number", "amount", "date", "moment", "flag"]


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table as another database is to hold it: ``columns`` are names and kinds in order, ``key`` names
    those that are unique together and never missing. Values are str, int, float, Decimal (``amount``), date,
    datetime in UTC (``moment``), bool or None."""

    name: str
    columns: tuple[tuple[str, ExportKind], ...]
    key: tuple[str, ...]


class Transfer(Protocol):
    """One transaction with the database: all of it is there when it ends, or nothing."""

    def mark(self, table: str) -> str:
        """What was kept with the rows that are there; empty where nothing was, or its columns were others."""
        ...

    def clear(self, table: str) -> None:
        """Take out every row."""
        ...

    def put(self, table: str, columns: Sequence[Sequence[object]]) -> None:
        """Add rows, given as the values of each column in order; one whose key is there takes that one's
        place. Of one call, every key is another."""
        ...

    def keep(self, table: str, mark: str, at: datetime) -> None:
        """Keep a mark with the rows, and the moment (UTC) that they are of."""
        ...


class Target(Protocol):
    """A database that tables go to. Built as ``cls(name, config, root)`` like a source; raises
    ``ExportError``."""

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None: ...

    def transfer(self, tables: Sequence[ExportTable]) -> AbstractContextManager[Transfer]:
        """A transaction, after every other transfer of the same database; tables that are not there are
        made. Raises ``ExportError``, also for a table of that name that somebody else has made."""
        ...

    def check(self) -> str:
        """Try the database without changing it; one line for ``doctor``. Raises ``ExportError``."""
        ...
