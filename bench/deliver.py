"""Messages a second from a queued touch to a settled one, beside a bare smtplib loop with the same bytes.

Run: python bench/deliver.py [MESSAGES]. Every touch is claimed, rendered from a Japanese
template (renewal-intent.ja.md), kept, sent and settled in a SQLite ledger with its usual settings.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import smtplib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from ledger import AS_OF, DAY, occurrence, touch
from sink import running_sink
from sqlalchemy import select

from playcall.engine.decide.model import Commit, Person, RunRow, TouchRow
from playcall.engine.deliver.context import encode
from playcall.engine.deliver.deliver import DeliveryCount
from playcall.engine.ledger import tables
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.write import write
from playcall.engine.ports import FixedClock
from playcall.engine.service.delivering import deliver
from playcall.engine.service.starting import init
from playcall.engine.service.workspace import Workspace

TEMPLATE = Path(__file__).with_name("renewal-intent.ja.md")
# The play whose messages wait: of one that the project does not have they are put off.
PLAYBOOK = """\
playbook: renewal-intent
describe: Ask whether they renew.
owner: kato@acme.example
for: contract
plays:
  ask: {when: days_to_renewal == 140, do: [{task: Ask, assign: csm}]}
"""
TARGET = 0.25  # of the bare loop
SENDER = Person("kato", "kato@acme.example", "加藤 由衣", "ja", None)
CHANNELS = {
    "smtp": "{{adapter: smtp, url: 'smtp://127.0.0.1:{port}'}}",
    "maildir": "{{adapter: maildir, path: mail}}",
}


def renewal(number: int) -> TouchRow:
    """The question to one customer."""
    context = {
        "account.name": f"株式会社サンプル商事 第{number}営業部",
        "contract.product": "MDM クラウド",
        "contract.contract_id": f"C{number:07d}",
        "contract.renewal_date": date(2026, 7, 20) + timedelta(days=number % 28),
    }
    address = f"user{number}@customer.example"
    return touch(occurrence(2 * number))._replace(
        template="renewal-intent",
        recipient=address,
        address=address,  # contact rules are read again for it
        customer=True,
        recipient_name=f"山田 太郎 {number}",
        sender=SENDER,
        context=encode(context),
    )


def fill(root: Path, count: int) -> None:
    """Queues the touches of one run (in a process of its own: its memory is not the delivery's)."""
    occurrences = tuple(occurrence(2 * number) for number in range(count))
    touches = tuple(renewal(number) for number in range(count))
    run = RunRow("r1", AS_OF, DAY, "snapshot", "fingerprint", {})
    ledger = open_ledger("sqlite:///.playcall/ledger.db", root)
    with ledger.locked() as connection:
        write(connection, Commit(run, occurrences, touches, (), (), (), (), (), ()))
    ledger.close()


def make_project(root: Path, channel: str, count: int) -> Workspace:
    """A project whose mail goes through the channel, with ``count`` messages to send."""
    init(root)
    shutil.copy(TEMPLATE, root / "templates")
    (root / "playbooks" / "renewal-intent.yaml").write_text(PLAYBOOK, "utf-8")
    settings = (root / "playcall.yaml").read_text("utf-8").splitlines()
    kept = [line for line in settings if not line.startswith(("channels:", "  email:"))]
    (root / "playcall.yaml").write_text("\n".join([*kept, f"channels: {{email: {channel}}}", ""]), "utf-8")
    filling = multiprocessing.get_context("spawn").Process(target=fill, args=(root, count))
    filling.start()
    filling.join()
    return Workspace.open(root, None, os.environ, FixedClock(AS_OF))


def delivered(workspace: Workspace) -> DeliveryCount:
    return deliver(workspace).count


def stored(ledger: Ledger) -> Iterator[tuple[str, list[str], bytes]]:
    """The messages as they were sent."""
    message = tables.message.c
    with ledger.reading() as connection:
        rows = connection.execute(select(message.sender, message.recipients, message.bytes))
        yield from ((row.sender, row.recipients, row.bytes) for row in rows)


def bare_loop(messages: list[tuple[str, list[str], bytes]], port: int) -> None:
    """What smtplib does with the same bytes over one connection."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for sender, recipients, payload in messages:
            smtp.sendmail(sender, recipients, payload)


def rate(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def measured(root: Path, channel: str, count: int) -> float:
    """Messages a second through a channel."""
    workspace = make_project(root, channel, count)
    done: list[DeliveryCount] = []
    speed = rate(count, lambda: done.append(delivered(workspace)))
    if done[0].sent != count:
        raise SystemExit(f"{done[0].sent} of {count} were sent: {done[0].problems}")
    return speed


def main(count: int) -> None:
    """Prints a table."""
    with tempfile.TemporaryDirectory() as folder, running_sink() as (sink, port):
        root = Path(folder)
        through_smtp = measured(root / "smtp", CHANNELS["smtp"].format(port=port), count)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        through_maildir = measured(root / "maildir", CHANNELS["maildir"].format(), count)
        ledger = open_ledger("sqlite:///.playcall/ledger.db", root / "smtp")
        messages = list(stored(ledger))
        ledger.close()
        bare = rate(count, lambda: bare_loop(messages, port))
    size = sum(len(payload) for _, _, payload in messages) // count
    print(f"{count:,} messages of {size:,} bytes; the server is {sink}")
    print(f"{'':34}{'messages/s':>12}{'ratio':>8}")
    rows = (
        ("bare smtplib, one connection", bare),
        ("playcall, smtp", through_smtp),
        ("playcall, maildir", through_maildir),
    )
    for name, speed in rows:
        print(f"{name:34}{speed:12,.0f}{speed / bare:8.0%}")
    print(f"peak memory of the delivery {peak} MiB; target {TARGET:.0%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
