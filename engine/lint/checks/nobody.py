"""W402: a people rule that can come out empty, without an ``else``."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Field
from ...catalog.model import Catalog
from ...playbook.fingerprint import parts
from ...playbook.loader import Loaded
from ...playbook.model import Person, PersonOf, PersonUser, TaskAction


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A rule of the catalogue that ends in a user field which may be missing; and, where a task is assigned,
    one that ends in a search: a task of nobody stands on no worklist. A message to nobody is recorded
    (`no_recipient`), so a search for contacts needs no ``else``."""
    if loaded.catalog is None:
        return
    assigned = _assigned(loaded)
    for playbook in loaded.playbooks.values():
        for person in parts(playbook.plays, Person):
            why = _empty(person, person.name in assigned, loaded.catalog)
            if why and person.name in loaded.catalog.recipients:
                message = f"`{person.name}` comes out empty where {why}"
                place = loaded.catalog.recipients[_last(person.name, loaded.catalog)].location
                yield Diagnostic(place, "W402", message, "say who it is then: `else: RECIPIENT`")


def _assigned(loaded: Loaded) -> set[str]:
    return {
        person.name
        for playbook in loaded.playbooks.values()
        for action in parts(playbook.plays, TaskAction)
        for person in action.assign
    }


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
