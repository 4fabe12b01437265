"""How findings are printed: one function a format, each from the same ``Report``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from ...dsl.diagnostics import Diagnostic
from ...dsl.source import Location
from ..columns import width
from .report import Report

# Above this many findings the text format says how many more there are; the others print all.
MOST_PRINTED = 200
WIDEST = 300  # characters of a line that are shown, around the place


def text(report: Report) -> str:
    """Each finding with the line it is about and a caret line, then a summary line (SPEC 10)."""
    blocks = [_one(found, report) for found in report.diagnostics[:MOST_PRINTED]]
    hidden = len(report.diagnostics) - MOST_PRINTED
    more = [f"… and {hidden} more"] if hidden > 0 else []
    return "\n".join([*blocks, *more, summary(report)]) + "\n"


def _one(found: Diagnostic, report: Report) -> str:
    """One finding: message, source line, carets, help."""
    place = found.location
    out = [f"{place}: {found.severity} {found.code}: {found.message}"]
    line = report.line(place.file, place.line)
    if len(line) > WIDEST:
        skipped = max(0, place.column - 1 - WIDEST // 2)
        line = line[skipped : skipped + WIDEST]
        place = replace(place, column=place.column - skipped, end_column=place.end_column - skipped)
    if line.strip():
        out.append(f"{place.line:5} | {line}")
        out.append(f"      | {_carets(line, place)}")
    if found.help:
        out.append(f"   help: {found.help}")
    return "\n".join(out)


def _carets(line: str, place: Location) -> str:
    """Spaces up to the place (tabs kept, two for a wide character), then carets under it."""
    end = place.end_column if place.end_line == place.line else len(line) + 1
    before, marked = line[: place.column - 1], line[place.column - 1 : end - 1]
    pad = "".join("\t" if char == "\t" else " " * width(char) for char in before)
    return pad + "^" * max(width(marked), 1)


def summary(report: Report) -> str:
    """``2 errors, 1 warning in 7 files``."""
    found = f"{_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}"
    return f"{found if report.diagnostics else 'no findings'} in {_count(report.files, 'file')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def mended(fixed: Iterable[Diagnostic]) -> str:
    """What `--fix` did: a line a finding, where it stood when it was mended."""
    return "".join(
        f"{found.location}: mended {found.code}: {found.fix.title}\n" for found in fixed if found.fix
    )


def as_json(report: Report) -> str:
    """The shape of SPEC 9."""
    rows = [row(found) for found in report.diagnostics]
    body = {
        "diagnostics": rows,
        "errors": report.errors,
        "warnings": report.warnings,
        "files": report.files,
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def row(found: Diagnostic) -> dict[str, object]:
    """One finding as JSON outputs have it."""
    place = found.location
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "help": found.help,
    }


def github(report: Report) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request. It takes columns only of
    findings within one line."""
    out = []
    for found in report.diagnostics:
        place = found.location
        columns = f",col={place.column},endColumn={place.end_column}" if place.line == place.end_line else ""
        where = (
            f"file={_property(report.path(place.file))},line={place.line},endLine={place.end_line}{columns}"
        )
        message = f"{found.message}. {found.help}" if found.help else found.message
        out.append(f"::{found.severity} {where},title={found.code}::{_data(message)}\n")
    return "".join(out)


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def junit(report: Report) -> str:
    """One test case a finding, failed if it makes the command fail; one that passes where there is none.
    Valid by the XSD of Jenkins' xUnit plugin (junit-10.xsd)."""
    from xml.sax.saxutils import quoteattr

    failures = sum(map(report.fails, report.diagnostics))
    cases = [_case(found, report) for found in report.diagnostics]
    cases = cases or ['    <testcase classname="playcall" name="lint"/>']
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0"'
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


# What XML 1.0 cannot hold, not even escaped (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _case(found: Diagnostic, report: Report) -> str:
    from xml.sax.saxutils import escape, quoteattr

    def attribute(value: str) -> str:
        return quoteattr(_NOT_XML.sub("\ufffd", value))

    body = escape(_NOT_XML.sub("\ufffd", f"{found.location}: {found.message}\n{found.help}".rstrip()))
    failed = report.fails(found)
    opened = f"failure type={attribute(found.code)} message={attribute(found.message)}"
    return (
        f"    <testcase classname={attribute(found.location.file)}"
        f" name={attribute(f'{found.code} {found.location}')}>"
        f"<{opened if failed else 'system-out'}>{body}</{'failure' if failed else 'system-out'}></testcase>"
    )


def sarif(report: Report) -> str:
    """SARIF 2.1.0, for code-scanning pages."""
    from .sarif import sarif as as_sarif

    return as_sarif(report)


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "junit": junit,
    "github": github,
}
