"""The same work on many items, in several processes where that pays."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from ..forks import cores, may_fork
from ..garbage import collect_recent

Item = TypeVar("Item")
Result = TypeVar("Result")
Step = Callable[[str, int, int], None]
# What a process makes once: something to close in the end, and the work on one item.
Start = Callable[[], tuple[AbstractContextManager[Any], Callable[[Item], Result]]]

ENOUGH = 40  # items that are worth a further process
_MANY = 200_000  # objects that are worth a search


def each(
    items: Sequence[Item], start: Start[Item, Result], jobs: int | None = None, step: Step = lambda *_: None
) -> Iterator[Result]:
    """What the work gives for each item, in their order. ``jobs``: how many processes (default: the cores,
    where there are many items). Nothing is sent to a process but numbers: it is forked with all that
    ``start`` needs."""
    worth = len(items) if jobs else len(items) // ENOUGH
    wanted = min(jobs or cores(), worth)
    if not items:
        return
    results = _forked(items, start, wanted) if wanted > 1 and may_fork() else _here(items, start)
    for done, result in enumerate(results, 1):
        step("tests", done, len(items))
        yield result


def _here(items: Sequence[Item], start: Start[Item, Result]) -> Iterator[Result]:
    held, work = start()
    with held, unwatched():
        for item in items:
            yield work(item)
            collect_recent(_MANY)


@contextmanager
def unwatched() -> Iterator[None]:
    """What there is by now is held anyway: the search for garbage leaves it out. Searches at other times than
    here take a sixth of the time of many short decisions: call it without them (``uncollected``)."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


_forked_work: Callable[[int], Any]


def _forked(items: Sequence[Item], start: Start[Item, Result], jobs: int) -> Iterator[Result]:
    def begin() -> None:
        global _forked_work
        _, work = start()
        gc.freeze()  # as in ``unwatched``, until the process ends
        _forked_work = lambda number: work(items[number])  # noqa: E731

    context = multiprocessing.get_context("fork")
    chunk = max(1, min(20, len(items) // (jobs * 4)))
    with ProcessPoolExecutor(jobs, context, begin) as pool:
        yield from pool.map(_work, range(len(items)), chunksize=chunk)


def _work(number: int) -> Any:
    result = _forked_work(number)
    collect_recent(_MANY)
    return result
