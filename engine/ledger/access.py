"""Who may use the staff pages, as the ledger keeps it: accounts, sessions, failed attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from ...dsl.frozen import frozen
from .access_tables import staff_account, staff_attempt, staff_session
from .errors import AbsentRowError, LedgerError
from .events import Event, record
from .tasks import Act


@frozen
class Account:
    """Somebody who may sign in. ``password`` is a hash; ``disabled_at``: they may no more."""

    name: str
    role: str
    email: str | None
    password: str | None
    issuer: str | None
    subject: str | None
    disabled_at: datetime | None


_ACCOUNT = [staff_account.c[one.name] for one in fields(Account)]
# Built once: every page of the staff asks it.
_SESSION = (
    select(staff_session.c.seen_at, *_ACCOUNT)
    .select_from(staff_session.join(staff_account, staff_account.c.name == staff_session.c.account))
    .where(staff_session.c.id == bindparam("session"), staff_session.c.expires_at > bindparam("now"))
    .where(staff_session.c.seen_at > bindparam("idle"), staff_account.c.disabled_at.is_(None))
)


def add(
    connection: Connection, name: str, role: str, email: str | None, password: str | None, act: Act
) -> None:
    """A new account. Raises ``LedgerError`` where the name or the address has one."""
    if find(connection, name) is not None:
        raise LedgerError(f"there is an account `{name}` already")
    if email is not None and by_email(connection, email) is not None:
        raise LedgerError(f"another account has the address {email}")
    row = {"name": name, "role": role, "email": email, "password": password, "made_at": act.at}
    connection.execute(staff_account.insert().values(**row))
    _tell(connection, act, "added", name, {"role": role})


def change(connection: Connection, name: str, kind: str, values: Mapping[str, object], act: Act) -> None:
    """Set columns of an account and end its sessions: who was let in under other terms signs in again.
    ``kind`` says in the audit trail what happened. Raises ``LedgerError``: there is none of that name."""
    statement = update(staff_account).where(staff_account.c.name == name).values(**values)
    if connection.execute(statement.returning(staff_account.c.name)).first() is None:
        raise AbsentRowError(f"there is no account `{name}`; `playcall users list` shows which there are")
    connection.execute(delete(staff_session).where(staff_session.c.account == name))
    told = {"role": values["role"]} if "role" in values else {}
    _tell(connection, act, kind, name, told)


def bind(connection: Connection, name: str, issuer: str, subject: str) -> None:
    """From now on the account is that person's of an identity provider."""
    bound = update(staff_account).where(staff_account.c.name == name)
    connection.execute(bound.values(issuer=issuer, subject=subject))


def find(connection: Connection, name: str) -> Account | None:
    """The account of that name."""
    return _one(connection, staff_account.c.name == name)


def by_email(connection: Connection, email: str) -> Account | None:
    """The account with that address, however its letters are written."""
    return _one(connection, func.lower(staff_account.c.email) == email.lower())


def by_subject(connection: Connection, issuer: str, subject: str) -> Account | None:
    """The account of a person of an identity provider."""
    return _one(connection, (staff_account.c.issuer == issuer) & (staff_account.c.subject == subject))


def accounts(connection: Connection) -> list[Account]:
    """Every account, by name."""
    rows = connection.execute(select(*_ACCOUNT).order_by(staff_account.c.name))
    return [Account(*row) for row in rows]


def begin_session(
    connection: Connection,
    session: str,
    account: str,
    act: Act,
    expires_at: datetime,
    told: Mapping[str, object],
) -> None:
    """Somebody has signed in. What is over goes."""
    connection.execute(delete(staff_session).where(staff_session.c.expires_at <= act.at))
    row = {"id": session, "account": account, "made_at": act.at, "seen_at": act.at, "expires_at": expires_at}
    connection.execute(staff_session.insert().values(**row))
    _tell(connection, act, "signed_in", account, told)


def session(
    connection: Connection, session_id: str, now: datetime, idle_since: datetime
) -> tuple[Account, datetime] | None:
    """Whose session it is, and when it was last used; None where it is none any more."""
    asked = {"session": session_id, "now": now, "idle": idle_since}
    row = connection.execute(_SESSION, asked).first()
    return None if row is None else (Account(*row[1:]), row[0])


def see(connection: Connection, session_id: str, now: datetime) -> None:
    """A session is in use."""
    connection.execute(update(staff_session).where(staff_session.c.id == session_id).values(seen_at=now))


def end_session(connection: Connection, session_id: str, act: Act) -> None:
    """Somebody signs out."""
    ended = delete(staff_session).where(staff_session.c.id == session_id).returning(staff_session.c.account)
    account = connection.execute(ended).scalar()
    if account is not None:
        _tell(connection, act, "signed_out", account, {})


def failures(connection: Connection, callers: Sequence[str], since: datetime) -> dict[str, int]:
    """How often each has failed since a moment."""
    known = staff_attempt.c
    statement = select(known.caller, known["count"]).where(known.caller.in_(callers), known.since > since)
    return {row[0]: row[1] for row in connection.execute(statement)}


def fail(connection: Connection, callers: Sequence[str], name: str, since: datetime, act: Act) -> None:
    """Count a failure of each; ``since``: what began before is forgotten."""
    known = staff_attempt.c
    connection.execute(delete(staff_attempt).where(known.since <= since))
    more = update(staff_attempt).where(known.caller.in_(callers)).values(count=known["count"] + 1)
    counted = set(connection.execute(more.returning(known.caller)).scalars())
    news: list[dict[str, Any]] = [
        {"caller": caller, "since": act.at, "count": 1} for caller in callers if caller not in counted
    ]
    if news:
        connection.execute(staff_attempt.insert(), news)
    _tell(connection, act, "refused", name, {})


def forgive(connection: Connection, caller: str) -> None:
    """Forget the failures of somebody who has now got in."""
    connection.execute(delete(staff_attempt).where(staff_attempt.c.caller == caller))


def _one(connection: Connection, condition: Any) -> Account | None:
    row = connection.execute(select(*_ACCOUNT).where(condition)).first()
    return Account(*row) if row else None


def _tell(connection: Connection, act: Act, kind: str, account: str, told: Mapping[str, object]) -> None:
    record(connection, [Event(act.at, act.actor, f"staff.{kind}", account, told)])
