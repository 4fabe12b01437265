"""`plan --against`: what a change of the project's files would change: both versions over the same facts,
ledger and moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..catalog.model import Catalog, Entity
from ..evaluate.model import Moment, PlayId
from ..evaluate.skipped import Skipped, skipped
from ..ledger.database import Ledger
from ..playbook.fingerprint import canonical
from ..playbook.model import Playbook
from ..versions.git import Revision, project_at
from . import planning
from .deciding import NOTHING_FOUND, Decision, Found, Scope, context_of, decide_all
from .facts import FactBase, load_facts, open_base
from .moments import moment_of
from .planning import Plan, Renames, history_under
from .renaming import renames
from .revisions import same_records, workspace_at
from .values import Totals, totals_of
from .workspace import Workspace

Occurrence = Mapping[str, object]
_Key = tuple[object, ...]

_IDENTITY = ("playbook", "play", "record", "key")
# What of an occurrence a change is about (SPEC 9): what becomes of it, why, and what it does for whom.
_COMPARED = ("verdict", "reason", "actions")


@frozen
class Comparison:
    """What a run would do, and how that differs from what it would do at the revision. The occurrences of
    ``removed`` and ``before`` (of a changed one) bear the names that plays have now."""

    plan: Plan
    revision: Revision
    added: tuple[Occurrence, ...]
    removed: tuple[Occurrence, ...]
    changed: tuple[Occurrence, ...]
    skipped: tuple[Skipped, ...]
    value: Mapping[PlayId, Mapping[str, Totals]]

    @property
    def differs(self) -> bool:
        """Whether the change changes what happens."""
        return bool(self.added or self.removed or self.changed or self.skipped)

    def to_json(self) -> dict[str, object]:
        return {
            **self.plan.to_json(),
            "against": {"revision": self.revision.name, "commit": self.revision.commit},
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": list(self.changed),
            "skipped": [
                {
                    "playbook": one.playbook,
                    "play": one.play,
                    "record": one.record,
                    "was_due": one.was_due.isoformat(),
                    "now_due": one.now_due.isoformat(),
                }
                for one in self.skipped
            ],
            "plays": [_summary(place, self) for place in sorted(self._places())],
        }

    def _places(self) -> set[PlayId]:
        rows = {_place(one) for rows in (self.added, self.removed, self.changed) for one in rows}
        return rows | {(one.playbook, one.play) for one in self.skipped}


def _summary(place: PlayId, comparison: Comparison) -> dict[str, object]:
    """One play's row: how many, and the value of their records, by currency."""
    kinds = {"added": comparison.added, "removed": comparison.removed, "changed": comparison.changed}
    counts = {kind: sum(_place(one) == place for one in rows) for kind, rows in kinds.items()}
    missed = sum((one.playbook, one.play) == place for one in comparison.skipped)
    totals = comparison.value.get(place)
    value = {kind: list(totals.get(kind, ())) for kind in kinds} if totals is not None else None
    return {"playbook": place[0], "play": place[1], **counts, "skipped": missed, "value": value}


def compare(
    workspace: Workspace,
    revision: str,
    environ: Mapping[str, str],
    as_of: str | None = None,
    *,
    playbook: str | None = None,
) -> Comparison:
    """What a run at that moment would do other than at the revision. Raises ``PlaycallError``."""
    books = (workspace.playbook(playbook),) if playbook else workspace.playbooks
    found = project_at(workspace.project.root, revision)
    before = workspace_at(found, workspace, environ)
    moment = moment_of(as_of, workspace.clock.now(), workspace.project.settings.timezone, books)
    with workspace.ledger_to_read() as ledger, load_facts(workspace, moment, keep=False) as base:
        pair = _Pair(workspace, before, ledger, base, moment, books, complete=playbook is None)
        return pair.compared(found)


@frozen
class _Pair:
    """The project at hand and the one before, over one load of the facts and one ledger."""

    workspace: Workspace
    before: Workspace
    ledger: Ledger
    base: FactBase
    moment: Moment
    books: tuple[Playbook, ...]
    complete: bool

    def compared(self, revision: Revision) -> Comparison:
        scope = Scope(self.books, self.complete)
        with history_under(self.ledger, renames(self.books)) as (connection, renamed):
            now = decide_all(self.workspace, self.base, connection, self.moment, scope)
            missed = self._skipped(connection, scope)
        then = self._decided_before(now.found, renamed)
        names = self._names()
        new, old = _keyed(now, {}), _keyed(then, names)
        added = [new[key] for key in new.keys() - old.keys()]
        removed = [old[key] for key in old.keys() - new.keys()]
        changed = [
            {**new[key], "before": {name: old[key][name] for name in _COMPARED}}
            for key in new.keys() & old.keys()
            if any(new[key][name] != old[key][name] for name in _COMPARED)
        ]
        kinds = {"added": added, "removed": removed, "changed": changed}
        entities = self._entities(names)
        value = totals_of(self.base.store, entities, _records_of(kinds))
        return Comparison(
            plan=Plan(now, self.base.store.statements()),
            revision=revision,
            added=_sorted(added),
            removed=_sorted(removed),
            changed=_sorted(changed),
            skipped=tuple(missed),
            value=value,
        )

    def _decided_before(self, known: Found, renamed: Renames) -> Decision:
        """What a run would do at the revision. Playbooks that mean the same are not evaluated again."""
        books = tuple(one for one in self.before.playbooks if self.complete or self._is_wanted(one))
        zone = ZoneInfo(self.before.project.settings.timezone)
        moment = Moment(self.moment.now, self.moment.now.astimezone(zone).date())
        back = [(book, play, *old) for old, (book, play) in self._names().items()]
        with (
            self._base_before(moment) as base,
            history_under(self.ledger, [*renames(books), *back]) as (connection, also_renamed),
        ):
            if renamed == also_renamed and self._same_facts():
                before = _with_cycles_of(self.before, self.workspace.catalog)
                same = {book.name: book for book in self.books if _stands_in(book, books)}
                books, known = tuple(same.get(book.name, book) for book in books), known.of(same.values())
            else:
                before, known = self.before, NOTHING_FOUND
            base = replace(base, workspace=before)
            return decide_all(before, base, connection, moment, Scope(books, self.complete), known)

    def _same_facts(self) -> bool:
        """Whether the same expression has the same value in both."""
        settings = self.workspace.project.settings, self.before.project.settings
        return settings[0] == settings[1] and same_records(self.workspace, self.before)

    def _base_before(self, moment: Moment) -> AbstractContextManager[FactBase]:
        """The facts as the catalogue of the revision has them: those of one load, if both read it alike."""
        if same_records(self.workspace, self.before):
            return open_base(self.before, self.base.snapshot, self.base.before, moment.today)
        return load_facts(self.before, moment, keep=False)

    def _is_wanted(self, book: Playbook) -> bool:
        """Whether it is, under an earlier name perhaps, one of those that are asked about."""
        return any(book.name in (one.name, *one.was) for one in self.books)

    def _names(self) -> dict[PlayId, PlayId]:
        """Earlier names of plays, where the revision has them and the present does not, with those of now."""
        now = {(book.name, play) for book in self.books for play in book.plays}
        then = {(book.name, play) for book in self.before.playbooks for play in book.plays}
        return {
            (old_book, old_play): (book, play)
            for old_book, old_play, book, play in renames(self.books)
            if (old_book, old_play) in then - now and (book, play) not in then
        }

    def _entities(self, names: Mapping[PlayId, PlayId]) -> dict[PlayId, Entity]:
        """The entity of each play, of those that are gone too."""
        found: dict[PlayId, Entity] = {}
        for book in (*self.before.playbooks, *self.books):
            entity = self.workspace.catalog.entities.get(book.entity)
            if entity is not None:
                found |= {names.get((book.name, play), (book.name, play)): entity for play in book.plays}
        return found

    def _skipped(self, connection: Connection, scope: Scope) -> list[Skipped]:
        """The records that an edited N would skip. Where the records themselves are others, both triggers
        cannot be asked of the same ones."""
        edited = list(self._edited())
        if not edited or self.base.bad_sources() or not same_records(self.workspace, self.before):
            return []
        context = context_of(self.workspace, self.base, connection, self.moment, scope)
        known = self.base.compile_world(self.moment)
        gone = {place: checked.tree for place, checked in self.before.catalog.derived().items()}
        context = replace(context, compile_world=replace(known, derived={**gone, **known.derived}))
        return [
            one
            for book, play, old in edited
            for one in skipped(context, book, book.plays[play], old.plays[self._earlier(book, play)[1]])
        ]

    def _earlier(self, book: Playbook, play: str) -> PlayId:
        back = {new: old for old, new in self._names().items()}
        return back.get((book.name, play), (book.name, play))

    def _edited(self) -> Iterator[tuple[Playbook, str, Playbook]]:
        """The plays that the revision has too and that mean something else there."""
        then = {book.name: book for book in self.before.playbooks}
        for book in self.books:
            for play in book.plays.values():
                old_book, old_play = self._earlier(book, play.name)
                old = then.get(old_book)
                if old is None or old_play not in old.plays or old.entity != book.entity:
                    continue
                if old.plays[old_play].fingerprint != play.fingerprint:
                    yield book, play.name, old


def _with_cycles_of(workspace: Workspace, catalog: Catalog) -> Workspace:
    """With the very cycles of another catalogue, where they mean the same: values that were gathered are
    found by them."""
    entities = {}
    for name, entity in workspace.catalog.entities.items():
        other = catalog.entities.get(name)
        same = other is not None and canonical(other.cycle) == canonical(entity.cycle)
        entities[name] = replace(entity, cycle=other.cycle) if other is not None and same else entity
    return replace(workspace, catalog=replace(workspace.catalog, entities=entities))


def _stands_in(book: Playbook, others: Iterable[Playbook]) -> bool:
    """Whether a playbook is among others with the same name, plays and meaning."""
    return any(
        (book.name, book.fingerprint, list(book.plays)) == (one.name, one.fingerprint, list(one.plays))
        for one in others
    )


def _keyed(decision: Decision, names: Mapping[PlayId, PlayId]) -> dict[_Key, dict[str, object]]:
    """The occurrences by what makes each the same one before and after."""
    found: dict[_Key, dict[str, object]] = {}
    for one in planning.occurrences(decision):
        place = _place(one)
        one["playbook"], one["play"] = names.get(place, place)
        found[tuple(one[name] for name in _IDENTITY)] = one
    return found


def _place(one: Occurrence) -> PlayId:
    return str(one["playbook"]), str(one["play"])


def _sorted(rows: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    return tuple(sorted(rows, key=lambda one: [str(one[name]) for name in _IDENTITY]))


def _records_of(kinds: Mapping[str, Sequence[Occurrence]]) -> dict[tuple[PlayId, str], list[str]]:
    """The records of each play's differences, by kind."""
    found: dict[tuple[PlayId, str], list[str]] = {}
    for kind, rows in kinds.items():
        for one in rows:
            found.setdefault((_place(one), kind), []).append(str(one["record"]))
    return found
