"""`suppress` and `consent`: who must not be written to, and who agreed to be. Every act is an event."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from ...dsl.diagnostics import PlaycallError
from ..catalog.contact_rules import GROUNDS
from ..decide.contacts import ALL, SUPPRESSIONS
from ..ledger import suppression
from ..ledger.suppression import Consent, Suppression
from ..shape import suggestion
from .acting import acting
from .looking import reading
from .workspace import Workspace

Row = Mapping[str, str]
T = TypeVar("T")

# The columns of a file to import, the first of which must be there.
SUPPRESSION_COLUMNS = ("address", "reason", "topic", "until", "note")
CONSENT_COLUMNS = ("address", "topic", "ground", "given", "evidence", "wording")


def suppress(workspace: Workspace, rows: Sequence[Row], actor: str) -> int:
    """Write no more to some addresses; gives how many rows are new. Each has the texts of
    ``SUPPRESSION_COLUMNS``, empty ones for what is usual. Raises ``PlaycallError``."""
    wanted = [_suppression(workspace, row) for row in rows]
    with acting(workspace, actor) as (connection, act):
        return suppression.suppress(connection, wanted, act)


def lift(workspace: Workspace, address: str, actor: str, *, reason: str, topic: str, asked: str) -> int:
    """Write to an address again; gives how many suppressions ended. Raises ``PlaycallError``."""
    scope = _scope(workspace, topic) if topic else ""
    with acting(workspace, actor) as (connection, act):
        return suppression.lift(connection, _address(address), act, reason=reason, scope=scope, asked=asked)


def suppressions(workspace: Workspace, address: str) -> dict[str, object]:
    """The JSON of `suppress list`."""
    with reading(workspace) as (connection, _):
        return {"suppressions": suppression.suppressions_of(connection, address)}


def agree(workspace: Workspace, rows: Sequence[Row], actor: str) -> int:
    """Record consents, each with the texts of ``CONSENT_COLUMNS``; gives how many. Raises
    ``PlaycallError``."""
    given = [_consent(workspace, row) for row in rows]
    with acting(workspace, actor) as (connection, act):
        return suppression.agree(connection, given, act)


def withdraw(workspace: Workspace, address: str, actor: str, *, topic: str) -> int:
    """End the consents of an address; gives how many. Raises ``PlaycallError``."""
    scope = _scope(workspace, topic) if topic else ""
    with acting(workspace, actor) as (connection, act):
        return suppression.withdraw(connection, _address(address), act, scope=scope)


def consents(workspace: Workspace, address: str) -> dict[str, object]:
    """The JSON of `consent list`."""
    with reading(workspace) as (connection, _):
        return {"consents": suppression.consents_of(connection, address)}


def read_rows(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file (UTF-8, a header line) with these columns. Raises ``PlaycallError`` that names
    the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = [name.strip().lower() for name in reader.fieldnames or ()]
            rows = [dict(zip(header, row.values(), strict=False)) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PlaycallError(f"{path} cannot be read: {reason}. It is a CSV file in UTF-8") from None
    unknown = [name for name in header if name not in columns]
    if columns[0] not in header or unknown:
        wrong = (
            f"has no column `{columns[0]}`" if columns[0] not in header else f"has a column `{unknown[0]}`"
        )
        raise PlaycallError(f"{path}:1: the file {wrong}; its columns are {', '.join(columns)}")
    return [
        {"line": f"{path}:{line}", **{name: (row.get(name) or "").strip() for name in columns}}
        for line, row in enumerate(rows, start=2)
    ]


def _placed(read: Callable[[], T], row: Row) -> T:
    """What is wrong with a row of a file is told with its line."""
    try:
        return read()
    except PlaycallError as error:
        raise PlaycallError(f"{row['line']}: {error}" if "line" in row else str(error)) from None


def _suppression(workspace: Workspace, row: Row) -> Suppression:
    def read() -> Suppression:
        until = _moment(workspace, row.get("until", ""), "until", end=True)
        return Suppression(
            _address(row["address"]),
            _one_of(row.get("reason") or "manual", SUPPRESSIONS, "a reason"),
            _scope(workspace, row.get("topic", "")),
            until,
            row.get("note", ""),
        )

    return _placed(read, row)


def _consent(workspace: Workspace, row: Row) -> Consent:
    def read() -> Consent:
        given = _moment(workspace, row.get("given", ""), "given", end=False)
        if not row.get("evidence"):
            raise PlaycallError("a consent needs its evidence: the form, mail or card by which it was given")
        return Consent(
            _address(row["address"]),
            _scope(workspace, row.get("topic", "")),
            _one_of(row.get("ground") or "opt_in", GROUNDS, "a ground"),
            given or workspace.clock.now(),
            row["evidence"],
            row.get("wording", ""),
        )

    return _placed(read, row)


def _address(text: str) -> str:
    local, at, domain = text.strip().rpartition("@")
    if not (local and at and domain) or any(char.isspace() for char in text.strip()):
        raise PlaycallError(f"`{text}` is not an e-mail address")
    return text


def _scope(workspace: Workspace, topic: str) -> str:
    if topic in ("", ALL):
        return ALL
    return _one_of(topic, workspace.project.rules.topics, "a topic of playcall.yaml")


def _one_of(text: str, known: Iterable[str], what: str) -> str:
    names = list(known)
    if text in names:
        return text
    hint = suggestion(text, names) or f"there are: {', '.join(names) or 'none'}"
    raise PlaycallError(f"`{text}` is not {what}: {hint}")


def _moment(workspace: Workspace, text: str, what: str, *, end: bool) -> datetime | None:
    """The beginning, or the ``end``, of a day of the project; None without one."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise PlaycallError(f"`{what}` is a day such as 2026-03-01, not `{text}`") from None
    at = time(23, 59, 59) if end else time()
    return datetime.combine(day, at, ZoneInfo(workspace.project.settings.timezone))
