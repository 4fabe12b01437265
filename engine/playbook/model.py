"""Playbooks as checked: triggers, conditions, actions, people. Nothing here can fail to resolve.

Each expression is ``Checked`` in the scope of the playbook's entity; params are already inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Literal

from ...dsl.countdown import Moment
from ...dsl.frozen import frozen
from ...dsl.source import Location
from ...dsl.typed import Checked
from ...dsl.types import Duration, ToMany
from ..catalog.contact_rules import Limits, Topic
from ..forms.pricebook import PriceBook
from ..forms.wording import Wording


@frozen
class MomentTrigger:
    """``when`` is a countdown ``== N`` or ``in [N, …]``: due on the date that makes it true."""

    when: Checked
    moment: Moment


@frozen
class StateTrigger:
    """Any other boolean ``when``: fires when an episode opens.

    ``hold`` (``for:``) how long it must have held; ``clear`` closes the episode separately (None: when
    ``when`` is false); ``again`` fires again while it lasts; ``once`` narrows; ``keep``: tasks stay open."""

    when: Checked
    hold: Duration | None
    clear: Checked | None
    again: Duration | None
    once: Literal["cycle", "ever"] | None
    keep: bool


@frozen
class FollowUpTrigger:
    """``after: PLAY + DURATION``: counted from the day the parent's message was sent (its task opened)."""

    parent: str
    delay: Duration


@frozen
class ScheduleTrigger:
    """``every``: a cron expression; one slot for every record of the population."""

    cron: str


Trigger = MomentTrigger | StateTrigger | FollowUpTrigger | ScheduleTrigger


@frozen
class PersonOf:
    """People found in a relation of what ``hops`` (to-one steps from the record) lead to. ``where`` and
    ``by`` are checked in the scope of ``relation.entity``; the first ``take`` by (``by``, key)."""

    hops: tuple[str, ...]
    relation: ToMany
    where: Checked | None
    by: Checked | None
    take: int | None


@frozen
class PersonUser:
    """One person: a user key, an expression of the record."""

    user: Checked


@frozen
class Person:
    """One rule of people with what to take when it comes out empty: ``alternatives`` in order, the
    recipient's own rule first, then its ``else`` chain. ``name`` is for messages."""

    name: str
    alternatives: tuple[PersonOf | PersonUser, ...]


@frozen
class TextTemplate:
    """A short text with ``{{ … }}`` holes (task titles, checklists, payloads): literal pieces and
    checked expressions, in order."""

    parts: tuple[str | Checked, ...]
    location: Location


@frozen
class Asked:
    """A survey that a message asks to answer, for ``open`` from the run on. ``reads``: what it shows and
    goes by of the record, kept with the link; ``content`` changes when, and only when, the survey does.
    ``subject``: that of a message whose template has none of its own."""

    survey: str
    open: Duration
    reads: tuple[Checked, ...]
    content: str
    subject: Wording | None = None


@frozen
class Offered:
    """A quote that a message offers: one a record and cycle, made by ``book`` when it is first wanted.
    ``valid_for``: how long it can be accepted, from the day that it is made (None: as long as it stands);
    ``subject``: that of a message whose template has none of its own."""

    book: PriceBook
    valid_for: Duration | None
    subject: Wording | None = None


@frozen
class EmailAction:
    """One message a recipient. ``template`` is a name in templates/, per locale.

    ``context`` holds what the template's variants read, by dotted name as written there
    (``contract.renewal_date``), each checked in the playbook's scope; names of the message itself
    (``recipient sender moment due links records``) are not in it. What a template reads of each of
    ``records`` is in it too, under the same dotted name: every record of a group has its own values.

    ``topic``: what it is about (the action's, else the play's, else the playbook's); ``subject`` takes the
    place of the template's own; ``approve``: true where a person must release it first; ``survey``: what the
    link in it asks; ``quote``: what it offers (it has one of the two, or neither); ``prefers``: its
    template has a link to the recipient's preferences."""

    template: str
    context: Mapping[str, Checked]
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    sender: tuple[Person, ...]
    channel: str
    location: Location
    topic: Topic | None = None
    subject: TextTemplate | None = None
    approve: Checked | None = None
    survey: Asked | None = None
    quote: Offered | None = None
    prefers: bool = False
    type: Literal["email"] = "email"


@frozen
class TaskAction:
    """A task (call to action) on a worklist. ``due`` counts from the day the task opens. ``mails`` are
    prepared for the assignee, who alone may send them; ``outcomes`` (name → words) are asked on closing."""

    title: TextTemplate
    assign: tuple[Person, ...]
    priority: Checked
    due: Duration | None
    until: Checked | None
    checklist: tuple[TextTemplate, ...]
    rank: Checked | None
    kind: str
    location: Location
    mails: tuple[EmailAction, ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    type: Literal["task"] = "task"


@frozen
class WebhookAction:
    """A signed POST to a webhook channel: JSON with the record's key and ``payload``."""

    channel: str
    payload: Mapping[str, TextTemplate | Checked]
    location: Location
    type: Literal["webhook"] = "webhook"


@frozen
class OpportunityAction:
    """A lead that customer success found, for somebody to vet. ``value``: what it may be worth."""

    title: TextTemplate
    assign: tuple[Person, ...]
    value: Checked | None
    location: Location
    type: Literal["opportunity"] = "opportunity"


Action = EmailAction | TaskAction | WebhookAction | OpportunityAction


@frozen
class Step:
    """One step of a success plan. ``after``: which step it follows, counted from the day that one's task
    opened; without it, it begins with the plan."""

    name: str
    task: TaskAction
    after: FollowUpTrigger | None
    location: Location


@frozen
class SuccessPlan:
    """What `plans/NAME.yaml` says: steps that lead a record of ``entity`` to a goal. Where the goal is
    reached, open tasks are closed as cleared and no further step begins."""

    name: str
    entity: str
    goal: Checked | None
    steps: Mapping[str, Step]
    location: Location


@frozen
class PlanAction:
    """A success plan to begin; ``assign`` is for steps that name nobody."""

    plan: SuccessPlan
    assign: tuple[Person, ...]
    location: Location

    def task(self, step: Step) -> TaskAction:
        """What one of its steps is."""
        return step.task if step.task.assign else replace(step.task, assign=self.assign)


@frozen
class Together:
    """One touch for all due records that share ``key`` (the key of a record that they belong to: a
    ``Field`` named ``_key`` of type text behind its hops) or, with ``key`` None, the recipient.
    ``ahead``: records due within that many days are taken along."""

    key: Checked | None
    ahead_days: int


@frozen
class Holdout:
    """The share (0 to 1) of accounts that are left alone: by the playbook as a whole, or by the play."""

    share: float
    of: Literal["playbook", "play"]


@frozen
class Variant:
    """One of several ways to do what the play does: its weight, and all of the play's actions as it has
    them, in the same places."""

    name: str
    weight: int
    actions: tuple[Action, ...]


@frozen
class Play:
    """One play. ``fingerprint`` changes when, and only when, the play's meaning does. ``approve``: true where
    a person must release the occurrence first. ``reads``: as the playbook's, but of this play alone."""

    playbook: str
    name: str
    was: tuple[str, ...]
    trigger: Trigger
    grace: Duration | None
    condition: Checked | None
    unless: Checked | None
    actions: tuple[Action, ...]
    priority: int
    together: Together | None
    limits: Limits
    approve: Checked | None
    holdout: Holdout | None
    variants: tuple[Variant, ...]
    reads: frozenset[str]
    fingerprint: str
    location: Location

    @property
    def all_actions(self) -> tuple[Action, ...]:
        """The actions, and those of each variant."""
        return (*self.actions, *(action for variant in self.variants for action in variant.actions))


@frozen
class Playbook:
    """One checked playbook that runs (abstract bases are resolved into what extends them)."""

    name: str
    was: tuple[str, ...]
    describe: str
    owner: str
    entity: str
    where: Checked | None
    stop: Checked | None
    schedule: str
    plays: Mapping[str, Play]
    limits: Limits
    reads: frozenset[str]
    fingerprint: str
    file: str
    location: Location

    # ``reads``: names of the sources (crm, finance, …) that any expression, person rule or template of
    # it depends on, and of the fields (ENTITY.FIELD) that it reads, through relations and derived fields:
    # they hold it when they are bad.
