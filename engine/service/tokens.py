"""Tokens of programs that use the JSON API: shown once, bounded by an account and a role, revoked by name."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Final

from ...dsl.diagnostics import PlaycallError
from ..facts.model import stamp
from ..ledger import access as accounts
from ..ledger import tokens as kept
from ..ledger.database import Ledger
from ..ledger.tokens import Token
from ..shape import parse_duration
from .access import ROLES, SEEN, Person, as_role
from .acting import acting
from .looking import reading
from .workspace import Workspace

PREFIX: Final = "playcall"  # by which a scanner for secrets knows one
LONGEST: Final = timedelta(days=365)
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NOBODY: Final = hashlib.sha256(secrets.token_bytes(32)).hexdigest()


def create(workspace: Workspace, name: str, user: str, role: str, lasts: str, actor: str) -> str:
    """A new token for an account, in ``role`` at most (empty: the account's own), for so long (``90d``).
    Gives what the program shows, which is not kept. Raises ``PlaycallError``."""
    if not _NAME.fullmatch(name):
        raise PlaycallError(f"`{name}` is no name of a token: up to 40 of a-z, 0-9 and -, such as crm-sync")
    span = _span(lasts)
    secret = secrets.token_urlsafe(32)
    with acting(workspace, actor) as (connection, act):
        account = accounts.find(connection, user)
        own = account.role if account is not None else ""
        if role and own and ROLES.index(as_role(role)) > ROLES.index(as_role(own)):
            raise PlaycallError(f"{user} is {own}: a token of theirs cannot be {role}")
        token = Token(name, user, role or own, _hashed(secret), act.at, act.at + span)
        kept.add(connection, token, act)
    return f"{PREFIX}_{name}_{secret}"


def revoke(workspace: Workspace, name: str, actor: str) -> None:
    """Let a token be used no more, from this moment on. Raises ``PlaycallError``."""
    with acting(workspace, actor) as (connection, act):
        kept.revoke(connection, name, act)


def listed(workspace: Workspace) -> dict[str, object]:
    """The JSON of `tokens list`."""
    now = workspace.clock.now()
    with reading(workspace) as (connection, _):
        found = kept.tokens(connection)
    return {"tokens": [_shown(token, now) for token in found]}


def bearer_of(ledger: Ledger, shown: str, now: datetime) -> Person | None:
    """For whom a program acts that shows this; None where it is no token, or none any more."""
    name, secret = _parts(shown)
    with ledger.reading() as connection:
        found = kept.usable(connection, name, now)
    right = hmac.compare_digest(_hashed(secret), found[0].secret if found else _NOBODY)
    if found is None or not right:
        return None
    token, own = found
    if token.seen_at is None or now - token.seen_at > SEEN:
        with ledger.marking() as connection:
            kept.see(connection, name, now)
    role = min(as_role(token.role), as_role(own), key=ROLES.index)
    return Person(token.account, role, token.name)


def _parts(shown: str) -> tuple[str, str]:
    """Name and secret of a token; empty where it is none."""
    prefix, _, rest = shown.partition("_")
    name, _, secret = rest.partition("_")
    return (name, secret) if prefix == PREFIX and _NAME.fullmatch(name) else ("", "")


def _span(text: str) -> timedelta:
    duration = parse_duration(text)
    span = _UNITS[duration.unit] * duration.amount if duration and duration.unit in _UNITS else None
    if span is None or not timedelta() < span <= LONGEST:
        raise PlaycallError(f"a token lasts up to {LONGEST.days}d, not {text!r}: write 90d, 12h or 8w")
    return span


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _shown(token: Token, now: datetime) -> dict[str, object]:
    over = "expired" if token.expires_at <= now else "active"
    return {
        "name": token.name,
        "user": token.account,
        "role": token.role,
        "made_at": stamp(token.made_at),
        "expires_at": stamp(token.expires_at),
        "used_at": stamp(token.seen_at) if token.seen_at else None,
        "state": "revoked" if token.revoked_at else over,
    }
