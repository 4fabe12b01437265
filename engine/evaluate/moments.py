"""Moments: a countdown ``== N`` or ``in [N, …]``, due on one date and for its grace after that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import cast

from sqlglot import exp

from ...dsl.sqltree import Node, both, column, either, is_null, negation, table, text
from ..playbook.model import Play
from .context import DEFAULT_GRACE, Context, days, equal, of_play, same_identity
from .model import LAPSED, Due, Found
from .projection import TABLE, Projection
from .tables import OCCURRENCE

FORESEEN_DAYS = 35


def scope_start(context: Context, play: Play) -> date:
    """The first due date that concerns this play: its own first run, less its grace (SPEC 5)."""
    known = context.history.plays.get((play.playbook, play.name))
    first_run = known.first_run if known else context.moment.today
    return context.earlier(first_run, play.grace or DEFAULT_GRACE)


def find(context: Context, projection: Projection, play: Play) -> Found:
    """Occurrences of a moment play that are due by today, in scope and not in the ledger."""
    today = context.moment.today
    found: list[Due] = []
    duplicates = 0
    for label, due_column in projection.due[play.playbook, play.name]:
        rows = _new_rows(context, projection, play, label, due_column)
        found += (_due(context, projection.entity, play, label, row) for row in rows)
        if (play.playbook, play.name) in context.history.recorded:
            in_grace = context.earlier(today, play.grace or DEFAULT_GRACE)
            duplicates += _recorded(context, projection, play, label, due_column, in_grace)
    return Found(tuple(found), (), duplicates)


def _rows(projection: Projection, play: Play, due_column: str, first: date, last: date) -> exp.Select:
    anchor = projection.anchor[play.playbook, play.name]
    return (
        exp.select(
            column("_key", TABLE),
            projection.identity(anchor).as_("identity"),
            column(anchor, TABLE).as_("anchor"),
            column(due_column, TABLE).as_("due"),
        )
        .from_(table(projection.name, TABLE))
        .where(both(projection.in_population(play.playbook), days(column(due_column, TABLE), first, last)))
    )


def _matches(context: Context, projection: Projection, play: Play, label: str) -> Node:
    """The join of due rows ``d`` with what the ledger has of the same occurrence ``o``."""
    same = same_identity(
        column("identity", "o"), column("identity", "d"), context.tolerance(projection.entity)
    )
    lapsed = exp.In(this=column("reason", "o"), expressions=[text(reason) for reason in LAPSED])
    return both(
        equal(column("record", "o"), column("_key", "d")),
        *of_play(play, "o"),
        equal(column("target", "o"), text(label)),
        same,
        either(negation(lapsed), equal(column("due", "o"), column("due", "d"))),
    )


def _new_rows(
    context: Context, projection: Projection, play: Play, label: str, due_column: str
) -> list[tuple[object, ...]]:
    ahead = play.together.ahead_days if play.together else 0
    last = context.moment.today + timedelta(days=ahead)
    rows = _rows(projection, play, due_column, scope_start(context, play), last)
    if (play.playbook, play.name) not in context.history.recorded:
        return context.store.execute(rows)
    matched = (
        exp.select(column("_key", "d"))
        .distinct()
        .from_(table("due_now", "d"))
        .join(table(OCCURRENCE, "o"), on=_matches(context, projection, play, label))
    )
    new = (
        exp.select(*(column(name, "d") for name in ("_key", "identity", "anchor", "due")))
        .from_(table("due_now", "d"))
        .join(
            table("matched", "m"),
            on=equal(column("_key", "m"), column("_key", "d")),
            join_type="left",
        )
        .where(is_null(column("_key", "m")))
        .with_("due_now", as_=rows)
        .with_("matched", as_=matched)
    )
    return context.store.execute(new)


def _recorded(
    context: Context, projection: Projection, play: Play, label: str, due_column: str, first: date
) -> int:
    """How many that are due and in grace the ledger has settled already."""
    rows = _rows(projection, play, due_column, first, context.moment.today)
    settled = both(_matches(context, projection, play, label), negation(column("open", "o")))
    count = (
        exp.select(exp.Count(this=exp.Distinct(expressions=[column("_key", "d")])))
        .from_(table("due_now", "d"))
        .join(table(OCCURRENCE, "o"), on=settled)
        .with_("due_now", as_=rows)
    )
    return cast(int, context.store.execute(count)[0][0])


def occurrence_key(identity: str, label: str) -> str:
    """What keeps a moment unique for a play and record: the cycle (or date), and N as written in a list."""
    return f"{identity}/{label}" if label else identity


def _due(context: Context, entity: str, play: Play, label: str, row: tuple[object, ...]) -> Due:
    record, identity, anchor, due = cast(tuple[str, str, date, date], row)
    return Due(
        playbook=play.playbook,
        play=play.name,
        entity=entity,
        record=record,
        key=occurrence_key(identity, label),
        origin="moment",
        cycle=identity,
        target=label,
        anchor=anchor if due <= anchor else None,
        due=due,
        deadline=context.later(due, play.grace or DEFAULT_GRACE),
    )


def foresee(context: Context, projection: Projection, play: Play) -> Iterator[tuple[str, str, date, int]]:
    """How many of the play's moments fall on each of the coming days, as the facts stand."""
    today = context.moment.today
    for _, due_column in projection.due[play.playbook, play.name]:
        due = column(due_column, TABLE)
        horizon = days(due, today + timedelta(days=1), today + timedelta(days=FORESEEN_DAYS))
        counts = (
            exp.select(due, exp.Count(this=exp.Star()))
            .from_(table(projection.name, TABLE))
            .where(both(projection.in_population(play.playbook), horizon))
            .group_by(due)
        )
        for when, count in context.store.execute(counts):
            yield play.playbook, play.name, cast(date, when), cast(int, count)
