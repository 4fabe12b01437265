"""One variant of a template, checked and compiled."""

from __future__ import annotations

from collections.abc import Iterator

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ..shape import Findings
from .program import Program, compile_program, reads_of
from .reads import NameRead
from .source import Source


@frozen
class Template:
    """``locale``: the one that values are written in."""

    subject: Program
    body: Program
    locale: str

    def reads(self) -> Iterator[tuple[NameRead, Location]]:
        """The names that it reads, with their places in the file."""
        for program in (self.subject, self.body):
            for read in program.reads:
                yield read, program.source.location(read.span)


def compile_template(source: Source, locale: str, findings: Findings) -> Template | None:
    """None, with every mistake of subject and body, where it cannot be used."""
    subject, body = compile_program(source.subject, findings), compile_program(source.body, findings)
    return None if subject is None or body is None else Template(subject, body, locale)


def placed_reads(source: Source) -> Iterator[tuple[NameRead, Location]]:
    """As ``Template.reads``, of a template that cannot be used."""
    for text in (source.subject, source.body):
        for read in reads_of(text):
            yield read, text.location(read.span)
