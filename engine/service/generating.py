"""`test --from`: a test made of a real decision, with the facts that it was made on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..decide.model import OccurrenceRow
from ..evaluate.model import Moment
from ..facts.model import FactsError
from ..facts.snapshot import SnapshotStore
from ..files import Files
from ..ledger import read
from ..playbook.loader import load
from ..playbook.model import Playbook
from ..testing.generate import Draft, draft_text, masked
from ..testing.loader import FOLDER, load_tests
from ..testing.model import PlaybookTest
from ..testing.outcome import Event
from .facts import FactBase, load_facts, open_base
from .moments import moment_of
from .planning import with_history
from .readers import records_read
from .testbench import Bench, Site
from .testevents import events_of
from .testone import run_test
from .workspace import Workspace


@frozen
class Made:
    """A test that was made: the name of its file, its text, and what a person should know about it."""

    file: str
    text: str
    notes: tuple[str, ...]


def generate(
    workspace: Workspace, playbook: str, record: str, as_of: str | None = None, out: str | None = None
) -> Made:
    """A test of what a playbook decided for a record: on the day of ``as_of``, else on the last day of which
    the ledger tells, else now. It passes, and stands in ``out``: by default a file in tests/; ``-``: in none.
    Raises ``PlaycallError``."""
    book = workspace.playbook(playbook)
    with workspace.ledger_to_read() as ledger, with_history(ledger, [book]) as connection:
        decided = _decided(connection, book, record, as_of)
        with _facts(workspace, connection, book, decided, as_of) as (base, moment):
            draft, hidden = _draft(base, connection, book, record, moment)
    real = [(row.play, row.verdict, row.reason) for row in decided]
    name = f"{book.name}-{record.replace('/', '-')}-{draft.day}.yaml"
    file = out or f"{FOLDER}/{name}"
    text, events = _filled(workspace, draft, file if file != "-" else f"{FOLDER}/{name}")
    notes = [f"{hidden} sensitive value(s) are masked in it"] if hidden else []
    notes += _differences(real, record, events)
    if file != "-":
        _write(workspace, file, text)
    return Made(file, text, tuple(notes))


def _decided(connection: Connection, book: Playbook, record: str, as_of: str | None) -> list[OccurrenceRow]:
    """What the ledger tells of the playbook and the record on that day, or on the last one."""
    rows = [row for play in book.plays for row in read.occurrences_of(connection, book.name, play, record)]
    day = as_of[:10] if as_of else max((row.decided_on.isoformat() for row in rows), default="")
    return [row for row in rows if row.decided_on.isoformat() == day]


@contextmanager
def _facts(
    workspace: Workspace,
    connection: Connection,
    book: Playbook,
    decided: Sequence[OccurrenceRow],
    as_of: str | None,
) -> Iterator[tuple[FactBase, Moment]]:
    """The facts that the decision was made on, as they were kept; where there is none, those of now."""
    run = read.run_of(connection, decided[-1].run) if decided else None
    if run is not None:
        store = SnapshotStore(workspace.project.snapshots)
        try:
            kept = store.find(run.snapshot)
        except FactsError:
            kept = None
        if kept is not None:
            with open_base(workspace, kept, None, run.day) as base:
                yield base, Moment(run.as_of, run.day)
            return
    zone = workspace.project.settings.timezone
    moment = moment_of(as_of, workspace.clock.now(), zone, [book])
    with load_facts(workspace, moment, keep=False) as base:
        yield base, moment


def _draft(
    base: FactBase, connection: Connection, book: Playbook, record: str, moment: Moment
) -> tuple[Draft, int]:
    """The test without what it expects, and how many values in it are masked."""
    workspace = base.workspace
    base.fill_ledger_facts(connection, moment.today)
    found = records_read(base, workspace.catalog, book, record, moment)
    if not found:
        hint = f"`playcall facts list {book.entity}` shows which there are"
        raise PlaycallError(f"there is no {book.entity} `{record}` in these facts; {hint}")
    records, hidden = masked(found, workspace.catalog)
    down = {
        state.source: state.status
        for state in base.snapshot.sources
        if state.status != "ok" and state.source in book.reads
    }
    name = f"{record} on {moment.today}, as it was decided"
    start = _first_run(connection, book, moment.today)
    return Draft(name, book.name, start, moment.today, records, down), hidden


def _first_run(connection: Connection, book: Playbook, day: date) -> date | None:
    known = [row.first_run for row in read.play_rows(connection) if row.playbook == book.name]
    first = min(known, default=None)
    return first if first is not None and first < day else None


def _filled(workspace: Workspace, draft: Draft, file: str) -> tuple[str, list[Event]]:
    """The text of the test with what comes of it, run and found to pass."""
    project, catalog = workspace.project, workspace.catalog
    zone = project.settings.timezone
    book = workspace.playbook(draft.playbook)
    books = {one.name: one for one in workspace.playbooks}
    site = Site(project, catalog, books, workspace.surveys)
    with Bench(site) as bench:
        test = _read(workspace, file, draft_text(draft, catalog, zone))
        events = events_of(bench.run(test, book))
        text = draft_text(replace(draft, events=events), catalog, zone)
        outcome = run_test(bench, _read(workspace, file, text), book)
    if not outcome.passed:
        raise PlaycallError(f"the test would not pass: {outcome.disagreements[0].message}. Report this")
    return text, events


def _read(workspace: Workspace, file: str, text: str) -> PlaybookTest:
    """The one test of a file that is not there yet, read as any other."""
    files = Files(workspace.project.root, {file: text.encode()})
    loaded = load(workspace.project.root, workspace.project.environment, files)
    read_ = load_tests(loaded, files)
    found = [test for test in read_.tests if test.file == file]
    if not found:
        wrong = next((one for one in read_.diagnostics if one.location.file == file), None)
        why = f"{wrong.location}: {wrong.message}" if wrong else "it stands outside of tests/"
        raise PlaycallError(f"the test cannot be read: {why}")
    return found[0]


def _differences(real: Sequence[tuple[str, str, str]], record: str, events: Sequence[Event]) -> list[str]:
    """What the ledger says of that day and the test, which knows no earlier day, does not."""
    tested = {
        (event.said["play"], event.said["verdict"], event.said["reason"])
        for event in events
        if not event.is_action and event.said["record"] == (record,)
    }
    return [
        f"the ledger has {play} as {': '.join(part for part in (verdict, reason) if part)}, which the test "
        "cannot show: it comes of earlier days. Add them to `run_on`"
        for play, verdict, reason in real
        if (play, verdict, reason) not in tested
    ]


def _write(workspace: Workspace, file: str, text: str) -> None:
    path = workspace.project.root / file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise PlaycallError(f"{file} is there already; move it away, or name another with --out") from None
