"""Playbooks read again as they would be if something were written otherwise: for tests and their mutants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..document import Entries, File, Node, Scalar, read_document
from ..shape import Findings
from .inherit import inherited
from .loader import Loaded, PlaybookFile, Reader, whole
from .model import Playbook


def reread(loaded: Loaded, written: PlaybookFile, findings: Findings) -> Playbook | None:
    """The playbook as ``load`` and ``Loaded.checked`` give it; None, with findings, where it is wrong. Needs
    a project that has a catalogue."""
    assert loaded.catalog is not None
    found = Findings()
    playbook = Reader(replace(loaded.opened, findings=found)).playbook(written)
    known = set(loaded.diagnostics)
    findings.items += [one for one in dict.fromkeys(found.items) if one not in known]
    if playbook is None or any(one.severity == "error" for one in found.items):
        return None
    return whole(playbook, loaded.catalog)


def with_params(written: PlaybookFile, params: Mapping[str, Node]) -> PlaybookFile:
    """The playbook with other values of some of its params."""
    declared = written.merged.values.get("params")
    if not params or not isinstance(declared, Entries):
        return written
    entries = replace(declared, values={**declared.values, **params})
    return replace(
        written, merged=replace(written.merged, values={**written.merged.values, "params": entries})
    )


def rewritten(loaded: Loaded, file: File) -> dict[str, PlaybookFile]:
    """The playbooks that run and to which it makes a difference that the file of one has that text: itself,
    and what extends it. Empty where it cannot be read."""
    findings = Findings()
    node = read_document(file, findings.items)
    if findings.items or not isinstance(node, Entries):
        return {}
    own = {one.name: one.own for one in loaded.written.values()}
    changed = _name(node, "playbook")
    own[changed] = node
    found: dict[str, PlaybookFile] = {}
    for name in loaded.playbooks:
        merged = inherited(own[name], own, findings) if changed in bases(own, name) else None
        if merged is not None:
            found[name] = replace(loaded.written[name], own=own[name], merged=merged)
    return found


def bases(own: Mapping[str, Entries], name: str) -> tuple[str, ...]:
    """A playbook's name and those that it extends, the nearest first."""
    chain: list[str] = []
    while name in own and name not in chain:
        chain.append(name)
        name = _name(own[name], "extends")
    return tuple(chain)


def _name(entries: Entries, key: str) -> str:
    node = entries.values.get(key)
    return node.text if isinstance(node, Scalar) else ""
