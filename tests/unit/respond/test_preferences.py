"""Contacts say what they want to be written about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from formkit import NOW

from playcall.dsl.types import Schema, Settings
from playcall.engine.catalog.contact_rules import Topic
from playcall.engine.ledger.contacts import suppressions
from playcall.engine.ledger.database import open_ledger
from playcall.engine.respond.desk import Desk, Invited, Visit
from playcall.engine.respond.links import Keys, LinkRefusedError
from playcall.engine.respond.preferences_page import (
    post_preferences,
    preferences_link,
    preferences_page,
    unsubscribe,
    unsubscribe_link,
)

TOPICS = {name: Topic(name, "promotional") for name in ("renewal", "surveys", "news")}
INVITED = Invited("contract", "C1", None, "A1", "CEO@acme.test", "ja")
HERE = Visit(NOW + timedelta(minutes=5), "192.0.2.1")
END = NOW + timedelta(days=365)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    ledger = open_ledger("sqlite:///ledger.db", tmp_path)
    yield Desk(ledger, Keys(("n" * 32,)), {}, Schema({}), Settings(), "en")
    ledger.close()


@pytest.fixture
def token(desk: Desk) -> str:
    with desk.ledger.writing() as connection:
        return preferences_link(desk, connection, INVITED, NOW, END)


def off(desk: Desk) -> set[str]:
    with desk.ledger.reading() as connection:
        found = suppressions(connection, HERE.now).get("ceo@acme.test", [])
    return {scope for _, scope in found}


def choose(desk: Desk, token: str, wanted: Collection[str]) -> None:
    nonce = preferences_page(desk, TOPICS, token, NOW).nonce
    post_preferences(desk, TOPICS, token, nonce, wanted, HERE)


def test_everything_is_on_until_it_is_switched_off(desk: Desk, token: str) -> None:
    assert preferences_page(desk, TOPICS, token, NOW).topics == dict.fromkeys(TOPICS, True)
    choose(desk, token, ["renewal", "surveys"])
    assert preferences_page(desk, TOPICS, token, NOW).topics == {
        "renewal": True,
        "surveys": True,
        "news": False,
    }
    assert off(desk) == {"news"}
    choose(desk, token, ["news"])
    assert off(desk) == {"renewal", "surveys"}


def test_none_of_them_is_nothing_at_all(desk: Desk, token: str) -> None:
    choose(desk, token, [])
    assert off(desk) == {"*"}
    assert not any(preferences_page(desk, TOPICS, token, NOW).topics.values())
    choose(desk, token, ["news"])
    assert off(desk) == {"renewal", "surveys"}


@pytest.mark.parametrize(("topic", "scope"), [("news", "news"), ("", "*")])
def test_one_click_needs_no_page(desk: Desk, topic: str, scope: str) -> None:
    with desk.ledger.writing() as connection:
        token = unsubscribe_link(desk, connection, topic, INVITED, NOW, END)
    unsubscribe(desk, token, HERE)
    unsubscribe(desk, token, HERE)
    assert off(desk) == {scope}


def test_what_is_refused_changes_nothing(desk: Desk, token: str) -> None:
    nonce = preferences_page(desk, TOPICS, token, NOW).nonce
    with pytest.raises(LinkRefusedError, match="malformed"):
        post_preferences(desk, TOPICS, token, nonce, ["other"], HERE)
    with pytest.raises(LinkRefusedError, match="purpose"):
        unsubscribe(desk, token, HERE)
    with pytest.raises(LinkRefusedError, match="tampered"):
        post_preferences(desk, TOPICS, token, "x", ["news"], HERE)
    assert off(desk) == set()
    choose(desk, token, ["news"])
    used = preferences_page(desk, TOPICS, token, NOW).nonce
    post_preferences(desk, TOPICS, token, used, ["renewal"], HERE)
    with pytest.raises(LinkRefusedError, match="used"):
        post_preferences(desk, TOPICS, token, used, ["surveys"], HERE)
    assert off(desk) == {"news", "surveys"}
