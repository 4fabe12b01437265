"""W402: a people rule that can come out empty, without an ``else``."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Field
from ...catalog.model import Catalog
from ...playbook.loader import Loaded
from ...playbook.model import Person, PersonOf, PersonUser
from ..subjects import people


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A rule of the catalogue, for whom a message goes to or a task is assigned to, that ends in a user field
    which may be missing; and, for tasks, one that ends in a search: a task of nobody stands on no worklist.
    A message to nobody is recorded (`no_recipient`), so a search for contacts needs no ``else``."""
    if loaded.catalog is None:
        return
    reported: set[tuple[str, str]] = set()
    for playbook in loaded.playbooks.values():
        for person, is_assigned, _ in people(playbook):
            why = _empty(person, is_assigned, loaded.catalog)
            if why and person.name in loaded.catalog.recipients and (person.name, why) not in reported:
                reported.add((person.name, why))
                message = f"`{person.name}` comes out empty where {why}"
                place = loaded.catalog.recipients[_last(person.name, loaded.catalog)].location
                yield Diagnostic(place, "W402", message, "say who it is then: `else: RECIPIENT`")


def _empty(person: Person, is_assigned: bool, catalog: Catalog) -> str:
    """When the last of the rule's alternatives gives nobody; empty: never, or it does not matter."""
    last = person.alternatives[-1]
    if isinstance(last, PersonUser):
        tree = last.user.tree
        if isinstance(tree, Field) and catalog.entities[tree.entity].type.fields[tree.name].type.nullable:
            return f"`{last.user.source.text.strip()}` is missing"
    if isinstance(last, PersonOf) and last.where is not None and is_assigned:
        return f"no one has `{' '.join(last.where.source.text.split())}`"
    return ""


def _last(name: str, catalog: Catalog) -> str:
    """The rule at the end of the ``else`` chain."""
    seen: set[str] = set()
    while (following := catalog.recipients[name].otherwise) in catalog.recipients and name not in seen:
        seen.add(name)
        name = following or name
    return name
