"""Tokens in the ledger, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from playcall.engine.ledger import access, tokens
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.errors import AbsentRowError, LedgerError
from playcall.engine.ledger.events import events
from playcall.engine.ledger.tasks import Act
from playcall.engine.ledger.tokens import Token

NOON = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)
ACT = Act("ada", NOON, NOON.date())
TOKEN = Token("sync", "kato", "viewer", "0" * 64, NOON, NOON + timedelta(days=1))


@pytest.fixture(autouse=True)
def made(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        access.add(connection, "kato", "csm", None, None, ACT)
        tokens.add(connection, TOKEN, ACT)


def usable(ledger: Ledger, name: str, now: datetime = NOON) -> tuple[Token, str] | None:
    with ledger.reading() as connection:
        return tokens.usable(connection, name, now)


def test_a_token_is_usable_until_it_is_over(ledger: Ledger) -> None:
    assert usable(ledger, "sync") == (TOKEN, "csm")
    assert usable(ledger, "sync", TOKEN.expires_at - timedelta(seconds=1)) is not None
    assert usable(ledger, "sync", TOKEN.expires_at) is None
    assert usable(ledger, "other") is None


def test_it_goes_by_its_account_as_it_is_now(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        access.change(connection, "kato", "role_changed", {"role": "admin"}, ACT)
    assert usable(ledger, "sync") == (TOKEN, "admin")
    with ledger.writing() as connection:
        access.change(connection, "kato", "disabled", {"disabled_at": NOON}, ACT)
    assert usable(ledger, "sync") is None


def test_it_is_revoked_once_and_its_name_stays_taken(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        tokens.see(connection, "sync", NOON)
        tokens.revoke(connection, "sync", ACT)
    assert usable(ledger, "sync") is None
    with pytest.raises(LedgerError, match="revoked already"), ledger.writing() as connection:
        tokens.revoke(connection, "sync", ACT)
    with pytest.raises(AbsentRowError, match="no token `none`"), ledger.writing() as connection:
        tokens.revoke(connection, "none", ACT)
    with pytest.raises(LedgerError, match="a name is used once"), ledger.writing() as connection:
        tokens.add(connection, TOKEN, ACT)
    with ledger.reading() as connection:
        [kept] = tokens.tokens(connection)
        told = [(event.kind, event.actor) for event in events(connection, "sync")]
    assert (kept.seen_at, kept.revoked_at) == (NOON, NOON)
    assert told == [("token.created", "ada"), ("token.revoked", "ada")]


def test_nobody_has_the_token_of_an_account_that_is_none(ledger: Ledger) -> None:
    with pytest.raises(AbsentRowError, match="no account `none`"), ledger.writing() as connection:
        tokens.add(connection, Token("x", "none", "viewer", "", NOON, NOON), ACT)
