"""What fires is written: its messages and tasks as the outbox and the worklist keep them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import Any, Final

from ...dsl.types import Value
from ...dsl.values import plain
from ..chunks import chunks
from ..evaluate.gather import RecordFacts
from ..evaluate.model import Person
from ..forms.late import key_of
from ..forms.spans import closes_at
from ..forms.wording import Wording, choose
from ..playbook.model import (
    Action,
    Asked,
    EmailAction,
    OpportunityAction,
    TaskAction,
    TextTemplate,
    WebhookAction,
)
from .act import assignee_of, doing_of, drafts, has_address, people
from .cases import Case, Setting, facts_of
from .columns import BATCH, rows
from .drafts import Doing, Draft
from .ids import identifiers
from .model import PREPARED, Offer, TaskRow, TouchRow
from .quoted import LINK
from .ranking import as_number

DEFAULT_PRIORITY = "normal"
SURVEY = "links.survey"  # the value of a touch's context from which the link to a survey is made
PREFERENCES = "links.preferences"  # the value of a touch's context that asks for such a link


# What the messages of one action say of a record, whoever gets them: the context; whom they come from; the
# subject that takes the place of the template's; where there is none, how it is worded in the recipient's
# language.
Content = tuple[Mapping[str, object], Person | None, str | None, Wording | None]
# A touch with the case and the draft that it was written of.
Written = tuple[Case, Draft, TouchRow]

_OF_CANDIDATE: Final = ("playbook", "play", "entity", "record", "cycle", "deadline")
_OF_DRAFT: Final = ("recipient", "account", "state", "reason", "address", "customer", "cc", "copies")


def written(cases: Sequence[Case], setting: Setting) -> list[Written]:
    """The touches of cases of a play, one for each draft, action by action."""
    found: list[Written] = []
    for batch in chunks(cases, BATCH):
        pairs = [(case, draft) for case in batch for draft in case.drafts]
        for doing in dict.fromkeys([draft.doing for _, draft in pairs]):
            whose, drafts = zip(*[pair for pair in pairs if pair[1].doing is doing], strict=True)
            found += zip(whose, drafts, _touches(doing, whose, drafts, setting), strict=True)
    return found


def _touches(
    doing: Doing, cases: Sequence[Case], drafts: Sequence[Draft], setting: Setting
) -> Iterator[TouchRow]:
    """The touches of an action, for drafts with their cases."""
    candidates = [case.candidate for case in cases]
    of_candidate = zip(*map(attrgetter(*_OF_CANDIDATE), candidates), strict=True)
    of_draft: dict[str, Sequence[Any]] = dict(zip(Draft._fields, zip(*drafts, strict=True), strict=True))
    persons, times = of_draft["person"], of_draft["time"]
    locales = [_locale(person, case, setting) for person, case in zip(persons, cases, strict=True)]
    contexts, senders, subjects, _ = zip(*_contents(doing, cases, drafts, locales, setting), strict=True)
    ids = [one.id for one in candidates]
    numbered = zip(ids, repeat(str(doing.number)), map(str.casefold, of_draft["recipient"]), strict=False)
    columns: dict[str, Iterable[object]] = {
        **dict(zip(_OF_CANDIDATE, of_candidate, strict=True)),
        **{name: of_draft[name] for name in _OF_DRAFT},
        "id": identifiers(numbered),
        "occurrence": ids,
        "action": repeat(doing.number),
        "type": repeat(doing.type),
        "channel": repeat(doing.channel),
        "template": repeat(doing.action.template if isinstance(doing.action, EmailAction) else ""),
        "recipient_name": [person.name if person else None for person in persons],
        "locale": locales,
        "sender": senders,
        "context": contexts,
        "fired_on": repeat(setting.today),
        "send_at": [time.at for time in times],
        "run": repeat(setting.run),
        "members": zip(ids),
        "topic": repeat(doing.topic),
        "topic_kind": repeat(doing.topic_kind),
        "variant": repeat(doing.variant),
        "subject": subjects,
        "timezone": [time.timezone for time in times],
        "country": [time.country for time in times],
        "offers": [(offer,) if offer else () for offer in of_draft["offer"]],
    }
    return rows(TouchRow, columns)


def _contents(
    doing: Doing, cases: Sequence[Case], drafts: Sequence[Draft], locales: Sequence[str], setting: Setting
) -> Iterator[Content]:
    """What each draft says, to its reader."""
    of_case = _content_of(doing.action, setting)
    last: Case | None = None
    for case, draft, locale in zip(cases, drafts, locales, strict=True):
        if case is not last:  # the drafts of a case lie side by side
            last, content = case, of_case(case)
        alike = draft.offer is None and content[3] is None
        yield content if alike else _to_reader(content, draft.offer, facts_of(case), locale, setting)


def _to_reader(
    content: Content, offer: Offer | None, facts: RecordFacts, locale: str, setting: Setting
) -> Content:
    """The quote and the subject in the reader's language."""
    context, sender, subject, wording = content
    if offer is not None:
        context = {**context, **offer.shown(locale), LINK: _link(offer)}
    if wording is not None:
        subject = _in_language(wording, facts, locale, setting)
    return context, sender, subject, wording


def _content_of(action: Action, setting: Setting) -> Callable[[Case], Content]:
    """What gives the content of an action for a case."""
    match action:
        case EmailAction():
            return partial(_of_mail, action, setting)
        case WebhookAction():
            return lambda case: (_payload_of(action, facts_of(case)), None, None, None)
        case OpportunityAction():
            return lambda case: (_of_opportunity(action, facts_of(case)), None, None, None)
        case TaskAction():
            return lambda case: ({}, None, None, None)


def _of_mail(action: EmailAction, setting: Setting, case: Case) -> Content:
    candidate, facts = case.candidate, facts_of(case)
    context: dict[str, object] = {name: facts.value(checked) for name, checked in action.context.items()}
    # What the message itself knows: the day it fell due, and the countdown's value on that day.
    context["due"] = candidate.due
    context["moment"] = (candidate.anchor - candidate.due).days if candidate.anchor else None
    if action.survey:
        context |= _asked(action.survey, case, facts, setting)
    if action.prefers:
        context[PREFERENCES] = True
    sender = next(iter(people(facts, action.sender, has_address)), None) if action.sender else None
    if action.subject:
        return context, sender, text_of(action.subject, facts), None
    form = action.survey or action.quote
    return context, sender, None, form.subject if form else None


def _payload_of(action: WebhookAction, facts: RecordFacts) -> Mapping[str, object]:
    return {name: _payload(facts, value) for name, value in action.payload.items()}


def _of_opportunity(action: OpportunityAction, facts: RecordFacts) -> Mapping[str, object]:
    value = facts.value(action.value) if action.value else None
    return {"title": text_of(action.title, facts), "value": value}


def _in_language(wording: Wording, facts: RecordFacts, locale: str, setting: Setting) -> str:
    """A text in the reader's language with its holes filled, on one line."""
    texts = wording.languages(facts.value, lambda value, language: plain(value))
    return " ".join(choose(texts, locale, setting.locale).split())


def _asked(survey: Asked, case: Case, facts: RecordFacts, setting: Setting) -> dict[str, object]:
    """What the link of a survey goes by: its name, the end, and what the record says now (``kept``)."""
    kept = {f"kept.{key_of(checked)}": facts.value(checked) for checked in survey.reads}
    about = {
        "survey": survey.survey,
        "until": closes_at(survey.open, setting.now),
        "record": case.candidate.record,
        "cycle": case.candidate.cycle,
        "account": facts.account.key if facts.account else None,
    }
    return {SURVEY: about, **kept}


def _locale(person: Person | None, case: Case, setting: Setting) -> str:
    if person is not None and person.locale:
        return person.locale
    account = facts_of(case).account
    return (account.locale if account else None) or setting.locale


def _link(offer: Offer) -> Mapping[str, object]:
    """From what the link to a quote is made."""
    return {
        "id": offer.id,
        "pricebook": offer.pricebook,
        "revision": offer.revision,
        "record": offer.record,
        "cycle": offer.cycle,
        "account": offer.account,
    }


def _payload(facts: RecordFacts, value: object) -> Value:
    if isinstance(value, TextTemplate):
        return text_of(value, facts)
    return facts.value(value)  # type: ignore[arg-type]


def text_of(template: TextTemplate, facts: RecordFacts) -> str:
    """A title with its holes filled, on one line."""
    parts = [part if isinstance(part, str) else plain(facts.value(part)) for part in template.parts]
    return " ".join("".join(parts).split())


def task_of(case: Case, action: TaskAction, touch: TouchRow, setting: Setting) -> TaskRow:
    """The worklist's row for a task that fires."""
    facts = facts_of(case)
    rank = facts.value(action.rank) if action.rank else None
    return TaskRow(
        id=touch.id,
        playbook=touch.playbook,
        play=touch.play,
        entity=touch.entity,
        record=touch.record,
        cycle=touch.cycle,
        account=touch.account,
        title=text_of(action.title, facts),
        assignee=touch.recipient,
        priority=str(facts.value(action.priority) or DEFAULT_PRIORITY),
        rank=as_number(rank),
        due=setting.later(setting.today, action.due) if action.due else None,
        kind=action.kind,
        checklist=tuple(text_of(item, facts) for item in action.checklist),
        action=touch.action,
        episode=case.candidate.episode,
        opened_on=setting.today,
        outcomes=action.outcomes,
        mails=tuple(_prepared(touch, action, case, facts, setting)),
    )


def _prepared(
    task: TouchRow, action: TaskAction, case: Case, facts: RecordFacts, setting: Setting
) -> Iterator[TouchRow]:
    """The messages of a task, as they are on the day it opens. They come from who is to send them."""
    assignee = assignee_of(action.assign, facts)
    number = PREPARED + task.action * 1000
    case = Case(case.candidate, facts)
    for place, mail in enumerate(action.mails):
        for found in drafts(doing_of(number + place, mail), [case], setting):
            case.drafts += found
    return (touch._replace(sender=assignee) for _, _, touch in written([case], setting))
