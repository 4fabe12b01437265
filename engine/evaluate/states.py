"""States: a condition that opens an episode when it becomes true and closes it when it ends.

Unknown neither opens nor closes. Only what changes leaves the engine: records whose episode opens, has held
long enough, is due again or closes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import cast

from sqlglot import exp

from ..playbook.model import Play, StateTrigger
from .context import (
    Context,
    both,
    column,
    day,
    either,
    is_false,
    is_null,
    is_true,
    same_identity,
    table,
    text,
)
from .model import Due, EpisodeRow, Found, same_cycle
from .projection import TABLE, Projection
from .tables import EPISODE, OCCURRENCE


def find(context: Context, projection: Projection, play: Play) -> Found:
    """What opens, fires again and closes today for one state play."""
    episodes: list[EpisodeRow] = []
    due: list[Due] = []
    for row in context.store.execute(_changes(context, projection, play)):
        _step(context, projection.entity, play, row, episodes, due)
    return Found(tuple(_first_of_each(context, projection, play, due)), tuple(episodes))


def _holds(projection: Projection, play: Play) -> exp.Expression:
    place = (play.playbook, play.name)
    return both(
        projection.in_population(play.playbook),
        is_true(column(projection.trigger[place], TABLE)),
        *(
            [exp.Not(this=is_true(column(projection.stop[play.playbook], TABLE)))]
            if play.playbook in projection.stop
            else []
        ),
    )


def _ending(context: Context, projection: Projection, play: Play) -> exp.Expression:
    """Why an open episode ends today, as text, or null: the first that applies."""
    place = (play.playbook, play.name)
    case = exp.Case()
    if play.playbook in projection.population:
        case = case.when(is_false(column(projection.population[play.playbook], TABLE)), text("left"))
    if play.playbook in projection.stop:
        case = case.when(is_true(column(projection.stop[play.playbook], TABLE)), text("stop"))
    if projection.has_cycle:
        same = same_identity(
            column("cycle", "h"), projection.identity(), context.tolerance(projection.entity)
        )
        case = case.when(exp.Not(this=exp.Coalesce(this=same, expressions=[exp.true()])), text("cycle"))
    ended = is_false(column(projection.trigger[place], TABLE))
    if place in projection.clear:
        cleared = is_true(column(projection.clear[place], TABLE))
        opened = exp.Not(this=is_null(column("opened_on", "h")))
        # Hysteresis concerns an episode that has opened; one that is still waiting for `for` just resets.
        ended = either(
            exp.Paren(this=both(opened, cleared)),
            exp.Paren(this=both(is_null(column("opened_on", "h")), ended)),
        )
    return case.when(ended, text("clear")).else_(exp.Null())


def _changes(context: Context, projection: Projection, play: Play) -> exp.Select:
    """Records with the state of their last episode where anything can change: (record, cycle, holds,
    ending, number, episode cycle, seen, opened, fired, open)."""
    trigger = cast(StateTrigger, play.trigger)
    holds, ending = _holds(projection, play), _ending(context, projection, play)
    joined = both(
        exp.EQ(this=column("record", "h"), expression=column("_key", TABLE)),
        exp.EQ(this=column("playbook", "h"), expression=text(play.playbook)),
        exp.EQ(this=column("play", "h"), expression=text(play.name)),
    )
    last = [column(name, "h") for name in ("number", "cycle", "seen_on", "opened_on", "fired_on")]
    is_open = is_true(column("open", "h"))
    ends = both(is_open, exp.Not(this=is_null(ending)))
    opens = both(exp.Not(this=is_open), holds)
    waits = both(is_open, is_null(column("opened_on", "h")), holds)
    wanted = [ends, opens] + ([waits] if trigger.hold else [])
    if trigger.again is not None:
        before = day(context.earlier(context.moment.today, trigger.again))
        wanted.append(both(is_open, exp.LTE(this=column("fired_on", "h"), expression=before), holds))
    return (
        exp.select(column("_key", TABLE), projection.identity(), holds, ending, *last, is_open)
        .from_(table(projection.name, TABLE))
        .join(table(EPISODE, "h"), on=joined, join_type="left")
        .where(either(*(exp.Paren(this=condition) for condition in wanted)))
    )


def _step(
    context: Context,
    entity: str,
    play: Play,
    row: tuple[object, ...],
    episodes: list[EpisodeRow],
    due: list[Due],
) -> None:
    """One record: close what ended, then open, confirm or repeat what holds."""
    record, cycle, holds, ending, number, old_cycle, seen, opened, fired, is_open = row
    today = context.moment.today
    last = (
        EpisodeRow(
            play.playbook,
            play.name,
            entity,
            cast(str, record),
            cast(int, number),
            cast("str | None", old_cycle),
            cast(date, seen),
            cast("date | None", opened),
            cast("date | None", fired),
            None,
            "",
        )
        if number is not None
        else None
    )
    if last is not None and is_open and ending is not None:
        episodes.append(replace(last, closed_on=today, closed_by=cast(str, ending)))
        is_open = False
    if not holds:
        return
    if last is None or not is_open:
        count = last.number + 1 if last else 1
        current = EpisodeRow(
            play.playbook,
            play.name,
            entity,
            cast(str, record),
            count,
            cast("str | None", cycle) or None,
            today,
            None,
            None,
            None,
            "",
        )
    else:
        current = last
    _fire(context, entity, play, current, episodes, due)


def _fire(
    context: Context, entity: str, play: Play, episode: EpisodeRow, episodes: list[EpisodeRow], due: list[Due]
) -> None:
    """Fire when the episode has held long enough, or again when it is time."""
    trigger = cast(StateTrigger, play.trigger)
    today = context.moment.today
    opens_on = context.later(episode.seen_on, trigger.hold) if trigger.hold else episode.seen_on
    if episode.opened_on is None and opens_on > today:
        if episode.seen_on == today:
            episodes.append(episode)
        return
    repeated = episode.fired_on is not None
    when = today if repeated or not trigger.hold else opens_on
    episodes.append(replace(episode, opened_on=episode.opened_on or today, fired_on=today))
    due.append(
        Due(
            playbook=play.playbook,
            play=play.name,
            entity=entity,
            record=episode.record,
            key=_key(trigger, episode, today, repeated),
            origin="state",
            cycle=episode.cycle,
            target="",
            anchor=None,
            due=when,
            deadline=context.later(when, play.grace) if play.grace else None,
            episode=episode.number,
        )
    )


def _key(trigger: StateTrigger, episode: EpisodeRow, today: date, repeated: bool) -> str:
    if trigger.once == "ever":
        return "once"
    if trigger.once == "cycle":
        return f"once/{episode.cycle or ''}"
    return f"episode {episode.number}/{today.isoformat()}" if repeated else f"episode {episode.number}"


def _first_of_each(context: Context, projection: Projection, play: Play, due: list[Due]) -> list[Due]:
    """With ``once``: drop what has an occurrence already, in this cycle or ever."""
    trigger = cast(StateTrigger, play.trigger)
    place = (play.playbook, play.name)
    if trigger.once is None or not due or place not in context.history.recorded:
        return due
    known = (
        exp.select(column("record", "o"), column("identity", "o"))
        .from_(table(OCCURRENCE, "o"))
        .where(
            both(
                exp.EQ(this=column("playbook", "o"), expression=text(play.playbook)),
                exp.EQ(this=column("play", "o"), expression=text(play.name)),
            )
        )
    )
    fired: dict[str, list[str]] = {}
    for record, identity in context.store.execute(known):
        fired.setdefault(cast(str, record), []).append(cast(str, identity) or "")
    tolerance = context.tolerance(projection.entity)
    return [
        one
        for one in due
        if one.record not in fired
        or (
            trigger.once == "cycle"
            and not any(same_cycle(one.cycle or "", old, tolerance) for old in fired[one.record])
        )
    ]
