"""A playbook read again as it would be if something in it were written otherwise: for tests and mutants."""

from __future__ import annotations

from ..document import Entries, File, Scalar, read_document
from ..shape import Findings
from .inherit import inherited
from .loader import Loaded, PlaybookFile, _Reader, _whole
from .model import Playbook


def reread(loaded: Loaded, written: PlaybookFile, findings: Findings) -> Playbook | None:
    """The playbook as ``load`` and ``Loaded.checked`` give it; None, with findings, where it is wrong. Needs
    a project that has a catalogue."""
    assert loaded.project is not None and loaded.catalog is not None
    found = Findings()
    playbook = _Reader(loaded.project, loaded.catalog, loaded.templates, found).playbook(written)
    known = set(loaded.diagnostics)
    findings.items += [one for one in dict.fromkeys(found.items) if one not in known]
    if playbook is None or any(one.severity == "error" for one in found.items):
        return None
    return _whole(playbook, loaded.catalog)


def rewritten(loaded: Loaded, name: str, file: File) -> Playbook | None:
    """The playbook ``name`` if ``file`` (of itself, or of one that it extends) had that text; None where it
    would be wrong."""
    findings = Findings()
    node = read_document(file, findings.items)
    if findings.items or not isinstance(node, Entries):
        return None
    own = {one.name: one.own for one in loaded.written.values()}
    own[_name(node)] = node
    merged = inherited(own[name], own, findings)
    if merged is None or name not in loaded.written:
        return None
    written = PlaybookFile(name, own[name], merged, False, loaded.written[name].name_key)
    return reread(loaded, written, findings)


def _name(entries: Entries) -> str:
    node = entries.values.get("playbook")
    return node.text if isinstance(node, Scalar) else ""
