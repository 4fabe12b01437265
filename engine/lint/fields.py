"""Which fields of the catalogue something reads."""

from __future__ import annotations

from ...dsl.typed import Checked, Field, walk
from ..playbook.fingerprint import parts
from ..playbook.loader import Loaded
from .subjects import once


@once
def fields_read(loaded: Loaded) -> frozenset[tuple[str, str]]:
    """(entity, field) of all that expressions read: of playbooks, people, templates, derived fields and
    cycles."""
    catalog = loaded.catalog
    cycles = [entity.cycle for entity in catalog.entities.values()] if catalog else []
    derived = list(catalog.derived().values()) if catalog else []
    return frozenset(
        (node.entity, node.name)
        for checked in parts((list(loaded.playbooks.values()), derived, cycles), Checked)
        for node in walk(checked.tree)
        if isinstance(node, Field)
    )
