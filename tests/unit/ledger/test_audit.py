"""The audit trail: whatever is changed, removed or inserted behind playcall's back is found, where it is."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ledgerkit import NOW, commit, occurrence, put, put_mails
from playcall.engine.ledger import audit
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.events import Event, record
from playcall.engine.ledger.write import write


def happen(ledger: Ledger, *subjects: str) -> None:
    """A person's act on each subject, in one transaction."""
    with ledger.writing() as connection:
        record(connection, [Event(NOW, "kato", "play.pause", one, {"why": "später"}) for one in subjects])


def verified(ledger: Ledger, head: str = "") -> audit.Audit:
    with ledger.reading() as connection:
        return audit.verify(connection, head)


@pytest.fixture
def trail(ledger: Ledger) -> Ledger:
    """A run of three touches (event 1), then two acts (2, 3), then one (4): three seals."""
    put_mails(ledger, 3)
    happen(ledger, "a", "b")
    happen(ledger, "c")
    return ledger


def test_an_empty_trail_holds(ledger: Ledger) -> None:
    assert verified(ledger) == audit.Audit(0, 0, 0, 0, 0, None, None)


def test_a_trail_holds(trail: Ledger) -> None:
    found = verified(trail)
    assert (found.events, found.seals, found.runs, found.unsealed, found.broken) == (4, 3, 1, 0, None)
    assert found.head is not None
    assert found.head[0] == 3


TAMPERED = {
    "an actor": ("update event set actor = 'mori' where id = 2", (2, 2, None), "event was changed"),
    "a moment": ("update event set at = '2020-01-01 00:00:00.000000' where id = 3", (2, 3, None), "changed"),
    "data": ("update event set data = '{}' where id = 4", (3, 4, None), "event was changed"),
    "data and digest": (
        "update event set data = '{}', digest = (select digest from event where id = 2) where id = 4",
        (3, 4, None),
        "event was changed",
    ),
    "the first": ("delete from event where id = 1", (1, 1, None), "missing"),
    "the last": ("delete from event where id = 4", (3, 4, None), "missing"),
    "inserted": ("update seal set spans = '[[2,2]]' where number = 2", (2, None, None), "seal was changed"),
    "a seal's hash": ("update seal set hash = 'x' where number = 1", (1, None, None), "seal was changed"),
    "a seal": ("delete from seal where number = 2", (2, None, None), "seal 2 is missing"),
    "order": ("update seal set previous = 'x' where number = 3", (3, None, None), "does not follow"),
    "a verdict": ("update decision set verdict = 'declined'", (None, None, "r1"), "decisions"),
    "a decision": ("delete from decision", (None, None, "r1"), "decisions"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_found(trail: Ledger, what: str) -> None:
    statement, place, problem = TAMPERED[what]
    with trail.marking() as connection:
        connection.execute(text(statement))
    broken = verified(trail).broken
    assert broken is not None
    assert (broken.seal, broken.event, broken.run) == place
    assert problem in broken.problem


def test_an_event_slipped_in_among_the_sealed_is_found(ledger: Ledger) -> None:
    happen(ledger, "a")
    with ledger.marking() as connection:
        connection.execute(text("update event set id = 9"))
        connection.execute(text("delete from seal"))
    happen(ledger, "b")
    with ledger.marking() as connection:
        connection.execute(
            text("insert into event select 5, at, actor, kind, subject, data, digest from event where id = 9")
        )
        connection.execute(text("update seal set holes = '[]'"))
    assert verified(ledger).broken is not None


def test_the_end_cut_off_is_found_by_a_head_kept_elsewhere(trail: Ledger) -> None:
    head = verified(trail).head
    assert head is not None
    assert verified(trail, head[1]).broken is None
    with trail.marking() as connection:
        connection.execute(text("delete from seal where number = 3"))
        connection.execute(text("delete from event where id = 4"))
    assert verified(trail).broken is None
    broken = verified(trail, head[1]).broken
    assert broken is not None
    assert "cut off" in broken.problem


def test_what_a_light_commit_recorded_is_sealed_by_the_next(ledger: Ledger) -> None:
    with ledger.marking() as connection:
        record(connection, [Event(NOW, "w1", "touch.sent", "t1", {})])
    assert verified(ledger).unsealed == 1
    happen(ledger, "a")
    assert (verified(ledger).unsealed, verified(ledger).seals) == (0, 1)


def test_a_transaction_that_ends_late_is_sealed_later(postgres_url: str, tmp_path: object) -> None:
    """Its events have lower ids than ones that are sealed already."""
    from pathlib import Path

    from playcall.engine.ledger.database import open_ledger

    ledger = open_ledger(postgres_url, Path(str(tmp_path)))
    with ledger.writing() as late:
        record(late, [Event(NOW, "w1", "touch.sent", one, {}) for one in ("t1", "t2")])
        happen(ledger, "a")
        found = verified(ledger)
        assert (found.events, found.seals, found.broken) == (1, 1, None)
    found = verified(ledger)
    assert (found.events, found.seals, found.unsealed, found.broken) == (3, 2, 0, None)
    happen(ledger, "b")
    assert verified(ledger).broken is None
    ledger.close()


def test_a_transaction_that_was_undone_leaves_a_hole_that_closes(ledger: Ledger) -> None:
    with ledger.trying() as connection:
        record(connection, [Event(NOW, "w1", "touch.sent", "t1", {})])
    happen(ledger, "a")
    happen(ledger, "b")
    assert verified(ledger).broken is None


def test_a_run_that_decides_nothing_is_on_record(ledger: Ledger) -> None:
    put(ledger, "r1", occurrences=[occurrence()])
    with ledger.locked() as connection:
        write(connection, commit("r2"))
    assert verified(ledger).runs == 2
