"""Opening the tables of sources: adapters by entry point, and any table as something DuckDB selects from."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.frozen import frozen
from ..catalog.adapters import adapters_for
from ..catalog.model import Project, SourceConfig, TableRef
from ..ports import RawTable, Source, SourceError, TableFile, TableRows
from .sql import comma, name, text

if TYPE_CHECKING:
    import duckdb

_CSV_FIRST_ROW = 2  # below the header


@frozen
class Opened:
    """A table that can be selected from. ``types`` are DuckDB's, by column; ``row_column`` holds the rows'
    numbers, or the n-th row has the number ``first_row + n``; ``fault_column`` is filled for bad rows."""

    relation: str
    types: Mapping[str, str]
    first_row: int
    row_column: str
    fault_column: str
    modified_at: datetime
    origin: str
    mend: Callable[[], TableFile] | None = None

    def column(self, wanted: str) -> str:
        """The column's name. Raises ``SourceError`` where there is none such, with the nearest."""
        if wanted in self.types:
            return wanted
        data = [column for column in self.types if column not in (self.row_column, self.fault_column)]
        near = [column for column in data if column.lower() == wanted.lower()]
        near = near or difflib.get_close_matches(wanted, data, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(data) or 'none'}"
        raise SourceError(f"{self.origin}: no column {wanted!r}; {hint}")


def find_adapter(adapter: str) -> Callable[[str, Mapping[str, object], Path], Source]:
    """The class of an adapter. Raises ``SourceError`` where none of that name is installed."""
    found = adapters_for("source")
    if adapter not in found.names:
        known = ", ".join(sorted(found.names))
        raise SourceError(f"no adapter {adapter!r}; installed are {known}")
    try:
        loaded: Callable[[str, Mapping[str, object], Path], Source] = found[adapter].load()
    except ImportError as error:
        raise SourceError(f"the adapter {adapter!r} cannot be loaded: {error}") from error
    return loaded


class Tables:
    """The tables of a project's sources, each opened once and kept for the time of one load."""

    def __init__(self, project: Project, connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
        self._project = project
        self._connection = connection
        self._scratch = scratch
        self._sources: dict[str, Source] = {}
        self._opened: dict[str, Opened] = {}

    def config(self, source: str) -> SourceConfig:
        """Raises ``SourceError`` for a source that playcall.yaml does not have."""
        if source not in self._project.sources:
            raise SourceError(f"no source {source!r} in playcall.yaml")
        return self._project.sources[source]

    def open(self, ref: TableRef) -> Opened:
        """Raises ``SourceError``."""
        if ref.name not in self._opened:
            raw = self._source(ref.source).open(ref.table, self._scratch)
            self._opened[ref.name] = self._selectable(raw, ref)
        return self._opened[ref.name]

    def create(self, ref: TableRef, target: str, select: Callable[[Opened], str]) -> None:
        """Make the table ``target`` of a selection from ``ref``; a file that does not read strictly is mended
        first. Raises ``SourceError``."""
        import duckdb

        opened = self.open(ref)
        statement = f"CREATE TEMP TABLE {name(target)} AS {select(opened)}"
        try:
            self._connection.execute(statement)
        except duckdb.Error as error:
            if opened.mend is None:
                raise _unreadable(opened.origin, error) from error
            self._opened[ref.name] = self._selectable(opened.mend(), ref)
            self.create(ref, target, select)

    def _source(self, source: str) -> Source:
        if source not in self._sources:
            config = self.config(source)
            self._sources[source] = find_adapter(config.adapter)(source, config.options, self._project.root)
        return self._sources[source]

    def _selectable(self, raw: RawTable, ref: TableRef) -> Opened:
        if isinstance(raw, TableRows):
            return self._csv(_written(raw, self._scratch / f"{ref.name}.rows.csv"), raw.first_row)
        if raw.format == "csv":
            return self._csv(raw, _CSV_FIRST_ROW)
        reader = "read_parquet" if raw.format == "parquet" else "read_json"
        options = "" if raw.format == "parquet" else ", maximum_depth = 1, sample_size = -1"
        relation = f"{reader}({text(_glob_free(raw.path))}{options})"
        return self._opened_from(raw, relation, self._types(relation, raw.origin), 1)

    def _csv(self, raw: TableFile, first_row: int) -> Opened:
        extra = [column for column in (raw.row_column, raw.fault_column) if column]
        columns = [*(column for column in extra if column not in raw.columns), *raw.columns]
        declared = comma(f"{text(column)}: 'VARCHAR'" for column in columns)
        relation = (
            f"read_csv({text(_glob_free(raw.path))}, auto_detect = false, header = true, all_varchar = true,"
            f" delim = {text(raw.delimiter)}, quote = '\"', escape = '\"', strict_mode = true,"
            f" null_padding = false, encoding = 'utf-8', max_line_size = 16777216, columns = {{{declared}}})"
        )
        return self._opened_from(raw, relation, dict.fromkeys(columns, "VARCHAR"), first_row)

    def _opened_from(self, raw: TableFile, relation: str, types: Mapping[str, str], first_row: int) -> Opened:
        return Opened(
            relation,
            types,
            first_row,
            raw.row_column,
            raw.fault_column,
            raw.modified_at,
            raw.origin,
            raw.mend,
        )

    def _types(self, relation: str, origin: str) -> dict[str, str]:
        import duckdb

        try:
            rows = self._connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        except duckdb.Error as error:
            raise _unreadable(origin, error) from error
        return {str(row[0]): str(row[1]) for row in rows}


def _glob_free(path: Path) -> str:
    """A path in which nothing is a pattern for the reader."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def _unreadable(origin: str, error: Exception) -> SourceError:
    first = str(error).strip().splitlines()[0].removeprefix("Invalid Input Error: ").rstrip(" .")
    return SourceError(f"{origin} cannot be read: {first}; export it again")


def _written(raw: TableRows, path: Path) -> TableFile:
    """Rows as a CSV file: for rows of a database the fastest way into DuckDB (half a million rows of five
    columns a second; binding lists is three times slower)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(raw.columns)
        for batch in raw.rows:
            writer.writerows(batch)
    return TableFile(path, "csv", raw.modified_at, raw.origin, columns=raw.columns, row_column=raw.row_column)
