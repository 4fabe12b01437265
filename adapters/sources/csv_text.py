"""Text tables as people have them: which encoding, which delimiter, and a clean copy of a dirty file.

A clean UTF-8 file is left where it is and read by the engine directly. Everything else is rewritten once,
as a stream, into a copy that any strict CSV reader takes, with the user's own row numbers beside the cells.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ...engine.ports import SourceError

DELIMITERS = (",", ";", "\t", "|")
ROW_COLUMN = "_row"
FAULT_COLUMN = "_fault"

_CHUNK = 8 << 20
_SAMPLE = 1 << 20
_SAMPLE_RECORDS = 50
_LONGEST_RECORD = 500  # lines; an opening quote that is not closed by then is a slip, not a long cell
_BROKEN_QUOTE = '"?'  # ends an open quote in a way that no reader takes
_BLANK_LINES = (b"\n\n", b"\n\r\n", b"\r\r")
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
csv.field_size_limit(2**31 - 1)  # a mail that was pasted into a CRM is longer than the module's 128 KiB


@dataclass(frozen=True, slots=True)
class Probe:
    """What a look at a UTF-8 file says. ``plain``: it has no blank lines, so that the n-th record is the
    n-th row of a spreadsheet."""

    delimiter: str
    columns: tuple[str, ...]
    plain: bool


def as_utf8(path: Path, declared: str | None, target: Path) -> Path:
    """The file itself if it is UTF-8, else a copy of it that is, written to ``target``. Raises
    ``SourceError`` for bytes that are no text of the declared or detected encoding, with their offset."""
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: empty file; export the table again (a table without rows has a header)")
    wanted = _SUPERSETS.get(declared.lower().replace("-", "_"), declared) if declared else None
    fault = None if wanted and not _is_utf8(path, wanted) else _utf8_fault(path)
    if wanted and fault is not None:
        raise _no_text(path, fault, wanted)
    encoding = wanted or _detect(path, fault)
    if _is_utf8(path, encoding):
        return path
    _transcode(path, encoding, target)
    return target


def _is_utf8(path: Path, encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    except LookupError as error:
        raise SourceError(
            f"{path}: unknown encoding {encoding!r}; set `encoding:` to utf-8, cp932, …"
        ) from error


def _transcode(path: Path, encoding: str, target: Path) -> None:
    try:
        with (
            path.open(encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as copy,
        ):
            while chunk := source.read(_CHUNK):
                copy.write(chunk)
    except UnicodeError as error:
        raise _no_text(path, _fault_offset(path, encoding), encoding) from error


def _no_text(path: Path, offset: int, encoding: str) -> SourceError:
    return SourceError(f"{path}: byte {offset} is not {encoding} text; set `encoding:`")


def probe(path: Path, origin: Path, delimiter: str | None) -> Probe:
    """Look at a UTF-8 file; the delimiter is detected where None. ``origin`` is the user's own file, for
    messages. Raises ``SourceError`` for a file without a header, or one that names a column twice."""
    head = list(islice(_lines(path), _SAMPLE_RECORDS))
    chosen = delimiter or _delimiter(head)
    return Probe(chosen, _header(origin, head, chosen), not _has_blank_lines(path))


def _has_blank_lines(path: Path) -> bool:
    before = b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if any(blank in chunk or blank in before + chunk[:2] for blank in _BLANK_LINES):
                return True
            before = chunk[-2:]
    return False


def _utf8_fault(path: Path) -> int | None:
    """The offset of the first byte that is not UTF-8; None: all of it is."""
    return None if (offset := _fault_offset(path, "utf-8")) == path.stat().st_size else offset


def _fault_offset(path: Path, encoding: str) -> int:
    """Where decoding fails, from the start of the file; its size if it does not."""
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
    return offset - len(decoder.getstate()[0])


def _detect(path: Path, utf8_fault: int | None) -> str:
    """The encoding of a file that declares none: a byte-order mark, strict UTF-8, or Japanese CP932."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
        for mark, name in _BOMS:
            if start.startswith(mark):
                return name
        if utf8_fault is None:
            return "utf-8"
        if utf8_fault >= _SAMPLE:
            file.seek(utf8_fault - _SAMPLE // 2)
            start = file.read(_SAMPLE).partition(b"\n")[2]  # from a line's start, whole characters
    if _is_cp932(start):
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
    wide = {c: count for c, count in Counter(text).items() if ord(c) > 0x7F}
    common = (count for c, count in wide.items() if 0x81 <= c.encode("cp932", "replace")[0] <= 0x9F)
    return sum(common) * 2 > sum(wide.values())


def _lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, ends kept."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from file


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


def _header(origin: Path, lines: Sequence[str], delimiter: str) -> tuple[str, ...]:
    cells = next((row for row in csv.reader(lines, delimiter=delimiter) if _filled(row)), None)
    if cells is None:
        raise SourceError(f"{origin}: no header line; the first line must name the columns")
    return header(str(origin), cells)


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


def rewrite(path: Path, look: Probe, target: Path) -> None:
    """Write a clean copy of a UTF-8 text table: commas, and the columns ``_row`` and ``_fault`` first.

    Blank lines are left out. A row whose cells cannot be told apart (too many or too few of them, an
    unclosed quote) keeps its number and says so in ``_fault``; it has no cells, so nothing moves sideways.
    """
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((ROW_COLUMN, FAULT_COLUMN, *look.columns))
        records = _records(_lines(path), look.delimiter, len(look.columns))
        while batch := list(islice(records, _BATCH)):
            writer.writerows(batch)


def _records(lines: Iterator[str], delimiter: str, width: int) -> Iterator[tuple[object, ...]]:
    """Data rows as (number, fault, cell, …), all of them ``width + 2`` long; the header is skipped."""
    nothing = ("",) * width
    seen_header = False
    for number, (cells, fault) in enumerate(_parsed(lines, delimiter, width), start=1):
        if not fault and not _filled(cells):
            continue
        if seen_header:
            yield (number, fault, *(nothing if fault else cells))
        seen_header = True  # probe() has read it


def _parsed(lines: Iterator[str], delimiter: str, width: int) -> Iterator[tuple[Sequence[str], str]]:
    """Each record with what is wrong with it. Only the first line of a broken record is its own: the lines
    after it are read again, so that a quote which is never closed does not swallow other rows."""
    taken: list[str] = []
    returned: list[str] = []

    def feed() -> Iterator[str]:
        while True:
            line = returned.pop() if returned else next(lines, None)
            if line is None:
                return
            taken.append(line)
            yield line if len(taken) <= _LONGEST_RECORD else _BROKEN_QUOTE

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        try:
            cells, fault = _fit(next(reader), width)
        except StopIteration:
            return
        except csv.Error as error:
            cells, fault = [], f"quotes: {error}"
        if fault and len(taken) > 1:
            returned.extend(reversed(taken[1:]))
            reader = csv.reader(feed(), delimiter=delimiter, strict=True)
        yield cells, fault


def _fit(cells: list[str], width: int) -> tuple[list[str], str]:
    """Cells of a row of another length: empty ones at the end are no cells, and a blank row is no fault."""
    if len(cells) == width or not _filled(cells):
        return cells, ""
    if len(cells) > width and not _filled(cells[width:]):
        return cells[:width], ""
    return cells, f"{len(cells)} cells where the header has {width}"


def _filled(row: Sequence[str]) -> bool:
    return any(row) and not "".join(row).isspace()
