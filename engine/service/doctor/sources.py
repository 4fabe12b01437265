"""The sources: each table is loaded as a run would, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from ....dsl.diagnostics import PlaycallError
from ...catalog.model import Catalog, Project
from ...facts.load import load
from ...facts.model import SourceState
from ...ports import Clock, FixedClock
from .check import Check, fail, ok


def sources(catalog: Catalog, project: Project, clock: Clock) -> Iterator[Check]:
    """One check a table: how many rows, how old, how old they may be."""
    try:
        now = clock.now()
        with TemporaryDirectory(prefix="playcall-") as folder:
            snapshot = load(catalog, project, FixedClock(now), wall=clock, into=Path(folder))
    except PlaycallError as error:
        yield fail("sources", str(error), "mend what it says")
        return
    for state in snapshot.sources:
        within = project.sources[state.source].fresh_within
        yield _source(state, within, now)


def _source(state: SourceState, within: timedelta | None, now: datetime) -> Check:
    name = f"source {state.name}"
    if state.status != "ok":
        advice = "what reads it is held until it is mended: playcall facts check"
        return fail(name, f"{state.status}: {state.reason}", advice)
    problems = sum(problem.count for problem in state.problems)
    parts = [f"{state.rows:,} rows", _age(state.data_time, within, now)]
    parts += [f"{problems:,} problem(s) in them"] if problems else []
    return ok(name, ", ".join(filter(None, parts)))


def _age(data_time: datetime | None, within: timedelta | None, now: datetime) -> str:
    """How old the data is; without `fresh:` nobody notices when it stops coming."""
    age = "" if data_time is None else f"{_span(now - data_time)} old"
    limit = "no limit of age (`fresh:`)" if within is None else f"may be {_span(within)} old"
    return ", ".join(filter(None, (age, limit)))


def _span(span: timedelta) -> str:
    hours = max(span, timedelta()) / timedelta(hours=1)
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} d"
