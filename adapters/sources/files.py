"""The adapter ``files``: every csv, tsv, parquet, json, jsonl and xlsx file of a folder is a table."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ...engine.ports import RawTable, SourceError, TableFile
from . import csv_text
from .options import only, text_option
from .xlsx import open_sheet

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson", ".xlsx")
_TEXT = (".csv", ".tsv", ".txt")
_JSON = (".json", ".jsonl", ".ndjson")
_KEYS = ("path", "encoding", "delimiter", "sheet")
_BOM = b"\xef\xbb\xbf"


class FilesSource:
    """A folder of tables, each named by its file's stem; or one file.

    Options: ``path`` (relative to the project), ``encoding`` and ``delimiter`` of text files where they
    should not be detected, ``sheet`` of workbooks.
    """

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None:
        only(name, config, _KEYS)
        path = text_option(name, config, "path")
        if path is None:
            raise SourceError(f"source {name}: `path` is missing; say which folder holds the files")
        self._name = name
        self._path = root / path
        self._encoding = text_option(name, config, "encoding")
        self._delimiter = self._checked_delimiter(text_option(name, config, "delimiter"))
        self._sheet = text_option(name, config, "sheet")

    def _checked_delimiter(self, delimiter: str | None) -> str | None:
        named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
        delimiter = named.get(delimiter, delimiter) if delimiter else None
        if delimiter is not None and len(delimiter) != 1:
            raise SourceError(f"source {self._name}: `delimiter` must be one character, not {delimiter!r}")
        return delimiter

    def tables(self) -> Sequence[str]:
        """The stems of the files, sorted. Raises ``SourceError``: there are none, or two of one stem."""
        return sorted(self._files())

    def _files(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for path in self._candidates():
            if path.stem in found:
                both = f"{found[path.stem].name} and {path.name}"
                raise SourceError(
                    f"source {self._name}: {both} in {path.parent} are the same table; move one away"
                )
            found[path.stem] = path
        if not found:
            kinds = ", ".join(suffix[1:] for suffix in SUFFIXES)
            raise SourceError(f"source {self._name}: no tables in {self._path}; put {kinds} files there")
        return found

    def _candidates(self) -> list[Path]:
        if self._path.is_file():
            return [self._path]
        try:
            entries = sorted(self._path.iterdir())
        except FileNotFoundError as error:
            raise SourceError(
                f"source {self._name}: {self._path} does not exist; correct `path` or put the files there"
            ) from error
        except OSError as error:
            raise SourceError(
                f"source {self._name}: {self._path} cannot be read: {error.strerror}"
            ) from error
        return [
            entry
            for entry in entries
            if entry.suffix.lower() in SUFFIXES and not entry.name.startswith((".", "~$")) and entry.is_file()
        ]

    def files(self, table: str) -> Sequence[Path]:
        """The file of a table. Raises ``SourceError`` where there is none."""
        files = self._files()
        if table not in files:
            names = ", ".join(sorted(files))
            raise SourceError(
                f"source {self._name}: no file for the table {table} in {self._path}; there are {names}"
            )
        return [files[table]]

    def open(self, table: str, scratch: Path) -> RawTable:
        """One file, ready to load. Raises ``SourceError``: not there, empty, unreadable, no text."""
        [path] = self.files(table)
        try:
            return self._open(path, scratch)
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}; check its permissions") from error

    def _open(self, path: Path, scratch: Path) -> RawTable:
        with path.open("rb") as file:
            start = file.read(len(_BOM))
        if not start:
            raise SourceError(
                f"{path}: empty file; export the table again (a table without rows has a header)"
            )
        modified_at = datetime.fromtimestamp(os.stat(path).st_mtime, UTC)
        suffix = path.suffix.lower()
        if suffix in _TEXT:
            return self._open_text(path, scratch, modified_at)
        if suffix == ".xlsx":
            return open_sheet(path, self._sheet, modified_at)
        if suffix in _JSON:
            readable = _without_mark(path, scratch) if start == _BOM else path
            return TableFile(readable, "json", modified_at, str(path))
        return TableFile(path, "parquet", modified_at, str(path))

    def _open_text(self, path: Path, scratch: Path, modified_at: datetime) -> TableFile:
        declared = self._delimiter or ("\t" if path.suffix.lower() == ".tsv" else None)
        readable = csv_text.as_utf8(path, self._encoding, scratch / f"{self._name}.{path.stem}.utf8.csv")
        look = csv_text.probe(readable, path, declared)

        def mend() -> TableFile:
            target = scratch / f"{self._name}.{path.stem}.mended.csv"
            csv_text.rewrite(readable, look, target)
            return TableFile(
                path=target,
                format="csv",
                modified_at=modified_at,
                origin=str(path),
                columns=look.columns,
                row_column=csv_text.ROW_COLUMN,
                fault_column=csv_text.FAULT_COLUMN,
            )

        if not look.plain:
            return mend()
        return TableFile(readable, "csv", modified_at, str(path), look.delimiter, look.columns, mend=mend)


def _without_mark(path: Path, scratch: Path) -> Path:
    """A copy of a JSON file without its byte-order mark, which JSON readers refuse."""
    target = scratch / f"{path.stem}.unmarked{path.suffix}"
    with path.open("rb") as source, target.open("wb") as copy:
        source.seek(len(_BOM))
        while chunk := source.read(1 << 20):
            copy.write(chunk)
    return target
