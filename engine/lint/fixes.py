"""`lint --fix`: findings that have one safe mend are mended, proved by linting what they would leave, and
written in one step a file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ...dsl.diagnostics import Diagnostic, PlaycallError
from ...dsl.frozen import frozen
from ...dsl.source import Location
from ..files import Document, Files
from ..rewrite import edited, encoded, overlap, replace_file
from .lint import lint
from .report import Report

# A mended mistake may uncover another one. Far above what files of people need.
MAX_PASSES = 100

# What stops YAML from being read to the end of a file, and an expression from being read.
_BREAKS_FILE, _BREAKS_EXPRESSION = frozenset({"E101", "E110"}), "E201"


@frozen
class Mended:
    """What was mended, in order, and the report on what is left."""

    fixed: tuple[Diagnostic, ...]
    report: Report


def mend(root: Path, now: datetime, env: str | None = None, only: Collection[Path] = ()) -> Mended:
    """Mend the findings of ``lint`` that have a fix, and write the files. A fix that would leave its file
    harder to read than before (``_worse``) is not applied. Raises ``PlaycallError`` as ``lint`` does, and
    where a file cannot be written."""
    work = _Work(root, now, env, only)
    report = work.lint({})
    fixed: list[Diagnostic] = []
    for _ in range(MAX_PASSES):
        accepted, report = work.accept(_apart(report.diagnostics, work.refused), report)
        fixed.extend(accepted)
        if not accepted:
            break
    for name, data in work.opened.items():
        replace_file(root / name, data)
    return Mended(tuple(fixed), report)


def _stage(found: Diagnostic) -> int:
    """What is mended before what: a file's YAML, its keys and values, its expressions, the suspicious."""
    if found.severity == "warning":
        return 3
    return 0 if found.code in _BREAKS_FILE else 1 if found.code.startswith("E1") else 2


def _apart(found: Iterable[Diagnostic], refused: Collection[Diagnostic]) -> list[Diagnostic]:
    """Findings with safe fixes, of the first stage that has some, of which none touches what another one
    changes; the first of two goes first."""
    wanted = [one for one in found if one.fix is not None and one.fix.safe and one not in refused]
    stage = min(map(_stage, wanted), default=0)
    chosen: list[Diagnostic] = []
    taken: list[Location] = []
    for one in wanted:
        places = [edit.location for edit in one.fix.edits] if one.fix else []
        if _stage(one) == stage and not any(overlap(place, other) for place in places for other in taken):
            chosen.append(one)
            taken.extend(places)
    return chosen


class _Work:
    """The project with what was mended so far, in memory."""

    def __init__(self, root: Path, now: datetime, env: str | None, only: Collection[Path]) -> None:
        self._root, self._now, self._env, self._only = root, now, env, only
        self._known: dict[str, Document] = {}
        self.opened: dict[str, bytes] = {}
        self.refused: set[Diagnostic] = set()

    def lint(self, changed: Mapping[str, bytes]) -> Report:
        files = Files(self._root, {**self.opened, **changed}, self._known)
        return lint(self._root, self._now, self._env, self._only, files)

    def accept(self, chosen: Sequence[Diagnostic], before: Report) -> tuple[list[Diagnostic], Report]:
        """Apply fixes; of those that together leave something worse, each half by itself, down to the one
        that does, which is refused. Gives what was applied, and the report after it."""
        if not chosen:
            return [], before
        changed = self._changed(chosen, before)
        after = self.lint(changed)
        if not any(_worse(name, chosen, before, after) for name in changed):
            self.opened.update(changed)
            return list(chosen), after
        if len(chosen) == 1:
            self.refused.update(chosen)
            return [], before
        return self.accept(chosen[: len(chosen) // 2], before)

    def _changed(self, chosen: Iterable[Diagnostic], report: Report) -> dict[str, bytes]:
        """The new contents of the files that fixes change."""
        by_file: dict[str, list[Diagnostic]] = {}
        for one in chosen:
            by_file.setdefault(one.location.file, []).append(one)
        changed = {}
        for name, found in by_file.items():
            before = self.opened.get(name) or (self._root / name).read_bytes()
            if before.decode("utf-8-sig") != report.texts[name]:
                raise PlaycallError(f"{name} was changed by somebody else meanwhile; run it again")
            edits = [edit for one in found for edit in (one.fix.edits if one.fix else ())]
            changed[name] = encoded(edited(report.texts[name], edits), before)
        return changed


def _worse(name: str, chosen: Sequence[Diagnostic], before: Report, after: Report) -> bool:
    """Whether less of a file can be read than before: YAML stops earlier, or has not come further although
    fixes said so; or more expressions cannot be read, after fixes that gave it no new ones to read."""
    stage = _stage(chosen[0])
    was, now = _stop(name, before), _stop(name, after)
    if stage == 0 or was != now:
        return now <= was
    return stage > 1 and _count(name, after) > _count(name, before)


def _stop(name: str, report: Report) -> tuple[float, int]:
    """The line and column where YAML cannot be read on."""
    places = [
        (found.location.line, found.location.column)
        for found in report.diagnostics
        if found.code in _BREAKS_FILE and found.location.file == name
    ]
    return min(places, default=(float("inf"), 0))


def _count(name: str, report: Report) -> int:
    return sum(
        found.code == _BREAKS_EXPRESSION and found.location.file == name for found in report.diagnostics
    )
