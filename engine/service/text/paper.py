"""What every answer on a terminal is made of: the console, safe text, tables and headings.

Values come from customers' systems. They reach the terminal only through ``safe``, as ``Text``: never as
markup, and never with a character that a terminal would obey.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ....dsl.frozen import frozen

_ZONE = ContextVar("zone", default="UTC")

# Wide enough that no row of a pipe or a file is ever folded or cut.
PIPED_WIDTH = 100_000
MISSING = "–"

# Marks that reorder the text around them (Unicode TR 9) and would let a value forge its surroundings.
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})

STYLES: Mapping[str, str] = {
    "fired": "green",
    "sent": "green",
    "done": "green",
    "cleared": "green",
    "ok": "green",
    "held": "yellow",
    "capped": "yellow",
    "pending": "yellow",
    "deferred": "yellow",
    "stale": "yellow",
    "unknown": "bold red",
    "failed": "red",
    "no_recipient": "red",
    "complained": "red",
    "unreadable": "yellow",
    "foreign": "yellow",
    "early": "yellow",
    "suppressed": "dim",
    "holdout": "dim",
    "broken": "red",
    "empty": "red",
    "shrunk": "red",
    "mistyped": "red",
    "implausible": "red",
    "urgent": "bold red",
    "high": "red",
    "low": "dim",
    "declined": "dim",
    "expired": "dim",
    "stopped": "dim",
    "cancelled": "dim",
}


def console() -> Console:
    """Standard output: colours and the terminal's width on a terminal; plain and uncut when piped."""
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8" and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)


def put(renderable: object) -> None:
    """Print to standard output; in a pipe without the blanks that fill a table's last column."""
    out = console()
    if sys.stdout.isatty():
        out.print(renderable)
        return
    with out.capture() as captured:
        out.print(renderable)
    sys.stdout.write("\n".join(line.rstrip() for line in captured.get().split("\n")))


def safe(value: object) -> str:
    """A value as one line of text, with every control or reordering character as its code."""
    return "".join(map(_shown, plain(value)))


def _shown(char: str) -> str:
    if char >= " " and char.isascii() and char != "\x7f":
        return char
    if char in _REORDERING or unicodedata.category(char) in _FORBIDDEN:
        return char.encode("unicode_escape", "backslashreplace").decode("ascii")
    return char


def plain(value: object) -> str:
    """A JSON value as a person writes it."""
    match value:
        case None:
            return MISSING
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}" if abs(value) < 1e6 else f"{value:,.2f}"
        case list() | tuple():
            return ", ".join(plain(item) for item in value)
        case _:
            return str(value)


def text(value: object, style: str = "") -> Text:
    """A safe value that folds rather than being cut."""
    return Text(safe(value), style=style, overflow="fold")


def mark(state: object) -> Text:
    """A verdict, state, status or priority in its colour."""
    return text(state, STYLES.get(str(state), ""))


def count(number: object) -> Text:
    """A count with thousands separated."""
    return text(f"{number:,}" if isinstance(number, int) else number)


def put_in(zone: str) -> None:
    """From now on moments are shown in this time zone (IANA): the project's."""
    _ZONE.set(zone)


def moment(stamp: object) -> Text:
    """An ISO moment as ``2026-03-01 08:00`` in the project's time zone; ``zone`` is to stand near it."""
    if not stamp:
        return text(None)
    return text(
        datetime.fromisoformat(str(stamp)).astimezone(ZoneInfo(_ZONE.get())).strftime("%Y-%m-%d %H:%M")
    )


def zone() -> str:
    """The name of the time zone that moments are shown in."""
    return _ZONE.get()


def lines(*parts: Text | None) -> Text:
    """Several safe texts under each other in one cell."""
    return Text("\n", overflow="fold").join(part for part in parts if part is not None)


@frozen
class Column:
    """One column: ``whole`` is never folded (ids to copy, dates), ``right`` for numbers."""

    head: str
    whole: bool = False
    right: bool = False


def table(rows: Iterable[Sequence[object]], *columns: Column | str) -> Table:
    """A table without lines. Cells are values or what ``text``, ``mark``, ``count`` and ``moment`` gave."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
    for column in columns:
        one = Column(column) if isinstance(column, str) else column
        made.add_column(
            Text(one.head), no_wrap=one.whole, justify="right" if one.right else "left", overflow="fold"
        )
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else text(cell) for cell in row))
    return made


def pairs(rows: Iterable[tuple[str, object]]) -> Table:
    """Names with their values, without a heading."""
    made = table(rows, "", "")
    made.show_header = False
    return made


def section(title: str, body: RenderableType) -> Group:
    """A heading with what stands under it, after an empty line."""
    return Group(Text(""), Text(title, style="bold"), Padding(body, (0, 0, 0, 2), expand=False))


def counts(numbers: Mapping[str, int]) -> Text:
    """``12 fired, 3 declined``; what is nought is left out."""
    parts = [Text.assemble(count(number), " ", mark(name)) for name, number in numbers.items() if number]
    return Text(", ").join(parts) if parts else Text("none", style="dim")


def place(row: Mapping[str, object]) -> Text:
    """``playbook.play`` of a row."""
    return text(f"{row['playbook']}.{row['play']}")


def command(line: str) -> Text:
    """Something to type next. ``line`` may hold values."""
    return text(line, "cyan")
