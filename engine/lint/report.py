"""What lint found, as every format prints it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...dsl.diagnostics import Diagnostic, Severity


@dataclass(frozen=True)
class Report:
    """Findings in order, how many files were read, and their texts by name for the caret lines.

    ``fail_on``: the least severity that makes the command fail. ``folder``: the project's folder as those see
    it who read ``sarif`` and ``github`` (they stand at the root of the repository), empty if it is theirs.
    """

    diagnostics: tuple[Diagnostic, ...]
    files: int
    texts: Mapping[str, str]
    fail_on: Severity = "error"
    folder: str = ""

    @property
    def errors(self) -> int:
        return sum(found.severity == "error" for found in self.diagnostics)

    @property
    def warnings(self) -> int:
        return len(self.diagnostics) - self.errors

    @property
    def failed(self) -> bool:
        """Whether there is a finding that makes the command fail."""
        return any(self.fails(found) for found in self.diagnostics)

    def fails(self, found: Diagnostic) -> bool:
        return found.severity == "error" or self.fail_on == "warning"

    def path(self, name: str) -> str:
        """A file's name as seen from the root of the repository."""
        return f"{self.folder}/{name}" if self.folder else name

    @cached_property
    def _lines(self) -> dict[str, list[str]]:
        return {}

    def line(self, name: str, number: int) -> str:
        """A line of a file, from 1, without its end; empty where there is none."""
        if name not in self._lines:
            text = self.texts.get(name, "")
            self._lines[name] = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        lines = self._lines[name]
        return lines[number - 1] if 1 <= number <= len(lines) else ""


def report_of(diagnostics: tuple[Diagnostic, ...], root: Path) -> Report:
    """A report of findings alone, with the texts of their files read again (for caret lines)."""
    names = {found.location.file for found in diagnostics}
    texts: dict[str, str] = {}
    for name in names:
        with suppress(OSError):
            texts[name] = (root / name).read_text("utf-8-sig", errors="replace")
    return Report(diagnostics, len(names), texts)


def seen_from(root: Path, base: Path) -> str:
    """The path from a repository's folder to the project's; empty where it is the same or is not below it."""
    full, base = root.resolve(), base.resolve()
    if full == base or not full.is_relative_to(base):
        return ""
    return full.relative_to(base).as_posix()
