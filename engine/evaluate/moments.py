"""Moments: a countdown ``== N`` or ``in [N, …]``, due on one date and for its grace after that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import cast

from sqlglot import exp

from ...dsl.sqltree import (
    Node,
    again,
    aliased,
    between,
    both,
    call,
    column,
    either,
    integer,
    interval,
    is_null,
    is_present,
    join,
    left_join,
    negation,
    op,
    select,
    subquery,
    table,
    text,
    union,
)
from ...dsl.sqltree import cast as cast_to
from ...dsl.types import Duration, Kind
from ..playbook.model import Play
from .context import DEFAULT_GRACE, Context, Occasion, day, days, equal, same_identity
from .model import LAPSED, Due, Found, PlayId
from .projection import TABLE, DueDate, Projection
from .tables import OCCURRENCE

FORESEEN_DAYS = 35

_DUE = "_due"  # the table of what falls due beside what is recorded: a row a play, target, record, occurrence
WINDOW = "w"  # alias of the table of windows
Target = tuple[Play, DueDate]
_ROW = ("playbook", "play", "target", "_key")
_SHOWN = (*_ROW, "identity", "anchor", "due")


def scope_start(context: Occasion, play: Play) -> date:
    """The first due date that concerns this play: its own first run, less its grace (SPEC 5)."""
    known = context.history.plays.get((play.playbook, play.name))
    first_run = known.first_run if known else context.moment.today
    return context.earlier(first_run, play.grace or DEFAULT_GRACE)


def find(context: Context, projection: Projection, plays: Sequence[Play], *, counted: bool = True) -> Found:
    """Occurrences of these moment plays that are due by today, in scope and not in the ledger. ``counted``:
    and how many in grace are in the ledger."""
    if not plays:
        return Found()
    store, duplicates = context.store, 0
    due_now = union([_rows(context, projection, targets) for targets in _by_column(projection, plays)])
    if not any((play.playbook, play.name) in context.history.recorded for play in plays):
        rows = store.execute(due_now)
    elif not counted:
        rows = store.execute(_beside_recorded(context, projection, due_now, is_null(column("record", "o"))))
    else:
        absent = is_null(column("record", "o"))
        settled = both(column("in_grace", "d"), negation(column("open", "o")))
        store.create(_DUE, _beside_recorded(context, projection, due_now, either(absent, settled)))
        rows = store.execute(_due(is_null(column("settled", "d")), *(column(name, "d") for name in _SHOWN)))
        known = exp.Tuple(expressions=[column(name, "d") for name in _ROW])
        count = exp.Count(this=exp.Distinct(expressions=[known]))
        duplicates = cast(int, store.execute(_due(is_present(column("settled", "d")), count))[0][0])
    return Found(tuple(_dues(context, projection.entity, plays, rows)), (), duplicates)


def _by_column(projection: Projection, plays: Sequence[Play]) -> list[list[Target]]:
    """The plays' targets, together where one column of the projection holds the due date of target 0."""
    found: dict[str, list[Target]] = {}
    for play in plays:
        for due in projection.due[play.playbook, play.name]:
            found.setdefault(due.column, []).append((play, due))
    return list(found.values())


def _rows(context: Context, projection: Projection, targets: Sequence[Target]) -> exp.Select:
    """The records for which a target is due, from one scan of the column that these targets share."""
    play, due = targets[0]
    anchor, stored = projection.anchor[play.playbook, play.name], column(due.column, TABLE)
    playbooks = sorted({play.playbook for play, _ in targets})
    populations = [exp.If(this=text(name), true=projection.in_population(name)) for name in playbooks]
    in_grace = between(again(stored), column("in_grace", WINDOW), column("today", WINDOW))
    return select(
        [
            *(column(name, WINDOW) for name in ("playbook", "play", "target")),
            column("_key", TABLE),
            aliased(projection.identity(anchor), "identity"),
            aliased(column(anchor, TABLE), "anchor"),
            aliased(op(exp.Add, again(stored), column("shift", WINDOW)), "due"),
            aliased(in_grace, "in_grace"),
        ],
        table(projection.name, TABLE),
        [join(subquery(_windows(context, targets), WINDOW), equal(stored, column("day", WINDOW)))],
        exp.Case(this=column("playbook", WINDOW), ifs=populations),
    )


def window(context: Occasion, play: Play) -> tuple[date, date, date]:
    """From when to when a due date counts, and from when its grace still lasts: from the play's first day to
    today, or to what comes along (`ahead`)."""
    today = context.moment.today
    last = today + timedelta(days=play.together.ahead_days if play.together else 0)
    return scope_start(context, play), last, context.earlier(today, play.grace or DEFAULT_GRACE)


def _windows(context: Context, targets: Sequence[Target]) -> exp.Select:
    """A row for each target and day in its window: records are found by a join on the day."""
    rows = []
    for play, due in targets:
        first, last, in_grace = (day(due.stored(one)) for one in window(context, play))
        names = (text(play.playbook), text(play.name), text(due.label), integer(due.shift))
        rows.append((*names, first, last, in_grace, day(due.stored(context.moment.today))))
    columns = ["playbook", "play", "target", "shift", "first", "last", "in_grace", "today"]
    series = call("GENERATE_SERIES", column("first", "v"), column("last", "v"), interval(1, "DAY"))
    kept = [column(name, "v") for name in columns if name not in ("first", "last")]
    every_day = aliased(cast_to(call("UNNEST", series), Kind.DATE), "day")
    return select([*kept, every_day], exp.values(rows, alias="v", columns=columns))


def _beside_recorded(context: Context, projection: Projection, due_now: exp.Query, where: Node) -> exp.Select:
    """The due rows ``d`` beside the occurrence ``o`` that the ledger has of each (``settled`` is null: it has
    none), as far as they are asked for."""
    return select(
        [*(column(name, "d") for name in _SHOWN), aliased(negation(column("open", "o")), "settled")],
        subquery(due_now, "d"),
        [left_join(table(OCCURRENCE, "o"), _same_occurrence(context, projection))],
        where,
    )


def _same_occurrence(context: Context, projection: Projection) -> Node:
    """The due row ``d`` is what the ledger has as the occurrence ``o``."""
    same = same_identity(
        column("identity", "o"), column("identity", "d"), context.tolerance(projection.entity)
    )
    lapsed = exp.In(this=column("reason", "o"), expressions=[text(reason) for reason in LAPSED])
    return both(
        equal(column("record", "o"), column("_key", "d")),
        *(equal(column(name, "o"), column(name, "d")) for name in ("playbook", "play", "target")),
        same,
        either(negation(lapsed), equal(column("due", "o"), column("due", "d"))),
    )


def _due(where: Node, *columns: Node) -> exp.Select:
    return select(columns, table(_DUE, "d"), where=where)


def occurrence_key(identity: str, label: str) -> str:
    """What keeps a moment unique for a play and record: the cycle (or date), and N as written in a list."""
    return f"{identity}/{label}" if label else identity


def _dues(
    context: Context, entity: str, plays: Sequence[Play], rows: Sequence[tuple[object, ...]]
) -> Iterator[Due]:
    graces = {(play.playbook, play.name): play.grace or DEFAULT_GRACE for play in plays}
    deadlines: dict[tuple[Duration, date], date] = {}  # thousands of rows share a few
    for row in rows:
        playbook, play, label, record, identity = cast(tuple[str, str, str, str, str], row[:5])
        anchor, due = cast(tuple[date, date], row[5:7])
        last = (graces[playbook, play], due)
        if last not in deadlines:
            deadlines[last] = context.later(due, last[0])
        yield due_of((playbook, play), entity, record, label, identity, anchor, due, deadlines[last])


def due_of(
    place: PlayId,
    entity: str,
    record: str,
    label: str,
    identity: str,
    anchor: date,
    due: date,
    deadline: date,
) -> Due:
    """The occurrence of a moment. ``label``: N as written in a list, or ""; ``anchor``: the countdown's own
    date."""
    return Due(
        playbook=place[0],
        play=place[1],
        entity=entity,
        record=record,
        key=occurrence_key(identity, label),
        origin="moment",
        cycle=identity,
        target=label,
        anchor=anchor if due <= anchor else None,
        due=due,
        deadline=deadline,
    )


def foresee(
    context: Context, projection: Projection, plays: Sequence[Play]
) -> list[tuple[str, str, date, int]]:
    """How many of each play's moments fall on each of the coming days, as the facts stand."""
    coming = [context.moment.today + timedelta(days=n) for n in range(1, FORESEEN_DAYS + 1)]
    found: Counter[tuple[str, str, date]] = Counter()
    for targets in _by_column(projection, plays):
        name = targets[0][1].column
        first = min(due.stored(coming[0]) for _, due in targets)
        last = max(due.stored(coming[-1]) for _, due in targets)
        playbooks = sorted({play.playbook for play, _ in targets})
        rows = _per_day(context, projection, name, playbooks, first, last)
        counts = {cast(date, stored): cast("list[int]", row) for stored, *row in rows}
        for play, due in targets:
            place = playbooks.index(play.playbook)
            for when in coming:
                count = counts.get(due.stored(when))
                if count is not None and count[place]:
                    found[play.playbook, play.name, when] += count[place]
    return [(*place, count) for place, count in sorted(found.items())]


def _per_day(
    context: Context, projection: Projection, name: str, playbooks: Sequence[str], first: date, last: date
) -> list[tuple[object, ...]]:
    """For each day in a column from ``first`` to ``last``: the records of each playbook's population."""
    day_of = column(name, TABLE)
    counts = (exp.CountIf(this=projection.in_population(playbook)) for playbook in playbooks)
    near = days(again(day_of), first, last)
    return context.store.execute(
        select([day_of, *counts], table(projection.name, TABLE), where=near, group=[again(day_of)])
    )
