"""Lint: load everything, run every check, apply the comments that silence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from ..playbook.loader import load
from .checks import CHECKS
from .reporters import Report
from .suppress import apply


def lint(root: Path, today: date, env: str | None = None, only: Collection[Path] = ()) -> Report:
    """What is wrong or suspicious in a project, sorted by place.

    ``only``: report on these files and folders alone (everything is read all the same: a playbook's mistakes
    depend on the catalogue). ``today`` decides which silencing comments have expired. Raises
    ``PlaycallError`` where there is no project, no such environment, or no such path.
    """
    loaded = load(root, env)
    checked = [found for check in CHECKS for found in check(loaded)]
    found = {*loaded.diagnostics, *apply(loaded, checked, today)}
    names = _named(root, only)
    kept = [one for one in found if names is None or _is_below(one.location.file, names)]
    files = [file for file in loaded.files if names is None or _is_below(file.name, names)]
    return Report(
        tuple(sorted(kept, key=lambda one: (one.location, one.code, one.message))),
        len(files),
        {file.name: file.text for file in loaded.files},
    )


def _named(root: Path, only: Collection[Path]) -> frozenset[str] | None:
    """The paths as findings name them; None for all."""
    from ...dsl.diagnostics import PlaycallError

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


def _is_below(file: str, names: frozenset[str]) -> bool:
    return any(name in (".", file) or file.startswith(f"{name}/") for name in names)
