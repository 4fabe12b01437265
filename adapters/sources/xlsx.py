"""One sheet of an Excel workbook as rows of plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from ...engine.ports import SourceError, TableRows
from .csv_text import ROW_COLUMN, header

_BATCH = 5_000


def open_sheet(path: Path, sheet: str | None, modified_at: datetime) -> TableRows:
    """The first sheet, or the one named. Cells that Excel shows as dates are dates; formulas give the value
    that Excel last computed. Raises ``SourceError``."""
    from openpyxl import load_workbook  # 0.3 s

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets zip, XML and key errors through
        raise SourceError(
            f"{path}: not a readable xlsx workbook ({error}); save it again from Excel"
        ) from error
    names = book.sheetnames
    if sheet is not None and sheet not in names:
        raise SourceError(
            f"{path}: no sheet {sheet!r}; it has {', '.join(names)}; set `sheet:` on the source"
        )
    page = book[sheet or names[0]]
    page.reset_dimensions()  # some programs write a wrong size into the file
    rows = _numbered(page.iter_rows(values_only=True))
    first = next(rows, None)
    if first is None:
        raise SourceError(f"{path}: the sheet {page.title!r} is empty; its first row must name the columns")
    columns = header(str(path), [_text(cell) for cell in first[1]])
    return TableRows(
        columns=(ROW_COLUMN, *columns),
        rows=_batches(rows, len(columns), path),
        modified_at=modified_at,
        origin=str(path),
        row_column=ROW_COLUMN,
    )


def _numbered(rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[int, tuple[object, ...]]]:
    """Rows with something in them, with the number that Excel shows."""
    return (
        (number, cells)
        for number, cells in enumerate(rows, start=1)
        if any(cell is not None and cell != "" for cell in cells)
    )


def _batches(
    rows: Iterator[tuple[int, tuple[object, ...]]], width: int, path: Path
) -> Iterator[Sequence[tuple[object, ...]]]:
    batch: list[tuple[object, ...]] = []
    try:
        for number, cells in rows:
            padded = (*cells, *(None,) * (width - len(cells)))[:width]
            batch.append((number, *map(_plain, padded)))
            if len(batch) >= _BATCH:
                yield batch
                batch = []
    except Exception as error:  # a damaged sheet shows only while it is read
        raise SourceError(f"{path}: the sheet cannot be read to its end ({error})") from error
    yield batch


def _plain(cell: object) -> object:
    """Excel has one kind of number: whole ones are written without a fraction."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _text(cell: object) -> str:
    return "" if cell is None else str(_plain(cell))
