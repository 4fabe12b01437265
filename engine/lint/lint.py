"""Lint: load everything, run every check, apply the comments that silence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from pathlib import Path

from ...dsl.diagnostics import Diagnostic, PlaycallError
from ..files import Files
from ..playbook.loader import Loaded, load
from ..testing.loader import load_tests
from .checks import CHECKS, untested
from .report import Report
from .suppress import apply


def lint(
    root: Path,
    today: date,
    env: str | None = None,
    only: Collection[Path] = (),
    files: Files | None = None,
    online: Callable[[Loaded], Iterable[Diagnostic]] | None = None,
) -> Report:
    """What is wrong or suspicious in a project, sorted by place.

    ``only``: report on these files and folders alone (everything is read all the same: a playbook's mistakes
    depend on the catalogue). ``today`` decides which silencing comments have expired. ``files``: where the
    project is read from, if not from the disk alone. ``online``: the checks against facts, which are asked of
    a project without errors. Raises ``PlaycallError`` where there is no project, no
    such environment, or no such path.
    """
    files = files or Files(root)
    loaded = load(root, env, files)
    tests = load_tests(loaded, files)
    read = (*loaded.files, *tests.files)
    more = [*untested.check(loaded, tests)]
    if online is not None and not loaded.errors:
        more += online(loaded)
    found = (*loaded.diagnostics, *tests.diagnostics, *checked(loaded, today, more, online is not None))
    names = named(root, only)
    kept = [one for one in set(found) if names is None or below(one.location.file, names)]
    shown = [file for file in read if names is None or below(file.name, names)]
    return Report(
        in_order(kept),
        len(shown),
        {file.name: file.text for file in read},
    )


def checked(
    loaded: Loaded, today: date, more: Iterable[Diagnostic] = (), online: bool = False
) -> tuple[Diagnostic, ...]:
    """What the checks find in a project that was read, and ``more``, less what comments silence. ``online``:
    the facts were asked too, so that a comment about them has its say."""
    found = [*(one for check in CHECKS for one in check(loaded)), *more]
    return tuple(apply(loaded, found, today, online))


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings sorted by place."""
    return tuple(sorted(found, key=lambda one: (one.location, one.code, one.message)))


def named(root: Path, only: Collection[Path]) -> frozenset[str] | None:
    """The paths as findings name them; None for all."""
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
