"""W106: a field that the catalogue is giving up, where something still reads it."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic, Fix
from ....dsl.source import Location
from ....dsl.typed import Checked, Field, walk
from ...catalog.model import Catalog
from ...playbook.fingerprint import parts
from ...playbook.loader import Loaded


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``deprecated: NAME`` on a field names what to read instead."""
    if loaded.catalog is None or not _any(loaded.catalog):
        return
    reported: set[Location] = set()
    for checked in parts((list(loaded.playbooks.values()), list(loaded.catalog.derived().values())), Checked):
        for node in walk(checked.tree):
            if isinstance(node, Field) and not checked.source.file.startswith("<"):
                place = checked.source.location(node.span)
                replacement = loaded.catalog.entities[node.entity].type.fields[node.name].deprecated
                if replacement and place not in reported:
                    reported.add(place)
                    yield _finding(node, replacement, checked)


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
