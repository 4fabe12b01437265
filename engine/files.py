"""The files of a project: as they are on disk or, where an editor has them open, as they stand there."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

from ..dsl.diagnostics import Diagnostic, PlaycallError
from .document import File, Node, name_of, read_document, read_file

Document = tuple[str, Node | None, tuple[Diagnostic, ...]]


def _entries(folder: Path, pattern: str) -> Iterator[Path]:
    """What stands below a folder, apart from folders, under names that fit."""
    for place, _, names in os.walk(folder, onerror=_refuse):
        yield from (Path(place, name) for name in names if fnmatch(name, pattern))


def _refuse(error: OSError) -> None:
    """A folder that is not there holds nothing; what one holds that cannot be read, nobody knows."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise PlaycallError(f"{error.filename} cannot be read: {error.strerror}")


class Files:
    """What a project is read from; ``read`` are those of its YAML files that were.

    ``opened`` takes the place of files on disk, by their name relative to ``root``. ``known`` keeps the
    parsed documents by name from one reading to the next: what has the same text is not parsed again."""

    def __init__(
        self,
        root: Path,
        opened: Mapping[str, bytes] | None = None,
        known: dict[str, Document] | None = None,
    ) -> None:
        self.root = root
        self.read: list[File] = []
        self._opened = opened or {}
        self._known = known

    def has(self, path: Path) -> bool:
        """Whether there is such a file."""
        return self._name(path) in self._opened or path.is_file()

    def below(self, folder: str, pattern: str) -> list[Path]:
        """The files below a folder of the project whose names fit a pattern (``*.yaml``), links that lead
        nowhere too, sorted by path. Raises ``PlaycallError`` for a folder that cannot be read."""
        found = {
            path
            for path in _entries(self.root / folder, pattern)
            if path.is_file() or (path.is_symlink() and not path.exists())
        }
        for name in self._opened:
            if name.startswith(f"{folder}/") and fnmatch(name.rpartition("/")[2], pattern):
                found.add(self.root / name)
        return sorted(found)

    def file(self, path: Path, found: list[Diagnostic]) -> File | None:
        """One file; None, with a diagnostic, where it cannot be read."""
        return read_file(self.root, path, found, self._opened.get(self._name(path)))

    def document(self, file: File, found: list[Diagnostic]) -> Node | None:
        """The YAML document of a file that was read; its mistakes go to ``found``."""
        if self._known is None:
            return read_document(file, found)
        known = self._known.get(file.name)
        if known is None or known[0] != file.text:
            mistakes: list[Diagnostic] = []
            known = (file.text, read_document(file, mistakes), tuple(mistakes))
            self._known[file.name] = known
        found.extend(known[2])
        return known[1]

    def _name(self, path: Path) -> str:
        return name_of(self.root, path)


def named(root: Path, only: Collection[Path]) -> frozenset[str] | None:
    """The paths that somebody gave, as findings name them; None for all. Raises ``PlaycallError`` for one
    that is not there, or not in the project."""
    if not only:
        return None
    names: set[str] = set()
    for path in only:
        full = path if path.is_absolute() else (root / path if (root / path).exists() else path.absolute())
        if not full.exists():
            raise PlaycallError(f"there is no file or folder {path}")
        if not full.resolve().is_relative_to(root.resolve()):
            raise PlaycallError(f"{path} is not in the project {root}")
        names.add(full.resolve().relative_to(root.resolve()).as_posix())
    return frozenset(names)


def below(file: str, names: frozenset[str]) -> bool:
    """Whether a file is one of these, or stands in one of these folders."""
    return any(name in (".", file) or file.startswith(f"{name}/") for name in names)
