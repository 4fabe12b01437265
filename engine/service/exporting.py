"""`export`: the ledger's tables in databases of the user's own.

What has changed since the last export travels, in one transaction with the mark up to which it goes; all of
it travels the first time, and where events cannot tell what has changed (``ledger.exported``). A target takes
one transfer at a time, and each reads the ledger after it has begun: of two at once, the second finds what
the first has left.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ...dsl.sensitive import Sensitivity
from ...dsl.types import Kind
from ..catalog.adapters import adapters_for
from ..catalog.exports import ExportConfig
from ..catalog.model import Catalog, Project
from ..garbage import uncollected
from ..ledger import exported
from ..ledger.bulk import columns_of
from ..ledger.database import Ledger
from ..ledger.exported import Exported, Hidden, Point
from ..playbook.model import OpportunityAction, Playbook, TaskAction, TextTemplate
from ..ports import ExportError, ExportTable, Target, Transfer
from ..shape import nearest
from .workspace import Workspace

BATCH: Final = 20_000  # rows that are in memory at a time
_FORMAT: Final = 1  # of marks: one of another format is not read


@frozen
class ExportedTable:
    """What became of one table: how many rows travelled, and whether these were all."""

    table: str
    rows: int
    full: bool


@frozen
class ExportReport:
    """What became of one export; ``trouble``: why nothing of it went (empty: it went)."""

    name: str
    tables: tuple[ExportedTable, ...]
    trouble: str = ""

    def to_json(self) -> dict[str, object]:
        return {"export": self.name, "tables": [asdict(one) for one in self.tables], "trouble": self.trouble}


def chosen(project: Project, name: str | None, table: str | None) -> list[ExportConfig]:
    """The exports into databases, or the one that is named. Raises ``PlaycallError``."""
    known = {one.name: one for one in project.exports.values() if not one.handed_over}
    if name is not None and name not in known:
        raise PlaycallError(_unknown(project, name, known))
    found = [known[name]] if name is not None else list(known.values())
    if table is not None and not any(table in one.tables for one in found):
        there = sorted({each for one in found for each in one.tables})
        close = nearest(table, there)
        hint = f"did you mean {close}?" if close else f"there are: {', '.join(there) or 'none'}"
        raise PlaycallError(f"no table `{table}` is exported; {hint}")
    return found if table is None else [one for one in found if table in one.tables]


def _unknown(project: Project, name: str, known: Collection[str]) -> str:
    if name in project.exports:
        return f"`{name}` takes what changes through the outbox: `playcall deliver` sends it"
    close = nearest(name, known)
    hint = f"did you mean {close}?" if close else f"there are: {', '.join(known) or 'none'}"
    return f"playcall.yaml has no export `{name}`; {hint}"


def export(
    workspace: Workspace, name: str | None = None, table: str | None = None, *, full: bool = False
) -> list[ExportReport]:
    """Export to every database, or to one, or only one table. Raises ``PlaycallError`` for names that are
    none; a target that cannot be used is told in its report, and the others are served."""
    wanted = chosen(workspace.project, name, table)
    with workspace.ledger() as ledger:
        return [_export(workspace, ledger, one, [table] if table else one.tables, full) for one in wanted]


def export_all(workspace: Workspace, ledger: Ledger) -> list[ExportReport]:
    """Bring every database up to date, as the scheduler does after a run."""
    wanted = chosen(workspace.project, None, None)
    return [_export(workspace, ledger, one, one.tables, False) for one in wanted]


def _export(
    workspace: Workspace, ledger: Ledger, config: ExportConfig, names: Sequence[str], full: bool
) -> ExportReport:
    declared = [exported.TABLES[name] for name in names]
    tables = [ExportTable(one.name, one.columns(), one.key) for one in declared]
    hidden = hidden_of(workspace.catalog, workspace.playbooks)
    now = workspace.clock.now()
    today = now.astimezone(ZoneInfo(workspace.project.settings.timezone)).date()
    try:
        target = make_target(config, workspace.project)
        with target.transfer(tables) as transfer, ledger.reading() as connection, uncollected():
            sending = _Sending(transfer, connection, workspace.project.name, today, now, hidden)
            sent = tuple(sending.send(one, full) for one in declared)
    except ExportError as error:
        return ExportReport(config.name, (), str(error))
    return ExportReport(config.name, sent)


def make_target(config: ExportConfig, project: Project) -> Target:
    """The database of an export by its adapter's entry point. Raises ``ExportError``."""
    found = adapters_for("export").select(name=config.adapter)
    target: Target = next(iter(found)).load()(config.name, config.options, project.root)
    return target


class _Sending:
    """One export: all its tables stand at the same point."""

    def __init__(
        self,
        transfer: Transfer,
        connection: Connection,
        project: str,
        today: date,
        now: datetime,
        hidden: Hidden,
    ) -> None:
        self._transfer = transfer
        self._connection = connection
        self._today = today
        self._now = now
        self._hidden = hidden
        self._about = {"format": _FORMAT, "project": project, "hidden": _signature(hidden)}
        self._point = exported.here(connection, today)

    def send(self, table: Exported, full: bool) -> ExportedTable:
        """One table: what has changed since its mark, or all of it."""
        before = None if full else self._before(table.name)
        rows = table.rows(self._today, self._hidden)
        if before is None:
            self._transfer.clear(table.name)
        else:
            rows = rows.where(table.changed(before, self._today))
        count = 0
        for columns in columns_of(self._connection, rows, BATCH):
            self._transfer.put(table.name, columns)
            count += len(columns[0])
        self._transfer.keep(table.name, _mark(self._about, self._point), self._now)
        return ExportedTable(table.name, count, before is None)

    def _before(self, table: str) -> Point | None:
        """Where the table stands; None where everything must travel. Raises ``ExportError`` for one of
        another project."""
        kept: dict[str, Any] = json.loads(self._transfer.mark(table) or "{}")
        owner = kept.get("project", self._about["project"])
        if owner != self._about["project"]:
            raise ExportError(
                f"the table `{table}` there holds rows of the project `{owner}`; give each project a "
                "database (PostgreSQL: or a `schema`) of its own, or empty it with --full"
            )
        if any(kept.get(name) != said for name, said in self._about.items()):
            return None
        point = _point(kept["point"])
        return point if exported.follows(self._connection, point) else None


def _mark(about: Mapping[str, object], point: Point) -> str:
    return json.dumps({**about, "point": {**asdict(point), "day": point.day.isoformat()}}, ensure_ascii=False)


def _point(kept: Mapping[str, Any]) -> Point:
    return Point(
        event=kept["event"],
        holes=tuple((first, last) for first, last in kept["holes"]),
        seal=kept["seal"],
        head=kept["head"],
        day=date.fromisoformat(kept["day"]),
        plays=tuple(kept["plays"]),
        sending=tuple(kept["sending"]),
    )


def _signature(hidden: Hidden) -> str:
    parts = [hidden.people, sorted(hidden.keys), sorted(hidden.cycles), sorted(hidden.titles)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def hidden_of(catalog: Catalog, playbooks: Iterable[Playbook]) -> Hidden:
    """What of the ledger shows a field that the catalogue declares sensitive. Customers' addresses do where
    any address of theirs is."""
    sensitive = Sensitivity(catalog.schema, catalog.derived())
    entities = [one for one in catalog.entities.values() if one.tables]
    return Hidden(
        people=any(
            kept.type.kind is Kind.EMAIL and sensitive.of_field(entity.name, name)
            for entity in entities
            for name, kept in entity.fields.items()
            if entity.name != "user"
        ),
        keys=frozenset(
            one.name for one in entities if any(sensitive.of_field(one.name, key) for key in one.key)
        ),
        cycles=frozenset(
            one.name for one in entities if one.cycle and sensitive.shown_by(one.cycle.checked.tree)
        ),
        titles=frozenset(
            f"{book.name}.{play.name}"
            for book in playbooks
            for play in book.plays.values()
            for action in play.all_actions
            if isinstance(action, TaskAction | OpportunityAction) and _shows(sensitive, action.title)
        ),
    )


def _shows(sensitive: Sensitivity, title: TextTemplate) -> bool:
    return any(not isinstance(part, str) and sensitive.shown_by(part.tree) for part in title.parts)
