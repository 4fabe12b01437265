"""Tokens of programs, as the ledger keeps them: never the secret itself, and none is ever taken away."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, select, update

from ...dsl.frozen import frozen
from . import access
from .access_tables import staff_account, staff_token
from .errors import AbsentRowError, LedgerError
from .events import Event, record
from .tasks import Act


@frozen
class Token:
    """The right of a program to act for an account, in that role at most. ``secret`` is a hash."""

    name: str
    account: str
    role: str
    secret: str
    made_at: datetime
    expires_at: datetime
    seen_at: datetime | None = None
    revoked_at: datetime | None = None


_TOKEN = [staff_token.c[one.name] for one in fields(Token)]


def add(connection: Connection, token: Token, act: Act) -> None:
    """A new token. Raises ``LedgerError`` where its name was used before, or nobody has that account."""
    if access.find(connection, token.account) is None:
        raise AbsentRowError(
            f"there is no account `{token.account}`; `playcall users list` shows which there are"
        )
    if find(connection, token.name) is not None:
        raise LedgerError(
            f"there is, or was, a token `{token.name}`: a name is used once, for the audit trail"
        )
    row = {one.name: getattr(token, one.name) for one in fields(token)}
    connection.execute(staff_token.insert().values(**row))
    told = {"user": token.account, "role": token.role, "expires_at": token.expires_at.isoformat()}
    record(connection, [Event(act.at, act.actor, "token.created", token.name, told)])


def revoke(connection: Connection, name: str, act: Act) -> None:
    """Let it be used no more. Raises ``LedgerError`` where there is none of that name, or it is revoked."""
    known = staff_token.c
    statement = update(staff_token).where(known.name == name, known.revoked_at.is_(None))
    if connection.execute(statement.values(revoked_at=act.at).returning(known.name)).first() is None:
        if find(connection, name) is not None:
            raise LedgerError(f"the token `{name}` is revoked already")
        raise AbsentRowError(f"there is no token `{name}`; `playcall tokens list` shows which there are")
    record(connection, [Event(act.at, act.actor, "token.revoked", name)])


def find(connection: Connection, name: str) -> Token | None:
    """The token of that name, whatever became of it."""
    row = connection.execute(select(*_TOKEN).where(staff_token.c.name == name)).first()
    return Token(*row) if row else None


def usable(connection: Connection, name: str, now: datetime) -> tuple[Token, str] | None:
    """The token of that name with the role of its account; None where it may not be used (any more)."""
    known = staff_token.c
    joined = staff_token.join(staff_account, staff_account.c.name == known.account)
    statement = (
        select(*_TOKEN, staff_account.c.role)
        .select_from(joined)
        .where(known.name == name, known.expires_at > now, known.revoked_at.is_(None))
        .where(staff_account.c.disabled_at.is_(None))
    )
    row = connection.execute(statement).first()
    return None if row is None else (Token(*row[:-1]), row[-1])


def see(connection: Connection, name: str, now: datetime) -> None:
    """A token is in use."""
    connection.execute(update(staff_token).where(staff_token.c.name == name).values(seen_at=now))


def tokens(connection: Connection) -> list[Token]:
    """Every token, by name."""
    return [Token(*row) for row in connection.execute(select(*_TOKEN).order_by(staff_token.c.name))]
