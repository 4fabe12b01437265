"""A playbook's document as it stands in the editor, with what it extends: its entity, params and plays."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.frozen import frozen
from ..document import Entries, Node, Scalar
from .project import Knowledge


@frozen
class Book:
    """``own`` is the document (None where it is no mapping), ``base`` what it extends, with all below
    that."""

    own: Entries | None
    base: Entries | None

    @property
    def name(self) -> str:
        """The playbook's name; empty while it has none."""
        return self.text("playbook")

    @property
    def entity(self) -> str:
        """The entity that it is for; empty while it does not say."""
        return self.text("for")

    def text(self, key: str) -> str:
        """The text under a key, its own or inherited."""
        for entries in (self.own, None if key == "playbook" else self.base):
            node = entries.values.get(key) if entries is not None else None
            if isinstance(node, Scalar) and node.text:
                return node.text
        return ""

    def under(self, key: str) -> Mapping[str, tuple[Scalar, Node]]:
        """The entries under ``params`` or ``plays``, inherited ones too: name → (key, value)."""
        found: dict[str, tuple[Scalar, Node]] = {}
        for entries in (self.base, self.own):
            node = entries.values.get(key) if entries is not None else None
            if isinstance(node, Entries):
                found.update({name: (node.keys[name], value) for name, value in node.values.items()})
        return found


def book_of(root: Node, knowledge: Knowledge) -> Book:
    """The playbook that a document holds."""
    own = root if isinstance(root, Entries) else None
    extends = own.values.get("extends") if own is not None else None
    written = knowledge.loaded.written.get(extends.text) if isinstance(extends, Scalar) else None
    return Book(own, written.merged if written is not None else None)
