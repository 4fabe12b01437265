"""Text tables as people have them: which encoding, which delimiter, and a clean copy of a dirty file.

A clean UTF-8 file is left where it is and read by the engine directly. Everything else is rewritten once,
as a stream, into a copy that any strict CSV reader takes, with the user's own row numbers beside the cells.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...engine.ports import SourceError

DELIMITERS = (",", ";", "\t", "|")
ROW_COLUMN = "_row"
FAULT_COLUMN = "_fault"

_CHUNK = 8 << 20
_SAMPLE = 1 << 20
_SAMPLE_RECORDS = 50
_LONGEST_RECORD = 500  # lines; an opening quote that is not closed by then is a slip, not a long cell
_BLANK_LINE = re.compile(rb"\n[ \t]*\r?\n|\r\n?[ \t]*\r[^\n]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What people call Shift_JIS is nearly always its superset, as the WHATWG encoding standard has it.
_SUPERSETS = {"shift_jis": "cp932", "sjis": "cp932", "windows_31j": "cp932"}
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Probe:
    """What a look at the whole file says. ``plain``: UTF-8 without blank lines, so that the n-th record is
    the n-th row of a spreadsheet."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    plain: bool


def probe(path: Path, encoding: str | None, delimiter: str | None) -> Probe:
    """Detect what is not declared. Raises ``SourceError``: an empty file, bytes that are no text of the
    encoding (with their offset), a header that names a column twice."""
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: empty file; export the table again (a table without rows has a header)")
    utf8, blank_lines = _scan(path)
    found = _SUPERSETS.get(encoding.lower().replace("-", "_"), encoding) if encoding else _detect(path, utf8)
    head = _sample_lines(path, found)
    chosen = delimiter or _delimiter(head)
    columns = _header(path, head, chosen)
    is_utf8 = codecs.lookup(found).name in ("utf-8", "utf-8-sig")
    return Probe(found, chosen, columns, is_utf8 and utf8 is None and not blank_lines)


def _scan(path: Path) -> tuple[int | None, bool]:
    """One pass over the bytes: the offset of the first byte that is not UTF-8 (None: all of it is), and
    whether there are blank lines."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, tail, blank, bad = 0, b"\n", False, None
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            blank = blank or _BLANK_LINE.search(tail[-3:] + chunk) is not None
            if bad is None:
                pending = len(decoder.getstate()[0])
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    bad = offset - pending + error.start
            offset += len(chunk)
            tail = chunk
    if bad is None and (pending := len(decoder.getstate()[0])):
        bad = offset - pending
    return bad, blank


def _detect(path: Path, utf8_fault: int | None) -> str:
    """The encoding of a file that declares none: a byte-order mark, strict UTF-8, or Japanese CP932."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    if utf8_fault is None:
        return "utf-8"
    with path.open("rb") as file:
        file.seek(max(0, utf8_fault - _SAMPLE // 2) // 2 * 2)
        around = start if utf8_fault < _SAMPLE else file.read(_SAMPLE)
    if _is_cp932(around):
        return "cp932"
    raise SourceError(
        f"{path}: byte {utf8_fault} is not UTF-8, and the text is not surely CP932 (Shift_JIS) either; "
        "set `encoding:` on the source (for example euc_jp, cp932, latin-1, utf-16)"
    )


def _is_cp932(sample: bytes) -> bool:
    """Whether bytes are Japanese CP932 beyond doubt: they decode, and most two-byte characters are kana,
    signs or everyday kanji (lead bytes 81-9F), which EUC-JP and western encodings hardly use."""
    try:
        text = sample[: sample.rfind(b"\n") + 1 or None].decode("cp932")
    except UnicodeDecodeError:
        return False
    wide = [c for c in text if ord(c) > 0x7F]
    common = sum(0x81 <= c.encode("cp932", "replace")[0] <= 0x9F for c in wide)
    return common * 2 > len(wide)


def _sample_lines(path: Path, encoding: str) -> list[str]:
    lines: list[str] = []
    for line in _lines(path, encoding):
        lines.append(line)
        if len(lines) >= _SAMPLE_RECORDS:
            break
    return lines


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The file's lines, decoded strictly, ends kept. Raises ``SourceError`` with the byte's offset."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            yield from file
    except LookupError as error:
        raise SourceError(
            f"{path}: unknown encoding {encoding!r}; set `encoding:` to utf-8, cp932, …"
        ) from error
    except UnicodeError as error:
        raise SourceError(
            f"{path}: byte {_fault_offset(path, encoding)} is not {encoding} text; set `encoding:`"
        ) from error


def _fault_offset(path: Path, encoding: str) -> int:
    """Where decoding fails (the text layer reports offsets within its own buffer only)."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return offset - pending + error.start
            except UnicodeError:
                return offset
            offset += len(chunk)
    return offset


def _delimiter(lines: Sequence[str]) -> str:
    """The candidate that cuts most sampled records into as many cells as the header has; more cells win."""
    best, score = ",", (0.0, 1)
    for candidate in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=candidate) if row]
        if not widths or widths[0] < 2:
            continue
        same = sum(width == widths[0] for width in widths) / len(widths)
        if (same, widths[0]) > score:
            best, score = candidate, (same, widths[0])
    return best


def _header(path: Path, lines: Sequence[str], delimiter: str) -> tuple[str, ...]:
    cells = next((row for row in csv.reader(lines, delimiter=delimiter) if _filled(row)), None)
    if cells is None:
        raise SourceError(f"{path}: no header line; the first line must name the columns")
    return header(str(path), cells)


def header(origin: str, cells: Sequence[str]) -> tuple[str, ...]:
    """Column names from a header row: spaces around them and empty ones at the end are dropped."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    named = tuple(name or f"column {number}" for number, name in enumerate(names, start=1))
    twice = sorted({name for name in named if sum(name.lower() == other.lower() for other in named) > 1})
    if {ROW_COLUMN, FAULT_COLUMN} & set(named):
        raise SourceError(f"{origin}: {ROW_COLUMN} and {FAULT_COLUMN} are reserved; rename that column")
    if twice:
        raise SourceError(f"{origin}: the header has the column {twice[0]!r} twice; rename one of them")
    return named


def _filled(row: Sequence[str]) -> bool:
    return any(cell.strip() for cell in row)


def rewrite(path: Path, look: Probe, target: Path) -> None:
    """Write a clean UTF-8 copy of a text table: commas, and the columns ``_row`` and ``_fault`` first.

    Blank lines are left out. A row whose cells cannot be told apart (too many or too few of them, an
    unclosed quote) keeps its number and says so in ``_fault``; it has no cells, so nothing moves sideways.
    """
    width = len(look.columns)
    records = _records(_lines(path, look.encoding), look.delimiter, width)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((ROW_COLUMN, FAULT_COLUMN, *look.columns))
        batch: list[list[str]] = []
        for record in records:
            batch.append(record)
            if len(batch) >= _BATCH:
                writer.writerows(batch)
                batch.clear()
        writer.writerows(batch)


def _records(lines: Iterator[str], delimiter: str, width: int) -> Iterator[list[str]]:
    """Data rows as ``[number, fault, cell, …]``, all of them ``width + 2`` long; the header is skipped."""
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    nothing = [""] * width
    number, seen_header = 0, False
    while True:
        feed.begin()
        fault = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells, fault = [], f"quotes: {error}"
        number += 1
        if not fault and not _filled(cells):
            continue
        if not seen_header:
            seen_header = True  # probe() has read it
            continue
        if not fault and len(cells) != width:
            cells, fault = _fit(cells, width)
        if fault:
            feed.return_all_but_first()
            cells = nothing
        yield [str(number), fault, *cells]


def _fit(cells: list[str], width: int) -> tuple[list[str], str]:
    """Cells of a row of another length: empty ones at the end are no cells."""
    if len(cells) > width and not _filled(cells[width:]):
        return cells[:width], ""
    return cells, f"{len(cells)} cells where the header has {width}"


class _Feed:
    """Lines for a CSV reader, which can be taken back when a record proves broken: a quote that is never
    closed must not swallow the rows after it."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: list[str] = []
        self._taken: list[str] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= _LONGEST_RECORD:
            raise csv.Error(f"a quote is not closed within {_LONGEST_RECORD} lines")
        line = self._returned.pop() if self._returned else next(self._lines)
        self._taken.append(line)
        return line

    def begin(self) -> None:
        """The next line starts a record."""
        self._taken.clear()

    def return_all_but_first(self) -> None:
        """Only the first line of the record was its own: the others are read again."""
        self._returned.extend(reversed(self._taken[1:]))
        self._taken.clear()
