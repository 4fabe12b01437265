"""The adapter `files`: what it finds, what it refuses, and what it makes of dirty text."""

from __future__ import annotations

import csv
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from playcall.adapters.sources.files import FilesSource
from playcall.engine.ports import SourceError, TableFile, TableRows

HEADER = "id,name,note"


def source(root: Path, **options: object) -> FilesSource:
    return FilesSource("crm", {"path": "data", **options}, root)


def write(root: Path, file: str, content: str | bytes) -> Path:
    path = root / "data" / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def open_text(root: Path, content: str | bytes, **options: object) -> TableFile:
    write(root, "t.csv", content)
    scratch = root / "scratch"
    scratch.mkdir(exist_ok=True)
    table = source(root, **options).open("t", scratch)
    assert isinstance(table, TableFile)
    return table


def mended(table: TableFile) -> list[list[str]]:
    """The rows of the clean copy: number, fault, cells."""
    if not table.row_column:
        assert table.mend is not None
        table = table.mend()
    with table.path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def test_each_file_is_the_table_of_its_stem(tmp_path: Path) -> None:
    for file in ("b.csv", "a.parquet", "c.jsonl", "d.xlsx", "e.tsv", "readme.md", ".hidden.csv", "~$d.xlsx"):
        write(tmp_path, file, "x")
    assert source(tmp_path).tables() == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("cp932", None),
        ("utf-16", None),
        ("utf-16-le", "utf-16-le"),
        ("euc_jp", "euc_jp"),
        ("shift_jis", "shift_jis"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, declared: str | None) -> None:
    text = f"{HEADER}\n1,株式会社サクラ,メモ\n2,東京電機,ソ表\n"
    options = {"encoding": declared} if declared else {}
    table = open_text(tmp_path, text.encode(encoding), **options)
    assert table.columns == ("id", "name", "note")
    assert mended(table) == [["2", "", "1", "株式会社サクラ", "メモ"], ["3", "", "2", "東京電機", "ソ表"]]


@pytest.mark.parametrize("encoding", ["euc_jp", "latin-1"])
def test_an_encoding_that_is_not_sure_is_not_guessed(tmp_path: Path, encoding: str) -> None:
    text = "株式会社サクラ" if encoding == "euc_jp" else "Société Générale"
    with pytest.raises(SourceError, match=r"t\.csv: byte \d+ is not UTF-8.*set `encoding:`"):
        open_text(tmp_path, f"{HEADER}\n1,{text},x\n".encode(encoding))


def test_the_byte_where_a_declared_encoding_fails_is_named(tmp_path: Path) -> None:
    content = HEADER.encode() + b"\n1," + b"\xff\xfe" + b",x\n"
    with pytest.raises(SourceError, match="byte 15 is not utf-8 text"):
        mended(open_text(tmp_path, content, encoding="utf-8"))


@pytest.mark.parametrize(
    ("delimiter", "options"), [(";", {}), ("\t", {}), ("|", {}), ("#", {"delimiter": "#"})]
)
def test_delimiters(tmp_path: Path, delimiter: str, options: dict[str, object]) -> None:
    text = "\n".join(delimiter.join(row) for row in (("id", "name"), ("1", "a, b"), ("2", "c")))
    table = open_text(tmp_path, text, **options)
    assert (table.columns, table.delimiter) == (("id", "name"), delimiter)
    assert [row[2:] for row in mended(table)] == [["1", "a, b"], ["2", "c"]]


FEW, MANY = "2 cells where the header has 3", "4 cells where the header has 3"
DIRT: dict[str, tuple[str, list[str]]] = {  # expected rows as "number|fault|cell|cell|cell"
    "blank lines keep their numbers": ("\n1,a,b\n\n\n2,c,d\n\n", ["3||1|a|b", "6||2|c|d"]),
    "rows of delimiters are blank": ("1,a,b\n,,\n2,c,d\n", ["2||1|a|b", "4||2|c|d"]),
    "a quoted line break is one row": ('1,"a\n\nb",c\n2,d,e\n', ["2||1|a\n\nb|c", "3||2|d|e"]),
    "delimiters at the end": ("1,a,b,,\n2,c,d\n", ["2||1|a|b", "3||2|c|d"]),
    "too few cells": ("1,a\n2,c,d\n", [f"2|{FEW}|||", "3||2|c|d"]),
    "too many cells": ("1,a,b,x\n2,c,d\n", [f"2|{MANY}|||", "3||2|c|d"]),
    "a quote in the middle": ('1,12" screen,b\n2,c,d\n', ['2||1|12" screen|b', "3||2|c|d"]),
    "mixed line ends": ("1,a,b\r\n2,c,d\n", ["2||1|a|b", "3||2|c|d"]),
}


@pytest.mark.parametrize(("body", "rows"), DIRT.values(), ids=DIRT)
def test_dirt(tmp_path: Path, body: str, rows: list[str]) -> None:
    assert ["|".join(row) for row in mended(open_text(tmp_path, f"{HEADER}\n{body}"))] == rows


@pytest.mark.parametrize(
    "body",
    ['1,"open,b\n2,c,d\n3,e,f\n', '1,"a"x,b\n2,c,d\n3,e,f\n', '1,"open,b\n2,c,"d"\n3,e,f\n'],
    ids=["never closed", "text after the quote", "closed by another row's quote"],
)
def test_a_broken_quote_costs_its_own_row_only(tmp_path: Path, body: str) -> None:
    rows = mended(open_text(tmp_path, f"{HEADER}\n{body}"))
    assert rows[0][0] == "2"
    assert rows[0][1]
    assert [row[2] for row in rows[1:]] == ["2", "3"]


def test_a_clean_file_is_read_where_it_is(tmp_path: Path) -> None:
    table = open_text(tmp_path, f"{HEADER},\n1,a,b,\n")
    assert table.path == tmp_path / "data" / "t.csv"
    assert (table.row_column, table.columns) == ("", ("id", "name", "note"))


def test_a_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    page: Any = book.active
    page.append(["id", "signed", "share", "label"])
    page.append([1, date(2026, 7, 20), 0.5, "x"])
    page.append([])
    page.append([2.0, datetime(2026, 7, 21, 9, 30), 1, None])
    book.create_sheet("Other").append(["only"])
    (tmp_path / "data").mkdir()
    book.save(tmp_path / "data" / "w.xlsx")
    table = source(tmp_path).open("w", tmp_path)
    assert isinstance(table, TableRows)
    assert table.columns == ("_row", "id", "signed", "share", "label")
    assert [row for batch in table.rows for row in batch] == [
        (2, 1, datetime(2026, 7, 20), 0.5, "x"),
        (4, 2, datetime(2026, 7, 21, 9, 30), 1, None),
    ]
    other = source(tmp_path, sheet="Other").open("w", tmp_path)
    assert isinstance(other, TableRows)
    assert other.columns == ("_row", "only")
    with pytest.raises(SourceError, match="no sheet 'Nope'; it has Sheet, Other"):
        source(tmp_path, sheet="Nope").open("w", tmp_path)


Files = dict[str, bytes]
REFUSED: dict[str, tuple[Files, dict[str, object], str]] = {
    "no folder": ({}, {}, "does not exist; correct `path`"),
    "no tables": ({"readme.md": b"x"}, {}, "no tables in .*; put csv"),
    "two of one stem": (
        {"t.csv": b"a\n", "t.parquet": b"x"},
        {},
        r"t\.csv and t\.parquet .* are the same table",
    ),
    "0 bytes": ({"t.csv": b""}, {}, r"t\.csv: empty file; export the table again"),
    "blank header": ({"t.csv": b"\n\n"}, {}, "no header line"),
    "column twice": ({"t.csv": b"id,name,ID\n"}, {}, "the column 'ID' twice"),
    "no workbook": ({"t.xlsx": b"not a zip"}, {}, "not a readable xlsx workbook"),
    "unknown encoding": ({"t.csv": b"a\n"}, {"encoding": "klingon"}, "unknown encoding 'klingon'"),
    "unknown key": ({"t.csv": b"a\n"}, {"delimeter": ";"}, "unknown key `delimeter`; this adapter takes"),
    "long delimiter": ({"t.csv": b"a\n"}, {"delimiter": "::"}, "must be one character"),
    "another table": ({"u.csv": b"a\n"}, {}, "no file for the table t in .*; there are u"),
}


@pytest.mark.parametrize(("files", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, files: dict[str, bytes], options: dict[str, object], message: str) -> None:
    for file, content in files.items():
        write(tmp_path, file, content)
    with pytest.raises(SourceError, match=message):
        source(tmp_path, **options).open("t", tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a\n").chmod(0)
    with pytest.raises(SourceError, match="Permission denied; check its permissions"):
        source(tmp_path).open("t", tmp_path)


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    assert mended(open_text(tmp_path, HEADER)) == []
