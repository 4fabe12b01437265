"""What was read of a ledger is given again, on either database, after the ledger has gone on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from ledgerkit import DAY, NOW, held, occurrence, put, task
from playcall.engine.decide.model import EpisodeRow, PlayRow
from playcall.engine.ledger import read, tables
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.errors import LedgerError
from playcall.engine.ledger.open_tasks import closable_tasks, open_tasks
from playcall.engine.ledger.reads import recording, remembering

EPISODES = [("renewal-intent", "ask", f"C{number}", 1) for number in range(1200)]
READS: dict[str, Callable[[Connection], object]] = {
    "last_run": read.last_run,
    "run_count": read.run_count,
    "play_rows": read.play_rows,
    "pauses": read.pauses,
    "foreseen": lambda connection: read.foreseen(connection, DAY, DAY),
    "fired_per_day": lambda connection: read.fired_per_day(connection, DAY),
    "open_occurrences": read.open_occurrences,
    "open_tasks": open_tasks,
    "closable_tasks": lambda connection: closable_tasks(
        connection, [("renewal-intent", "ask")], {("renewal-intent", "remind"): "ask"}, ["C1"]
    ),
    "queued_touches": read.queued_touches,
    "closed_episodes": lambda connection: read.closed_episodes(connection, EPISODES),
    "followable": lambda connection: read.followable(connection, "renewal-intent", "ask", "remind", "ask"),
}


def fill(ledger: Ledger) -> None:
    rows = [occurrence("D1"), held("D2", reason="limit")]
    made, opened = task(rows[0])
    episode = EpisodeRow("renewal-intent", "ask", "contract", "C1", 1, None, DAY, DAY, DAY, DAY, "clear")
    parts = {"touches": [made], "tasks": [opened], "episodes": [episode]}
    known = PlayRow("renewal-intent", "ask", DAY, DAY, "f", "n")
    put(ledger, occurrences=rows, **parts, plays=[known])


@pytest.mark.parametrize("name", READS)
def test_what_was_read_is_given_again(ledger: Ledger, tmp_path: Path, name: str) -> None:
    fill(ledger)
    with ledger.reading() as connection:
        recorder, reads = recording(connection)
        then = READS[name](recorder)
        assert then == READS[name](connection)
    put(ledger, "r2", occurrences=[held("E1", run="r2")])
    nothing = open_ledger("sqlite://", tmp_path)
    with nothing.reading() as beside:
        assert READS[name](remembering(reads, beside)) == then
    nothing.close()


def test_a_statement_that_was_not_asked_is_an_error(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        recorder, reads = recording(connection)
        run = tables.run.c
        recorder.execute(select(run.id).where(run.as_of == NOW))
        again = remembering(reads, connection)
        assert again.execute(select(run.id).where(run.as_of == NOW)).all() == []
        for other in (select(run.id), select(run.day).where(run.as_of == NOW)):
            with pytest.raises(LedgerError, match="version of playcall"):
                again.execute(other)


def test_the_order_of_a_list_says_nothing(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        recorder, reads = recording(connection)
        run = tables.run.c.id
        recorder.execute(select(run).where(run.in_(["a", "b"])))
        remembering(reads, connection).execute(select(run).where(run.in_(["b", "a"])))
        with pytest.raises(LedgerError):
            remembering(reads, connection).execute(select(run).where(run.in_(["a", "c"])))
