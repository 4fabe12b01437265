"""States: a condition that opens an episode when it becomes true and closes it when it ends.

Unknown neither opens nor closes. Only what changes leaves the engine: records whose episode opens, has held
long enough, is due again or closes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import cast

from sqlglot import exp

from ...dsl.sqltree import (
    Node,
    aliased,
    boolean,
    both,
    case,
    coalesce,
    column,
    either,
    integer,
    is_null,
    is_present,
    join,
    left_join,
    negation,
    null,
    op,
    select,
    subquery,
    table,
    text,
    union,
    when,
)
from ...dsl.types import Kind
from ..playbook.model import Play, StateTrigger
from .context import Context, Occasion, day, equal, is_false, is_true, of_play, same_identity
from .model import Due, EpisodeRow, Found, PlayId, same_cycle
from .projection import TABLE, Projection
from .tables import EPISODE, OCCURRENCE

LAST = "h"  # alias of the last episode of each record
PLAY = "p"  # alias of the table of plays

Used = Mapping[str, Sequence[str]]  # the cycles in which a play has acted, or may yet, by record


def find(context: Context, projection: Projection, plays: Sequence[Play]) -> Found:
    """What opens, fires again and closes today for these state plays."""
    if not plays:
        return Found()
    by_name = {(play.playbook, play.name): play for play in plays}
    episodes: list[EpisodeRow] = []
    due: dict[PlayId, list[Due]] = {place: [] for place in by_name}
    statements = [_openings(projection, plays)]
    if context.store.execute(
        select([boolean(True)], table(EPISODE, LAST), where=column("open", LAST)).limit(1, copy=False)
    ):
        statements.append(_ongoing(context, projection, plays))
    for statement in statements:
        for playbook, play, *row in context.store.execute(statement):
            place = cast(PlayId, (playbook, play))
            step(context, projection.entity, by_name[place], row, episodes, due[place])
    kept = (
        first_of_each(context, projection.entity, play, due[place], lambda play: _used(context, play))
        for place, play in by_name.items()
    )
    return Found(tuple(one for dues in kept for one in dues), tuple(episodes))


def _holds(projection: Projection, play: Play) -> Node:
    """True where the record is in the population, not stopped, and the state certainly true."""
    parts = [
        projection.in_population(play.playbook),
        column(projection.trigger[play.playbook, play.name], TABLE),
    ]
    if play.playbook in projection.stop:
        parts.append(negation(is_true(column(projection.stop[play.playbook], TABLE))))
    return both(*parts)


def _left_or_stopped(projection: Projection, play: Play) -> Node:
    """Why an open episode ends whatever its trigger says, as text, or null."""
    branches: list[tuple[Node, Node]] = []
    if play.playbook in projection.population:
        branches.append((is_false(column(projection.population[play.playbook], TABLE)), text("left")))
    if play.playbook in projection.stop:
        branches.append((is_true(column(projection.stop[play.playbook], TABLE)), text("stop")))
    return case(*branches) if branches else null(Kind.TEXT)


def _ending(context: Context, projection: Projection, plays: Sequence[Play]) -> Node:
    """Why an open episode ends today, as text, or null: the first that applies. A record that is not in the
    projection is certainly in no population."""
    gone = [when(is_null(column("_key", TABLE)), text("left"))] if projection.is_partial else []
    branches: list[tuple[Node, Node]] = []
    if projection.has_cycle:
        tolerance = context.tolerance(projection.entity)
        same = same_identity(column("cycle", LAST), projection.identity(), tolerance)
        branches.append((is_false(same), text("cycle")))
    branches.append((_of_each([_cleared(projection, play) for play in plays]), text("clear")))
    left_or_stopped = _of_each([_left_or_stopped(projection, play) for play in plays])
    return coalesce(*gone, left_or_stopped, case(*branches))


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


def _ongoing(context: Context, projection: Projection, plays: Sequence[Play]) -> exp.Select:
    """Open episodes in which something changes: it ends, has held long enough, or is to fire again. Rows as
    ``step`` takes them, after the play's names."""
    names = [column(name, LAST) for name in ("playbook", "play", "record")]
    last = [column(name, LAST) for name in ("number", "cycle", "seen_on", "opened_on", "fired_on")]
    same_play = [equal(column(name, LAST), column(name, PLAY)) for name in ("playbook", "play")]
    judged = select(
        [
            *names,
            aliased(projection.identity(), "identity"),
            aliased(_of_each([_holds(projection, play) for play in plays]), "holds"),
            aliased(_ending(context, projection, plays), "ending"),
            aliased(column("open", LAST), "is_open"),
            *last,
            column("again_before", PLAY),
        ],
        table(EPISODE, LAST),
        [join(_plays(context, plays), both(*same_play)), *_projected(projection)],
        column("open", LAST),
    )
    waited = is_null(column("opened_on", "j"))  # whatever `for` says by now, or no more
    again_due = op(exp.LTE, column("fired_on", "j"), column("again_before", "j"))
    changes = both(column("holds", "j"), either(waited, again_due))
    shown = [column(node.alias_or_name, "j") for node in judged.expressions[:-1]]
    return select(shown, subquery(judged, "j"), where=either(is_present(column("ending", "j")), changes))


def _projected(projection: Projection) -> list[exp.Join]:
    """What is known of the record of each episode, if it is there."""
    projected = table(projection.name, TABLE), equal(column("_key", TABLE), column("record", LAST))
    if not projection.is_partial:
        return [join(*projected)]
    there = equal(column("_key", "r"), column("record", LAST))
    return [join(table(projection.entity, "r"), there), left_join(*projected)]


def _plays(context: Context, plays: Sequence[Play]) -> exp.Expr:
    """A table of the plays: names, place among them, and the day on or before
    which it must have fired to fire again."""
    rows = []
    for place, play in enumerate(plays):
        trigger = cast(StateTrigger, play.trigger)
        before = (
            day(context.earlier(context.moment.today, trigger.again)) if trigger.again else null(Kind.DATE)
        )
        rows.append((text(play.playbook), text(play.name), integer(place), before))
    return exp.values(rows, alias=PLAY, columns=["playbook", "play", "place", "again_before"])


def _of_each(nodes: Sequence[Node]) -> Node:
    """The node of the row's own play, of one for each."""
    ifs = [exp.If(this=integer(place), true=node) for place, node in enumerate(nodes)]
    return exp.Case(this=column("place", PLAY), ifs=ifs)


def _openings(projection: Projection, plays: Sequence[Play]) -> exp.Select:
    """Records for which a state holds without an open episode; rows as those of ``_ongoing``."""
    holding = union([_holding(projection, play) for play in plays])
    names = [column(name, "s") for name in ("playbook", "play", "_key")]
    same = [
        equal(column(theirs, LAST), column(own, "s"))
        for theirs, own in (("playbook", "playbook"), ("play", "play"), ("record", "_key"))
    ]
    state = [column("identity", "s"), boolean(True), null(Kind.TEXT), boolean(False)]
    last = [column(name, LAST) for name in ("number", "cycle", "seen_on", "opened_on", "fired_on")]
    return select(
        [*names, *state, *last],
        subquery(holding, "s"),
        [left_join(table(EPISODE, LAST), both(*same))],
        negation(is_true(column("open", LAST))),
    )


def _holding(projection: Projection, play: Play) -> exp.Select:
    return select(
        [
            aliased(text(play.playbook), "playbook"),
            aliased(text(play.name), "play"),
            column("_key", TABLE),
            aliased(projection.identity(), "identity"),
        ],
        table(projection.name, TABLE),
        where=_holds(projection, play),
    )


def step(
    context: Occasion,
    entity: str,
    play: Play,
    row: Sequence[object],
    episodes: list[EpisodeRow],
    due: list[Due],
) -> None:
    """One record: close what ended, then open, confirm or repeat what holds. ``row``: its key and cycle,
    whether the state holds, why the open episode ends (None: it does not) and whether there is one; then of
    the last episode, open or not: number, cycle, seen_on, opened_on, fired_on."""
    record, cycle, holds, ending, is_open, number = row[:6]
    today = context.moment.today
    last = _last(entity, play, row) if number is not None else None
    if last is not None and is_open and ending is not None:
        episodes.append(last._replace(closed_on=today, closed_by=cast(str, ending)))
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


def _last(entity: str, play: Play, row: Sequence[object]) -> EpisodeRow:
    """The last episode of a row."""
    number, cycle, seen, opened, fired = row[5:]
    name = (play.playbook, play.name, entity, cast(str, row[0]), cast(int, number))
    opened_fired = (cast("date | None", opened), cast("date | None", fired))
    return EpisodeRow(*name, cast("str | None", cycle), cast(date, seen), *opened_fired, None, "")


def _fire(
    context: Occasion, play: Play, episode: EpisodeRow, episodes: list[EpisodeRow], due: list[Due]
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
    # Made anew: `_replace` takes three times as long, and a first run opens episodes by the ten thousand.
    episodes.append(EpisodeRow(*episode[:7], episode.opened_on or today, today, *episode[9:]))
    due.append(
        Due(
            playbook=play.playbook,
            play=play.name,
            entity=episode.entity,
            record=episode.record,
            key=_key(episode, today, repeated),
            origin="state",
            cycle=episode.cycle,
            target="",
            anchor=None,
            due=when,
            deadline=context.later(when, play.grace) if play.grace else None,
            episode=episode.number,
        )
    )


def _key(episode: EpisodeRow, today: date, repeated: bool) -> str:
    return f"episode {episode.number}/{today.isoformat()}" if repeated else f"episode {episode.number}"


def first_of_each(
    context: Occasion, entity: str, play: Play, due: list[Due], used: Callable[[Play], Used]
) -> list[Due]:
    """With ``once``: drop what has acted already, or may yet, in this cycle or ever. One that was declined,
    suppressed or too late does not use it up."""
    trigger = cast(StateTrigger, play.trigger)
    if trigger.once is None or not due or (play.playbook, play.name) not in context.history.recorded:
        return due
    known, tolerance = used(play), context.tolerance(entity)

    def is_first(one: Due) -> bool:
        earlier = known.get(one.record, ())
        if trigger.once == "ever":
            return not earlier
        return not any(same_cycle(one.cycle or "", old, tolerance) for old in earlier)

    return [one for one in due if is_first(one)]


def _used(context: Context, play: Play) -> Used:
    known = select(
        [column("record", "o"), column("identity", "o")],
        table(OCCURRENCE, "o"),
        where=both(*of_play(play, "o"), column("used", "o")),
    )
    found: dict[str, list[str]] = {}
    for record, identity in context.store.execute(known):
        found.setdefault(cast(str, record), []).append(cast(str, identity) or "")
    return found
