"""What a play would do: drafts of its actions, for the people that its rules give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ..evaluate.gather import RecordFacts
from ..evaluate.model import Person, same_cycle
from ..playbook.model import Action, EmailAction, OpportunityAction, TaskAction, WebhookAction
from ..playbook.model import Person as PersonRule
from .cases import Case, Change, Docket, Judgement, Setting
from .contacts import normal
from .drafts import Doing, Draft
from .experiments import ways
from .model import Candidate, TouchType

NOBODY: Mapping[str, Person] = {}
Has = Callable[[Person], bool]


def drafted(dockets: Sequence[Docket], setting: Setting) -> list[Change]:
    """What each case would do."""
    found: list[Change] = []
    for docket in dockets:
        for variant, actions, cases in ways(docket, setting):
            makers = [drafter(number, action, setting, variant) for number, action in enumerate(actions)]
            found += [Change(case, tuple([one for make in makers for one in make(case)])) for case in cases]
    return found


def no_recipient(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """No rule of people gave anybody to send to, for any action."""
    return [Judgement(case, "no_recipient") for docket in dockets for case in docket.cases if not case.drafts]


def drafter(
    number: int, action: Action, setting: Setting, variant: str = ""
) -> Callable[[Case], list[Draft]]:
    """What makes the drafts of an action for a case; ``number`` is its place in the play."""
    match action:
        case EmailAction():
            topic = (action.topic.name, action.topic.kind) if action.topic else ("", "")
            doing = Doing(number, action, _kind(action), action.channel, *topic, variant)
            return partial(_mails, doing, action, setting)
        case WebhookAction():
            return partial(_call, Doing(number, action, action.type, action.channel), setting)
        case TaskAction() | OpportunityAction():
            return partial(_work, Doing(number, action, action.type), action.assign, setting)


def _kind(action: EmailAction) -> TouchType:
    if action.quote is not None:
        return "quote"
    return "survey" if action.survey is not None else "email"


def _mails(doing: Doing, action: EmailAction, setting: Setting, case: Case) -> list[Draft]:
    """One message a recipient; copies go with the first, so that nobody gets two."""
    assert case.facts is not None
    facts, account = case.facts, case.facts.account
    instead = named_instead(case.candidate, setting) if setting.named else NOBODY
    recipients = people(facts, action.to, has_address, instead)
    key = _account(facts)
    drafts: list[Draft] = []
    for person in recipients:
        time, email = setting.send_time(person, account), person.email or ""
        drafts.append(Draft(doing, email, person, key, "queued", time, normal(email), person.customer))
    if action.cc and drafts:
        cc, customers = _copies(facts, action, recipients, instead)
        drafts[0] = drafts[0]._replace(cc=cc, copies=customers)
    return drafts


def _work(doing: Doing, assign: Sequence[PersonRule], setting: Setting, case: Case) -> list[Draft]:
    """Work for the first that the rules give."""
    assert case.facts is not None
    assignee = assignee_of(assign, case.facts)
    if assignee is None:
        return []
    return [Draft(doing, assignee.key, assignee, _account(case.facts), "open", setting.send_time())]


def _call(doing: Doing, setting: Setting, case: Case) -> list[Draft]:
    """A call of the channel."""
    assert case.facts is not None
    return [Draft(doing, doing.channel, None, _account(case.facts), "queued", setting.send_time())]


def _account(facts: RecordFacts) -> str | None:
    return facts.account.key if facts.account else None


def assignee_of(assign: Sequence[PersonRule], facts: RecordFacts) -> Person | None:
    """Who gets work: the first that its rules give."""
    return next(iter(people(facts, assign, lambda person: True)), None)


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


def _copies(
    facts: RecordFacts, action: EmailAction, recipients: Sequence[Person], instead: Mapping[str, Person]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses that get a copy, and those of them that are customers' (as they are compared)."""
    addressed = {_address(person) for person in recipients}
    found = people(facts, action.cc, has_address, instead)
    copies = [one for one in found if _address(one) not in addressed]
    cc = tuple(person.email for person in copies if person.email)
    return cc, tuple(_address(person) for person in copies if person.customer)


def has_address(person: Person) -> bool:
    """Whether mail can be sent to somebody."""
    return bool(person.email)


def _address(person: Person) -> str:
    return normal(person.email) if person.email else ""


def people(
    facts: RecordFacts, rules: Sequence[PersonRule], usable: Has, instead: Mapping[str, Person] = NOBODY
) -> Sequence[Person]:
    """Everybody that the rules give, once each; of a rule, its first alternative that gives anybody.
    ``instead``: who takes the place of a recipient, by its name."""
    if len(rules) == 1 and not instead:
        only = facts.people_of(rules[0].alternatives[0])
        if len(only) == 1 and usable(only[0]):
            return only
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
