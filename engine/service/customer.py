"""A customer whole: what the sources say of an account, what moved its scores, what was sent, answered,
quoted, found and done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ...dsl.interpreter import evaluate
from ...dsl.types import EntityType, ToMany, Value
from ..catalog.model import LEDGER_ENTITIES, Score
from ..facts.model import MASK, FactsError
from ..facts.records import Record
from ..facts.show import ShownField, show
from ..facts.sql import name as quoted
from ..ledger import customer as kept
from ..ledger import worklist
from .latest import View
from .office import Office

ACCOUNT: Final = "account"
PAGE: Final = 50  # accounts of a search
MOST_RELATED: Final = 50  # records of a relation
MOST_ROWS: Final = 100  # of what the ledger holds
MOVED: Final = timedelta(days=30)  # scores are compared with those of so long ago
COLUMNS: Final = 8  # fields of a related record


@frozen
class ShownPart:
    """A part of a score: its weight, its value, and what that was at the time compared with."""

    name: str
    weight: float
    value: Value
    before: Value

    @property
    def change(self) -> float | None:
        """By how much the value has changed; None where one of both is missing."""
        return _difference(self.value, self.before)


@frozen
class ShownScore:
    """A score of the account with its band, and its parts: what moved most first."""

    name: str
    value: Value
    band: Value
    before: Value
    parts: tuple[ShownPart, ...]

    @property
    def change(self) -> float | None:
        """By how much it has changed; None where one of both is missing."""
        return _difference(self.value, self.before)


@frozen
class Related:
    """Records of a relation: the first of them by key (``rows``: the record's key, then its values)."""

    name: str
    entity: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Value, ...]], ...]
    more: bool


@frozen
class Customer:
    """One account. ``compared``: the day of the facts that the scores are compared with."""

    key: str
    title: str
    loaded_on: date
    compared: date | None
    fields: tuple[ShownField, ...]
    above: tuple[tuple[str, str, str], ...]  # relation, entity, key
    scores: tuple[ShownScore, ...]
    related: tuple[Related, ...]
    tasks: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    answers: Sequence[Mapping[str, Any]]
    quotes: Sequence[Mapping[str, Any]]
    opportunities: Sequence[Mapping[str, Any]]


@frozen
class Found:
    """Accounts that a search found (key and name), by key; ``after``: where the next page begins."""

    accounts: tuple[tuple[str, str], ...]
    after: str


def find_customers(office: Office, words: str, after: str = "") -> Found:
    """Accounts whose key or name contains the words, by key. Raises ``PlaycallError``."""
    with office.ledger.reading() as connection, _looking(office, connection) as view:
        fields = office.workspace.catalog.entities[ACCOUNT].type.fields
        named = quoted("name") if "name" in fields and not fields["name"].derived else "_key"
        clauses = (
            f"WHERE (contains(lower(_key), lower(?)) OR contains(lower({named}), lower(?))) AND _key > ?"
            f" ORDER BY _key LIMIT {PAGE + 1}"
        )
        rows = view.store.select(ACCOUNT, clauses, [words, words, after])
    found = tuple((str(row["_key"]), str(row.get("name") or "")) for row in rows[:PAGE])
    return Found(found, found[-1][0] if len(rows) > PAGE else "")


def customer(office: Office, key: str) -> Customer | None:
    """All about an account; None where the last load has none of that key. Raises ``PlaycallError``."""
    catalog, today = office.workspace.catalog, office.today()
    with office.ledger.reading() as connection:
        with _looking(office, connection) as view:
            record = view.store.record(ACCOUNT, key)
            if record is None:
                return None
            shown = show(view.store, catalog, view.world, ACCOUNT, key)
            related = tuple(_related(view, catalog.entities[ACCOUNT].type, record))
            above = tuple(_above(view, catalog.entities[ACCOUNT].type, record))
            loaded_on = view.world.local_date(view.snapshot.as_of)
        values = {one.name: one.value for one in shown.fields}
        before, compared = _before(office, connection, key, view.snapshot.as_of)
        return Customer(
            key=key,
            title=str(record.get("name") or key),
            loaded_on=loaded_on,
            compared=compared,
            fields=shown.fields,
            above=above,
            scores=tuple(_scores(office, values, before)),
            related=related,
            tasks=worklist.of_account(connection, key, today, MOST_ROWS),
            messages=kept.messages_to(connection, key, MOST_ROWS),
            answers=kept.answers_of(connection, key, MOST_ROWS),
            quotes=kept.quotes_of(connection, key, today, MOST_ROWS),
            opportunities=kept.opportunities_of(connection, key, MOST_ROWS),
        )


def _looking(office: Office, connection: Connection) -> Any:
    if ACCOUNT not in office.workspace.catalog.entities:
        raise FactsError("the catalogue has no entity `account`, which these pages are about")
    return office.latest.looking(connection, office.now(), office.today())


def _above(view: View, entity: EntityType, record: Record) -> Iterator[tuple[str, str, str]]:
    """What the record belongs to."""
    for step in entity.to_one.values():
        owner = view.store.one(entity.name, record, step)
        if owner is not None:
            yield step.name, step.entity, str(owner["_key"])


def _related(view: View, entity: EntityType, record: Record) -> Iterator[Related]:
    """The records of every relation that the sources fill."""
    for step in entity.to_many.values():
        if step.entity not in LEDGER_ENTITIES and step.match:
            yield _shown_relation(view, step, view.store.many(entity.name, record, step))


def _shown_relation(view: View, step: ToMany, found: Sequence[Record]) -> Related:
    theirs = {name for _, name in step.match}
    fields = view.world.schema.entities[step.entity].fields
    shown = [one for one in fields.values() if not one.derived and one.name not in theirs][:COLUMNS]
    rows = tuple(
        (
            str(one["_key"]),
            tuple(MASK if f.sensitive and one[f.name] is not None else one[f.name] for f in shown),
        )
        for one in found[:MOST_RELATED]
    )
    columns = tuple(field.name for field in shown)
    return Related(step.name, step.entity, columns, rows, len(found) > MOST_RELATED)


# ---------------------------------------------------------------------------------- scores


def _account_scores(office: Office) -> list[Score]:
    return [one for one in office.workspace.catalog.scores.values() if one.entity == ACCOUNT]


def _scores(office: Office, now: Mapping[str, Value], before: Mapping[str, Value]) -> Iterator[ShownScore]:
    for score in _account_scores(office):
        parts = [
            ShownPart(part, weight, now.get(name), before.get(name))
            for part, (weight, _) in score.parts.items()
            for name in (f"{score.name}.{part}",)
        ]
        parts.sort(key=lambda part: -abs(part.change or 0) * part.weight)
        values = (now.get(score.name), now.get(f"{score.name}.band"), before.get(score.name))
        yield ShownScore(score.name, *values, tuple(parts))


def _before(
    office: Office, connection: Connection, key: str, loaded_at: datetime
) -> tuple[dict[str, Value], date | None]:
    """The values of the account's scores and their parts as the facts of a month ago give them; none where
    the last load, of ``loaded_at``, was made before."""
    scores = _account_scores(office)
    if not scores:
        return {}, None
    then = office.now() - MOVED
    derived = office.workspace.catalog.entities[ACCOUNT].derived
    names = [
        name for score in scores for name in (score.name, *(f"{score.name}.{part}" for part in score.parts))
    ]
    with office.latest.looking_back(connection, then, then.astimezone(office.zone).date()) as view:
        record = view.store.record(ACCOUNT, key) if view else None
        if view is None or record is None or view.snapshot.as_of == loaded_at:
            return {}, None
        values = {name: evaluate(derived[name].checked.tree, record, view.world, ACCOUNT) for name in names}
        return values, view.world.local_date(view.snapshot.as_of)


def _difference(now: Value, before: Value) -> float | None:
    if isinstance(now, int | float) and isinstance(before, int | float):
        return now - before
    return None
