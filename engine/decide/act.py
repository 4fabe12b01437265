"""What a play would do: drafts of its actions, for the people that its rules give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, repeat

from ..chunks import chunks
from ..evaluate.gather import RecordFacts
from ..evaluate.model import Person, same_cycle
from ..playbook.model import Action, EmailAction, OpportunityAction, TaskAction, WebhookAction
from ..playbook.model import Person as PersonRule
from .cases import Case, Change, Docket, Judgement, Setting, facts_of
from .columns import BATCH, rows
from .contacts import normal
from .drafts import Doing, Draft
from .experiments import ways
from .model import Candidate, TouchType

NOBODY: Mapping[str, Person] = {}
Has = Callable[[Person], bool]
Drafts = tuple[Draft, ...]


def drafted(dockets: Sequence[Docket], setting: Setting) -> Iterator[Change]:
    """What each case would do. One after the other, as it is known: together they would fill the memory."""
    for docket in dockets:
        for variant, actions, every in ways(docket, setting):
            doing = [doing_of(number, one, variant) for number, one in enumerate(actions)]
            for cases in chunks(every, BATCH):
                made = zip(*[drafts(one, cases, setting) for one in doing], strict=True)
                yield from rows(Change, {"case": cases, "drafts": [sum(parts, ()) for parts in made]})


def no_recipient(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """No rule of people gave anybody to send to, for any action."""
    return [Judgement(case, "no_recipient") for docket in dockets for case in docket.cases if not case.drafts]


def doing_of(number: int, action: Action, variant: str = "") -> Doing:
    """An action with what all its drafts share; ``number`` is its place in the play."""
    match action:
        case EmailAction():
            topic = (action.topic.name, action.topic.kind) if action.topic else ("", "")
            return Doing(number, action, _kind(action), action.channel, *topic, variant)
        case WebhookAction():
            return Doing(number, action, action.type, action.channel)
        case TaskAction() | OpportunityAction():
            return Doing(number, action, action.type)


def drafts(doing: Doing, cases: Sequence[Case], setting: Setting) -> Iterable[Drafts]:
    """The drafts of an action for each of some cases."""
    match doing.action:
        case EmailAction() as action:
            return _mails(doing, action, cases, setting)
        case WebhookAction():
            return _calls(doing, cases, setting)
        case TaskAction() | OpportunityAction() as action:
            return _work(doing, action.assign, cases, setting)


def _kind(action: EmailAction) -> TouchType:
    if action.quote is not None:
        return "quote"
    return "survey" if action.survey is not None else "email"


def _mails(doing: Doing, action: EmailAction, cases: Sequence[Case], setting: Setting) -> Iterator[Drafts]:
    """One message a recipient; copies go with the first, so that nobody gets two."""
    named = [named_instead(case.candidate, setting) if setting.named else NOBODY for case in cases]
    pairs = list(zip(map(facts_of, cases), named, strict=True))
    every = [people(facts, action.to, has_address, instead) for facts, instead in pairs]
    whose = [facts.account for (facts, _), found in zip(pairs, every, strict=True) for _ in found]
    persons = [person for found in every for person in found]
    emails = [person.email or "" for person in persons]
    made = rows(
        Draft,
        {
            "doing": repeat(doing),
            "recipient": emails,
            "person": persons,
            "account": map(_key, whose),
            "state": repeat("queued"),
            "time": setting.send_times(persons, whose),
            "address": map(normal, emails),
            "customer": [person.customer for person in persons],
        },
    )
    for (facts, instead), found in zip(pairs, every, strict=True):
        mine = tuple(islice(made, len(found)))
        if action.cc and mine:
            cc, customers = _copies(facts, action, found, instead)
            mine = (mine[0]._replace(cc=cc, copies=customers), *mine[1:])
        yield mine


def _work(
    doing: Doing, assign: Sequence[PersonRule], cases: Sequence[Case], setting: Setting
) -> Iterator[Drafts]:
    """Work for the first that the rules give."""
    time = setting.at_once
    for facts in map(facts_of, cases):
        assignee = assignee_of(assign, facts)
        if assignee is None:
            yield ()
        else:
            yield (Draft(doing, assignee.key, assignee, _key(facts.account), "open", time),)


def _calls(doing: Doing, cases: Sequence[Case], setting: Setting) -> Iterator[Drafts]:
    """A call of the channel."""
    time = setting.at_once
    for facts in map(facts_of, cases):
        yield (Draft(doing, doing.channel, None, _key(facts.account), "queued", time),)


def _key(account: Person | None) -> str | None:
    return account.key if account else None


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
