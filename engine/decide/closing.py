"""What ends without being decided: open tasks that the facts close, queued touches that must not go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from ..evaluate.gather import Gathered, RecordFacts
from ..evaluate.model import EpisodeRow, same_cycle
from ..playbook.model import Play, Playbook, StateTrigger, TaskAction
from .cases import EpisodeId, Setting
from .lifecycle import current_cycle, followed
from .model import OpenTask, QueuedTouch


def keep_open(episodes: Sequence[EpisodeRow], held: set[str]) -> tuple[EpisodeRow, ...]:
    """Episodes as they change today; playbooks whose sources are bad close none (no data is not resolved)."""
    return tuple(row for row in episodes if not (row.closed_on and row.playbook in held))


def close_tasks(
    tasks: Iterable[OpenTask], ended: frozenset[EpisodeId], gathered: Gathered, setting: Setting
) -> list[tuple[str, str]]:
    """Tasks that the facts close: (id, reason). Its `until` is true, or the state that opened it ended (which
    ends what follows up on it too)."""
    closed: list[tuple[str, str]] = []
    for task in tasks:
        playbook = setting.playbooks.get(task.playbook)
        play = playbook.plays.get(task.play) if playbook else None
        if playbook is None or play is None:
            continue
        first = followed(playbook, play)
        keep = isinstance(first.trigger, StateTrigger) and first.trigger.keep
        episode = (task.playbook, first.name, task.record, task.episode)
        if task.episode is not None and episode in ended and not keep:
            closed.append((task.id, "episode"))
        elif _until(play, task, gathered.get(task.playbook, task.play, task.record)):
            closed.append((task.id, "until"))
    return closed


def _until(play: Play, task: OpenTask, facts: RecordFacts | None) -> bool:
    action = play.actions[task.action] if task.action < len(play.actions) else None
    if facts is None or not isinstance(action, TaskAction) or action.until is None:
        return False
    return facts.value(action.until) is True


def cancel_queued(
    queued: Iterable[QueuedTouch], gathered: Gathered, setting: Setting
) -> list[tuple[str, str]]:
    """Touches that wait and must not go any more: (id, reason)."""
    cancelled: list[tuple[str, str]] = []
    for touch in queued:
        playbook = setting.playbooks.get(touch.playbook)
        if playbook is None or touch.play not in playbook.plays:
            cancelled.append((touch.id, "removed"))
            continue
        facts = gathered.get(touch.playbook, touch.play, touch.record)
        if facts is not None:
            reason = next(
                (name for name, applies in _ENDINGS.items() if applies(playbook, touch, facts, setting)), ""
            )
            if reason:
                cancelled.append((touch.id, reason))
    return cancelled


def _stopped(playbook: Playbook, touch: QueuedTouch, facts: RecordFacts, setting: Setting) -> bool:
    return playbook.stop is not None and facts.value(playbook.stop) is True


def _left(playbook: Playbook, touch: QueuedTouch, facts: RecordFacts, setting: Setting) -> bool:
    return playbook.where is not None and facts.value(playbook.where) is False


def _other_cycle(playbook: Playbook, touch: QueuedTouch, facts: RecordFacts, setting: Setting) -> bool:
    now, tolerance = current_cycle(playbook.entity, facts, setting)
    return now is not None and touch.cycle is not None and not same_cycle(touch.cycle, now, tolerance)


_ENDINGS: Final[dict[str, Callable[[Playbook, QueuedTouch, RecordFacts, Setting], bool]]] = {
    "stop": _stopped,
    "left": _left,
    "cycle": _other_cycle,
}
