"""What fires is written: its messages and tasks as the outbox and the worklist keep them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...dsl.types import Value
from ...dsl.values import plain
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
from .act import assignee_of, drafter, has_address, people
from .cases import Case, Setting
from .drafts import Doing, Draft
from .ids import identifiers
from .model import PREPARED, Offer, TaskRow, TouchRow
from .quoted import LINK
from .ranking import as_number

DEFAULT_PRIORITY = "normal"
SURVEY = "links.survey"  # the value of a touch's context from which the link to a survey is made
PREFERENCES = "links.preferences"  # the value of a touch's context that asks for such a link


# What the messages of one action say of a record, whoever gets them: the context; whom they come from; the
# template; the subject that takes the place of the template's; where there is none, how it is worded in the
# recipient's language.
Content = tuple[Mapping[str, object], Person | None, str, str | None, Wording | None]

NOTHING: Content = ({}, None, "", None, None)


def written(cases: Sequence[Case], setting: Setting) -> list[tuple[TouchRow, ...]]:
    """The touches of each case, one for each draft."""
    ids = iter(
        identifiers(
            (case.candidate.id, str(draft.doing.number), draft.recipient.casefold())
            for case in cases
            for draft in case.drafts
        )
    )
    return [_touches(case, ids, setting) for case in cases]


def _touches(case: Case, ids: Iterator[str], setting: Setting) -> tuple[TouchRow, ...]:
    """``ids``: those of its drafts, and of what comes after them."""
    touches: list[TouchRow] = []
    doing, content = None, NOTHING
    for draft in case.drafts:
        if draft.doing is not doing:  # the drafts of an action lie side by side
            doing = draft.doing
            content = _content(doing, case, setting)
        touches.append(_touch(next(ids), draft, content, case, setting))
    return tuple(touches)


def _content(doing: Doing, case: Case, setting: Setting) -> Content:
    assert case.facts is not None
    facts = case.facts
    match doing.action:
        case EmailAction() as action:
            return _of_mail(action, case, facts, setting)
        case WebhookAction() as action:
            return {name: _payload(facts, value) for name, value in action.payload.items()}, *NOTHING[1:]
        case OpportunityAction() as action:
            value = facts.value(action.value) if action.value else None
            return {"title": text_of(action.title, facts), "value": value}, *NOTHING[1:]
        case TaskAction():
            return NOTHING


def _of_mail(action: EmailAction, case: Case, facts: RecordFacts, setting: Setting) -> Content:
    candidate = case.candidate
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
        return context, sender, action.template, text_of(action.subject, facts), None
    form = action.survey or action.quote
    return context, sender, action.template, None, form.subject if form else None


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


def _touch(id_: str, draft: Draft, content: Content, case: Case, setting: Setting) -> TouchRow:
    assert case.facts is not None
    candidate = case.candidate
    doing, recipient, person, account, state, time, address, customer, cc, copies, reason, offer = draft
    context, sender, template, subject, titled = content
    locale = _locale(person, case.facts.account) or setting.locale
    if offer is not None:
        context = {**context, **offer.shown(locale), LINK: _link(offer)}
    if titled is not None:
        subject = _in_language(titled, case.facts, locale, setting)
    return TouchRow(  # by position: by name it takes twice as long
        id_,
        candidate.id,
        candidate.playbook,
        candidate.play,
        candidate.entity,
        candidate.record,
        candidate.cycle,
        account,
        doing.number,
        doing.type,
        doing.channel,
        template,
        recipient,
        person.name if person else None,
        locale,
        cc,
        sender,
        context,
        state,
        reason,
        setting.today,
        time.at,
        setting.run,
        (candidate.id,),
        address,
        customer,
        doing.topic,
        doing.topic_kind,
        doing.variant,
        subject,
        time.timezone,
        time.country,
        candidate.deadline,
        copies,
        (offer,) if offer else (),
    )


def _locale(person: Person | None, account: Person | None) -> str | None:
    return (person.locale if person else None) or (account.locale if account else None)


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


def task_of(touch: TouchRow, action: Action, case: Case, setting: Setting) -> TaskRow:
    """The worklist's row for a task that fires."""
    assert isinstance(action, TaskAction)
    assert case.facts is not None
    facts = case.facts
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
    makers = [drafter(number + place, mail, setting) for place, mail in enumerate(action.mails)]
    case = Case(case.candidate, facts)
    case.drafts = tuple([draft for make in makers for draft in make(case)])
    (touches,) = written([case], setting)
    return (touch._replace(sender=assignee) for touch in touches)
