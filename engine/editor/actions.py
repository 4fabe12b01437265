"""What an editor can do about a finding: mend it, or allow it with a comment (SPEC 10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ...dsl.source import Edit, Location
from ..document import Entries, File, Items, Node, read_documents
from ..lint.suppress import play_ranges
from .project import Analysis

ALLOWED_FOR = timedelta(days=90)


@frozen
class Action:
    """One thing that can be done about a finding. ``mends``: it is the finding's own fix, and safe."""

    title: str
    finding: Diagnostic
    edits: tuple[Edit, ...]
    mends: bool


def actions(analysis: Analysis, file: str, first: int, last: int, today: date) -> Iterator[Action]:
    """What can be done about the findings in the lines ``first`` to ``last`` of a file."""
    for finding in analysis.findings:
        place = finding.location
        if place.file != file or place.line > last or place.end_line < first:
            continue
        if finding.fix is not None:
            yield Action(finding.fix.title, finding, finding.fix.edits, finding.fix.safe)
        if finding in analysis.silent:
            yield from _allow(finding, analysis, today)


def _allow(finding: Diagnostic, analysis: Analysis, today: date) -> Iterator[Action]:
    """The comment that silences a finding on its play, or, outside of plays, on its line."""
    file = analysis.files.get(finding.location.file)
    if file is None or analysis.loaded is None or not file.name.endswith(".yaml"):
        return
    line = finding.location.line
    plays = play_ranges(analysis.loaded).get(file.name, ())
    target = next((first for first, last in plays if first <= line <= last), None)
    is_in_play, target = target is not None, target or line
    until = today + ALLOWED_FOR
    comment = f"# playcall: allow {finding.code} until {until} -- why"
    edit = _line_above(file, target, comment)
    if _is_comment(file, edit, comment):
        where = f"play `{_key(file.line(target))}`" if is_in_play else "this line"
        yield Action(f"Allow {finding.code} on {where} until {until}", finding, (edit,), mends=False)


def _line_above(file: File, number: int, text: str) -> Edit:
    line = file.line(number)
    indent = line[: len(line) - len(line.lstrip())]
    end = "\r\n" if "\r\n" in file.text else "\n"
    return Edit(Location(file.name, number, 1, number, 1), f"{indent}{text}{end}")


def _is_comment(file: File, edit: Edit, comment: str) -> bool:
    """Whether YAML takes the new line as a comment, not as a line of a text."""
    at = file.begin(edit.location.line)
    documents = read_documents(File("", file.text[:at] + edit.text + file.text[at:]), [])
    return bool(documents) and not any(_holds(node, comment) for node in documents)


def _holds(node: Node, text: str) -> bool:
    match node:
        case Entries():
            return any(_holds(value, text) for _, value in node)
        case Items(items):
            return any(_holds(item, text) for item in items)
        case _:
            return text in node.text


def _key(line: str) -> str:
    match = re.match(r"\s*[\"']?(?P<key>[^:\"']+)", line)
    return match["key"] if match else ""
