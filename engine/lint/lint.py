"""Lint: load everything, run every check, apply the comments that silence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from ...dsl.diagnostics import Diagnostic
from ..files import Files, below, named
from ..playbook.loader import Loaded, load
from ..testing.loader import load_tests
from .portions import Seen, judge, look, look_side_by_side
from .report import Report
from .suppress import Silence, apply, day_of
from .whole import Whole


def lint(
    root: Path,
    now: datetime,
    env: str | None = None,
    only: Collection[Path] = (),
    files: Files | None = None,
    online: Callable[[Loaded], Iterable[Diagnostic]] | None = None,
    jobs: int | None = None,
) -> Report:
    """What is wrong or suspicious in a project, sorted by place.

    ``only``: report on these files and folders alone (everything is read all the same: a playbook's mistakes
    depend on the catalogue). ``now``, as a day of the project, decides which silencing comments have expired.
    ``files``: where the project is read from, if not from the disk alone. ``online``: the checks against
    facts, which are asked of a project without errors. ``jobs``: in how many processes (default: the cores,
    where there are many playbooks). Raises ``PlaycallError`` where there is no project, no such environment,
    or no such path.
    """
    together = look_side_by_side(root, env, jobs) if files is None and online is None else None
    whole, seen = together or _look(root, env, files or Files(root))
    more = [*online(whole.loaded)] if online is not None and not whole.loaded.errors else []
    read = (found for one in seen for found in (*one.read, *one.read_of_tests))
    found = {*read, *_checked(whole, seen, now, more, online is not None)}
    texts = {name: text for one in seen for name, text in one.texts.items()}
    names = named(root, only)
    shown = [name for name in texts if names is None or below(name, names)]
    kept = (one for one in found if names is None or below(one.location.file, names))
    return Report(in_order(kept), len(shown), texts)


def _look(root: Path, env: str | None, files: Files) -> tuple[Whole, list[Seen]]:
    """What is seen of a project that is read as a whole."""
    loaded = load(root, env, files)
    return Whole(loaded, lambda _: loaded), [look(loaded, load_tests(loaded, files))]


def checked(loaded: Loaded, now: datetime) -> tuple[Diagnostic, ...]:
    """What the checks find in a project that was read, less what comments silence; its tests apart."""
    return tuple(_checked(Whole(loaded, lambda _: loaded), [look(loaded)], now))


def _checked(
    whole: Whole, seen: Sequence[Seen], now: datetime, more: Iterable[Diagnostic] = (), online: bool = False
) -> Iterator[Diagnostic]:
    """``more`` was found too. ``online``: the facts were asked, so that a comment about them has its say."""
    comments = [comment for one in seen for comment in one.comments]
    unloaded = (*whole.loaded.errors, *(found for one in seen for found in one.read_of_tests))
    silence = Silence(day_of(now, whole.loaded.project), online, unloaded)
    return apply(comments, (*judge(whole, seen), *more), silence)


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings sorted by place."""
    return tuple(sorted(found, key=lambda one: (one.location, one.code, one.message)))
