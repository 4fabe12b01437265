"""Who may use the staff pages: accounts with a role, signing in, and the session that follows."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, get_args

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..ledger import access as kept
from ..ledger.access import Account
from ..ledger.database import Ledger
from ..ledger.tasks import Act
from .acting import acting
from .looking import reading
from .workspace import Workspace

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Role = Literal["viewer", "csm", "ops", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)  # each may what those before it may
LEAST_PASSWORD: Final = 12  # characters (NIST SP 800-63B asks for 8 or more, and for no other rule)
MOST_PASSWORD: Final = 1000
LASTS: Final = timedelta(hours=12)  # a session, whatever is done in it
IDLE: Final = timedelta(hours=2)  # a session that nobody uses
SEEN: Final = timedelta(minutes=5)  # how exactly it is known when a session was last used
WINDOW: Final = timedelta(minutes=15)  # failures are counted so long
# How many failures within the window are let through: of a name from one network, of a network, of a name.
MOST_FAILURES: Final = (5, 50, 100)

_hashing = threading.Semaphore(2)  # each takes 64 MiB for a moment


class SignInError(PlaycallError):
    """Somebody is not let in. ``throttled``: for having failed too often, whatever they say now."""

    def __init__(self, text: str, *, throttled: bool = False) -> None:
        super().__init__(text)
        self.throttled = throttled


class ForbiddenError(PlaycallError):
    """Somebody who is signed in may not do this."""


@frozen
class Person:
    """Who uses the staff pages, or for whom a program acts: with the ``token`` of that name."""

    name: str
    role: Role
    token: str = ""

    @property
    def actor(self) -> str:
        """Who acts, as the audit trail tells it."""
        return f"{self.name} (token {self.token})" if self.token else self.name

    def may(self, least: Role) -> bool:
        """Whether the role is that one, or one above it."""
        return ROLES.index(self.role) >= ROLES.index(least)


# ---------------------------------------------------------------------------------- accounts


def add_user(
    workspace: Workspace, name: str, role: str, email: str | None, password: str | None, actor: str
) -> None:
    """A new account. Role and address are those of playcall.yaml's `users` where none are given. Raises
    ``PlaycallError``."""
    known = workspace.project.users.get(name, {})
    chosen = as_role(role or known.get("role", ""))
    address = email or known.get("email")
    if address is None and password is None:
        raise PlaycallError(f"`{name}` could not sign in: give a password, or an address with --email")
    hashed = hash_password(password) if password is not None else None
    with acting(workspace, actor) as (connection, act):
        kept.add(connection, name, chosen, address, hashed, act)


def change_role(workspace: Workspace, name: str, role: str, actor: str) -> None:
    """Give an account another role. Who is signed in signs in again. Raises ``PlaycallError``."""
    _change(workspace, name, "role_changed", {"role": as_role(role)}, actor)


def change_password(workspace: Workspace, name: str, password: str, actor: str) -> None:
    """Give an account another password and end its sessions. Raises ``PlaycallError``."""
    _change(workspace, name, "password_changed", {"password": hash_password(password)}, actor)


def disable(workspace: Workspace, name: str, actor: str) -> None:
    """Let somebody in no more, from this moment on. Raises ``PlaycallError``."""
    _change(workspace, name, "disabled", {"disabled_at": workspace.clock.now()}, actor)


def enable(workspace: Workspace, name: str, actor: str) -> None:
    """Let somebody in again. Raises ``PlaycallError``."""
    _change(workspace, name, "enabled", {"disabled_at": None}, actor)


def _change(workspace: Workspace, name: str, kind: str, values: Mapping[str, object], actor: str) -> None:
    with acting(workspace, actor) as (connection, act):
        kept.change(connection, name, kind, values, act)


def users(workspace: Workspace) -> dict[str, object]:
    """The JSON of `users list`."""
    with reading(workspace) as (connection, _):
        found = kept.accounts(connection)
    return {"users": [_shown(account) for account in found]}


def users_of(ledger: Ledger) -> list[dict[str, object]]:
    """The accounts of a ledger that is open, as `users list` shows them."""
    with ledger.reading() as connection:
        return [_shown(account) for account in kept.accounts(connection)]


def administer(ledger: Ledger, person: Person, act: Act, name: str, what: str, role: str) -> None:
    """An administrator changes an account: its ``role``, or ``disable`` or ``enable`` it. Not their own: one
    who can is always left. Raises ``PlaycallError``."""
    if name == person.name:
        raise ForbiddenError("an administrator does not change their own account; another one does")
    changes: Mapping[str, tuple[str, Mapping[str, object]]] = {
        "disable": ("disabled", {"disabled_at": act.at}),
        "enable": ("enabled", {"disabled_at": None}),
        **({"role": ("role_changed", {"role": as_role(role)})} if what == "role" else {}),
    }
    if what not in changes:
        raise PlaycallError("that cannot be done to an account")
    with ledger.writing() as connection:
        kept.change(connection, name, *changes[what], act)


def _shown(account: Account) -> dict[str, object]:
    ways = {"password": account.password is not None, "oidc": account.email is not None}
    return {
        "name": account.name,
        "role": account.role,
        "email": account.email,
        "signs_in_by": [way for way, given in ways.items() if given],
        "state": "disabled" if account.disabled_at else "active",
    }


def as_role(text: str) -> Role:
    """A role by its name. Raises ``PlaycallError`` with those that there are."""
    if text not in ROLES:
        said = f"`{text}` is no role of the staff pages" if text else "say which role, with --role"
        raise PlaycallError(f"{said}; there are {', '.join(ROLES)}")
    return text


# ---------------------------------------------------------------------------------- passwords


def hash_password(password: str) -> str:
    """The hash that is kept (argon2id). Raises ``PlaycallError`` for a password that is too short."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise PlaycallError(f"a password has {LEAST_PASSWORD} to {MOST_PASSWORD:,} characters")
    with _hashing:
        return _hasher().hash(password)


def _is_right(account: Account | None, password: str) -> bool:
    """Whether the password is the account's. It takes as long where there is none."""
    from argon2.exceptions import InvalidHashError, VerificationError

    usable = account is not None and account.password is not None and account.disabled_at is None
    hashed = account.password if account is not None and account.password else _nobody()
    with _hashing:
        try:
            _hasher().verify(hashed, password[:MOST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False
    return usable


@cache
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
    except ModuleNotFoundError:
        raise PlaycallError("passwords need argon2-cffi: pip install 'playcall[web]'") from None
    return PasswordHasher()  # argon2id with the parameters of RFC 9106, low memory


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe())


# ---------------------------------------------------------------------------------- sessions


def sign_in(ledger: Ledger, name: str, password: str, address: str, act: Act) -> str:
    """Let somebody in by name and password. Gives what their browser keeps. Raises ``SignInError``, with the
    same words whatever is wrong."""
    callers = _callers(name, address)
    since = act.at - WINDOW
    with ledger.reading() as connection:
        failures = kept.failures(connection, callers, since)
        account = kept.find(connection, name)
    if any(failures.get(one, 0) >= most for one, most in zip(callers, MOST_FAILURES, strict=True)):
        raise SignInError("too many attempts; please wait a quarter of an hour", throttled=True)
    if not _is_right(account, password):
        with ledger.writing() as connection:
            kept.fail(connection, callers, name[:100], since, act)
        raise SignInError("the name or the password is not right")
    assert account is not None
    return _let_in(ledger, account, act, "password", callers[0])


def sign_in_known(ledger: Ledger, issuer: str, subject: str, email: str | None, act: Act) -> str:
    """Let somebody in whom an identity provider has shown: by who they were the first time, that time by
    ``email``, an address that the provider has verified. Raises ``SignInError``."""
    with ledger.writing() as connection:
        account = kept.by_subject(connection, issuer, subject)
        if account is None and email is not None:
            account = kept.by_email(connection, email)
            if account is not None and account.subject is not None:
                account = None  # the address has passed to somebody else
            if account is not None:
                kept.bind(connection, account.name, issuer, subject)
        if account is None or account.disabled_at is not None:
            raise SignInError("you have no account here; an administrator adds it with `playcall users add`")
    return _let_in(ledger, account, act, "oidc", "")


def _let_in(ledger: Ledger, account: Account, act: Act, way: str, forgiven: str) -> str:
    token = secrets.token_urlsafe(32)
    with ledger.writing() as connection:
        if forgiven:
            kept.forgive(connection, forgiven)
        told = Act(account.name, act.at, act.today)
        kept.begin_session(connection, _hashed(token), account.name, told, act.at + LASTS, {"by": way})
    return token


def person_of(ledger: Ledger, token: str, now: datetime) -> Person | None:
    """Whose browser keeps that; None where the session is over."""
    session = _hashed(token)
    with ledger.reading() as connection:
        found = kept.session(connection, session, now, now - IDLE)
    if found is None:
        return None
    account, seen_at = found
    if now - seen_at > SEEN:
        with ledger.marking() as connection:
            kept.see(connection, session, now)
    return Person(account.name, as_role(account.role))


def sign_out(ledger: Ledger, token: str, act: Act) -> None:
    """End a session."""
    with ledger.writing() as connection:
        kept.end_session(connection, _hashed(token), act)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _callers(name: str, address: str) -> tuple[str, str, str]:
    """Whose failures are counted: the name from that network, the network, the name."""
    parts = (f"both {name}\x1f{address}", f"network {address}", f"name {name}")
    one, two, three = map(_hashed, parts)
    return one, two, three
