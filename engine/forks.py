"""Work that is done side by side in processes forked from this one, each with a small result."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_TASKS = Path("/proc/self/task")


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def may_fork() -> bool:
    """Whether this process has but one thread: locks that others hold would stay locked in a fork."""
    return _TASKS.is_dir() and len(list(_TASKS.iterdir())) == 1


def side_by_side(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each piece of work gives, in order: the first is done here, each other one in a process of its
    own, with all that there is by now. What fails there is done again here, so that its error is raised here.
    Results must be picklable."""
    import pickle  # only where there is much to do

    others = [_fork(work, pickle.dumps) for work in works[1:]]
    try:
        first = works[0]()
    finally:
        answers = [_answer(*other) for other in others]
    rest = zip(answers, works[1:], strict=True)
    return [first, *(pickle.loads(data) if data else work() for data, work in rest)]


def _fork(work: Callable[[], object], packed: Callable[[object], bytes]) -> tuple[int, int]:
    """The process's number, and where its answer is read."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    try:
        os.close(reading)
        with open(writing, "wb") as answer:
            answer.write(packed(work()))
    except BaseException:  # nothing of this process's own may run in its copy: neither handlers nor output
        os._exit(1)
    os._exit(0)


def _answer(child: int, reading: int) -> bytes:
    """What a process wrote; empty where it failed."""
    with open(reading, "rb") as answer:
        data = answer.read()
    _, status = os.waitpid(child, 0)
    return b"" if status else data
