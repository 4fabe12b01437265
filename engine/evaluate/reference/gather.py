"""What the decisions need to know of the records at hand, record by record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from ....dsl.evaluator import Evaluator, Scope
from ...playbook.model import PersonOf
from ..context import Occasion
from ..gather import Need, RecordFacts, account_in
from ..model import Person
from ..people import Rule, person_of
from . import people
from .readings import Held


@dataclass(slots=True)
class Gathering:
    """Facts about single records on one occasion."""

    occasion: Occasion
    facts: Held
    evaluator: Evaluator
    _users: dict[str, Person] | None = field(default=None)

    def of(self, entity: str, need: Need, keys: Iterable[str]) -> dict[str, RecordFacts]:
        """What a play needs of the records with these keys that are in the snapshot."""
        records = {key: self.facts.record(entity, key) for key in keys}
        return {
            key: self._of_record(Scope(entity, record), need)
            for key, record in records.items()
            if record is not None
        }

    def _of_record(self, scope: Scope, need: Need) -> RecordFacts:
        values = tuple(self.evaluator.value(tree, scope) for tree in need.trees)
        account = [self.evaluator.value(tree, scope) for tree in need.account.values()]
        dates = cast("tuple[date | None, ...]", values[len(values) - len(need.targets) :])
        persons = {id(rule): self._people(rule, scope) for rule in need.rules}
        due = dict(zip(need.targets, dates, strict=True))
        return RecordFacts(values, need.positions, persons, account_in(list(need.account), account), due)

    def _people(self, rule: Rule, scope: Scope) -> Sequence[Person]:
        if isinstance(rule, PersonOf):
            return people.related(self.occasion, self.facts, self.evaluator, scope, rule)
        if self._users is None:
            self._users = people.users(self.occasion, self.facts, self.evaluator)
        return person_of(self.evaluator.value(rule.user.tree, scope), self._users)
