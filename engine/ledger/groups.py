"""Messages about several records (`together`) that wait: whom they are about beside their first, and how
records are left out of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, select, update

from ..decide.model import QueuedTouch
from ..evaluate.model import PlayId
from .columns import of_plays
from .events import Event, record
from .tables import decision, message, occurrence, touch, touch_member
from .write import WAITING, cancel_touches

_touch, _member, _occurrence = touch.c, touch_member.c, occurrence.c
# Of a run's decisions, so that no row of earlier runs is looked at.
_OTHERS: Final = (
    select(
        *(_touch.id, _touch.playbook, _touch.play, _occurrence.record, _occurrence.cycle),
        _member.occurrence,
    )
    .join_from(occurrence, touch_member, _member.occurrence == _occurrence.id)
    .join(touch, _touch.id == _member.touch)
    .where(_member.occurrence != _touch.occurrence)
)

Part = tuple[str, str, str]  # a touch, one of its occurrences, and why it is left out


def others(
    connection: Connection,
    plays: Collection[PlayId],
    *,
    due: datetime | None = None,
    touches: Collection[str] | None = None,
) -> list[QueuedTouch]:
    """The further records that waiting messages of these plays are about, a row for each; of all of them, of
    those that may go at a moment (``due``), or of some."""
    if not plays or (touches is not None and not touches):
        return []
    which: list[ColumnElement[bool]] = [_touch.next_attempt.is_not(None), _touch.state.in_(WAITING)]
    which.append(of_plays(_touch, sorted(plays)))
    if due is not None:
        which.append(_touch.next_attempt <= due)
    if touches is not None:
        which.append(_touch.id.in_(sorted(touches)))
    runs = select(_touch.run).where(*which).distinct()
    decided = select(decision.c.occurrence).where(decision.c.run.in_(runs))
    found = _OTHERS.where(*which, _occurrence.id.in_(decided)).order_by(_touch.id, _member.occurrence)
    return [QueuedTouch(*row) for row in connection.execute(found)]


def leave_out(connection: Connection, parts: Iterable[Part], *, actor: str, at: datetime) -> set[str]:
    """Leave records out of messages that wait; they are made anew without them. One that would be about
    nobody is cancelled. Gives the messages that have changed."""
    gone: dict[str, dict[str, str]] = {}
    for touch_id, one, reason in parts:
        gone.setdefault(touch_id, {})[one] = reason
    changed = {one for one, reasons in gone.items() if _shorten(connection, one, reasons, actor, at)}
    told = [Event(at, actor, "touch.changed", one, {"left_out": gone[one]}) for one in sorted(changed)]
    record(connection, told)
    return changed


def _shorten(
    connection: Connection, touch_id: str, gone: Mapping[str, str], actor: str, at: datetime
) -> bool:
    """Whether a message has changed. Its records stand in the order in which they were put together."""
    waits = _touch.state.in_(WAITING)
    row = connection.execute(select(_touch.context).where(_touch.id == touch_id, waits)).first()
    members = (
        select(_occurrence.id)
        .join_from(touch_member, occurrence, _occurrence.id == _member.occurrence)
        .where(_member.occurrence.in_(_decided_with(touch_id)), _member.touch == touch_id)
        .order_by(_occurrence.due, _occurrence.record)
    )
    records: list[Any] = row.context.get("records", []) if row else []
    pairs = list(zip(connection.execute(members).scalars(), records, strict=False))
    kept = [context for one, context in pairs if one not in gone]
    if len(kept) == len(pairs):
        return False
    if not kept:  # its first record was left out before, and is back now
        cancel_touches(connection, [(touch_id, next(iter(gone.values())))], actor=actor, at=at)
        return False
    connection.execute(
        delete(touch_member).where(_member.touch == touch_id, _member.occurrence.in_(list(gone)))
    )
    connection.execute(delete(message).where(message.c.touch == touch_id))
    shorter = {**kept[0], "records": kept}
    connection.execute(update(touch).where(_touch.id == touch_id).values(context=shorter))
    return True


def _decided_with(touch_id: str) -> Any:
    """The occurrences of the run that put a message together."""
    run = select(_touch.run).where(_touch.id == touch_id).scalar_subquery()
    return select(decision.c.occurrence).where(decision.c.run == run)
