"""Whose follow-ups are looked at again, where one process works a ledger through day by day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from ledgerkit import DAY, occurrence, put, touch
from playcall.engine.decide.model import EpisodeRow
from playcall.engine.ledger import changes, read, tables
from playcall.engine.ledger.database import Ledger, open_ledger

CLOSED = EpisodeRow("renewal-intent", "ask", "contract", "C2", 1, None, DAY, DAY, DAY, DAY, "clear")
PLACE = ("renewal-intent", "ask", "remind", "ask")


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in memory with two messages that wait."""
    ledger = open_ledger("sqlite://", tmp_path)
    with ledger.writing() as connection:
        changes.watch(connection)
    rows = [occurrence("C1"), occurrence("C2")]
    put(ledger, occurrences=rows, touches=[touch(row) for row in rows])
    assert news(ledger) == ({"C1", "C2"}, [])
    yield ledger
    ledger.close()


def news(ledger: Ledger) -> tuple[set[str], list[str]]:
    """The records that changed since the last call, and those of them that have a parent now."""
    with ledger.writing() as connection:
        records = {record for _, record in read.changed_records(connection)}
        found = [one.record for one in read.followable(connection, *PLACE, amend=True)]
        changes.forget(connection, changes.PARENTS)
    return records, found


def test_a_message_that_goes_later(watched: Ledger) -> None:
    with watched.writing() as connection:
        late = update(tables.touch).where(tables.touch.c.record == "C2")
        connection.execute(late.values(state="sent", sent_on=DAY, next_attempt=None))
    assert news(watched) == ({"C2"}, ["C2"])
    assert news(watched) == (set(), [])


def test_a_follow_up_and_an_episode_that_ends(watched: Ledger) -> None:
    put(watched, "r2", occurrences=[occurrence("C1", play="remind")], episodes=[CLOSED])
    assert news(watched) == ({"C1", "C2"}, [])
