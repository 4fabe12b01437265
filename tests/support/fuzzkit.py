"""Broken projects for the linter: real files of the library, mangled, and files that are meant to hurt.

What is promised: no file makes lint crash, hang (5 s a file) or take more than 500 MiB, and every finding
stands at a place that its file has.
"""

from __future__ import annotations

import random
import re
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

from playcall.dsl.diagnostics import PlaycallError
from playcall.dsl.source import Location
from playcall.engine.demo.project import DEMO_PARTS, LIBRARY
from playcall.engine.files import Document, Files
from playcall.engine.lint.lint import lint
from playcall.engine.lint.report import Report
from playcall.engine.lint.reporters import FORMATS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MOST_SECONDS = 5.0
MOST_MEMORY = 500 * 2**20
PARTS = dict(DEMO_PARTS)

Random = random.Random


class Target:
    """A project on disk, linted with some of its files replaced. Files that stay are parsed once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for part, place in PARTS.items():
            shutil.copytree(LIBRARY / part, root / place, dirs_exist_ok=True)
        found = (path for path in sorted(root.rglob("*")) if path.suffix in (".yaml", ".md"))
        self.files = {path.relative_to(root).as_posix(): path.read_bytes() for path in found}
        self._known: dict[str, Document] = {}

    def lint(self, opened: Mapping[str, bytes]) -> Report | None:
        """The report on the project with these files; None where it refuses the whole project. Raises
        ``AssertionError`` where a promise is broken."""
        try:
            with limited():
                report = lint(self.root, NOW, files=Files(self.root, opened, self._known))
            for render in FORMATS.values():
                with limited():
                    render(report)
        except PlaycallError:
            return None
        finally:
            for name in opened:
                self._known.pop(name, None)
        lines = {name: re.split("\r\n|\r|\n", text) for name, text in report.texts.items()}
        for found in report.diagnostics:
            _check_place(found.location, lines)
        return report


def _check_place(place: Location, texts: Mapping[str, list[str]]) -> None:
    lines = texts.get(place.file)
    if lines is None:
        return  # a file that could not be read: all places are its first character
    for line, column in ((place.line, place.column), (place.end_line, place.end_column)):
        assert 1 <= line <= len(lines), place
        assert 1 <= column <= len(lines[line - 1]) + 2, place


@contextmanager
def limited() -> Iterator[None]:
    """Fails what takes too long or too much memory, this process's own being counted from here."""
    held, began = _memory("VmRSS"), process_time()
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak begins anew (proc(5))
    before = signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert process_time() - began < MOST_SECONDS, "took too long"
    assert _memory("VmHWM") - held < MOST_MEMORY, "took too much memory"


def _too_long(*_: object) -> None:
    raise AssertionError(f"still busy after {MOST_SECONDS:.0f} s")


def _memory(key: str) -> int:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split(f"{key}:")[1].split()[0]) * 1024


# ---------------------------------------------------------------------------------- mutations

HOSTILE_TEXTS = (
    "\x00",
    "\ufeff",
    "\u2028",
    "\x85",
    "\u202e",
    "\ud7ff",
    "😀",
    "＝",
    "“",
    "\t",
    "\r",
    "\n\n",
    "'",
    '"',
    "{",
    "}",
    "[",
    "]",
    ": ",
    " #",
    "- ",
    "|",
    ">",
    "&a ",
    "*a",
    "!!python/object:os.system ",
    "<<: *a",
    "%",
    "@",
    "`",
    "---\n",
    "...\n",
    "? ",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "{{ x }}",
    "{% for x in records %}",
    "{% endfor %}",
    "{{ loop }}",
    "{{ (1).__class__ }}",
    "null",
    "~",
    "NO",
    "12:30",
    "012",
    "1.10",
    "0x10",
    ".inf",
    "-1",
    "1e400",
    "99999999999999999999",
    "9" * 400,
    "1000001d",
    "1d",
    "5 JPY",
    "5 XXX",
    "2026-02-30",
    "0000-00-00",
    "10%",
    "==",
    "and",
    "not",
    "(",
    ")",
    "[1, 'a']",
    "outer.",
    "params.",
    "count(",
    "where",
    " in ",
    " between ",
    'matches "(a+)+$"',
    "today",
    "now",
    'every: "* * * * *"',
    'every: "0 0 31 2 *"',
    "after: ask + 10d",
    "when:",
    "plays:",
    "extends: renewal-intent",
    "abstract: true",
    "# playcall: allow W501",
    "# playcall: allow E999 until 2020-01-01 -- x",
    "${HOME}",
    "${",
    "../../etc/passwd",
)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True) or [""]


def delete_lines(text: str, draw: Random) -> str:
    lines = _lines(text)
    at = draw.randrange(len(lines))
    del lines[at : at + draw.choice((1, 1, 2, 5))]
    return "".join(lines)


def repeat_lines(text: str, draw: Random) -> str:
    lines = _lines(text)
    at = draw.randrange(len(lines))
    return "".join([*lines[:at], *lines[at : at + draw.choice((1, 3, 9))] * 2, *lines[at:]])


def swap_lines(text: str, draw: Random) -> str:
    lines = _lines(text)
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def indent_line(text: str, draw: Random) -> str:
    lines = _lines(text)
    at = draw.randrange(len(lines))
    lines[at] = draw.choice(("  ", "\t", "    ")) + lines[at] if draw.random() < 0.5 else lines[at].lstrip()
    return "".join(lines)


def replace_word(text: str, draw: Random) -> str:
    """A word for another one of the same file, or for something hostile."""
    words = list(re.finditer(r"[\w.-]+|[^\w\s]", text))
    if not words:
        return draw.choice(HOSTILE_TEXTS)
    word = draw.choice(words)
    new = draw.choice(words)[0] if draw.random() < 0.5 else draw.choice(HOSTILE_TEXTS)
    return text[: word.start()] + new + text[word.end() :]


def insert_text(text: str, draw: Random) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + draw.choice(HOSTILE_TEXTS) + text[at:]


def delete_text(text: str, draw: Random) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + text[at + draw.choice((1, 1, 1, 7, 50)) :]


def cut_off(text: str, draw: Random) -> str:
    return text[: draw.randrange(len(text) + 1)]


def nest_value(text: str, draw: Random) -> str:
    """A value inside many brackets."""
    values = list(re.finditer(r": +([^\s#].*)", text))
    if not values:
        return text
    value, deep = draw.choice(values), draw.choice((1, 3, 49, 51, 70, 3000))
    opening, closing = draw.choice((("[", "]"), ("{a: ", "}"), ("(", ")"), ("not ", ""), ("-", "")))
    return text[: value.start(1)] + opening * deep + value[1] + closing * deep + text[value.end(1) :]


def enlarge_value(text: str, draw: Random) -> str:
    """A value many times over."""
    values = list(re.finditer(r": +([^\s#].*)", text))
    if not values:
        return text
    value, times = draw.choice(values), draw.choice((2, 40, 900, 12_000))
    joint = draw.choice((" and ", " or ", " + ", ", ", "", " "))
    return text[: value.start(1)] + joint.join([value[1]] * times) + text[value.end(1) :]


MUTATIONS: tuple[Callable[[str, Random], str], ...] = (
    delete_lines,
    repeat_lines,
    swap_lines,
    indent_line,
    replace_word,
    replace_word,
    insert_text,
    insert_text,
    delete_text,
    cut_off,
    nest_value,
    enlarge_value,
)


def mutated(text: str, draw: Random) -> str:
    """A text after one to four mutations."""
    for _ in range(draw.choice((1, 1, 2, 4))):
        text = draw.choice(MUTATIONS)(text, draw)
    return text[: 2**20]


def flipped(data: bytes, draw: Random) -> bytes:
    """Bytes with some of them changed: mostly no UTF-8 any more."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 3, 30))):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def broken(target: Target, draw: Random) -> dict[str, bytes]:
    """One or two files of a project, mangled."""
    names = draw.sample(sorted(target.files), draw.choice((1, 1, 2)))
    found: dict[str, bytes] = {}
    for name in names:
        data = target.files[name]
        if draw.random() < 0.1:
            found[name] = flipped(data, draw)
        else:
            found[name] = mutated(data.decode(), draw).encode("utf-8", "surrogatepass")
    return found
