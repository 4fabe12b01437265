"""What a play would do: the touches of its actions, for the people that its rules give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ...dsl.types import Value
from ...dsl.values import plain
from ..catalog.contact_rules import Topic
from ..evaluate.gather import RecordFacts
from ..evaluate.model import Person, same_cycle
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
from ..playbook.model import Person as PersonRule
from .cases import Case, Judgement, Setting
from .contacts import normal
from .experiments import actions_of
from .model import MESSAGES, PREPARED, WORK, Candidate, TaskRow, TouchRow, TouchType, identifier
from .ranking import as_number

DEFAULT_PRIORITY = "normal"
NOTHING: Mapping[str, object] = {}
NOBODY: Mapping[str, Person] = {}
SURVEY = "links.survey"  # the value of a touch's context from which the link to a survey is made
PREFERENCES = "links.preferences"  # the value of a touch's context that asks for such a link
Has = Callable[[Person], bool]


def with_touches(cases: Sequence[Case], setting: Setting) -> list[Case]:
    """The cases with what each would do."""
    return [case.with_touches(_all_touches(case, setting)) for case in cases]


def _all_touches(case: Case, setting: Setting) -> tuple[TouchRow, ...]:
    variant, actions = actions_of(case, setting)
    touches: list[TouchRow] = []
    for number, action in enumerate(actions):
        touches += _touches(case, number, action, variant, setting)
    return tuple(touches)


def no_recipient(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """No rule of people gave anybody to send to, for any action."""
    return [Judgement(case, "no_recipient") for case in cases if not case.touches]


def _touches(case: Case, number: int, action: Action, variant: str, setting: Setting) -> list[TouchRow]:
    assert case.facts is not None
    match action:
        case EmailAction():
            return _emails(case, case.facts, action, number, variant, setting)
        case TaskAction():
            assignee = next(iter(people(case.facts, action.assign, lambda person: True)), None)
            return [_touch(case, number, setting, "task", assignee.key, assignee)] if assignee else []
        case OpportunityAction():
            return _opportunity(case, case.facts, action, number, setting)
        case WebhookAction():
            payload = {name: _payload(case.facts, value) for name, value in action.payload.items()}
            channel = action.channel
            return [_touch(case, number, setting, "webhook", channel, None, channel=channel, context=payload)]


def _opportunity(
    case: Case, facts: RecordFacts, action: OpportunityAction, number: int, setting: Setting
) -> list[TouchRow]:
    assignee = next(iter(people(facts, action.assign, lambda person: True)), None)
    if assignee is None:
        return []
    value = facts.value(action.value) if action.value else None
    said = {"title": text_of(action.title, facts), "value": value}
    return [_touch(case, number, setting, "opportunity", assignee.key, assignee, context=said)]


def _emails(
    case: Case, facts: RecordFacts, action: EmailAction, number: int, variant: str, setting: Setting
) -> list[TouchRow]:
    """One message a recipient; copies go with the first, so that nobody gets two."""
    instead = named_instead(case.candidate, setting)
    recipients = people(facts, action.to, _has_address, instead)
    sender = next(iter(people(facts, action.sender, _has_address)), None)
    context: dict[str, object] = {name: facts.value(checked) for name, checked in action.context.items()}
    context |= _of_moment(case)
    context |= _asked(action.survey, case, facts, setting) if action.survey else {}
    context |= {PREFERENCES: True} if action.prefers else {}
    cc, customers = _copies(facts, action, recipients, instead) if action.cc else ((), ())
    subject = text_of(action.subject, facts) if action.subject else None
    form = action.survey or action.quote
    titled = form.subject if form else None
    touches: list[TouchRow] = []
    for person in recipients:
        touch = _touch(
            case,
            number,
            setting,
            _kind(action),
            person.email or "",
            person,
            channel=action.channel,
            template=action.template,
            cc=() if touches else cc,
            copies=() if touches else customers,
            sender=sender,
            context=context,
            topic=action.topic,
            variant=variant,
            subject=subject,
        )
        if subject is None and titled is not None:
            touch = touch._replace(subject=_in_language(titled, facts, touch.locale or "", setting))
        touches.append(touch)
    return touches


def _kind(action: EmailAction) -> TouchType:
    if action.quote is not None:
        return "quote"
    return "survey" if action.survey is not None else "email"


def named_instead(candidate: Candidate, setting: Setting) -> Mapping[str, Person]:
    """Who was named by a customer, in this cycle, to take the place of a recipient, by its name."""
    named = setting.named.get((candidate.entity, candidate.record), ())
    if not named:
        return NOBODY
    cycle = setting.cycle_of(candidate.entity)
    days = cycle.tolerance_days if cycle else 0
    mine = candidate.cycle
    return {
        one.recipient: one.person
        for one in named
        if mine is None or one.cycle is None or same_cycle(one.cycle, mine, days)
    }


def _in_language(wording: Wording, facts: RecordFacts, locale: str, setting: Setting) -> str:
    """A text in the reader's language with its holes filled, on one line."""
    texts = wording.languages(facts.value, lambda value, language: plain(value))
    return " ".join(choose(texts, locale, setting.locale).split())


def _copies(
    facts: RecordFacts, action: EmailAction, recipients: Sequence[Person], instead: Mapping[str, Person]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses that get a copy, and those of them that are customers' (as they are compared)."""
    addressed = {_address(person) for person in recipients}
    found = people(facts, action.cc, _has_address, instead)
    copies = [one for one in found if _address(one) not in addressed]
    cc = tuple(person.email for person in copies if person.email)
    return cc, tuple(_address(person) for person in copies if person.customer)


def _of_moment(case: Case) -> dict[str, Value]:
    """What the message itself knows: the day it fell due, and the countdown's value on that day."""
    anchor, due = case.candidate.anchor, case.candidate.due
    return {"due": due, "moment": (anchor - due).days if anchor else None}


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


def _has_address(person: Person) -> bool:
    return bool(person.email)


def _address(person: Person) -> str:
    return normal(person.email) if person.email else ""


def people(
    facts: RecordFacts, rules: Sequence[PersonRule], usable: Has, instead: Mapping[str, Person] = NOBODY
) -> list[Person]:
    """Everybody that the rules give, once each; of a rule, its first alternative that gives anybody.
    ``instead``: who takes the place of a recipient, by its name."""
    if len(rules) == 1 and not instead:
        only = facts.people_of(rules[0].alternatives[0])
        if len(only) == 1 and usable(only[0]):
            return [only[0]]
    found: dict[str, Person] = {}
    for rule in rules:
        if rule.name in instead:
            named = instead[rule.name]
            found.setdefault(_address(named) or named.key, named)
            continue
        for alternative in rule.alternatives:
            persons = [person for person in facts.people_of(alternative) if usable(person)]
            for person in persons:
                found.setdefault(_address(person) or person.key, person)
            if persons:
                break
    return list(found.values())


def _touch(
    case: Case,
    number: int,
    setting: Setting,
    type_: TouchType,
    recipient: str,
    person: Person | None,
    *,
    channel: str = "",
    template: str = "",
    cc: tuple[str, ...] = (),
    copies: tuple[str, ...] = (),
    sender: Person | None = None,
    context: Mapping[str, object] = NOTHING,
    topic: Topic | None = None,
    variant: str = "",
    subject: str | None = None,
) -> TouchRow:
    candidate = case.candidate
    assert case.facts is not None
    account = case.facts.account
    is_message = type_ in MESSAGES
    timezone, country = setting.place_of(person, account) if is_message else (None, None)
    address = _address(person) if person and is_message else None
    return TouchRow(  # by position: by name it takes twice as long
        identifier(candidate.id, str(number), recipient.casefold()),
        candidate.id,
        candidate.playbook,
        candidate.play,
        candidate.entity,
        candidate.record,
        candidate.cycle,
        account.key if account else None,
        number,
        type_,
        channel,
        template,
        recipient,
        person.name if person else None,
        (person.locale if person else None) or (account.locale if account else None) or setting.locale,
        cc,
        sender,
        context,
        "open" if type_ in WORK else "queued",
        "",
        setting.today,
        setting.good_hour(setting.now, timezone, country) if is_message else setting.now,
        setting.run,
        (candidate.id,),
        address,
        address is not None and person is not None and person.customer,
        topic.name if topic else "",
        topic.kind if topic else "",
        variant,
        subject,
        timezone,
        country,
        candidate.deadline,
        copies,
    )


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
    assignee = next(iter(people(facts, action.assign, lambda person: True)), None)
    number = PREPARED + task.action * 1000
    for place, mail in enumerate(action.mails):
        for touch in _emails(case, facts, mail, number + place, "", setting):
            yield touch._replace(sender=assignee)
