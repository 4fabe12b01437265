"""Playbooks as people read them: when each play is due, on which conditions, and what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...dsl.frozen import frozen
from ...dsl.typed import Checked
from ..playbook.model import (
    Action,
    EmailAction,
    FollowUpTrigger,
    MomentTrigger,
    OpportunityAction,
    Person,
    Play,
    Playbook,
    ScheduleTrigger,
    StateTrigger,
    TaskAction,
    TextTemplate,
    WebhookAction,
)

Said = tuple[str, str]  # what it is about, and the words of the file


@frozen
class PlayText:
    """A play in words."""

    name: str
    due: str
    details: Sequence[Said]
    actions: Sequence[str]


@frozen
class PlaybookText:
    """A playbook in words."""

    name: str
    describe: str
    owner: str
    details: Sequence[Said]
    plays: Sequence[PlayText]


def in_words(book: Playbook) -> PlaybookText:
    """A playbook as a page shows it."""
    plays = tuple(_play(play) for play in book.plays.values())
    return PlaybookText(book.name, book.describe, book.owner, tuple(_details(book)), plays)


def _details(book: Playbook) -> Iterator[Said]:
    yield "For each", book.entity
    yield from _conditions({"Where": book.where, "Stops when": book.stop})
    yield "Schedule", book.schedule
    yield "File", book.file


def _conditions(said: dict[str, Checked | None]) -> Iterator[Said]:
    for label, checked in said.items():
        if checked is not None:
            yield label, checked.source.text


def _play(play: Play) -> PlayText:
    actions = tuple(map(_action, play.actions))
    return PlayText(play.name, _due(play), tuple(_play_details(play)), actions)


def _due(play: Play) -> str:
    match play.trigger:
        case MomentTrigger(when=when):
            return f"on the day when {when.source.text}"
        case StateTrigger(when=when, hold=hold):
            return f"as soon as {when.source.text}" + (f" has held for {hold}" if hold else "")
        case FollowUpTrigger(parent=parent, delay=delay):
            return f"{delay} after {parent}"
        case ScheduleTrigger(cron=cron):
            return f"at each slot of {cron}"


def _play_details(play: Play) -> Iterator[Said]:
    yield from _conditions({"Only if": play.condition, "Unless": play.unless, "Approval when": play.approve})
    if isinstance(play.trigger, StateTrigger):
        yield from _conditions({"Ends when": play.trigger.clear})
        if play.trigger.again:
            yield "Again after", str(play.trigger.again)
        if play.trigger.once:
            yield "Once per", play.trigger.once
    if play.grace:
        yield "Grace", str(play.grace)
    if play.holdout:
        yield "Left alone", f"{play.holdout.share:.0%} of the accounts"
    for variant in play.variants:
        yield f"Variant {variant.name}", f"weight {variant.weight}"


def _action(action: Action) -> str:
    match action:
        case EmailAction():
            what = f"survey {action.survey.survey}" if action.survey else f"message {action.template}"
            what = f"quote by {action.quote.book.name}" if action.quote else what
            topic = f", about {action.topic.name}" if action.topic else ""
            return f"{what} to {_people(action.to)}, from {_people(action.sender) or 'the project'}{topic}"
        case TaskAction():
            due = f", due in {action.due}" if action.due else ""
            return f"task “{_text(action.title)}” for {_people(action.assign)}{due}"
        case OpportunityAction():
            return f"opportunity “{_text(action.title)}” for {_people(action.assign)}"
        case WebhookAction():
            return f"a call of {action.channel}"


def _people(rules: Sequence[Person]) -> str:
    return ", ".join(rule.name for rule in rules)


def _text(template: TextTemplate) -> str:
    """The text with its holes as they are written."""
    parts = (
        part if isinstance(part, str) else f"{{{{ {part.source.text.strip()} }}}}" for part in template.parts
    )
    return "".join(parts)
