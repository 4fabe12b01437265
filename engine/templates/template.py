"""A project's templates: ``NAME.md`` or ``NAME.LOCALE.md``, Markdown and Jinja under front matter."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from .errors import TemplateError
from .reads import Read, find_reads
from .sandbox import Program, compile_program

LARGEST_FILE = 262_144  # bytes

_FILE_NAME = re.compile(r"(?P<name>.+?)(?:\.(?P<locale>[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*))?\.md", re.ASCII)
_FRONT = re.compile(r"---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Template:
    """One template file, checked and compiled. ``file`` is relative to the project; ``locale`` the one that
    values are written in; ``reads`` what its subject and body read, sorted by name."""

    name: str
    file: str
    locale: str
    subject: Program
    body: Program
    reads: tuple[Read, ...]

    def names(self) -> frozenset[str]:
        """The dotted names that it reads: ``contract.renewal_date``, ``recipient.name``, ``records``."""
        return frozenset(read.name for read in self.reads)


class TemplateSet:
    """The templates under one folder, the project's ``templates``; files are read when first asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = _list_files(root)
        self._found: dict[tuple[str, str | None, str], Template] = {}

    def all_names(self) -> frozenset[str]:
        """The names that plays can use (``renewal/ask``)."""
        return frozenset(self._files)

    def variants(self, name: str) -> dict[str, Path]:
        """The files of a name by their locale, "" for the file without one; empty for an unknown name."""
        return dict(self._files.get(name, {}))

    def find(self, name: str, locale: str | None, default_locale: str) -> Template:
        """The template for a reader. Order: the reader's locale (``ja-JP``), its language (``ja``), the
        project's locale, that one's language, the file without a locale. Values are written in the reader's
        locale where the text is in their language, else in the text's own. Raises ``TemplateError``."""
        key = (name, locale, default_locale)
        if key not in self._found:
            self._found[key] = self._choose(name, _normal(locale or default_locale), _normal(default_locale))
        return self._found[key]

    def load(self, name: str, locale: str, default_locale: str) -> Template:
        """One variant: ``locale`` "" for the file without one. Raises ``TemplateError``, ``KeyError``."""
        return read_template(
            self._files[name][locale], self._shown(name, locale), name, locale or default_locale
        )

    def _choose(self, name: str, locale: str, default: str) -> Template:
        files = self._files.get(name)
        if files is None:
            raise TemplateError(f"there is no template `{name}`", f"{self._root.name}/{name}.md")
        for wanted in (locale, _language(locale), default, _language(default), ""):
            if wanted in files:
                template = self.load(name, wanted, default)
                same = _language(template.locale) == _language(locale)
                return replace(template, locale=locale) if same else template
        there = ", ".join(sorted(files))
        raise TemplateError(
            f"there is no text for {locale} nor for the project's {default}; there are {there}",
            f"{self._root.name}/{name}.md",
        )

    def _shown(self, name: str, locale: str) -> str:
        return f"{self._root.name}/{self._files[name][locale].relative_to(self._root).as_posix()}"


def read_template(path: Path, file: str, name: str, locale: str) -> Template:
    """Reads, checks and compiles one file, called ``file`` in messages. Raises ``TemplateError``."""
    source = _read_text(path, file)
    front = _FRONT.match(source)
    if front is None:
        raise TemplateError("it must begin with front matter: a line ---, `subject: …`, a line ---", file, 1)
    subject_text, subject_line = _read_subject(front["yaml"], file)
    body_line = source[: front.end()].count("\n") + 1
    subject = compile_program(subject_text, file, subject_line)
    body = compile_program(source[front.end() :], file, body_line)
    if not source[front.end() :].strip():
        raise TemplateError("the message is empty", file, body_line)
    lines: dict[str, int] = {}
    for program in (body, subject):
        lines |= {read.name: read.line for read in find_reads(program.tree, program.first_line)}
    return Template(name, file, locale, subject, body, tuple(Read(*item) for item in sorted(lines.items())))


def _list_files(root: Path) -> dict[str, dict[str, Path]]:
    files: dict[str, dict[str, Path]] = {}
    for path in sorted(root.rglob("*.md")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is not None and path.is_file():
            name = (path.relative_to(root).parent / match["name"]).as_posix()
            files.setdefault(name, {})[_normal(match["locale"] or "")] = path
    return files


def _read_text(path: Path, file: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TemplateError(f"cannot be read ({error.strerror})", file) from error
    if len(content) > LARGEST_FILE:
        raise TemplateError(f"is larger than {LARGEST_FILE // 1024} KiB", file)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TemplateError("is not UTF-8; save it in that encoding", file, line) from error
    bad = _CONTROL.search(text)
    if bad is not None:
        line = text[: bad.start()].count("\n") + 1
        raise TemplateError(f"contains the control character U+{ord(bad[0]):04X}", file, line)
    return text


def _read_subject(text: str, file: str) -> tuple[str, int]:
    """The subject and its line. Front matter is one mapping with this one key; ``compose`` keeps positions
    and expands nothing."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "is not YAML"
        line = mark.line + 2 if mark else 1
        raise TemplateError(f"front matter: {problem}; put the subject in quotes", file, line) from error
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    for key, _ in pairs:
        if key.value != "subject":
            raise TemplateError(
                f"front matter knows `subject` alone, not `{key.value}`", file, key.start_mark.line + 2
            )
    if len(pairs) != 1:
        raise TemplateError("front matter must have one `subject: …`", file, 1)
    return _subject_text(pairs[0][1], text, file)


def _subject_text(node: yaml.Node, text: str, file: str) -> tuple[str, int]:
    line = node.start_mark.line + 2
    if not isinstance(node, yaml.ScalarNode):
        raise TemplateError("the subject must be a text; put it in quotes", file, line)
    if node.style is None and text.splitlines()[node.end_mark.line][node.end_mark.column :].strip():
        raise TemplateError("YAML cuts the subject short at ` #`; put it in quotes", file, line)
    if not node.value.strip():
        raise TemplateError("the subject is empty", file, line)
    return str(node.value), line


def _normal(locale: str) -> str:
    """``ja_jp`` as ``ja-JP``; anything else than a two-letter territory keeps its case."""
    language, *rest = locale.replace("_", "-").split("-")
    return "-".join((language.lower(), *(part.upper() if len(part) == 2 else part.title() for part in rest)))


def _language(locale: str) -> str:
    return locale.partition("-")[0]
