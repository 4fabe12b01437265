"""The templates that playbooks name: what each variant reads, and where in its file it says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.source import Location
from ..document import File, read_file
from ..shape import Findings

if TYPE_CHECKING:
    from ..templates.template import TemplateSet

_EACH = "records[]."
_PERSON = ("email", "name", "locale")

# What the message itself gives a template, with the fields of each; everything else is the record's.
MESSAGE_NAMES: dict[str, tuple[str, ...]] = {
    "recipient": _PERSON,
    "sender": _PERSON,
    "moment": (),
    "due": (),
    "records": (),
}


@dataclass(frozen=True, slots=True)
class NameRead:
    """A dotted name that a template reads. ``each``: of every record of ``records``, not of the one."""

    path: tuple[str, ...]
    location: Location
    each: bool = False

    @property
    def dotted(self) -> str:
        return ".".join(self.path)


class Templates:
    """The project's templates, each read once and only when an action names it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._set: TemplateSet | None = None
        self._names: dict[str, tuple[NameRead, ...]] = {}
        self.used: set[str] = set()
        self.files: list[File] = []

    @property
    def set(self) -> TemplateSet:
        """All templates; listed when first asked for, because that loads Jinja."""
        from ..templates.template import TemplateSet

        if self._set is None:
            self._set = TemplateSet(self._root / "templates")
        return self._set

    def names(self, name: str, default_locale: str, findings: Findings) -> tuple[NameRead, ...]:
        """What all variants of a template read. Mistakes of its files (E402) are found the first time."""
        self.used.add(name)
        if name not in self._names:
            variants = self.set.variants(name)
            self._names[name] = tuple(
                read
                for locale, path in variants.items()
                for read in self._variant(name, locale, path, default_locale, findings)
            )
        return self._names[name]

    def _variant(
        self, name: str, locale: str, path: Path, default_locale: str, findings: Findings
    ) -> list[NameRead]:
        from ..templates.errors import TemplateError

        file = read_file(self._root, path, findings.items)
        if file is None:
            return []
        self.files.append(file)
        try:
            template = self.set.load(name, locale, default_locale)
        except TemplateError as error:
            findings.add(
                "E402", _line(file, error.line or 1), f"the template cannot be used: {error.message}"
            )
            return []
        names = {read.name for read in template.reads}
        return [
            _read(file, read.name, read.line)
            for read in template.reads
            if not any(other.startswith((f"{read.name}.", f"{read.name}[]")) for other in names)
        ]


def _read(file: File, name: str, line: int) -> NameRead:
    each = name.startswith(_EACH)
    path = tuple(name.removeprefix(_EACH).split("."))
    return NameRead(path, _place(file, path, line), each)


def _place(file: File, path: tuple[str, ...], number: int) -> Location:
    """Where the name stands on its line: whole, or behind a name that stands for its beginning."""
    line = file.line(number)
    for first in range(len(path)):
        written = re.escape(".".join(path[first:]))
        match = re.search(rf"(?<!\w)[\w.]*?{written}(?!\w)", line)
        if match:
            return Location(file.name, number, match.start() + 1, number, match.end() + 1)
    return _line(file, number)


def _line(file: File, number: int) -> Location:
    """What stands on a line, without the blanks around it."""
    line = file.line(number)
    start = len(line) - len(line.lstrip()) + 1
    return Location(file.name, number, start, number, max(len(line.rstrip()) + 1, start + 1))
