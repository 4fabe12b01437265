"""Forgetting a person: what stands in the ledger of them is replaced, and they are never written to again.

Events keep their digests, and the erasure is an event that lists which were emptied, so that the audit trail
still holds.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Table, Text, func, or_, select, text, type_coerce, update

from ...dsl.frozen import frozen
from ..chunks import chunks
from ..decide.contacts import normal
from . import operation_tables, response_tables, tables
from .audit import ERASED, spans_of
from .columns import JsonText
from .errors import LedgerError, explained
from .events import Event, record
from .pseudonyms import NOTE, pseudonyms
from .suppression import Suppression, suppress
from .tasks import Act
from .write import cancel_touches

REASON: Final = "legal"

# What a person is not in, or must not be changed: hashes, ids, what was agreed in a quote.
_UNTOUCHED: Final = frozenset({"seal", "erasure_key", "epoch", "claim", "slot", "nonce", "quote_revision"})
_TOUCHED_PARTS: Final[Mapping[str, object]] = {"recipient_name": None, "context": {}, "subject": None}


@frozen
class Erased:
    """What was replaced: rows by table; ``cancelled`` messages that still waited; the name that stands in the
    person's place."""

    rows: Mapping[str, int]
    cancelled: int
    pseudonym: str

    def to_json(self) -> dict[str, object]:
        return {"rows": dict(self.rows), "cancelled": self.cancelled, "pseudonym": self.pseudonym}


def erase(connection: Connection, address: str, act: Act) -> Erased:
    """Replace everything that the ledger holds of an address, and suppress it for good. Raises
    ``LedgerError`` while a message to it is being sent."""
    if pseudonyms(connection) is None:
        made = operation_tables.erasure_key.insert().values(id=1, key=secrets.token_hex(32))
        connection.execute(made)
    naming = pseudonyms(connection)
    assert naming is not None
    person = _Person(connection, normal(address), naming(address))
    person.require_rest()
    waiting = [(one, NOTE) for one in person.direct]
    cancelled = cancel_touches(connection, waiting, actor=act.actor, at=act.at)
    person.empty_touches()
    person.drop_prepared()
    rows = person.replace_everywhere()
    rows["touch"] = rows.get("touch", 0) + len(person.direct)
    emptied = spans_of(sorted(person.events))
    suppress(connection, [Suppression(person.pseudonym, REASON, note=NOTE)], act)
    told = {"events": emptied, "rows": sum(rows.values())}
    record(connection, [Event(act.at, act.actor, ERASED, person.pseudonym, told)])
    return Erased(rows, cancelled, person.pseudonym)


class _Person:
    """One person's traces. ``direct`` are the touches to them, ``all`` also those that they had a copy of."""

    def __init__(self, connection: Connection, address: str, pseudonym: str) -> None:
        self._connection = connection
        self._address = address
        self.pseudonym = pseudonym
        touch, copy = tables.touch.c, tables.touch_copy.c
        rows = connection.execute(
            select(touch.id, touch.state, touch.recipient_name, touch.account).where(touch.address == address)
        ).all()
        copies = connection.execute(select(copy.touch).where(copy.address == address)).scalars()
        self.direct = [row.id for row in rows]
        self._all = sorted({*self.direct, *copies})
        self._accounts = {row.account for row in rows if row.account}
        names = {row.recipient_name for row in rows if row.recipient_name}
        self._finds = _pattern([address], names)
        self._needles = [address, *(name.lower() for name in sorted(names))]
        self.events: set[int] = set()

    def require_rest(self) -> None:
        """Raise ``LedgerError`` while a message to the person is under way."""
        touch = tables.touch.c
        for ids in chunks(self._all):
            under_way = select(touch.id).where(touch.id.in_(ids), touch.state == "transmitting")
            found = self._connection.execute(under_way).scalar()
            if found:
                raise LedgerError(
                    f"touch {found} is being sent at this moment; erase again when it is settled"
                )

    def empty_touches(self) -> None:
        """The bytes of every message that they got, and what was known to write it."""
        links = response_tables.link.c
        parts = {**_TOUCHED_PARTS, "recipient": self.pseudonym, "address": self.pseudonym}
        for ids in chunks(self.direct):
            own = update(tables.touch).where(tables.touch.c.id.in_(ids))
            self._connection.execute(own.values(**parts))
            seen = update(response_tables.link).where(links.touch.in_(ids))
            self._connection.execute(seen.values(context={}, recipient=self.pseudonym))
            self._rename_acceptances(ids)
        self._empty_messages(self._all)

    def _empty_messages(self, touches: Sequence[str]) -> None:
        for ids in chunks(touches):
            gone = update(tables.message).where(tables.message.c.touch.in_(ids))
            self._connection.execute(gone.values(bytes=b"", headers={}))

    def drop_prepared(self) -> None:
        """The messages that tasks have prepared for them: nobody is to send them any more."""
        task = tables.task
        written = func.lower(type_coerce(task.c.mails, Text))
        named = select(task.c.id, task.c.mails).where(written.contains(self._address, autoescape=True))
        for row in self._connection.execute(named).all():
            left = [mail for mail in row.mails if mail["address"] != self._address]
            self._connection.execute(update(task).where(task.c.id == row.id).values(mails=left))

    def _rename_acceptances(self, touches: Sequence[str]) -> None:
        accepted, links = response_tables.quote_acceptance, response_tables.link.c
        theirs = select(links.id).where(links.touch.in_(touches))
        self._connection.execute(
            update(accepted).where(accepted.c.link.in_(theirs)).values(name=self.pseudonym)
        )

    def replace_everywhere(self) -> dict[str, int]:
        """The address wherever it stands in a text, and the name beside it or in rows of the same account.
        Gives how many rows were changed, by table."""
        changed: dict[str, int] = {}
        for table in tables.metadata.sorted_tables:
            if table.name in _UNTOUCHED:
                continue
            rows = list(self._changes(table))
            for old, new in rows:
                same = [table.c[name] == value for name, value in old.items()]
                self._connection.execute(update(table).where(*same).values(**new))
            if rows:
                changed[table.name] = len(rows)
            if table is tables.touch:  # what was told other systems of them
                self._empty_messages([old["id"] for old, _ in rows])
            if table is tables.event:
                self.events |= {old["id"] for old, _ in rows}
        return changed

    def _changes(self, table: Table) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """The key of each row that names the person, and its columns as they are to be."""
        texts = [column for column in table.columns if isinstance(column.type, (Text, JsonText))]
        if not texts:
            return
        plain = [type_coerce(column, Text) for column in texts]
        named = or_(*(func.lower(one).contains(self._address, autoescape=True) for one in plain))
        if "account" in table.c and self._accounts:
            by_name = [
                func.lower(one).contains(needle, autoescape=True)
                for one in plain
                for needle in self._needles[1:]
            ]
            named = or_(named, table.c.account.in_(self._accounts) & or_(*by_name)) if by_name else named
        keys = list(table.primary_key.columns)
        columns = [*keys, *(one.label(f"text_{number}") for number, one in enumerate(plain))]
        for row in self._connection.execute(select(*columns).where(named)).all():
            old = {column.name: row[number] for number, column in enumerate(keys)}
            new = dict(self._replaced(texts, row[len(keys) :]))
            if new:
                yield old, new

    def _replaced(
        self, columns: Sequence[Column[Any]], values: Sequence[str | None]
    ) -> Iterator[tuple[str, Any]]:
        for column, value in zip(columns, values, strict=True):
            if value is not None and self._finds.search(value):
                said = self._finds.sub(self.pseudonym, value)
                yield column.name, type_coerce(said, Text) if isinstance(column.type, JsonText) else said


def _pattern(addresses: Iterable[str], names: Iterable[str]) -> re.Pattern[str]:
    """An address or a name as a whole: neither a part of a longer address nor of a longer word."""
    whole = [rf"(?<![\w.+-]){re.escape(one)}(?![\w-]|\.\w)" for one in addresses]
    words = [rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(names, key=len, reverse=True)]
    return re.compile("|".join([*whole, *words]), re.IGNORECASE)


def overwrite(engine: Engine) -> None:
    """Make the database's own files hold nothing that was replaced: rewrite them. Raises ``LedgerError``
    where somebody else is at work in it."""
    with explained(engine.url):
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in tables.metadata.sorted_tables:
                    connection.execute(text(f'vacuum full "{table.name}"'))
            return
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("pragma secure_delete = on")
            cursor.execute("vacuum")
            cursor.execute("pragma wal_checkpoint(truncate)")
            cursor.close()
        finally:
            raw.close()
