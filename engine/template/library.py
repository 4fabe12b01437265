"""A project's templates: read, checked and compiled when they are first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ..document import File
from ..files import Files
from ..shape import Findings
from .errors import TemplateError
from .files import FOLDER, choose, find_files, language, normal, own_files
from .source import read_source

if TYPE_CHECKING:
    from ...dsl.source import Location
    from .reads import NameRead
    from .template import Template


@frozen
class Variant:
    """One file of a template. Either there are ``mistakes``, sorted by place, or a ``template``; ``reads``:
    the names that it reads, as far as it could be read."""

    file: File | None
    template: Template | None
    mistakes: tuple[Diagnostic, ...]
    reads: tuple[tuple[NameRead, Location], ...]


class TemplateLibrary:
    """The templates below a project's templates/. ``files``: name → locale ("" for the file without one) →
    file. Jinja is loaded with the first template that is read."""

    def __init__(self, files: Files) -> None:
        self._sources = files
        self.files: Mapping[str, Mapping[str, Path]] = find_files(files)
        self._variants: dict[tuple[str, str], Variant] = {}
        self._found: dict[tuple[str, str, str], Template] = {}

    def locales(self, name: str) -> Mapping[str, Path]:
        """The variants of a template: the project's or, where it has none of that name, playcall's own."""
        return self.files.get(name) or own_files().get(name, {})

    def variant(self, name: str, locale: str) -> Variant:
        """One variant of ``locales``."""
        key = (name, locale)
        if key not in self._variants:
            self._variants[key] = self._read(self.locales(name)[locale], locale)
        return self._variants[key]

    def find(self, name: str, locale: str | None, default: str) -> Template:
        """The template for a reader, in the first variant of ``files.choose``. Values are written in the
        reader's locale where the text is in their language, else in the text's own. Raises
        ``TemplateError``."""
        key = (name, locale or default, default)
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def _find(self, name: str, locale: str, default: str) -> Template:
        files = self.locales(name)
        if not files:
            raise TemplateError(f"there is no template `{name}`", f"{FOLDER}/{name}.md")
        chosen = choose(files, locale, default)
        if chosen is None:
            there = ", ".join(sorted(files))
            message = f"there is no text for {locale} nor for the project's {default}; there are {there}"
            raise TemplateError(message, f"{FOLDER}/{name}.md")
        variant = self.variant(name, chosen)
        if variant.template is None:
            first = variant.mistakes[0]
            more = f"; {first.help}" if first.help else ""
            raise TemplateError(f"{first.message}{more}", first.location)
        written_in = chosen or default
        same = language(written_in) == language(locale)
        return replace(variant.template, locale=normal(locale if same else written_in))

    def _read(self, path: Path, locale: str) -> Variant:
        from .template import compile_template, placed_reads

        findings = Findings()
        file = self._sources.file(path, findings.items)
        source = read_source(file, findings) if file is not None else None
        template = compile_template(source, locale, findings) if source is not None else None
        mistakes = sorted(findings.items, key=lambda one: one.location)
        if template is not None:
            reads = tuple(template.reads())
        else:
            reads = tuple(placed_reads(source)) if source is not None else ()
        return Variant(file, None if mistakes else template, tuple(mistakes), reads)
