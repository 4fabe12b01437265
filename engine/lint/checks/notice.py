"""W305: a playbook about automatic renewals that begins when the notice may be over."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Checked, Const, Field, walk
from ...catalog.model import Catalog
from ...playbook.fingerprint import derived_fields, parts
from ...playbook.loader import Loaded
from ...playbook.model import MomentTrigger, Play, Playbook
from ..ranges import Ranges, literal, together

AUTO_RENEW, NOTICE_DAYS = "auto_renew", "notice_days"
# Notices of contracts are 30, 60 or 90 days as a rule: a first touch before that is before the deadline.
_LONGEST_NOTICE = 90


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """The first moment of a playbook whose population renews by itself, where the entity has
    ``notice_days`` (the notice that the customer must give) and the playbook does not look at them."""
    if loaded.catalog is None:
        return
    for playbook in loaded.playbooks.values():
        fields = loaded.catalog.entities[playbook.entity].type.fields
        if NOTICE_DAYS in fields and AUTO_RENEW in fields and _renews_itself(playbook, loaded.catalog):
            yield from _late(playbook, loaded.catalog)


def _renews_itself(playbook: Playbook, catalog: Catalog) -> bool:
    limits = Ranges(catalog).limits(playbook.where.tree) if playbook.where else []
    own = [one for one in limits if one.subject == ((), playbook.entity, AUTO_RENEW, False)]
    values = together(own) if own else None
    return values is not None and values.allowed == frozenset({True})


def _late(playbook: Playbook, catalog: Catalog) -> Iterator[Diagnostic]:
    first = {name: days for name, play in playbook.plays.items() if (days := _first(play)) is not None}
    if not first or max(first.values()) >= _LONGEST_NOTICE or _reads_notice(playbook, catalog):
        return
    name = max(first, key=lambda one: first[one])
    message = f"`{name}` comes {first[name]} days before the date: where the notice is longer, it is too late"
    help_text = f"count to the notice, `days_to_renewal - {NOTICE_DAYS}`, or begin earlier"
    yield Diagnostic(playbook.plays[name].location, "W305", message, help_text)


def _first(play: Play) -> int | None:
    """How many days before a field's date the play begins; None: it does not count to one, or by a param."""
    if not isinstance(play.trigger, MomentTrigger):
        return None
    moment = play.trigger.moment
    is_plain = isinstance(moment.date, Field) and isinstance(moment.offset, Const)
    targets = [literal(tree) for _, tree in moment.targets]
    return max(targets) if is_plain and moment.direction == "until" and None not in targets else None


def _reads_notice(playbook: Playbook, catalog: Catalog) -> bool:
    trees = [checked.tree for checked in parts((playbook.where, playbook.plays), Checked)]
    seen: set[tuple[str, str]] = set()
    while trees:
        tree = trees.pop()
        if any(isinstance(node, Field) and node.name == NOTICE_DAYS for node in walk(tree)):
            return True
        for entity, name in set(derived_fields(tree)) - seen:
            seen.add((entity, name))
            trees.append(catalog.entities[entity].derived[name].checked.tree)
    return False
