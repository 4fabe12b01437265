"""The templates that playbooks name, and what each of their variants reads."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ...dsl.source import Location
from ...dsl.typed import Checked
from ..document import File
from ..files import Files
from ..shape import Findings
from ..template.library import TemplateLibrary, Variant

EACH = "[]"  # the step from a list to its elements, as in template.reads
_EACH_RECORD = ("records", EACH)


@frozen
class TemplateRead:
    """A name that a template reads. ``each``: of every record of ``records``, not of the one; ``shown``: it
    is printed as it is."""

    path: tuple[str, ...]
    location: Location
    each: bool
    shown: bool

    @property
    def dotted(self) -> str:
        return ".".join(self.path)


class Templates:
    """The project's templates, each read once and only when an action names it. ``used``: those named;
    ``contexts``: what a message of one reads of a record, where params have no part in it."""

    def __init__(self, files: Files) -> None:
        self.library = TemplateLibrary(files)
        self.used: set[str] = set()
        self.contexts: dict[Hashable, Mapping[str, Checked]] = {}
        self._known: dict[str, tuple[tuple[Diagnostic, ...], tuple[TemplateRead, ...]]] = {}

    def reads(self, name: str, findings: Findings) -> tuple[TemplateRead, ...]:
        """What all variants of a template read; their mistakes are reported."""
        self.used.add(name)
        if name not in self._known:
            variants = [self.library.variant(name, locale) for locale in self.library.locales(name)]
            mistakes = tuple(mistake for variant in variants for mistake in variant.mistakes)
            self._known[name] = mistakes, tuple(_reads(variants))
        mistakes, reads = self._known[name]
        findings.items.extend(mistakes)
        return reads

    def has_read(self, name: str, path: tuple[str, ...]) -> bool:
        """Whether a variant of a template reads a name; mistakes in it are none of this question's."""
        return any(read.path == path for read in self.reads(name, Findings()))

    def files_read(self) -> Iterator[File]:
        """The project's files that could be read, of the templates that are used."""
        for name in sorted(self.used & self.library.files.keys()):
            for locale in self.library.files[name]:
                file = self.library.variant(name, locale).file
                if file is not None:
                    yield file


def _reads(variants: Iterable[Variant]) -> Iterator[TemplateRead]:
    for variant in variants:
        for read, place in variant.reads:
            each = read.path[:2] == _EACH_RECORD and len(read.path) > 2
            yield TemplateRead(read.path[2:] if each else read.path, place, each, read.shown)
