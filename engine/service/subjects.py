"""What something is about: a record of the last load, with the cycle that it is in and its account."""

from __future__ import annotations

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ...dsl.interpreter import evaluate
from ..catalog.model import LEDGER_ENTITIES, Catalog
from ..evaluate.gather import account_of
from ..facts.records import Record, key_text
from .latest import View


@frozen
class Subject:
    """A record, its cycle, and the key of the account that it is or belongs to."""

    record: Record
    cycle: str | None
    account: str | None


def subject_of(catalog: Catalog, view: View, entity: str, key: str) -> Subject:
    """The record of that key. Raises ``PlaycallError`` where the sources give no such entity or record."""
    known = sorted(set(catalog.entities) - set(LEDGER_ENTITIES))
    if entity not in known:
        raise PlaycallError(f"there are no records `{entity}`; there are {', '.join(known)}")
    found = view.store.record(entity, key)
    if found is None:
        raise PlaycallError(f"the facts of the last load have no {entity} `{key}`")
    declared = catalog.entities[entity].cycle
    cycle = evaluate(declared.checked.tree, found, view.world, entity) if declared is not None else None
    owner = account_of(catalog, entity).get("key")
    account = evaluate(owner, found, view.world, entity) if owner is not None else None
    return Subject(
        found, None if cycle is None else key_text(cycle), None if account is None else str(account)
    )
