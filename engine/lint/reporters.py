"""How findings are printed: one function a format, each from the same ``Report``."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...dsl.diagnostics import Diagnostic
from ...dsl.source import Location

# Above this many findings the text format says how many more there are; the others print all.
MOST_PRINTED = 200


@dataclass(frozen=True, slots=True)
class Report:
    """Findings in order, how many files were read, and their texts by name for the caret lines."""

    diagnostics: tuple[Diagnostic, ...]
    files: int
    texts: Mapping[str, str]

    @property
    def errors(self) -> int:
        return sum(found.severity == "error" for found in self.diagnostics)

    @property
    def warnings(self) -> int:
        return len(self.diagnostics) - self.errors


def text(report: Report) -> str:
    """Each finding with the line it is about and a caret line, then a summary line (SPEC 10)."""
    lines: dict[str, list[str]] = {}
    blocks = []
    for found in report.diagnostics[:MOST_PRINTED]:
        name = found.location.file
        if name not in lines:
            lines[name] = report.texts.get(name, "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        blocks.append(one(found, lines[name]))
    hidden = len(report.diagnostics) - MOST_PRINTED
    more = [f"… and {hidden} more"] if hidden > 0 else []
    return "\n".join([*blocks, *more, summary(report)]) + "\n"


def one(found: Diagnostic, lines: list[str]) -> str:
    """One finding: message, source line, carets, help."""
    place = found.location
    out = [f"{place}: {found.severity} {found.code}: {found.message}"]
    if 1 <= place.line <= len(lines) and lines[place.line - 1].strip():
        line = lines[place.line - 1]
        out.append(f"{place.line:5} | {line}")
        out.append(f"      | {_carets(line, place)}")
    if found.help:
        out.append(f"   help: {found.help}")
    return "\n".join(out)


def _carets(line: str, place: Location) -> str:
    """Spaces up to the place (tabs kept, two for a wide character), then carets under it."""
    end = place.end_column if place.end_line == place.line else len(line) + 1
    before, marked = line[: place.column - 1], line[place.column - 1 : end - 1]
    pad = "".join("\t" if char == "\t" else " " * _width(char) for char in before)
    return pad + "^" * max(sum(map(_width, marked)), 1)


def _width(char: str) -> int:
    """Columns that a terminal gives a character (Unicode TR 11)."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def summary(report: Report) -> str:
    """``2 errors, 1 warning in 7 files``."""
    found = f"{_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}"
    return f"{found if report.diagnostics else 'no findings'} in {_count(report.files, 'file')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_json(report: Report) -> str:
    """The shape of SPEC 9."""
    rows = [
        {
            "code": found.code,
            "severity": found.severity,
            "message": found.message,
            "file": found.location.file,
            "line": found.location.line,
            "column": found.location.column,
            "end_line": found.location.end_line,
            "end_column": found.location.end_column,
            "help": found.help,
        }
        for found in report.diagnostics
    ]
    body = {
        "diagnostics": rows,
        "errors": report.errors,
        "warnings": report.warnings,
        "files": report.files,
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def github(report: Report) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request."""
    out = []
    for found in report.diagnostics:
        place = found.location
        where = (
            f"file={_property(place.file)},line={place.line},col={place.column},endLine={place.end_line}"
            f",endColumn={place.end_column},title={found.code}"
        )
        message = f"{found.message}. {found.help}" if found.help else found.message
        out.append(f"::{found.severity} {where}::{_data(message)}\n")
    return "".join(out)


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def junit(report: Report) -> str:
    """One test case a finding, failed if it is an error; one that passes where there is none."""
    from xml.sax.saxutils import quoteattr

    cases = [_case(found) for found in report.diagnostics]
    cases = cases or ['    <testcase classname="playcall" name="lint"/>']
    counts = f'tests="{len(cases)}" failures="{report.errors}"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<testsuites {counts}>",
            f"  <testsuite name={quoteattr('playcall lint')} {counts}>",
            *cases,
            "  </testsuite>",
            "</testsuites>\n",
        ]
    )


def _case(found: Diagnostic) -> str:
    from xml.sax.saxutils import escape, quoteattr

    name = quoteattr(f"{found.code} {found.location}")
    tag = "failure" if found.severity == "error" else "system-out"
    message = f" message={quoteattr(found.message)}" if tag == "failure" else ""
    body = escape(f"{found.message}\n{found.help}".rstrip())
    return (
        f"    <testcase classname={quoteattr(found.location.file)} name={name}>"
        f"<{tag}{message}>{body}</{tag}></testcase>"
    )


def sarif(report: Report) -> str:
    """SARIF 2.1.0, for code-scanning pages."""
    from ...dsl.diagnostics import CODES

    codes = sorted({found.code for found in report.diagnostics})
    rules = [{"id": code, "shortDescription": {"text": CODES[code]}} for code in codes]
    run = {
        "tool": {"driver": {"name": "playcall", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(found) for found in report.diagnostics],
    }
    body = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def _result(found: Diagnostic) -> dict[str, object]:
    place = found.location
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    location = {"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}
    message = f"{found.message} ({found.help})" if found.help else found.message
    return {
        "ruleId": found.code,
        "level": found.severity,
        "message": {"text": message},
        "locations": [location],
    }


def _uri(name: str) -> str:
    from urllib.parse import quote

    return quote(name)


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "junit": junit,
    "github": github,
}


def report_of(diagnostics: tuple[Diagnostic, ...], root: Path) -> Report:
    """A report of findings alone, with the texts of their files read again (for caret lines)."""
    names = {found.location.file for found in diagnostics}
    texts = {
        name: (root / name).read_text("utf-8", errors="replace") for name in names if (root / name).is_file()
    }
    return Report(diagnostics, len(names), texts)
