"""People rules over the facts: who is the decision maker, the CSM, the least loaded of a desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from sqlglot import exp

from ...dsl.compiler import compile_select
from ...dsl.frozen import frozen
from ...dsl.sqltree import aliased, boolean, both, column, integer, join, op, select, subquery, table, text
from ...dsl.typed import Field, Typed
from ...dsl.types import Kind, Type, Value
from ..catalog.model import Catalog
from ..playbook.model import PersonOf, PersonUser
from .context import NOWHERE, Context, equal, is_true
from .model import Person

USER = "user"
Rule = PersonOf | PersonUser
_ATTRIBUTES = ("email", "name", "locale", "timezone", "country")


@frozen
class Found:
    """The people that the rules give, by record; and everybody of the entity ``user`` by key."""

    related: Mapping[int, Mapping[str, Sequence[Person]]]  # by the rule's identity
    users: Mapping[str, Person]

    def people(
        self, rule: Rule, record: str, values: Sequence[Value], positions: Mapping[int, int]
    ) -> Sequence[Person]:
        """The people of one rule for one record; a user's key is among the values."""
        if isinstance(rule, PersonOf):
            return self.related[id(rule)].get(record, ())
        return person_of(values[positions[id(rule.user.tree)]], self.users)


def person_of(key: Value, users: Mapping[str, Person]) -> Sequence[Person]:
    """The user with that key; one that nobody declared has only the key."""
    if not isinstance(key, str) or not key:
        return ()
    return (users.get(key) or Person(key, None, None, None, None),)


def own_value(rule: Rule) -> Typed | None:
    """The expression of the record that a rule needs: the key of a user."""
    return rule.user.tree if isinstance(rule, PersonUser) else None


def matched_by(catalog: Catalog, entity: str, rule: Rule) -> list[Typed]:
    """What of a record says which rows of the rule's relation are its own."""
    if not isinstance(rule, PersonOf):
        return []
    owner = entity
    for hop in rule.hops:
        owner = catalog.entities[owner].type.to_one[hop].entity
    return [field_of(catalog, owner, own, rule.hops) for own, _ in rule.relation.match]


def find(
    context: Context, entity: str, facts: str, names: Mapping[Typed, str], rules: Sequence[Rule]
) -> Found:
    """The people of all rules for the records in the table ``facts``. ``names``: which of its columns holds
    which expression; what the rules are ``matched_by`` is there."""
    distinct: dict[PersonOf, Mapping[str, Sequence[Person]]] = {}
    related: dict[int, Mapping[str, Sequence[Person]]] = {}
    for rule in rules:
        if isinstance(rule, PersonOf):
            if rule not in distinct:
                keys = [names[tree] for tree in matched_by(context.catalog, entity, rule)]
                distinct[rule] = _related(context, facts, keys, rule)
            related[id(rule)] = distinct[rule]
    needed = any(isinstance(rule, PersonUser) for rule in rules)
    return Found(related, _users(context) if needed else {})


def attributes_of(catalog: Catalog, entity: str, hops: tuple[str, ...] = ()) -> dict[str, Typed]:
    """Key, address, name, locale, time zone and country of an entity's record, where it has such fields."""
    fields = catalog.entities[entity].type.fields
    addresses = [name for name, field in fields.items() if field.type.kind is Kind.EMAIL]
    named = {name: name for name in _ATTRIBUTES if name in fields}
    if addresses:
        named["email"] = addresses[0]
    found: dict[str, Typed] = {"key": field_of(catalog, entity, "_key", hops)}
    for attribute, name in named.items():
        found[attribute] = field_of(catalog, entity, name, hops)
    return found


def field_of(catalog: Catalog, entity: str, name: str, hops: tuple[str, ...] = ()) -> Field:
    """A field of what ``hops`` lead to; ``_key`` is the whole key as text."""
    if name == "_key":
        return Field(hops, entity, name, False, False, Type(Kind.TEXT).optional(bool(hops)), NOWHERE)
    declared = catalog.entities[entity].type.fields[name]
    return Field(hops, entity, name, declared.derived, False, declared.type, NOWHERE)


def person(values: Mapping[str, object], *, customer: bool = False) -> Person:
    """A person from the values of ``attributes_of``."""
    email, name, locale, timezone, country = (cast("str | None", values.get(key)) for key in _ATTRIBUTES)
    return Person(cast(str, values["key"]), email, name, locale, timezone, country, customer)


def _users(context: Context) -> dict[str, Person]:
    outputs = attributes_of(context.catalog, USER)
    rows = context.store.execute(compile_select(USER, outputs, context.compile_world))
    found = (person(dict(zip(outputs, row[1:], strict=True))) for row in rows)
    return {one.key: one for one in found}


def _related(context: Context, facts: str, keys: Sequence[str], rule: PersonOf) -> dict[str, list[Person]]:
    """Rows of the relation that match, in order of ``by`` then key, at most ``take`` a record."""
    outputs = attributes_of(context.catalog, rule.relation.entity)
    ranked = subquery(_ranked(context, facts, keys, rule, outputs), "r")
    taken = None if rule.take is None else op(exp.LTE, column("rank", "r"), integer(rule.take))
    rows = select([column("_key", "r"), *(column(name, "r") for name in outputs)], ranked, where=taken)
    rows.set("order", exp.Order(expressions=[column("_key", "r"), column("rank", "r")]))
    customers = rule.relation.entity != USER
    found: dict[str, list[Person]] = {}
    for row in context.store.execute(rows):
        values = dict(zip(outputs, row[1:], strict=True))
        found.setdefault(cast(str, row[0]), []).append(person(values, customer=customers))
    return found


def _ranked(
    context: Context, facts: str, keys: Sequence[str], rule: PersonOf, outputs: Mapping[str, Typed]
) -> exp.Select:
    """The records' own rows of the relation, numbered. ``keys``: the columns of ``facts`` that it is matched
    by."""
    related = _candidates(context, rule, outputs)
    matched = [equal(column(f"k{i}", "c"), column(key, "o")) for i, key in enumerate(keys)]
    order = [exp.Ordered(this=column("by", "c"), nulls_first=False)] if rule.by else []
    rank = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column("_key", "o")],
        order=exp.Order(expressions=[*order, exp.Ordered(this=column("_key", "c"), nulls_first=False)]),
    )
    fixed = [equal(column(f"f{i}", "c"), text(value)) for i, (_, value) in enumerate(rule.relation.fixed)]
    kept = [is_true(column("ok", "c"))] if rule.where else []
    return select(
        [column("_key", "o"), *(column(name, "c") for name in outputs), aliased(rank, "rank")],
        table(facts, "o"),
        [join(subquery(related, "c"), both(*matched) if matched else boolean(True))],
        both(*fixed, *kept) if fixed or kept else None,
    )


def _candidates(context: Context, rule: PersonOf, outputs: Mapping[str, Typed]) -> exp.Select:
    entity = rule.relation.entity
    names: dict[str, Typed] = dict(outputs)
    names |= {
        f"k{i}": field_of(context.catalog, entity, theirs)
        for i, (_, theirs) in enumerate(rule.relation.match)
    }
    names |= {
        f"f{i}": field_of(context.catalog, entity, theirs)
        for i, (theirs, _) in enumerate(rule.relation.fixed)
    }
    if rule.where is not None:
        names["ok"] = rule.where.tree
    if rule.by is not None:
        names["by"] = rule.by.tree
    return compile_select(entity, names, context.compile_world)
