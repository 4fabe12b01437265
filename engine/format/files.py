"""`playcall fmt`: the YAML files of a project, or those named, in canonical layout."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from ...dsl.diagnostics import Diagnostic, PlaycallError
from ...dsl.frozen import frozen
from ..document import read_file
from ..rewrite import encoded, replace_file
from .layout import LayoutError, laid_out

# Where a project has YAML files (SPEC 2).
FOLDERS = ("catalog", "playbooks", "surveys", "pricebooks", "plans", "reports", "tests")
PROJECT_FILE = "playcall.yaml"


@frozen
class Changed:
    """A file whose layout is not the canonical one. ``name`` is relative to the project where it is in it."""

    name: str
    path: Path
    before: str
    after: str

    def diff(self) -> str:
        """A unified diff."""
        old, new = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        lines = unified_diff(old, new, self.name, self.name)
        return "".join(
            line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )


@frozen
class Layout:
    """What `fmt` found: files that differ, how many it read, and the mistakes of those that it leaves
    alone, with their texts by name."""

    changed: tuple[Changed, ...]
    files: int
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str]


def fmt(root: Path, paths: Collection[Path] = (), write: bool = True) -> Layout:
    """Lay out the files at ``paths`` (relative to the project or to here; folders with all that is in them),
    or all of the project's. ``write``: replace those that differ, each in one step. Raises ``PlaycallError``
    where there is no project, no such path, no YAML file there, or a file cannot be written."""
    changed: list[Changed] = []
    found: list[Diagnostic] = []
    wrong: dict[str, str] = {}
    files = sorted(set(_named(root, paths) if paths else _of_project(root)))
    for path in files:
        file = read_file(root, path, found)
        try:
            text = laid_out(file) if file is not None else None
        except LayoutError as error:
            found.extend(error.diagnostics)
            wrong.update({file.name: file.text} if file is not None else {})
            continue
        if file is not None and text is not None and text != file.text:
            changed.append(Changed(file.name, path, file.text, text))
    for one in changed if write else ():
        replace_file(one.path, encoded(one.after, one.path.read_bytes()))
    return Layout(tuple(changed), len(files), tuple(found), wrong)


def _of_project(root: Path) -> Iterator[Path]:
    if not (root / PROJECT_FILE).is_file():
        message = f"{root.resolve()} has no {PROJECT_FILE}"
        raise PlaycallError(f"{message}. Go to a project's folder, or name the files to lay out")
    yield root / PROJECT_FILE
    for folder in FOLDERS:
        yield from _below(root / folder)


def _named(root: Path, paths: Collection[Path]) -> Iterator[Path]:
    for path in paths:
        full = root / path if (root / path).exists() else path
        if full.is_dir():
            yield from _below(full)
        elif not full.exists():
            raise PlaycallError(f"there is no file or folder {path}")
        elif full.suffix.lower() not in (".yaml", ".yml"):
            raise PlaycallError(f"{path} is no YAML file: its name ends in neither .yaml nor .yml")
        else:
            yield full


def _below(folder: Path) -> Iterator[Path]:
    """The YAML files in a folder, without those in hidden folders."""
    for path in folder.rglob("*.yaml"):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path
