"""`lint --changed-since REV`: only what a change of the files has brought. Both versions are linted whole, so
that what a change breaks in another file is found too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ...dsl.diagnostics import Diagnostic, PlaycallError
from ..files import Files
from ..versions.git import NoProjectError, project_at
from .lint import lint
from .report import Report

# Places that messages name, which move with every line above them.
_PLACE = re.compile(r"(?<=\bline )\d+|(?<=\.yaml):\d+(:\d+)?|(?<=\.md):\d+(:\d+)?")

Key = tuple[str, str, str, str]


def lint_changed(
    root: Path, revision: str, now: datetime, env: str | None = None, only: Collection[Path] = ()
) -> Report:
    """The findings of ``lint`` that the project at a git revision has not: those in lines that were changed
    or added since (whether committed, staged or neither), and those that changes have caused elsewhere.
    Raises ``PlaycallError`` as ``lint`` does, and where git, the repository or the revision is not there."""
    before = _before(root, revision, now, env)
    report = lint(root, now, env, only)
    new: list[Diagnostic] = []
    for found in report.diagnostics:
        key = _key(found, report)
        if before[key]:
            before[key] -= 1
        else:
            new.append(found)
    return replace(report, diagnostics=tuple(new))


def _before(root: Path, revision: str, now: datetime, env: str | None) -> Counter[Key]:
    """What was found at the revision; nothing where the project was not there or could not be read at all."""
    try:
        version = project_at(root, revision)
    except NoProjectError:
        return Counter()
    nowhere = root / f"{version.commit}:"  # so that no file of the disk takes part
    try:
        report = lint(nowhere, now, env, files=Files(nowhere, opened=version.files))
    except PlaycallError:  # it had no such environment
        return Counter()
    return Counter(_key(found, report) for found in report.diagnostics)


def _key(found: Diagnostic, report: Report) -> Key:
    """What makes a finding the same one in two versions: its file, what it says, and the lines it is about,
    wherever they stand now."""
    place = found.location
    lines = (report.line(place.file, number).strip() for number in range(place.line, place.end_line + 1))
    return place.file, found.code, _PLACE.sub("", found.message), "\n".join(lines)
