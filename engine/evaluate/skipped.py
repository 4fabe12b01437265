"""Records that an edited N of a moment would skip (SPEC 5): their moment lies ahead as the trigger was
written before, and is past its grace as it is written now."""

from __future__ import annotations

from datetime import date
from typing import cast

from sqlglot import exp

from ...dsl.compiler import compile_select
from ...dsl.frozen import frozen
from ...dsl.sqltree import both, column, negation, op, table, text
from ..playbook.model import MomentTrigger, Play, Playbook
from .context import DEFAULT_GRACE, Context, as_text, day, equal, is_true, of_play, same_identity
from .model import LAPSED
from .projection import due_date
from .tables import OCCURRENCE

_MOVED = "_moved"


@frozen
class Skipped:
    """One record: the day on which it was due before the edit, and the day on which it is now."""

    playbook: str
    play: str
    record: str
    was_due: date
    now_due: date


def skipped(context: Context, playbook: Playbook, play: Play, before: Play) -> list[Skipped]:
    """The records of the population that ``before`` would still have acted on and ``play`` never will. Lists
    of N are not looked at: each N written there is an occurrence of its own."""
    now, was = play.trigger, before.trigger
    if not isinstance(now, MomentTrigger) or not isinstance(was, MomentTrigger):
        return []
    if now.moment.is_list or was.moment.is_list:
        return []
    cycle = context.catalog.entities[playbook.entity].cycle
    outputs = {
        "now": due_date(now.moment, now.moment.targets[0][1]),
        "was": due_date(was.moment, was.moment.targets[0][1]),
        "identity": cycle.checked.tree if cycle else now.moment.date,
    }
    where = playbook.where.tree if playbook.where else None
    context.store.create(_MOVED, compile_select(playbook.entity, outputs, context.compile_world, where=where))
    rows = context.store.execute(_query(context, playbook, play, before))
    return [Skipped(playbook.name, play.name, *cast("tuple[str, date, date]", tuple(row))) for row in rows]


def _query(context: Context, playbook: Playbook, play: Play, before: Play) -> exp.Select:
    today = context.moment.today
    past = context.earlier(today, play.grace or DEFAULT_GRACE)
    ahead = context.earlier(today, before.grace or DEFAULT_GRACE)
    lapsed = exp.In(this=column("reason", "o"), expressions=[text(reason) for reason in LAPSED])
    recorded = both(
        *of_play(play, "o"),
        equal(column("record", "o"), column("_key", "m")),
        same_identity(
            column("identity", "o"), as_text(column("identity", "m")), context.tolerance(playbook.entity)
        ),
        negation(lapsed),
    )
    known = exp.select("1").from_(table(OCCURRENCE, "o")).where(recorded)
    return (
        exp.select(*(column(name, "m") for name in ("_key", "was", "now")))
        .from_(table(_MOVED, "m"))
        .where(
            both(
                is_true(op(exp.LT, column("now", "m"), day(past))),
                is_true(op(exp.GTE, column("was", "m"), day(ahead))),
                negation(exp.Exists(this=known)),
            )
        )
        .order_by(column("_key", "m"))
    )
