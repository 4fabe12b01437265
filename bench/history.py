"""A year of history for the ledger of a benchmark's project: what a run on an ordinary day finds there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from conditions import PRODUCTS
from data import TODAY

from playcall.engine.decide.model import Commit, EpisodeRow, OccurrenceRow, RunRow, TouchRow, identifier
from playcall.engine.ledger.database import open_ledger
from playcall.engine.ledger.write import write

RUNS = 10
PLAYS = ("ask", "inform", "notice", "statement")
SENT_AT = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)

_GROUP = (
    f"CASE {' '.join(f'WHEN product IN {products} THEN {name!r}' for name, products in PRODUCTS.items())} END"
)


def add_year(root: Path, out_of_date: int) -> Mapping[str, int]:
    """One occurrence a contract, of its last cycle, half of them with a touch that was sent; an open episode
    of ``outdated`` for each contract that it holds for. Gives how many of each."""
    ledger = open_ledger("sqlite:///ledger.db", root)
    counts = {"occurrences": 0, "touches": 0, "open episodes": 0}
    with duckdb.connect() as facts:
        facts.execute(
            f"CREATE VIEW contract AS SELECT *, {_GROUP} AS playbook FROM '{root}/data/contracts.parquet'"
        )
        episodes = tuple(_episodes(facts, out_of_date))
        for number in range(RUNS):
            commit = _commit(facts, number, episodes if number == 0 else ())
            counts["occurrences"] += len(commit.occurrences)
            counts["touches"] += len(commit.touches)
            counts["open episodes"] += len(commit.episodes)
            with ledger.locked() as connection:
                write(connection, commit)
    with ledger.writing() as connection:
        connection.exec_driver_sql(
            "update touch set state = 'sent', sent_at = send_at, sent_on = fired_on, next_attempt = null "
            "where state = 'queued'"
        )
    ledger.close()
    return counts


def _commit(facts: duckdb.DuckDBPyConnection, number: int, episodes: tuple[EpisodeRow, ...]) -> Commit:
    day = TODAY - timedelta(days=30 * (number + 1))
    run = RunRow(f"past{number}", SENT_AT - timedelta(days=30 * (number + 1)), day, "snapshot", "fingerprint")
    occurrences = tuple(_occurrences(facts, number, run.id, day))
    touches = tuple(_touch(row) for row in occurrences if row.verdict == "fired")
    return Commit(run, occurrences, touches, (), episodes, (), (), (), ())


def _occurrences(
    facts: duckdb.DuckDBPyConnection, number: int, run: str, day: date
) -> Iterator[OccurrenceRow]:
    rows = facts.execute(
        "SELECT playbook, contract_id, term_start - 365, renewal_date - 365 FROM contract "
        f"WHERE hash(contract_id) % {RUNS} = {number} ORDER BY contract_id"
    )
    for place, (playbook, record, cycle, anchor) in enumerate(rows.fetchall()):
        play = PLAYS[place % len(PLAYS)]
        target = "90" if play == "statement" else ""
        key = f"{cycle}/{target}" if target else str(cycle)
        fired = place // len(PLAYS) % 2 == 0
        yield OccurrenceRow(
            id=identifier(playbook, play, record, key, day.isoformat()),
            playbook=playbook,
            play=play,
            entity="contract",
            record=record,
            key=key,
            origin="moment",
            cycle=str(cycle),
            target=target,
            anchor=anchor,
            due=day,
            deadline=day + timedelta(days=3),
            verdict="fired" if fired else "declined",
            reason="" if fired else "unless",
            detail="",
            open=False,
            fired_on=day if fired else None,
            decided_on=day,
            held_since=None,
            episode=None,
            parent=None,
            run=run,
        )


def _touch(row: OccurrenceRow) -> TouchRow:
    context: Mapping[str, Any] = {"contract.contract_id": row.record, "moment": 140}
    return TouchRow(
        id=identifier(row.id, "0", "x"),
        occurrence=row.id,
        playbook=row.playbook,
        play=row.play,
        entity=row.entity,
        record=row.record,
        cycle=row.cycle,
        account=None,
        action=0,
        type="email",
        channel="email",
        template="renewal",
        recipient=f"{row.record}@customer.example",
        recipient_name=None,
        locale="en",
        cc=(),
        sender=None,
        context=context,
        state="sent",
        reason="",
        fired_on=row.decided_on,
        send_at=SENT_AT,
        run=row.run,
        members=(row.id,),
    )


def _episodes(facts: duckdb.DuckDBPyConnection, out_of_date: int) -> Iterator[EpisodeRow]:
    since = TODAY - timedelta(days=100)
    rows = facts.execute(
        "SELECT playbook, contract_id, term_start FROM contract "
        f"WHERE status = 'active' AND installed_release BETWEEN 1 AND {out_of_date - 1} ORDER BY contract_id"
    )
    for playbook, record, cycle in rows.fetchall():
        yield EpisodeRow(
            playbook, "outdated", "contract", record, 1, str(cycle), since, since, since, None, ""
        )
