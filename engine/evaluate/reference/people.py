"""People rules, record by record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from ....dsl.evaluator import Evaluator, Scope
from ....dsl.typed import Typed
from ....dsl.types import Money, Value
from ...playbook.model import PersonOf
from ..context import Occasion
from ..model import Person
from ..people import USER, attributes_of, person
from .readings import Held


def users(occasion: Occasion, facts: Held, evaluator: Evaluator) -> dict[str, Person]:
    """Everybody of the entity ``user``, by key."""
    outputs = attributes_of(occasion.catalog, USER)
    found = (_person(evaluator, Scope(USER, record), outputs) for record in facts.every(USER))
    return {one.key: one for one in found}


def related(
    occasion: Occasion, facts: Held, evaluator: Evaluator, scope: Scope, rule: PersonOf
) -> Sequence[Person]:
    """Records of the relation that match, in order of ``by`` then key, at most ``take``."""
    owner = evaluator.follow(rule.hops, scope)
    if owner is None:
        return ()
    entity = rule.relation.entity
    candidates = [Scope(entity, one) for one in facts.many(owner.entity, owner.record, rule.relation)]
    if rule.where is not None:
        where = rule.where.tree
        candidates = [one for one in candidates if evaluator.value(where, one) is True]
    if rule.by is not None:
        by = rule.by.tree
        candidates.sort(key=lambda one: _order(evaluator.value(by, one)))
    outputs = attributes_of(occasion.catalog, entity)
    chosen = candidates[: rule.take]
    return [_person(evaluator, one, outputs, customer=entity != USER) for one in chosen]


def _person(
    evaluator: Evaluator, scope: Scope, outputs: Mapping[str, Typed], *, customer: bool = False
) -> Person:
    values = {name: evaluator.value(tree, scope) for name, tree in outputs.items()}
    return person(values, customer=customer)


def _order(value: Value) -> tuple[bool, object]:
    """Missing values last; records come by key, and sorting keeps that order among equals."""
    return value is None, cast(object, value.amount if isinstance(value, Money) else value)
