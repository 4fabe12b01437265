"""Looking at a project's playbooks in portions, side by side, and putting together what was seen.

A portion's playbooks are read and checked where they are looked at; only what was found, and the little that
checks must know of all playbooks, is handed on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ..document import MAX_BYTES, name_of
from ..files import Files
from ..forks import cores, may_fork, side_by_side
from ..playbook.loader import (
    Loaded,
    Renamed,
    check_old_names,
    open_project,
    playbook_files,
    read_playbooks,
    renamed,
)
from ..testing.loader import Tests, load_tests, test_files
from . import untested
from .checks import ACROSS, CHECKS
from .checks.secret import secrets
from .suppress import Allowance, allowances
from .whole import Whole

ENOUGH = 100  # playbooks that are worth a further process

# What is not there, or there twice, may be so for the portion alone.
_ELSEWHERE = frozenset({"E501", "E503", "E504"})

_NAME = re.compile(rb"""^(playbook|extends):[ \t]*["']?([\w-]+)""", re.MULTILINE)


@frozen
class Seen:
    """What was seen of some playbooks: what reading them found, and their tests; what the checks found, and
    what they must know of all; the comments that silence; and the texts that were read, by name. ``tested``
    is None where tests were not looked at."""

    read: tuple[Diagnostic, ...]
    read_of_tests: tuple[Diagnostic, ...]
    found: tuple[Diagnostic, ...]
    gathered: tuple[Any, ...]
    tested: untested.Tested | None
    comments: tuple[Allowance | Diagnostic, ...]
    texts: dict[str, str]
    names: tuple[str, ...]
    old_names: tuple[Renamed, ...]


def look(loaded: Loaded, tests: Tests | None = None) -> Seen:
    """What is to be seen of the playbooks that were read, and of their tests."""
    of_tests = tests.files if tests is not None else ()
    files = (*loaded.files, *of_tests)
    return Seen(
        loaded.diagnostics,
        tests.diagnostics if tests is not None else (),
        (*(found for check in CHECKS for found in check(loaded)), *secrets(of_tests)),
        tuple(check.gather(loaded) for check in ACROSS),
        untested.gather(loaded, tests) if tests is not None else None,
        tuple(allowances(loaded, files)),
        {file.name: file.text for file in files},
        tuple(loaded.written),
        tuple(renamed(one) for one in loaded.playbooks.values()),
    )


def judge(whole: Whole, seen: Sequence[Seen]) -> Iterator[Diagnostic]:
    """What the checks find in a project of which all playbooks were looked at."""
    for one in seen:
        yield from one.found
    for number, check in enumerate(ACROSS):
        yield from check.judge(whole, [one.gathered[number] for one in seen])
    tested = [one.tested for one in seen if one.tested is not None]
    if tested:
        yield from untested.judge(whole, tested)


def look_side_by_side(root: Path, env: str | None, jobs: int | None) -> tuple[Whole, list[Seen]] | None:
    """What is seen of a project by as many processes as pay; None where it must be looked at as a whole.
    ``jobs``: how many processes, however few playbooks there are. Raises ``PlaycallError`` as ``load``."""
    texts = _texts(root)
    wanted = jobs or min(cores(), len(texts) // ENOUGH)
    if wanted < 2 or not may_fork():
        return None
    files = Files(root, opened=texts)
    related, portions = _portions(files, texts, wanted)
    if len(portions) < 2:
        return None
    opened = open_project(root, env, files)
    own: list[Loaded] = []

    def work(playbooks: Collection[Path], tests: Collection[Path]) -> Seen:
        loaded = read_playbooks(opened, playbooks)
        own.append(loaded)
        return look(loaded, load_tests(loaded, files, tests))

    def reread(names: Collection[str]) -> Loaded:
        paths = {*related, *(root / name for name in names)}
        return read_playbooks(open_project(root, env, files), sorted(paths))

    seen = side_by_side([partial(work, *portion) for portion in portions])
    if not _is_sound(seen):
        return None
    read = {found for one in seen for found in one.read}
    return Whole(replace(own[0], diagnostics=tuple(read)), reread), seen


def _is_sound(seen: Sequence[Seen]) -> bool:
    """Whether no portion misses something of another one, and none has what another one has too."""
    names = [name for one in seen for name in one.names]
    read = (found for one in seen for found in (*one.read, *one.read_of_tests))
    return (
        len(set(names)) == len(names)
        and not any(found.code in _ELSEWHERE for found in read)
        and not any(check_old_names([name for one in seen for name in one.old_names]))
    )


def _texts(root: Path) -> dict[str, bytes]:
    """The files of playbooks and tests by name, as far as they can be read and are not too large: what is
    wrong with the others is said where all are read."""
    files, texts = Files(root), dict[str, bytes]()
    for path in (*playbook_files(files), *test_files(files)):
        with suppress(OSError):
            if path.stat().st_size <= MAX_BYTES:
                texts[name_of(root, path)] = path.read_bytes()
    return texts


Portion = tuple[list[Path], list[Path]]  # of playbooks, and of their tests


def _portions(files: Files, texts: Mapping[str, bytes], wanted: int) -> tuple[list[Path], list[Portion]]:
    """The playbooks that extend others or are extended, and all playbooks in portions of about the same size,
    each with its tests. Those related stand in the first one."""
    known = {path: _names(path, files, texts) for path in playbook_files(files)}
    bases = {one.get("extends") for one in known.values()}
    related = [path for path, one in known.items() if "extends" in one or one.get("playbook") in bases]
    others = [path for path in known if path not in set(related)]
    size = -(-len(known) // wanted) or 1
    cut = max(0, size - len(related))
    groups = [sorted([*related, *others[:cut]])]
    groups += [others[at : at + size] for at in range(cut, len(others), size)]
    place = {known[path].get("playbook"): number for number, group in enumerate(groups) for path in group}
    tests: list[list[Path]] = [[] for _ in groups]
    for path in test_files(files):
        tests[place.get(_names(path, files, texts).get("playbook"), 0)].append(path)
    return related, list(zip(groups, tests, strict=True))


def _names(path: Path, files: Files, texts: Mapping[str, bytes]) -> dict[str, str]:
    """Which playbook a file is (about), and which one it extends, as it seems from its text."""
    text = texts.get(name_of(files.root, path), b"")
    return {key.decode(): name.decode("utf-8", "replace") for key, name in _NAME.findall(text)}
