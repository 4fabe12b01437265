"""Rows for ledgers, with what a test does not care about filled in, and whole runs of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from playcall.engine.decide.model import Commit, OccurrenceRow, RunRow, TaskRow, TouchRow, identifier
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.write import write

DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)  # 08:00 on DAY in Tokyo


def occurrence(record: str = "C1", **changes: Any) -> OccurrenceRow:
    """A fired occurrence of renewal-intent.ask."""
    row = OccurrenceRow(
        id="",
        playbook="renewal-intent",
        play="ask",
        entity="contract",
        record=record,
        key="2025-07-20",
        origin="moment",
        cycle="2025-07-20",
        target="",
        anchor=date(2026, 7, 20),
        due=DAY,
        deadline=date(2026, 3, 9),
        verdict="fired",
        reason="",
        detail="",
        open=False,
        fired_on=DAY,
        decided_on=DAY,
        held_since=None,
        episode=None,
        parent=None,
        run="r1",
    )
    row = row._replace(**changes)
    return row if row.id else row._replace(id=identifier(row.playbook, row.play, row.record, row.key))


def held(record: str = "C1", **changes: Any) -> OccurrenceRow:
    """An occurrence that a later run decides again."""
    given = {"verdict": "held", "reason": "source", "open": True, "fired_on": None, "held_since": DAY}
    return occurrence(record, **(given | changes))


def touch(of: OccurrenceRow, **changes: Any) -> TouchRow:
    """A queued e-mail of an occurrence, due at once."""
    row = TouchRow(
        id="",
        occurrence=of.id,
        playbook=of.playbook,
        play=of.play,
        entity=of.entity,
        record=of.record,
        cycle=of.cycle,
        account="A1",
        action=0,
        type="email",
        channel="email",
        template="ask",
        recipient=f"{of.record.lower()}@acme.test",
        recipient_name="加藤 結衣",
        locale="ja",
        cc=("cc@acme.test",),
        sender=None,
        context={"contract.renewal_date": {"$date": "2026-07-20"}, "account.name": "アクメ"},
        state="queued",
        reason="",
        fired_on=DAY,
        send_at=NOW,
        run=of.run,
    )
    row = row._replace(**changes)
    return row if row.id else row._replace(id=identifier(row.occurrence, str(row.action), row.recipient))


def task(of: OccurrenceRow, **changes: Any) -> tuple[TouchRow, TaskRow]:
    """A task of an occurrence, with its touch."""
    row = touch(of, type="task", action=1, recipient="kato", state="open", channel="")
    made = TaskRow(
        id=row.id,
        playbook=row.playbook,
        play=row.play,
        entity=row.entity,
        record=row.record,
        cycle=row.cycle,
        account=row.account,
        title="Save アクメ",
        assignee="kato",
        priority="high",
        rank=1200.5,
        due=date(2026, 3, 4),
        kind="",
        checklist=("Call the sponsor", "Agree a plan"),
        action=1,
        episode=of.episode,
        opened_on=DAY,
    )
    return row, replace(made, **changes)


def commit(run: str = "r1", **parts: Iterable[Any]) -> Commit:
    """A run that writes ``parts`` (fields of ``Commit``)."""
    names = ("occurrences", "touches", "tasks", "episodes", "cancels", "cleared", "plays", "foreseen")
    given = {name: tuple(parts.get(name, ())) for name in names}
    return Commit(run=RunRow(run, NOW, DAY, "snapshot", "fingerprint"), **given)


def put(ledger: Ledger, run: str = "r1", **parts: Iterable[Any]) -> None:
    """Commit a run."""
    with ledger.locked() as connection:
        write(connection, commit(run, **parts))


def put_mails(ledger: Ledger, count: int, **changes: Any) -> list[TouchRow]:
    """Commit ``count`` fired occurrences with one queued e-mail each."""
    rows = [occurrence(f"C{number}") for number in range(count)]
    mails = [touch(row, **changes) for row in rows]
    put(ledger, occurrences=rows, touches=mails)
    return mails
