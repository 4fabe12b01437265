"""What ends without being decided: open tasks that the facts close, queued touches that must not go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ...dsl.typed import Checked
from ..evaluate.gather import Gathered, RecordFacts
from ..evaluate.model import Due, EpisodeRow, Evaluation, PlayId, same_cycle
from ..playbook.model import Play, Playbook, StateTrigger, TaskAction
from .cases import EpisodeId, Setting
from .lifecycle import current_cycle, episode_of, followed
from .model import OpenTask, QueuedTouch


def keep_open(evaluation: Evaluation, held: set[PlayId]) -> Evaluation:
    """The evaluation in which plays whose sources are bad close no episode (no data is not resolved), nor
    open the one of a new cycle in its stead."""
    kept = {_place(row) for row in evaluation.episodes if row.closed_on and (row.playbook, row.play) in held}
    return replace(
        evaluation,
        episodes=tuple(row for row in evaluation.episodes if _place(row) not in kept),
        due=tuple(one for one in evaluation.due if one.origin != "state" or _place(one) not in kept),
    )


def _place(one: EpisodeRow | Due) -> tuple[str, str, str]:
    return one.playbook, one.play, one.record


def close_tasks(
    tasks: Iterable[OpenTask], ended: frozenset[EpisodeId], gathered: Gathered, setting: Setting
) -> list[tuple[str, str]]:
    """Tasks that the facts close: (id, reason). Its `until` is true, or the state that opened it ended (which
    ends what follows up on it too). Over bad data `until` says nothing."""
    closed: list[tuple[str, str]] = []
    for task in tasks:
        playbook = setting.playbooks.get(task.playbook)
        play = playbook.plays.get(task.play) if playbook else None
        if playbook is None or play is None:
            continue
        first = followed(playbook, play)
        keep = isinstance(first.trigger, StateTrigger) and first.trigger.keep
        if episode_of(playbook, task) in ended and not keep:
            closed.append((task.id, "episode"))
        elif not setting.why_held(play) and _until(play, task, gathered):
            closed.append((task.id, "until"))
    return closed


def plays_of_tasks(playbooks: Iterable[Playbook]) -> tuple[set[PlayId], dict[PlayId, str]]:
    """The plays whose tasks have an `until`; and of follow-ups the play whose episodes they belong to."""
    asking: set[PlayId] = set()
    heads: dict[PlayId, str] = {}
    for playbook in playbooks:
        for play in playbook.plays.values():
            if any(isinstance(action, TaskAction) and action.until for action in play.actions):
                asking.add((playbook.name, play.name))
            if (head := followed(playbook, play)) is not play:
                heads[playbook.name, play.name] = head.name
    return asking, heads


def plays_together(playbooks: Iterable[Playbook]) -> set[PlayId]:
    """The plays whose messages may be about several records."""
    plays = (play for playbook in playbooks for play in playbook.plays.values())
    return {(play.playbook, play.name) for play in plays if play.together}


def asks_facts(task: OpenTask, playbooks: Mapping[str, Playbook]) -> bool:
    """Whether facts may close the task: it has an `until`."""
    playbook = playbooks.get(task.playbook)
    play = playbook.plays.get(task.play) if playbook else None
    return play is not None and _until_of(play, task) is not None


def _until(play: Play, task: OpenTask, gathered: Gathered) -> bool:
    until = _until_of(play, task)
    facts = gathered.get(task.playbook, task.play, task.record) if until else None
    return until is not None and facts is not None and facts.value(until) is True


def _until_of(play: Play, task: OpenTask) -> Checked | None:
    action = play.actions[task.action] if task.action < len(play.actions) else None
    return action.until if isinstance(action, TaskAction) else None


def cancel_queued(
    queued: Sequence[QueuedTouch], gathered: Gathered, setting: Setting
) -> list[tuple[str, str]]:
    """Touches that wait and must not go any more, as all their records have ended: (id, reason)."""
    return whole(queued, ended_of(queued, gathered, setting))


def whole(queued: Iterable[QueuedTouch], ended: Sequence[tuple[QueuedTouch, str]]) -> list[tuple[str, str]]:
    """The touches of which every record has ended, with the reason of the first."""
    left = Counter(touch.id for touch in queued) - Counter(touch.id for touch, _ in ended)
    reasons = {touch.id: reason for touch, reason in reversed(ended) if touch.id not in left}
    return list(reversed(reasons.items()))


def ended_of(
    queued: Iterable[QueuedTouch], gathered: Gathered, setting: Setting
) -> list[tuple[QueuedTouch, str]]:
    """Records that messages wait about and that have ended, with the reason. Bad data says of nobody that
    they stopped."""
    ended: list[tuple[QueuedTouch, str]] = []
    for touch in queued:
        playbook = setting.playbooks.get(touch.playbook)
        if playbook is None or touch.play not in playbook.plays:
            ended.append((touch, "removed"))
            continue
        facts = gathered.get(touch.playbook, touch.play, touch.record)
        if facts is not None and not setting.why_held(playbook.plays[touch.play]):
            reason = next(
                (name for name, applies in _ENDINGS.items() if applies(playbook, touch, facts, setting)), ""
            )
            if reason:
                ended.append((touch, reason))
    return ended


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
