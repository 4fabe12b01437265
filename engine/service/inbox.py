"""`inbox`: what came back is read and let count: delivery reports, complaints, replies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from email.utils import parseaddr
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..catalog.model import Project
from ..inbox.folder import Place, open_folder
from ..inbox.letter import Reply, Report, UnreadableError, read_letter
from ..ledger import reports
from ..ledger.database import Ledger
from ..ledger.reports import Told
from ..ledger.tasks import Act
from ..ports import Clock
from .workspace import Workspace

ACTOR: Final = "inbox"  # who acts, for the audit trail
BATCH: Final = 50  # letters a transaction
_LETTERS: Final = frozenset({"other", "foreign", "unreadable"})  # what people may want to look at
_TOUCH = "([a-z2-7]{20})"  # a touch's id, within an address that reports come to


@frozen
class Item:
    """What one report or reply of a letter came to. ``result`` is a ``reports.Result``, ``replied``,
    ``other`` (the letter is nothing that concerns us) or ``unreadable``; ``detail`` says more, for people."""

    letter: str
    result: str
    touch: str = ""
    address: str = ""
    detail: str = ""


@frozen
class Inbox:
    """The letters of one reading, with what they came to."""

    letters: int
    items: Sequence[Item]

    @property
    def results(self) -> Mapping[str, int]:
        """How many came to what."""
        return dict(sorted(Counter(item.result for item in self.items).items()))

    def to_json(self) -> dict[str, object]:
        items = [asdict(item) for item in self.items]
        return {"letters": self.letters, "results": self.results, "items": items}


Parsed = tuple[Report, ...] | Reply | UnreadableError | None


def read_folder(workspace: Workspace, folder: Path | None) -> Inbox:
    """Read a mailbox folder, else the one of playcall.yaml. Raises ``PlaycallError``; what was read until
    then counts, and the rest stays where it is."""
    where = folder or _configured(workspace.project)
    if where is None:
        raise PlaycallError(
            "which mailbox? Name a Maildir or mbox, or add `inbox: {folder: …}` to playcall.yaml"
        )
    with workspace.ledger() as ledger:
        return drain(workspace.project, ledger, workspace.clock, where)


def drain(project: Project, ledger: Ledger, clock: Clock, folder: Path) -> Inbox:
    """Read all letters of a folder, some in each transaction; they are put aside when it is committed."""
    items: list[Item] = []
    count = 0
    with open_folder(folder) as found:
        letters = found.letters()
        while batch := [(letter, _parsed(letter.raw)) for letter in islice(letters, BATCH)]:
            with ledger.writing(patient=True) as connection:
                act = _act(project, clock)
                judged = [_judged(connection, project, letter.name, parsed, act) for letter, parsed in batch]
            found.put((letter, _place(came_to)) for (letter, _), came_to in zip(batch, judged, strict=True))
            items += [item for came_to in judged for item in came_to]
            count += len(batch)
    return Inbox(count, items)


def take(project: Project, ledger: Ledger, clock: Clock, raw: bytes) -> Inbox:
    """Let one letter count that a mail system has handed over. Raises ``PlaycallError`` for one that cannot
    be read."""
    parsed = _parsed(raw)
    if isinstance(parsed, UnreadableError):
        raise PlaycallError(f"the letter cannot be read: {parsed}")
    with ledger.writing() as connection:
        return Inbox(1, _judged(connection, project, "", parsed, _act(project, clock)))


def _configured(project: Project) -> Path | None:
    return project.root / project.inbox.folder if project.inbox.folder else None


def _act(project: Project, clock: Clock) -> Act:
    now = clock.now()
    return Act(ACTOR, now, now.astimezone(ZoneInfo(project.settings.timezone)).date())


def _parsed(raw: bytes) -> Parsed:
    try:
        return read_letter(raw)
    except UnreadableError as error:
        return error


def _judged(connection: Connection, project: Project, letter: str, parsed: Parsed, act: Act) -> list[Item]:
    match parsed:
        case UnreadableError():
            return [Item(letter, "unreadable", detail=str(parsed))]
        case Reply():
            automatic, about = parsed.automatic, (parsed.message_id, parsed.about, parsed.sender)
            result, touch = reports.reply(connection, *about, automatic=automatic, act=act)
            return [Item(letter, result, touch, parsed.sender, "automatic" if automatic else "")]
        case None | ():
            return [Item(letter, "other")]
        case _:
            return [_received(connection, project, letter, report, act) for report in parsed]


def _received(connection: Connection, project: Project, letter: str, report: Report, act: Act) -> Item:
    address = next(iter(report.addresses), "")
    detail = " ".join(filter(None, (report.status, report.detail)))
    if report.kind == "delayed":
        return Item(letter, "unchanged", "", address, f"delayed: {detail}")
    result, touch = "foreign", ""
    for message_id, named in [(report.message_id, ""), *(("", one) for one in _named(project, report))]:
        if result == "foreign" and (message_id or named):
            said = (report.addresses, report.status, report.detail, report.letter)
            told = Told(report.kind, message_id, named, *said)
            result, touch = reports.receive(connection, told, act)
    return Item(letter, result, touch, address, detail)


def _named(project: Project, report: Report) -> Iterator[str]:
    """The touches that a report names beside the message itself: as it was handed over, or in the address
    that the report was sent to."""
    if re.fullmatch(_TOUCH, report.envelope):
        yield report.envelope
    for channel in project.channels.values():
        pattern = parseaddr(str(channel.options.get("bounces", "")))[1]
        if "*" in pattern:
            form = re.compile(re.escape(pattern).replace(r"\*", _TOUCH), re.IGNORECASE)
            yield from (match[1].lower() for one in report.sent_to if (match := form.fullmatch(one)))


def _place(items: Sequence[Item]) -> Place:
    """Where a letter goes: what nobody could do anything with is for people to look at."""
    results = {item.result for item in items}
    if "early" in results:
        return "stay"
    return "other" if results <= _LETTERS else "done"
