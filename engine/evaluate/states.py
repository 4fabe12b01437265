"""States: a condition that opens an episode when it becomes true and closes it when it ends.

Unknown neither opens nor closes. Only what changes leaves the engine: records whose episode opens, has held
long enough, is due again or closes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import cast

from sqlglot import exp

from ...dsl.sqltree import Node, both, case, column, either, is_null, is_present, negation, op, table, text
from ..playbook.model import Play, StateTrigger
from .context import Context, day, equal, is_false, is_true, of_play, same_identity
from .model import Due, EpisodeRow, Found, same_cycle
from .projection import TABLE, Projection
from .tables import EPISODE, OCCURRENCE

LAST = "h"  # alias of the last episode of each record


def find(context: Context, projection: Projection, play: Play) -> Found:
    """What opens, fires again and closes today for one state play."""
    episodes: list[EpisodeRow] = []
    due: list[Due] = []
    for row in context.store.execute(_changes(context, projection, play)):
        _step(context, projection.entity, play, row, episodes, due)
    return Found(tuple(_first_of_each(context, projection, play, due)), tuple(episodes))


def _holds(projection: Projection, play: Play) -> Node:
    """The record is in the population, not stopped, and the state is certainly true."""
    parts = [
        projection.in_population(play.playbook),
        is_true(column(projection.trigger[play.playbook, play.name], TABLE)),
    ]
    if play.playbook in projection.stop:
        parts.append(negation(is_true(column(projection.stop[play.playbook], TABLE))))
    return both(*parts)


def _ending(context: Context, projection: Projection, play: Play) -> Node:
    """Why an open episode ends today, as text, or null: the first that applies."""
    branches: list[tuple[Node, Node]] = []
    if play.playbook in projection.population:
        branches.append((is_false(column(projection.population[play.playbook], TABLE)), text("left")))
    if play.playbook in projection.stop:
        branches.append((is_true(column(projection.stop[play.playbook], TABLE)), text("stop")))
    if projection.has_cycle:
        tolerance = context.tolerance(projection.entity)
        same = same_identity(column("cycle", LAST), projection.identity(), tolerance)
        branches.append((is_false(same), text("cycle")))
    branches.append((_cleared(projection, play), text("clear")))
    return case(*branches)


def _cleared(projection: Projection, play: Play) -> Node:
    """`clear` is true, or without one the trigger false. Hysteresis concerns an episode that has opened; one
    that still waits for `for` is reset by a false trigger."""
    place = (play.playbook, play.name)
    ended = is_false(column(projection.trigger[place], TABLE))
    if place not in projection.clear:
        return ended
    cleared = is_true(column(projection.clear[place], TABLE))
    waiting = is_null(column("opened_on", LAST))
    return either(both(is_present(column("opened_on", LAST)), cleared), both(waiting, ended))


def _changes(context: Context, projection: Projection, play: Play) -> exp.Select:
    """Records with the state of their last episode where anything can change: (record, cycle, holds,
    ending, open, number, episode's cycle, seen, opened, fired)."""
    trigger = cast(StateTrigger, play.trigger)
    holds, ending = _holds(projection, play), _ending(context, projection, play)
    is_open = is_true(column("open", LAST))
    wanted = [both(is_open, is_present(ending)), both(negation(is_open), holds)]
    if trigger.hold is not None:
        wanted.append(both(is_open, is_null(column("opened_on", LAST)), holds))
    if trigger.again is not None:
        before = day(context.earlier(context.moment.today, trigger.again))
        wanted.append(both(is_open, op(exp.LTE, column("fired_on", LAST), before), holds))
    same_record = equal(column("record", LAST), column("_key", TABLE))
    last = [column(name, LAST) for name in ("number", "cycle", "seen_on", "opened_on", "fired_on")]
    return (
        exp.select(column("_key", TABLE), projection.identity(), holds, ending, is_open, *last)
        .from_(table(projection.name, TABLE))
        .join(table(EPISODE, LAST), on=both(same_record, *of_play(play, LAST)), join_type="left")
        .where(either(*wanted))
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
    record, cycle, holds, ending, is_open, number = row[:6]
    today = context.moment.today
    last = _last(entity, play, row) if number is not None else None
    if last is not None and is_open and ending is not None:
        episodes.append(replace(last, closed_on=today, closed_by=cast(str, ending)))
        if ending != "cycle":
            return
        is_open = False
    if holds and last is not None and is_open:
        _fire(context, play, last, episodes, due)
    elif holds:
        count = last.number + 1 if last else 1
        name = (play.playbook, play.name, entity, cast(str, record), count)
        opening = EpisodeRow(*name, cast("str | None", cycle) or None, today, None, None, None, "")
        _fire(context, play, opening, episodes, due)


def _last(entity: str, play: Play, row: tuple[object, ...]) -> EpisodeRow:
    """The last episode of a row of ``_changes``."""
    number, cycle, seen, opened, fired = row[5:]
    name = (play.playbook, play.name, entity, cast(str, row[0]), cast(int, number))
    opened_fired = (cast("date | None", opened), cast("date | None", fired))
    return EpisodeRow(*name, cast("str | None", cycle), cast(date, seen), *opened_fired, None, "")


def _fire(
    context: Context, play: Play, episode: EpisodeRow, episodes: list[EpisodeRow], due: list[Due]
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
            entity=episode.entity,
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
    if trigger.once is None or not due or (play.playbook, play.name) not in context.history.recorded:
        return due
    known = (
        exp.select(column("record", "o"), column("identity", "o"))
        .from_(table(OCCURRENCE, "o"))
        .where(both(*of_play(play, "o")))
    )
    fired: dict[str, list[str]] = {}
    for record, identity in context.store.execute(known):
        fired.setdefault(cast(str, record), []).append(cast(str, identity) or "")
    tolerance = context.tolerance(projection.entity)

    def is_first(one: Due) -> bool:
        earlier = fired.get(one.record, [])
        if trigger.once == "ever":
            return not earlier
        return not any(same_cycle(one.cycle or "", old, tolerance) for old in earlier)

    return [one for one in due if is_first(one)]
