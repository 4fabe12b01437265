"""Message templates as files: which there are, their front matter, and the names that they read.

Rendering is the business of ``engine.deliver``; what is found here without a record is what the linter and
the loader need: does the template exist, is it well formed, and what does it want to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.source import Location
from ..document import File, Scalar, read_document, read_file
from ..shape import Findings, read_fields, read_text, shape

if TYPE_CHECKING:
    from jinja2 import nodes

# What the message itself gives a template; everything else is the record's (SPEC 5, Templates).
MESSAGE_NAMES = frozenset({"recipient", "sender", "moment", "due", "links", "records"})

_FRONT = shape("a template's front matter", "subject", "subject")
_FENCE = re.compile(r"\A---[ \t]*\r?\n(?P<front>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_FILE_NAME = re.compile(r"(?P<name>.+?)(?:\.(?P<locale>[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*))?\.md")


@dataclass(frozen=True, slots=True)
class Template:
    """One variant of a template: ``locale`` is empty for the file without one.

    ``subject`` and ``body`` are Jinja texts; ``body_start`` is the body's offset in the file.
    """

    name: str
    locale: str
    subject: Scalar
    body: str
    body_start: int
    file: File


@dataclass(frozen=True, slots=True)
class NameRead:
    """A dotted name that a template reads. ``each``: of every record of ``records``, not of the one."""

    path: tuple[str, ...]
    location: Location
    each: bool = False

    @property
    def dotted(self) -> str:
        return ".".join(self.path)


def template_files(root: Path) -> dict[str, dict[str, Path]]:
    """The variants of every template below ``templates/``: name → locale (or ``""``) → file. The name is the
    path below the folder, without locale and ``.md``."""
    found: dict[str, dict[str, Path]] = {}
    folder = root / "templates"
    for path in sorted(folder.rglob("*.md")):
        match = _FILE_NAME.fullmatch(path.relative_to(folder).as_posix())
        if match:
            found.setdefault(match["name"], {})[match["locale"] or ""] = path
    return found


def read_template(root: Path, name: str, locale: str, path: Path, findings: Findings) -> Template | None:
    """One template file; None, with findings, if it cannot be read or its front matter is wrong."""
    file = read_file(root, path, findings.items)
    if file is None:
        return None
    fence = _FENCE.match(file.text)
    if fence is None:
        help_text = "begin the file with `---`, `subject: …`, `---`"
        findings.add("E402", file.location(0, 3), "the template has no front matter", help_text)
        return None
    blank = re.sub(r"[^\r\n]", " ", file.text[: fence.start("front")])
    front = read_document(File(file.name, blank + fence["front"]), findings.items)
    fields = read_fields(front, _FRONT, findings) if front is not None else None
    if fields is None:
        if front is None:
            findings.add("E402", file.location(0, 3), "the template's front matter has no `subject`")
        return None
    subject = fields.get("subject")
    if not isinstance(subject, Scalar) or read_text(subject, findings, "`subject`") is None:
        return None
    return Template(name, locale, subject, file.text[fence.end() :], fence.end(), file)


def names_read(template: Template, findings: Findings) -> tuple[NameRead, ...]:
    """The names that the subject and the body read, in order, of all branches. Syntax errors are E402."""
    read: list[NameRead] = []
    for part in (_subject(template), _body(template)):
        tree = part.parse(findings)
        if tree is not None:
            read.extend(part.names(tree.body, {}))
    return tuple(read)


class _Part:
    """One Jinja text of a template: finds where on a line of it a name stands."""

    def __init__(self, text: str, places: Sequence[Location] | None, file: File, start: int) -> None:
        self._text = text
        self._places = places
        self._file = file
        self._start = start
        self._seen: dict[tuple[int, str], int] = {}
        self._lines = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]

    def parse(self, findings: Findings) -> nodes.Template | None:
        from jinja2 import Environment, TemplateSyntaxError

        try:
            return Environment(autoescape=False).parse(self._text)
        except TemplateSyntaxError as error:
            line = self._line(error.lineno)
            location = self._place(line, line + 1)
            findings.add("E402", location, f"the template cannot be read: {error.message}")
            return None

    def names(
        self, parts: Sequence[nodes.Node], bound: Mapping[str, tuple[str, ...] | None]
    ) -> Iterator[NameRead]:
        """The names read below some nodes. ``bound``: names that the template itself sets, and for those
        that run over ``records`` an empty path, for the rest None."""
        from jinja2 import nodes

        scope = dict(bound)
        for node in parts:
            if isinstance(node, (nodes.Name, nodes.Getattr, nodes.Getitem)) and (path := _dotted(node)):
                yield from self._name(path, node.lineno, scope)
            elif isinstance(node, nodes.For):
                yield from self._loop(node, scope)
            elif isinstance(node, nodes.Assign):
                yield from self.names([node.node], scope)
                scope.update(dict.fromkeys(_targets(node.target)))
            elif isinstance(node, nodes.Macro):
                scope[node.name] = None
                inner = scope | dict.fromkeys(arg.name for arg in node.args)
                yield from self.names([*node.defaults, *node.body], inner)
            else:
                yield from self.names(list(node.iter_child_nodes()), scope)

    def _loop(self, node: nodes.For, scope: Mapping[str, tuple[str, ...] | None]) -> Iterator[NameRead]:
        yield from self.names([node.iter], scope)
        over_records = _dotted(node.iter) == ("records",)
        targets = dict.fromkeys(_targets(node.target), () if over_records else None)
        inner = {**scope, **targets, "loop": None}
        tests = [node.test] if node.test is not None else []
        yield from self.names([*tests, *node.body], inner)
        yield from self.names(node.else_, scope)

    def _name(
        self, path: tuple[str, ...], line: int, scope: Mapping[str, tuple[str, ...] | None]
    ) -> Iterator[NameRead]:
        if path[0] in scope:
            if scope[path[0]] is not None and path[1:]:
                yield NameRead(path[1:], self._find(".".join(path), line), each=True)
        else:
            yield NameRead(path, self._find(".".join(path), line))

    def _find(self, dotted: str, line: int) -> Location:
        """Where the next occurrence of a name on a line of the text stands (the parser knows only lines)."""
        begin = self._seen.get((line, dotted), self._line(line))
        match = re.compile(rf"(?<![\w.]){re.escape(dotted)}(?!\w)").search(self._text, begin)
        if match is None:  # written as `a["b"]`, or over several lines
            return self._place(self._line(line), self._line(line) + 1)
        self._seen[line, dotted] = match.end()
        return self._place(match.start(), match.end())

    def _line(self, number: int) -> int:
        return self._lines[min(number, len(self._lines)) - 1]

    def _place(self, start: int, end: int) -> Location:
        if self._places is None:
            return self._file.location(self._start + start, self._start + end)
        if not self._places:
            return self._file.location(self._start, self._start)
        first, last = (
            self._places[min(start, len(self._places) - 1)],
            self._places[min(end, len(self._places)) - 1],
        )
        return Location(first.file, first.line, first.column, last.end_line, last.end_column)


def _subject(template: Template) -> _Part:
    source = template.subject.source
    places = [Location(source.file, line, column, line, column + 1) for line, column in source.positions[:-1]]
    return _Part(source.text, places, template.file, template.subject.start)


def _body(template: Template) -> _Part:
    return _Part(template.body, None, template.file, template.body_start)


def _dotted(node: nodes.Node) -> tuple[str, ...]:
    """``a.b.c`` or ``a["b"].c`` as a path; empty for anything else."""
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return (node.name,) if node.ctx == "load" else ()
    if isinstance(node, nodes.Getattr):
        inner = _dotted(node.node)
        return (*inner, node.attr) if inner else ()
    if (
        isinstance(node, nodes.Getitem)
        and isinstance(node.arg, nodes.Const)
        and isinstance(node.arg.value, str)
    ):
        inner = _dotted(node.node)
        return (*inner, node.arg.value) if inner else ()
    return ()


def _targets(node: nodes.Node) -> list[str]:
    """The names that an assignment or a loop sets."""
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return [node.name]
    return [name for child in node.iter_child_nodes() for name in _targets(child)]
