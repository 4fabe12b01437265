"""The search for unreachable cycles, put off while much is made and nearly all of it is kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def collect_recent(least: int = 0) -> None:
    """Look through what was made since the last search, and not again through what that one kept: the cost of
    a day, where many are run one after another without the search. Not where that is fewer than ``least``
    objects."""
    if gc.get_count()[0] >= least:
        gc.collect(0)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search: reading a project and deciding a run make millions of small objects and no cycles,
    and looking through them again and again takes a seventh of a run's time, a third of a reading's."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            # What was made goes to the oldest, unsearched: nearly all of it is kept.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
