"""SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0), for code-scanning pages."""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from importlib.resources import files
from urllib.parse import quote

from ...dsl.diagnostics import CODES, Diagnostic, Fix
from ...dsl.source import Location
from .report import Report

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(report: Report) -> str:
    """One run. Columns are in UTF-16 units, as SARIF counts unless told otherwise and as viewers show them;
    lines end where playcall ends them."""
    codes = sorted({found.code for found in report.diagnostics})
    driver = {
        "name": "playcall",
        "semanticVersion": version("playcall"),
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "utf16CodeUnits",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": [_result(found, codes.index(found.code), report) for found in report.diagnostics],
    }
    body = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def _rule(code: str) -> dict[str, object]:
    page = files("playcall").joinpath("docs", "errors", f"{code}.md").read_text(encoding="utf-8")
    return {
        "id": code,
        "shortDescription": {"text": CODES[code]},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": "warning" if code.startswith("W") else "error"},
    }


def _result(found: Diagnostic, rule: int, report: Report) -> dict[str, object]:
    message = f"{found.message} ({found.help})" if found.help else found.message
    result: dict[str, object] = {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": found.severity,
        "message": {"text": message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(found.location.file, report),
                    "region": _region(found.location, report),
                }
            }
        ],
    }
    if found.fix is not None:
        result["fixes"] = [_fix(found.fix, report)]
    return result


def _fix(fix: Fix, report: Report) -> dict[str, object]:
    name = fix.edits[0].location.file
    replacements = [
        {"deletedRegion": _region(edit.location, report), "insertedContent": {"text": edit.text}}
        for edit in fix.edits
    ]
    change = {"artifactLocation": _artifact(name, report), "replacements": replacements}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}


def _artifact(name: str, report: Report) -> dict[str, str]:
    return {"uri": quote(os.fsencode(report.path(name)))}  # a name need not be UTF-8


def _region(place: Location, report: Report) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": _column(report.line(place.file, place.line), place.column),
        "endLine": place.end_line,
        "endColumn": _column(report.line(place.file, place.end_line), place.end_column),
    }


def _column(line: str, column: int) -> int:
    """A column in UTF-16 code units: characters beyond the first 65,536 (most emoji) count for two."""
    return column + sum(char > "\uffff" for char in line[: column - 1])
