"""W405: people rules that find nobody for a good part of a playbook's records."""

from collections.abc import Iterator

from sqlglot import exp

from ....dsl.diagnostics import Diagnostic
from ....dsl.source import Location, Span
from ....dsl.sqltree import Node, coalesce, integer, is_null, op
from ....dsl.typed import Aggregate, Typed
from ....dsl.types import Kind, Type
from ...catalog.model import Catalog
from ...playbook.model import Person, PersonOf, PersonUser, Playbook
from ..subjects import people
from .facts import Facts, conditions, count, value

_LEAST_SHARE = 0.05  # below, it is single records that want mending, which every run lists


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Of the records in the population, those for which the rule and its ``else`` find nobody."""
    for playbook in facts.loaded.playbooks.values():
        if not facts.enough(playbook.entity):
            continue
        for person, place in _people(playbook).items():
            empty, rows = _count(person, playbook, facts)
            if rows and empty / rows >= _LEAST_SHARE:
                message = f"`{person.name}` finds nobody for {empty / rows:.0%} of {rows:,} records"
                help_text = "say who it is then, `else: RECIPIENT`, or complete the source"
                yield Diagnostic(place, "W405", message, help_text)


def _people(playbook: Playbook) -> dict[Person, Location]:
    """Whom the plays write to or assign work to, each with its first use."""
    found: dict[Person, Location] = {}
    for person, _, place in people(playbook):
        found.setdefault(person, place)
    return found


def _count(person: Person, playbook: Playbook, facts: Facts) -> tuple[int, int]:
    """For how many records nobody is found, and how many there are."""
    outputs, wanted = conditions(playbook)
    empty: list[Node] = []
    for number, alternative in enumerate(person.alternatives):
        name = f"a{number}"
        outputs[name], nobody = _nobody(alternative, name, playbook, facts.catalog)
        empty.append(nobody)
    nobody_found, rows = facts.counts(playbook.entity, outputs, count(*wanted, *empty), count(*wanted))
    return nobody_found, rows


def _nobody(
    alternative: PersonOf | PersonUser, name: str, playbook: Playbook, catalog: Catalog
) -> tuple[Typed, Node]:
    """What to compute for an alternative, and when it gives nobody."""
    if isinstance(alternative, PersonUser):
        return alternative.user.tree, is_null(value(name))
    owner = playbook.entity
    for hop in alternative.hops:
        owner = catalog.entities[owner].type.to_one[hop].entity
    where = alternative.where.tree if alternative.where else None
    type_ = Type(Kind.INT, nullable=True)
    found = Aggregate(
        "count", alternative.hops, owner, alternative.relation, None, where, None, type_, Span(0, 0)
    )
    return found, op(exp.EQ, coalesce(value(name), integer(0)), integer(0))
