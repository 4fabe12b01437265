"""What changed in a ledger is noted, whoever wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from ledgerkit import DAY, occurrence, put, task
from playcall.engine.decide.model import EpisodeRow
from playcall.engine.ledger import changes, tables
from playcall.engine.ledger.database import Ledger, open_ledger

ASK = ("renewal-intent", "ask")
EPISODE = EpisodeRow(*ASK, "contract", "C1", 1, None, DAY, DAY, DAY, None, "")


@pytest.fixture
def watched(tmp_path: Path) -> Ledger:
    """A ledger in memory with an occurrence, its task and an episode, watched from then on."""
    ledger = open_ledger("sqlite://", tmp_path)
    row = occurrence("C1", episode=1)
    touch, made = task(row)
    put(ledger, occurrences=[row], touches=[touch], tasks=[made], episodes=[EPISODE])
    with ledger.writing() as connection:
        changes.watch(connection)
    return ledger


def noted(ledger: Ledger) -> dict[str, list[str]]:
    """The last part of the keys that are noted, by table."""
    with ledger.reading() as connection:
        names = ("occurrence", "episode", "touch", "task")
        found = {name: [row[-1] for row in connection.execute(changes.changed(name))] for name in names}
    return {name: sorted(keys) for name, keys in found.items() if keys}


def test_nothing_is_noted_of_what_was_there(watched: Ledger) -> None:
    assert noted(watched) == {}


def test_an_episode_is_looked_at_again_when_its_occurrence_changes(watched: Ledger) -> None:
    put(watched, "r2", occurrences=[occurrence("C2", run="r2")])
    assert noted(watched) == {"occurrence": ["C2"], "episode": ["C2"]}


def test_updates_and_deletions_are_noted_once_until_they_are_known(watched: Ledger) -> None:
    with watched.writing() as connection:
        for reason in ("one", "another"):
            connection.execute(update(tables.touch).values(reason=reason))
        connection.execute(delete(tables.episode))
        assert len(connection.execute(changes.changed("touch")).all()) == 1
        changes.forget(connection, "touch")
    assert noted(watched) == {"episode": ["C1"]}


def test_a_snoozed_task_may_wake_on_any_day(watched: Ledger) -> None:
    with watched.writing() as connection:
        connection.execute(update(tables.task).values(state="snoozed"))
        [task_id] = connection.execute(changes.changed("task")).scalars()
        changes.forget(connection, "task")
        changes.forget(connection, "task")
        assert connection.execute(changes.changed("task")).scalars().all() == [task_id]
