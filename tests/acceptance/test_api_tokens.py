"""`playcall tokens`, and what a token lets in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clikit import Company
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ports import SystemClock
from playcall.engine.service.access import Person
from playcall.engine.service.tokens import bearer_of
from staffkit import add_user


@pytest.fixture
def ledger(company: Company) -> Ledger:
    add_user(company.root, "kato", "csm")
    return open_ledger("sqlite:///.playcall/ledger.db", company.root)


def made(company: Company, name: str, *options: str) -> str:
    answer = company.call("tokens", "create", name, "--user", "kato", *options)
    assert answer.code == 0, answer.err
    return answer.out.strip()


def test_a_token_is_shown_once_and_kept_as_a_hash(company: Company, ledger: Ledger) -> None:
    token = made(company, "crm-sync")
    secret = token.removeprefix("playcall_crm-sync_")
    assert len(secret) == 43  # 256 bits
    raw = b"".join(path.read_bytes() for path in (company.root / ".playcall").glob("ledger.db*"))
    assert secret.encode() not in raw
    assert secret not in company.call("tokens", "list").out
    [listed] = company.json("tokens", "list")["tokens"]
    told = ("crm-sync", "kato", "csm", None, "active")
    assert tuple(listed[name] for name in ("name", "user", "role", "used_at", "state")) == told
    ledger.close()


def test_who_shows_it_acts_for_its_user_in_its_role_at_most(company: Company, ledger: Ledger) -> None:
    token, now = made(company, "reader", "--role", "viewer"), SystemClock().now()
    assert bearer_of(ledger, token, now) == Person("kato", "viewer", "reader")
    assert Person("kato", "viewer", "reader").actor == "kato (token reader)"
    assert company.json("tokens", "list")["tokens"][0]["used_at"] is not None
    whole = made(company, "whole")
    assert bearer_of(ledger, whole, now) == Person("kato", "csm", "whole")
    assert company.call("users", "role", "kato", "viewer").code == 0
    assert bearer_of(ledger, whole, now) == Person("kato", "viewer", "whole")
    assert company.call("users", "role", "kato", "admin").code == 0
    assert bearer_of(ledger, whole, now) == Person("kato", "csm", "whole")  # no more than when it was made
    assert company.call("users", "disable", "kato").code == 0
    assert bearer_of(ledger, whole, now) is None
    ledger.close()


def test_what_is_no_token_any_more_lets_nobody_in(company: Company, ledger: Ledger) -> None:
    token, now = made(company, "short", "--expires", "1h"), SystemClock().now()
    assert bearer_of(ledger, token, now) is not None
    assert bearer_of(ledger, token, now + timedelta(hours=1, seconds=5)) is None
    for wrong in (
        "",
        "playcall",
        f"{token}x",
        token[:-1],
        token.upper(),
        f"playcall_none_{token[-43:]}",
        "é_é_é",
    ):
        assert bearer_of(ledger, wrong, now) is None, wrong
    assert company.call("tokens", "revoke", "short").out == "short: revoked\n"
    assert bearer_of(ledger, token, now) is None
    assert company.json("tokens", "list")["tokens"][0]["state"] == "revoked"
    assert company.json("audit", "verify")["broken"] is None
    ledger.close()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["create", "Sync!", "--user", "kato"], "no name of a token"),
        (["create", "sync", "--user", "none"], "no account `none`"),
        (["create", "sync", "--user", "kato", "--role", "ops"], "kato is csm"),
        (["create", "sync", "--user", "kato", "--expires", "366d"], "up to 365d"),
        (["create", "sync", "--user", "kato", "--expires", "soon"], "up to 365d"),
        (["revoke", "sync"], "no token `sync`"),
    ],
)
def test_what_cannot_be_is_told(company: Company, ledger: Ledger, command: list[str], words: str) -> None:
    ledger.close()
    answer = company.call("tokens", *command)
    assert (answer.code, words in answer.err) == (3, True), answer.err
    assert company.call("tokens", "list").out.startswith("there are no tokens")
