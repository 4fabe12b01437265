"""W403: a message to customers that repeats itself, without a limit."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Aggregate, Checked, walk
from ...catalog.contact_rules import Limits
from ...playbook.fingerprint import parts
from ...playbook.loader import Loaded
from ...playbook.model import EmailAction, Person, PersonOf, Play, ScheduleTrigger, StateTrigger


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``every`` or ``again`` with a message to contacts, where neither the play, the playbook nor the project
    has a limit for it, and no condition looks at what was sent before."""
    if loaded.project is None or _has_limit(loaded.project.rules.limits):
        return
    for playbook in loaded.playbooks.values():
        for play in playbook.plays.values():
            key = _repeats(play)
            limited = _has_limit(playbook.limits) or _has_limit(play.limits)
            if key and not limited and writes_to_customers(play) and not looks_back(play):
                message = f"`{play.name}` writes to customers again and again (`{key}`), without a limit"
                help_text = "write `limits: {per_contact: 1 per 30d}`, or `unless: touched_within(30d)`"
                yield Diagnostic(play.location, "W403", message, help_text)


def _has_limit(limits: Limits) -> bool:
    """Whether anything bounds how many messages go out, or how many one customer gets."""
    return any((limits.per_play, limits.total, limits.per_contact, limits.per_account))


def _repeats(play: Play) -> str:
    if isinstance(play.trigger, ScheduleTrigger):
        return "every"
    return "again" if isinstance(play.trigger, StateTrigger) and play.trigger.again else ""


def writes_to_customers(play: Play) -> bool:
    """Whether a message of the play goes to people who are not users."""
    return any(
        is_customer(person)
        for action in play.all_actions
        if isinstance(action, EmailAction)
        for person in action.to
    )


def is_customer(person: Person) -> bool:
    """Whether a rule's people are found among what is known of customers."""
    first = person.alternatives[0]
    return isinstance(first, PersonOf) and first.relation.entity != "user"


def looks_back(play: Play) -> bool:
    """Whether a condition of the play reads what was sent or opened before."""
    return any(
        isinstance(node, Aggregate) and node.relation.entity in ("touch", "task")
        for checked in parts((play.trigger, play.condition, play.unless), Checked)
        for node in walk(checked.tree)
    )
