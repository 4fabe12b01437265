"""W106: a field that the catalogue is giving up, where something still reads it."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic, Fix
from ....dsl.source import Location
from ....dsl.typed import Checked, Field, Param, Typed, children
from ...catalog.model import Catalog
from ...playbook.fingerprint import parts
from ...playbook.loader import Loaded


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``deprecated: NAME`` on a field names what to read instead."""
    if loaded.catalog is None or not _any(loaded.catalog):
        return
    reported: set[Location] = set()
    for checked in parts((list(loaded.playbooks.values()), list(loaded.catalog.derived().values())), Checked):
        for node in _fields(checked.tree) if not checked.source.file.startswith("<") else ():
            place = checked.source.location(node.span)
            declared = loaded.catalog.entities[node.entity].type.fields.get(node.name)
            if declared is not None and declared.deprecated and place not in reported:
                reported.add(place)
                yield _finding(node, declared.deprecated, checked)


def _fields(node: Typed) -> Iterator[Field]:
    """The fields in an expression's own text; what is inside a param stands elsewhere."""
    if isinstance(node, Field):
        yield node
    elif not isinstance(node, Param):
        for child in children(node):
            yield from _fields(child)


def _any(catalog: Catalog) -> bool:
    return any(
        field.deprecated for entity in catalog.entities.values() for field in entity.type.fields.values()
    )


def _finding(node: Field, replacement: str, checked: Checked) -> Diagnostic:
    message = f"the field `{node.name}` of {node.entity} is deprecated"
    written = checked.source.text[node.span.start : node.span.end]
    edit = checked.source.edit(node.span, f"{written.removesuffix(node.name)}{replacement}")
    fix = Fix(f"read `{replacement}`", (edit,)) if edit and written.endswith(node.name) else None
    return Diagnostic(
        checked.source.location(node.span), "W106", message, f"read `{replacement}` instead", fix
    )
