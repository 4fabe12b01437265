"""A YAML file as the writer lays it out: texts as they stand in the file, in groups, with their comments."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...dsl.frozen import frozen


@frozen
class Text:
    """A scalar. ``raw`` is how it stands in the file, ``value`` what it says; ``style`` as in ``Scalar``.
    ``indent``: of a block scalar's content, in the file."""

    raw: str
    value: str
    style: str
    indent: int = 0


@dataclass(slots=True)
class Group:
    """A mapping or a list; ``flow``: in brackets. ``header``, ``after``: the comments above its first entry
    that are not that entry's, and those below its last; ``""`` for a blank line between them."""

    mapping: bool
    flow: bool
    header: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """A key and its value, or a list's item. ``before``: the comments and blank lines above it; ``beside``:
    the comment at the end of its line."""

    key: str | None
    value: Text | Group
    before: list[str] = field(default_factory=list)
    beside: str = ""

    @property
    def name(self) -> str:
        """The key without its quotes."""
        key = self.key or ""
        return key[1:-1] if key[:1] in ("'", '"') else key
